#include "lint/rule.h"

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_NESTED_BEGIN)
            continue;
        const struct statement *begin = notice->statement;
        struct finding *finding =
            report(check, begin->span, "WARNING 25001: %s in an open transaction begins nothing",
                   begin->verb);
        finding_label(check, finding, "%s",
                      begin->modes ? "its modes change the transaction that is open"
                                   : "the next COMMIT ends everything since the outer BEGIN");
        if (notice->cause)
            finding_related(check, finding, notice->cause->span, "the transaction begins here");
        finding_help(check, finding,
                     "COMMIT first, or write SAVEPOINT for a part that can be "
                     "undone alone");
    }
}

const struct rule rule_nested_begin = {
    .name = "nested-begin",
    .group = "declaration",
    .summary = "BEGIN while a transaction block is open: there is no nested transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001", "no-op"},
    .check_script = check_script,
};
