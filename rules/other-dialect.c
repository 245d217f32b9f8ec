#include "lint/rule.h"

/* The version control has put three lines in the place of the file. */
static void report_pointer(struct check *check, const struct script *script)
{
    struct finding *finding =
        report(check, script->foreign, "this file is a pointer: Git LFS has not fetched its text");
    finding_label(check, finding, "nothing is analysed");
    finding_help(check, finding, "run git lfs pull, then lint the file again");
}

/* Such a script has no statements: this is all that is reported of it. */
static void check_script(struct check *check, const struct script *script)
{
    if (script->kind != KIND_FOREIGN)
        return;
    if (script->pointer) {
        report_pointer(check, script);
        return;
    }
    struct finding *finding = report(
        check, script->foreign, "this file is SQL for %s, not for PostgreSQL", script->dialect);
    finding_label(check, finding, "nothing in this file is analysed");
    finding_help(check, finding,
                 "give its path kind: program in .isolint.yml if it is SQL for PostgreSQL");
}

const struct rule rule_other_dialect = {
    .name = "other-dialect",
    .group = "input",
    .summary = "A file for another database system, which is not analysed",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"42601"},
    .check_script = check_script,
};
