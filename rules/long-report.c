#include "lint/rule.h"

static const struct access *find_report(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;

    while (access && !access_is_report(access))
        access = access->next;
    return access;
}

static void check(struct check *check, const struct transaction *transaction)
{
    bool serializable = transaction_level(transaction) == LEVEL_SERIALIZABLE;
    const struct access *access = find_report(transaction);

    if (!access || !transaction_only_reads(transaction) ||
        (serializable && transaction_read_only(transaction) && transaction_deferrable(transaction)))
        return;
    struct finding *finding = report_access(
        check, access,
        serializable ? "predicate locks on whole tables: a long report at SERIALIZABLE is not READ "
                       "ONLY DEFERRABLE"
                     : "vacuum held back: a long report at REPEATABLE READ keeps its "
                       "snapshot to the end");
    finding_label(check, finding, "aggregates whole tables");
    finding_level(check, finding, transaction);
    if (serializable) {
        finding_help(check, finding,
                     "SERIALIZABLE READ ONLY DEFERRABLE takes no predicate locks, cannot be "
                     "aborted and aborts nobody");
    } else {
        finding_help(check, finding,
                     "it aborts no writer and no writer aborts it; what it costs "
                     "is dead rows that vacuum must keep");
        if (transaction->step_count == 1)
            finding_help(check, finding,
                         "one SELECT is one consistent state at READ COMMITTED "
                         "too");
        if (check_on_standby(check))
            finding_help(check, finding,
                         "on a standby it can be canceled with 40001, conflict with recovery");
    }
}

const struct rule rule_long_report = {
    .name = "long-report",
    .group = "snapshot",
    .summary = "A report over whole tables in one REPEATABLE READ or SERIALIZABLE transaction",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"performance"},
    .levels = AT_ONE_SNAPSHOT,
    .blocks_only = true,
    .check_transaction = check,
};
