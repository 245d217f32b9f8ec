#include "lint/rule.h"

enum { MANY = 3 }; /* whole tables under one snapshot */

static bool locks_something(const struct access *access)
{
    return access->kind != ACCESS_READ && !access_is_exempt(access);
}

/* external-wait-in-transaction reports it then. */
static bool follows_lock(const struct transaction *transaction, const struct wait *wait)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (locks_something(access) && wait_follows(wait, access))
            return true;
    }
    return false;
}

static void report_wait(struct check *check, const struct transaction *transaction,
                        const struct wait *wait, const struct step *held)
{
    static const char message[] = "%s holds back VACUUM while %s keeps a snapshot";
    const char *keeper = held->statement->kind == STATEMENT_DECLARE
                             ? "a cursor"
                             : isolation_level_name(transaction_level(transaction));
    struct finding *finding =
        wait->call ? report_side_effect(check, wait->call, message, wait->what, keeper)
                   : report(check, wait->step->statement->span, message, wait->what, keeper);

    finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "can take any amount of time");
    if (held != wait->step)
        finding_related(check, finding, held->statement->span, "the snapshot is taken here");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "move the wait before BEGIN or after COMMIT: until then VACUUM keeps dead rows, and "
        "CREATE INDEX CONCURRENTLY waits");
}

static void check_reads(struct check *check, const struct transaction *transaction)
{
    unsigned count = 0;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        bool whole = access->copy || (access->query && access->query->aggregates);
        if (access->kind != ACCESS_READ || !whole || access->where || access_is_exempt(access) ||
            ++count < MANY)
            continue;
        struct finding *finding = report_access(
            check, access, "reading %u whole tables under one snapshot at %s holds back VACUUM",
            count, isolation_level_name(transaction_level(transaction)));
        finding_label(check, finding, "the snapshot is kept until COMMIT");
        finding_level(check, finding, transaction);
        finding_help(
            check, finding,
            "use READ COMMITTED, or one transaction for each table, unless the results must "
            "agree with each other");
        return;
    }
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct wait *wait = transaction_waits(transaction, &check->script->arena); wait;
         wait = wait->next) {
        const struct step *held = wait_keeps_snapshot(transaction, wait);
        if (held && !follows_lock(transaction, wait)) {
            report_wait(check, transaction, wait, held);
            return;
        }
    }
    if (transaction_has_one_snapshot(transaction))
        check_reads(check, transaction);
}

const struct rule rule_long_snapshot = {
    .name = "long-snapshot",
    .group = "snapshot",
    .summary =
        "A snapshot is kept while the transaction waits for something outside, or reads many rows",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"performance"},
    .blocks_only = true,
    .check_transaction = check,
};
