#include "lint/rule.h"

/* Only what reads can be a pivot; what reads and does not write cannot. */
static bool can_be_pivot(const struct transaction *transaction)
{
    return transaction_level(transaction) == LEVEL_SERIALIZABLE &&
           !transaction_read_only(transaction) && window_exposed(transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct statement *prepare = transaction->end;
    bool pivot = can_be_pivot(transaction);

    if (!prepare || prepare->kind != STATEMENT_PREPARE_TRANSACTION)
        return;
    struct finding *finding = report(
        check, prepare->span, "%s",
        pivot
            ? "40001 for others: a prepared transaction at SERIALIZABLE cannot be aborted itself"
            : "locks without a session: a prepared transaction holds them until somebody ends it");
    if (!pivot) {
        finding_weaken(finding);
        finding_predicts(finding, "performance");
    } else {
        finding_predicts(finding, "40001");
        finding_level(check, finding, transaction);
    }
    finding_label(check, finding, "its locks stay when the connection is gone");
    if (pivot)
        finding_help(check, finding,
                     "as the pivot of a dangerous structure it is spared, and a transaction that "
                     "read nothing fails at its COMMIT in its place");
    finding_help(check, finding,
                 "COMMIT, unless a transaction manager ends what is prepared, after a crash as "
                 "well; then do it soon, and look at pg_prepared_xacts");
}

const struct rule rule_prepared_serializable = {
    .name = "prepared-serializable",
    .group = "retry",
    .summary = "PREPARE TRANSACTION keeps locks, at SERIALIZABLE those that abort others as well",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "performance"},
    .check_transaction = check,
};
