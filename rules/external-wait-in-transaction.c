#include "lint/rule.h"

/* Whether the access leaves a lock behind that somebody may want. */
static bool keeps_lock(const struct access *access)
{
    return access->kind != ACCESS_READ && !access_is_exempt(access) &&
           !access_is_of_foreign_key(access) &&
           !transaction_creates(access->transaction, access->relation);
}

static const struct access *find_lock(const struct transaction *transaction,
                                      const struct wait *wait)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (keeps_lock(access) && wait_follows(wait, access))
            return access;
    }
    return NULL;
}

static void report_wait(struct check *check, const struct wait *wait, const struct access *lock)
{
    static const char message[] =
        "%s %s blocks other transactions while %s waits, and until COMMIT";
    const char *verb = lock->assumed ? "whatever fires this trigger on" : access_verb(lock);
    const char *table = access_relation_name(lock);
    bool remote = wait->call && builtin_effect(wait->call->call->builtin) == EFFECT_REMOTE;
    struct finding *finding =
        wait->call ? report_side_effect(check, wait->call, message, verb, table, wait->what)
                   : report(check, wait->step->statement->span, message, verb, table, wait->what);

    finding_label(check, finding, "waits outside of the database");
    finding_related_access(check, finding, lock,
                           lock->assumed ? "its row is locked before the trigger runs"
                                         : "the lock is held from here on");
    if (remote)
        finding_help(
            check, finding,
            "make sure that the other session needs none of these locks: both would wait for ever, a deadlock that the server does not see");
    finding_help(check, finding, "move the wait before the first write, or after COMMIT");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct wait *wait = transaction_waits(transaction, &check->script->arena); wait;
         wait = wait->next) {
        const struct access *lock = find_lock(transaction, wait);
        if (lock) {
            report_wait(check, wait, lock);
            return;
        }
    }
}

const struct rule rule_external_wait_in_transaction = {
    .name = "external-wait-in-transaction",
    .group = "snapshot",
    .summary = "Locks are held while the transaction waits for time, a person or a program",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"performance"},
    .kinds = ~(1U << ACCESS_READ | CALLS), /* a lock that is kept */
    .check_transaction = check,
};
