#include "lint/rule.h"

/* Only what reads can be a pivot; what reads and does not write cannot. */
static bool can_be_pivot(const struct check *check, const struct transaction *transaction)
{
    return transaction_level(transaction) == LEVEL_SERIALIZABLE &&
           !transaction_read_only(transaction) && window_exposed(check->corpus, transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct statement *prepare = transaction->end;

    if (!prepare || prepare->kind != STATEMENT_PREPARE_TRANSACTION)
        return;
    bool pivot = can_be_pivot(check, transaction);
    struct finding *finding = report(
        check, prepare->span, "%s",
        pivot
            ? "other transactions can fail with 40001 because a prepared SERIALIZABLE "
              "transaction cannot be aborted"
            : "a prepared transaction keeps its locks until COMMIT PREPARED or ROLLBACK PREPARED");
    if (!pivot) {
        finding_weaken(finding);
        finding_predicts(finding, "performance");
    } else {
        finding_predicts(finding, "40001");
        finding_level(check, finding, transaction);
    }
    finding_label(check, finding, "its locks remain when the connection is closed");
    if (pivot)
        finding_help(
            check, finding,
            "expect 40001 in the other transactions of a conflict: the server cannot abort the "
            "prepared one");
    finding_help(
        check, finding,
        "use COMMIT unless a transaction manager ends prepared transactions, also after a crash; "
        "then end them soon and monitor pg_prepared_xacts");
}

const struct rule rule_prepared_serializable = {
    .name = "prepared-serializable",
    .group = "retry",
    .summary =
        "PREPARE TRANSACTION keeps locks, at SERIALIZABLE also predicate locks that make other "
        "transactions fail",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "performance"},
    .not_plain = true,
    .check_transaction = check,
};
