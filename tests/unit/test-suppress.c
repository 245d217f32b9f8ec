/* Comments that allow findings: what each speaks of, and what becomes of those that allow nothing.
 */
#include "support/view.h"

static const struct sample scopes[] = {
    {"nothing is allowed", "COMMIT;\n", "test.sql:1:1 warning commit-outside-transaction\n"},
    {"the next statement", "-- isolint: allow commit-outside-transaction\nCOMMIT;\nCOMMIT;\n",
     "test.sql:2:1 warning commit-outside-transaction (allowed)\n"
     "test.sql:3:1 warning commit-outside-transaction\n"},
    {"with statements on one line",
     "-- isolint: allow commit-outside-transaction\nCOMMIT; ROLLBACK;\nCOMMIT;\n",
     "test.sql:2:1 warning commit-outside-transaction (allowed)\n"
     "test.sql:2:9 warning commit-outside-transaction (allowed)\n"
     "test.sql:3:1 warning commit-outside-transaction\n"},
    {"behind blank lines and comments",
     "-- isolint: allow commit-outside-transaction\n\n-- end of the batch\n\nCOMMIT;\n",
     "test.sql:5:1 warning commit-outside-transaction (allowed)\n"},
    {"behind the statement on its line",
     "COMMIT; -- isolint: allow commit-outside-transaction\nCOMMIT;\n",
     "test.sql:1:1 warning commit-outside-transaction (allowed)\n"
     "test.sql:2:1 warning commit-outside-transaction\n"},
    {"within a statement", "COMMIT -- isolint: allow commit-outside-transaction\n;\nCOMMIT;\n",
     "test.sql:1:1 warning commit-outside-transaction (allowed)\n"
     "test.sql:3:1 warning commit-outside-transaction\n"},
    {"a block comment before the statement",
     "/* isolint: allow commit-outside-transaction */ COMMIT; COMMIT;\n",
     "test.sql:1:49 warning commit-outside-transaction (allowed)\n"
     "test.sql:1:57 warning commit-outside-transaction (allowed)\n"},
    {"several rules",
     "-- isolint: allow nested-begin, commit-outside-transaction -- the driver does it\nCOMMIT;\n",
     "test.sql:1:4 note unused-suppression\n"
     "test.sql:2:1 warning commit-outside-transaction (allowed)\n"},
    {"several comments",
     "-- isolint: allow commit-outside-transaction\n-- isolint: allow syntax-error\nCOMMIT;\n",
     "test.sql:2:4 note unused-suppression\n"
     "test.sql:3:1 warning commit-outside-transaction (allowed)\n"},
    {"the file, wherever the comment stands",
     "COMMIT;\nCOMMIT;\n-- isolint: allow-file commit-outside-transaction\n",
     "test.sql:1:1 warning commit-outside-transaction (allowed)\n"
     "test.sql:2:1 warning commit-outside-transaction (allowed)\n"},
    {"another rule of the statement stays",
     "-- isolint: allow nested-begin\nBEGIN; BEGIN; COMMIT; COMMIT;\n",
     "test.sql:2:8 error nested-begin (allowed)\n"
     "test.sql:2:23 warning commit-outside-transaction\n"},
    {"the transaction that follows",
     "-- isolint: allow-transaction nested-begin\nBEGIN;\nBEGIN;\nCOMMIT;\n"
     "BEGIN;\nBEGIN;\nCOMMIT;\n",
     "test.sql:3:1 error nested-begin (allowed)\ntest.sql:6:1 error nested-begin\n"},
    {"the transaction around it",
     "BEGIN;\nBEGIN;\n-- isolint: allow-transaction nested-begin\nCOMMIT;\nBEGIN;\nBEGIN;\nCOMMIT;\n",
     "test.sql:2:1 error nested-begin (allowed)\ntest.sql:6:1 error nested-begin\n"},
    {"not the one before it",
     "BEGIN;\nBEGIN;\nCOMMIT;\n-- isolint: allow-transaction nested-begin\nSELECT 1;\n",
     "test.sql:2:1 error nested-begin\ntest.sql:4:4 note unused-suppression\n"},
    {"another file is not spoken of",
     "-- file a.sql\n-- isolint: allow-file commit-outside-transaction\nSELECT 1;\n"
     "-- file b.sql\nCOMMIT;\n",
     "a.sql:1:4 note unused-suppression\nb.sql:1:1 warning commit-outside-transaction\n"},
};

static const struct sample faults[] = {
    {"nothing to allow", "-- isolint: allow nested-begin\nSELECT 1;\n",
     "test.sql:1:4 note unused-suppression: this comment allows nothing: nested-begin finds nothing here\n"},
    {"no statement follows", "SELECT 1;\n-- isolint: allow nested-begin\n",
     "test.sql:2:4 note unused-suppression: this comment allows nothing: nested-begin finds nothing here\n"},
    {"no such rule", "-- isolint: allow nested-begn\nBEGIN; BEGIN; COMMIT;\n",
     "test.sql:1:4 warning unknown-suppression: this comment allows nothing: there is no rule \"nested-begn\"\n"
     "test.sql:2:8 error nested-begin: BEGIN does not begin another transaction: one is "
     "open already (WARNING 25001)\n"},
    {"a group is no rule", "-- isolint: allow declaration\nCOMMIT;\n",
     "test.sql:1:4 warning unknown-suppression: this comment allows nothing: there is no rule \"declaration\"\n"
     "test.sql:2:1 warning commit-outside-transaction: COMMIT has no open transaction to end (WARNING 25P01)\n"},
    {"a rule that is not run is not called unused", "-- isolint: allow nested-begin\nSELECT 1;\n",
     "", .options = "--ignore nested-begin"},
    {"retry allows nothing", "-- isolint: retry\nSELECT 1;\n", ""},
    {"unknown-suppression can be switched off", "-- isolint: allow nested-begn\nSELECT 1;\n", "",
     .options = "--ignore unknown-suppression",
     .known = "--select and --ignore do not reach the rules about comments"},
    {"unused-suppression is not selected", "-- isolint: allow nested-begin\nSELECT 1;\n", "",
     .options = "--select nested-begin",
     .known = "--select and --ignore do not reach the rules about comments"},
    {"allow without a rule", "-- isolint: allow\nCOMMIT;\n",
     "test.sql:1:4 warning unknown-suppression: this comment allows nothing: it names no rule\n"
     "test.sql:2:1 warning commit-outside-transaction: COMMIT has no open transaction to end (WARNING 25P01)\n",
     .known = "a comment that names no rule is passed over in silence"},
};

#define COUNTER                                \
    "DO $$ DECLARE n int; BEGIN\n"             \
    "  PERFORM 1;\n"                           \
    "  SELECT v INTO n FROM t WHERE id = 1;\n" \
    "  UPDATE t SET v = n + 1 WHERE id = 1"
#define END "  PERFORM 2;\nEND $$;\n"

static const struct sample bodies[] = {
    {"the next statement of a body",
     "DO $$\nBEGIN\n  -- isolint: allow syntax-error\n  NULL;\nEND $$;\n",
     "test.sql:3:6 note unused-suppression\n"},
    {"the statement of a body before it on its line",
     COUNTER "; -- isolint: allow lost-update\n" END, "test.sql:4:3 error lost-update (allowed)\n"},
    {"the end of a statement of a body that began on another line",
     COUNTER "\n    AND v > 0;  /* isolint: allow lost-update */\n" END,
     "test.sql:4:3 error lost-update (allowed)\n"},
    {"on a line of its own, no statement before it",
     COUNTER ";\n  -- isolint: allow lost-update\n" END,
     "test.sql:4:3 error lost-update\ntest.sql:5:6 note unused-suppression\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, scopes, G_N_ELEMENTS(scopes), view_findings);
    samples_add(tests, faults, G_N_ELEMENTS(faults), view_messages);
    samples_add(tests, bodies, G_N_ELEMENTS(bodies), view_findings);
    return tests_run("suppress", tests);
}
