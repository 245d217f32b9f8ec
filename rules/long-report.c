#include "lint/rule.h"

/* A query over whole tables that groups, or joins two of them. */
static const struct access *find_report(const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        unsigned tables = 0;
        if (!access->query || access->kind != ACCESS_READ || access_is_exempt(access))
            continue;
        for (const struct range *range = access->query->ranges; range; range = range->next)
            tables += range->kind == RANGE_RELATION;
        if (access->query->aggregates && (access->query->grouped || tables >= 2) &&
            access_rows(access) <= ROWS_RANGE)
            return access;
    }
    return NULL;
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
