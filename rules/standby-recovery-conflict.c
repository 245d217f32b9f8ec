#include "lint/rule.h"

static void explain(struct check *check, struct finding *finding,
                    const struct transaction *transaction)
{
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "repeat it, on a new connection if this one was ended, and say so: -- isolint: "
                 "retry");
    finding_help(check, finding,
                 "on the standby hot_standby_feedback = on keeps vacuum on the primary from the "
                 "rows, at the price of bloat there; max_standby_streaming_delay gives more time, "
                 "at the price of older data");
}

/* A snapshot is kept while the transaction waits for something outside. */
static bool check_waits(struct check *check, const struct transaction *transaction)
{
    static const char message[] = "40001 conflict with recovery: a snapshot is kept during %s";

    for (const struct wait *wait = transaction_waits(transaction, &check->script->arena); wait;
         wait = wait->next) {
        const struct step *held = wait_keeps_snapshot(transaction, wait);
        if (!held)
            continue;
        struct finding *finding =
            wait->call ? report_call(check, wait->call, message, wait->what)
                       : report(check, wait->step->statement->span, message, wait->what);
        finding_label(check, finding, "long enough for vacuum on the primary");
        if (held != wait->step)
            finding_related(check, finding, held->statement->span, "the snapshot is from here");
        explain(check, finding, transaction);
        return true;
    }
    return false;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct access *report = transaction->accesses;

    /* SERIALIZABLE is refused, which serializable-on-standby tells. */
    if (!check_on_standby(check) || transaction->retried || transaction->routine ||
        transaction_level(transaction) == LEVEL_SERIALIZABLE ||
        transaction_may_write(transaction) || check_waits(check, transaction) ||
        !transaction_has_one_snapshot(transaction))
        return;
    while (report && !access_is_report(report))
        report = report->next;
    if (!report)
        return;
    struct finding *finding = report_access(
        check, report, "40001 conflict with recovery: a long report at %s on %s",
        isolation_level_name(transaction_level(transaction)), access_relation_name(report));
    finding_label(check, finding, "its snapshot lives to the end of the transaction");
    explain(check, finding, transaction);
}

const struct rule rule_standby_recovery_conflict = {
    .name = "standby-recovery-conflict",
    .group = "environment",
    .summary = "A snapshot is kept for long on a hot standby: replay cancels the transaction",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .blocks_only = true,
    .check_transaction = check,
};
