#include "lint/rule.h"

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_UNTERMINATED)
            continue;
        bool reconnects = notice->statement != notice->cause;
        struct finding *finding =
            report(check, notice->cause->span,
                   "rolled back without an error: the transaction is never committed");
        finding_label(check, finding, "everything from here to the %s is lost",
                      reconnects ? "new connection" : "end of the file");
        if (reconnects)
            finding_related(check, finding, notice->statement->span, "the connection ends here");
        finding_help(check, finding,
                     "end it with COMMIT, or with ROLLBACK when a dry run is meant; psql ends "
                     "with status 0 either way");
    }
}

const struct rule rule_unterminated_transaction = {
    .name = "unterminated-transaction",
    .group = "declaration",
    .summary = "A transaction is still open when the file or the connection ends",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .check_script = check_script,
};
