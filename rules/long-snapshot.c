#include "lint/rule.h"

enum { MANY = 3 }; /* whole tables under one snapshot */

static bool locks_something(const struct access *access)
{
    return access->kind != ACCESS_READ && !access_is_exempt(access);
}

/* Then external-wait-in-transaction tells it. */
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
    static const char message[] = "vacuum held back: %s while %s keeps a snapshot";
    const char *keeper = held->statement->kind == STATEMENT_DECLARE
                             ? "a cursor"
                             : isolation_level_name(transaction_level(transaction));
    struct finding *finding =
        wait->call ? report_call(check, wait->call, message, wait->what, keeper)
                   : report(check, wait->step->statement->span, message, wait->what, keeper);

    finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "lasts as long as the other side takes");
    if (held != wait->step)
        finding_related(check, finding, held->statement->span, "the snapshot is from here");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "wait before BEGIN or after COMMIT; it aborts nobody, but dead "
                 "rows stay and CREATE INDEX CONCURRENTLY waits");
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
            check, access, "vacuum held back: %u whole tables are read under one snapshot at %s",
            count, isolation_level_name(transaction_level(transaction)));
        finding_label(check, finding, "the snapshot lives until COMMIT");
        finding_level(check, finding, transaction);
        finding_help(check, finding,
                     "keep it when the results must agree with each other; otherwise READ "
                     "COMMITTED, or a transaction for each");
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
        "A snapshot is kept while the transaction waits for something outside, or reads much",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"performance"},
    .blocks_only = true,
    .check_transaction = check,
};
