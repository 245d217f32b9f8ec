#include "lint/rule.h"

static void check_script(struct check *check, const struct script *script)
{
    for (size_t i = 0; i < script->missing_count; i++) {
        struct finding *finding =
            report(check, script->missing[i], "psql does not find the file that is included here");
        finding_label(check, finding, "not here, nor in a directory above");
        finding_help(check, finding,
                     "use \\ir, which looks beside this file, or run isolint where psql runs");
    }
}

const struct rule rule_missing_include = {
    .name = "missing-include",
    .group = "input",
    .summary = "A file that psql includes is not there",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op"},
    .check_script = check_script,
};
