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
        serializable
            ? "this report at SERIALIZABLE is not READ ONLY DEFERRABLE and takes predicate locks "
              "on whole tables"
            : "this report at REPEATABLE READ holds back VACUUM until it ends");
    finding_label(check, finding, "reads whole tables");
    finding_level(check, finding, transaction);
    if (serializable) {
        finding_help(
            check, finding,
            "use SERIALIZABLE READ ONLY DEFERRABLE: it takes no predicate locks, cannot fail "
            "with 40001 and makes no other transaction fail");
    } else {
        finding_help(
            check, finding,
            "keep it if the cost is acceptable: no writer fails because of it, but VACUUM cannot "
            "remove dead rows until it ends");
        if (transaction->step_count == 1)
            finding_help(
                check, finding,
                "use READ COMMITTED: a single SELECT sees one consistent state at every level");
        if (check_on_standby(check))
            finding_help(check, finding,
                         "expect 40001 (conflict with recovery) when it runs on a standby");
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
