#include "lint/rule.h"

static void check(struct check *check, const struct transaction *transaction)
{
    struct enum_use use;

    if (!enum_value_used(check->corpus, transaction, check->options->server_version, &use))
        return;
    const char *value = use.change->text, *type = use.change->object.name;
    bool exists = use.change->tolerant;
    struct finding *finding =
        report(check, use.used->statement->span,
               "%s fails with 55P04%s: '%s' is added to %s in the same transaction",
               use.used->statement->verb, exists ? " if the value is new" : "", value, type);

    if (exists || use.together)
        finding_weaken(finding);
    finding_label(check, finding, "uses a value that is not committed");
    if (use.added->transaction->script == check->script)
        finding_related(check, finding, use.added->statement->span, "adds the value");
    if (use.together)
        finding_help(
            check, finding,
            "run each file in a transaction of its own: %s adds the value, and both files may be pending together",
            use.added->transaction->script->path);
    else
        finding_help(
            check, finding,
            "move ALTER TYPE … ADD VALUE into a migration of its own, which commits first");
    finding_help(check, finding,
                 "or create a new type with all values and change the columns to it: ALTER COLUMN "
                 "… TYPE new USING …::text::new");
}

const struct rule rule_enum_value_before_commit = {
    .name = "enum-value-before-commit",
    .group = "declaration",
    .summary = "A value is added to an enum and used in the same transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"55P04"},
    .since = 1200,
    .not_plain = true,
    .check_transaction = check,
};
