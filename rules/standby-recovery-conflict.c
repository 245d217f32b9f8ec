#include "lint/rule.h"

static void explain(struct check *check, struct finding *finding,
                    const struct transaction *transaction)
{
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "retry it, on a new connection if this one was closed, and mark it: -- isolint: retry");
    finding_help(
        check, finding,
        "set hot_standby_feedback = on on the standby (more bloat on the primary), or raise "
        "max_standby_streaming_delay (older data)");
}

/* A snapshot is kept while the transaction waits for something outside. */
static bool check_waits(struct check *check, const struct transaction *transaction)
{
    static const char message[] =
        "this transaction can be canceled with 40001 (conflict with recovery): it keeps a "
        "snapshot during %s";

    for (const struct wait *wait = transaction_waits(transaction, &check->script->arena); wait;
         wait = wait->next) {
        const struct step *held = wait_keeps_snapshot(transaction, wait);
        if (!held)
            continue;
        struct finding *finding =
            wait->call ? report_side_effect(check, wait->call, message, wait->what)
                       : report(check, wait->step->statement->span, message, wait->what);
        finding_label(check, finding,
                      "long enough for VACUUM on the primary to remove rows it needs");
        if (held != wait->step)
            finding_related(check, finding, held->statement->span, "the snapshot is taken here");
        explain(check, finding, transaction);
        return true;
    }
    return false;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct access *report = transaction->accesses;

    /* SERIALIZABLE is refused, which serializable-on-standby reports. */
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
        check, report,
        "this long report of %s at %s can be canceled with 40001 (conflict with recovery)",
        access_relation_name(report), isolation_level_name(transaction_level(transaction)));
    finding_label(check, finding, "its snapshot is kept until the end of the transaction");
    explain(check, finding, transaction);
}

const struct rule rule_standby_recovery_conflict = {
    .name = "standby-recovery-conflict",
    .group = "environment",
    .summary =
        "A snapshot is kept for a long time on a hot standby: replay can cancel the transaction",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .beyond_machine = true,
    .blocks_only = true,
    .check_transaction = check,
};
