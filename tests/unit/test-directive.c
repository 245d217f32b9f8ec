/* Comments that speak to isolint. */
#include "support/view.h"

static const struct sample samples[] = {
    {"allow", "-- isolint: allow nested-begin\n",
     "1:4 allow [nested-begin] reason=[] \"isolint: allow nested-begin\"\n"},
    {"reason", "-- isolint: allow a, b -- see ADR-7  \n",
     "1:4 allow [a, b] reason=[see ADR-7] \"isolint: allow a, b -- see ADR-7\"\n"},
    {"an empty reason is none", "-- isolint: allow a --\n",
     "1:4 allow [a] reason=[] \"isolint: allow a --\"\n"},
    {"no blanks", "--isolint:allow a\n", "1:3 allow [a] reason=[] \"isolint:allow a\"\n"},
    {"block comment", "/* isolint: allow a */ SELECT 1;",
     "1:4 allow [a] reason=[] \"isolint: allow a\"\n"},
    {"behind a statement", "BEGIN; -- isolint: allow-transaction a\n",
     "1:11 allow-transaction [a] reason=[] \"isolint: allow-transaction a\"\n"},
    {"file and retry", "-- isolint: allow-file a\n-- isolint: retry\n",
     "1:4 allow-file [a] reason=[] \"isolint: allow-file a\"\n"
     "2:4 retry [] reason=[] \"isolint: retry\"\n"},
    {"CRLF", "-- isolint: allow a\r\nSELECT 1;\r\n",
     "1:4 allow [a] reason=[] \"isolint: allow a\"\n"},
    {"what a transaction is",
     "-- isolint: program pay\n-- isolint: params :a <> :b\n"
     "-- isolint: small t, u -- few rows\n-- isolint: replica\n-- isolint: hot t\n",
     "1:4 program [pay] reason=[] \"isolint: program pay\"\n"
     "2:4 params [:a <> :b] reason=[] \"isolint: params :a <> :b\"\n"
     "3:4 small [t, u] reason=[few rows] \"isolint: small t, u -- few rows\"\n"
     "4:4 replica [] reason=[] \"isolint: replica\"\n"
     "5:4 hot [t] reason=[] \"isolint: hot t\"\n"},
    {"an unknown word", "-- isolint: alow a\n", "1:4 unknown [a] reason=[] \"isolint: alow a\"\n"},
    {"no word", "-- isolint:\n", "1:4 unknown [] reason=[] \"isolint:\"\n"},
    {"at the end of the file", "-- isolint: allow a",
     "1:4 allow [a] reason=[] \"isolint: allow a\"\n"},
    {"in a function body", "DO $$ BEGIN\n -- isolint: allow a\n NULL; END $$;",
     "2:5 allow [a] reason=[] \"isolint: allow a\"\n"},
    {"no comment opens before it", "SELECT isolint: allow a;\nx -- see isolint: allow a\n", ""},
    {"another case is not meant", "-- Isolint: allow a\n", ""},
    {"behind a string that has the mark", "SELECT 'isolint: x'; -- isolint: allow a\n",
     "1:26 allow [a] reason=[] \"isolint: allow a\"\n",
     .known = "only the first \"isolint:\" of a line is looked at"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_directives);
    return tests_run("directive", tests);
}
