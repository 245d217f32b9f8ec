#include "lint/rule.h"

static const char *asked_for(const struct mode *mode)
{
    if (mode->kind == MODE_ISOLATION)
        return "the isolation level";
    return mode->kind == MODE_READ_ONLY ? "READ WRITE" : "[NOT] DEFERRABLE";
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_MODE_TOO_LATE)
            continue;
        struct finding *finding =
            report(check, notice->mode.span, "25001: %s cannot be set after the first query",
                   asked_for(&notice->mode));
        finding_label(check, finding, "refused, and the block is aborted (25P02 from here on)");
        if (notice->cause == notice->statement)
            finding_help(check, finding,
                         "the SELECT that calls set_config is itself the query "
                         "that comes too early: use SET TRANSACTION");
        else if (notice->cause)
            finding_related(check, finding, notice->cause->span,
                            "takes the snapshot, which fixes the modes");
        finding_help(check, finding,
                     "write the modes into BEGIN, or move them before the first "
                     "query; only LOCK TABLE, SET and SAVEPOINT may come before");
    }
}

const struct rule rule_set_transaction_too_late = {
    .name = "set-transaction-too-late",
    .group = "declaration",
    .summary = "Transaction modes are set after the first query of the transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001"},
    .check_script = check_script,
};
