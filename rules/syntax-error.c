#include "lint/rule.h"

static void check_script(struct check *check, const struct script *script)
{
    for (const struct syntax_error *error = script->errors; error; error = error->next) {
        struct finding *finding = report(check, error->span, "%s", error->message);
        if (error->body) {
            finding->severity = SEVERITY_NOTE;
            finding_label(check, finding, "the body is not analysed");
            finding_help(check, finding, "whatever calls it counts as having unknown effects");
        } else {
            finding_label(check, finding, "PostgreSQL %d's grammar stops here",
                          check->options->grammar);
            finding_help(check, finding,
                         "correct the statement: it is skipped, the rest is checked");
        }
    }
}

const struct rule rule_syntax_error = {
    .name = "syntax-error",
    .group = "input",
    .summary = "A statement that PostgreSQL's grammar refuses",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"42601"},
    .check_script = check_script,
};
