#include "lint/rule.h"

/* It keeps other transactions out, so that what is read after it is the newest state. */
static bool is_meant_to_exclude(enum table_lock lock)
{
    return table_lock_conflicts(lock, lock) || table_lock_conflicts(lock, TABLE_LOCK_ROW_EXCLUSIVE);
}

static bool compares_with_snapshot(const struct access *access)
{
    return access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE ||
           access->kind == ACCESS_LOCK;
}

struct uses {
    bool any;      /* rows of some table */
    bool locked;   /* rows of the locked table */
    bool modified; /* rows of it that must not have changed */
    bool writes;   /* the transaction is no mere reader */
};

static struct uses uses_behind(const struct access *lock)
{
    struct uses uses = {.writes = lock->transaction->unknown != NULL};

    for (const struct access *access = lock->transaction->accesses; access; access = access->next) {
        if (access_is_exempt(access) || access_is_of_foreign_key(access))
            continue;
        uses.writes |= access_is_write(access);
        if (access->order < lock->order || access->kind >= ACCESS_TRUNCATE ||
            access->kind == ACCESS_INSERT)
            continue;
        bool same = access_same_relation(access, lock);
        uses.any = true;
        uses.locked |= same;
        uses.modified |= same && compares_with_snapshot(access);
    }
    return uses;
}

static void check_lock(struct check *check, const struct transaction *transaction,
                       const struct access *lock)
{
    const struct step *first = transaction_first_snapshot(transaction);
    const char *level = isolation_level_name(transaction_level(transaction));
    struct uses uses = uses_behind(lock);
    bool serializable = transaction_level(transaction) == LEVEL_SERIALIZABLE && uses.writes;

    if (!uses.any)
        return;
    struct finding *finding =
        report_access(check, lock, "LOCK TABLE %s comes too late, after the snapshot at %s: %s",
                      access_relation_name(lock), level,
                      uses.modified  ? "40001 (concurrent update) is possible"
                      : serializable ? "40001 (read/write dependencies) is possible"
                                     : "a stale read is possible");
    finding_predicts(finding, uses.modified || serializable ? "40001" : "stale-read");
    if (!uses.locked || !uses.writes)
        finding_weaken(finding);
    finding_label(check, finding, "does not show what was committed after the snapshot");
    if (first && first != lock->step)
        finding_related(check, finding, first->statement->span, "the snapshot is taken here");
    finding_level(check, finding, transaction);
    if (lock->body)
        finding_help(
            check, finding,
            "send LOCK TABLE as a statement of its own before the call: a routine, and DO, has "
            "its snapshot before the first statement inside");
    else
        finding_help(check, finding, "move LOCK TABLE right after BEGIN: it takes no snapshot");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_TABLE_LOCK && !access_is_exempt(access) &&
            is_meant_to_exclude(access->table_lock) &&
            (access->step->after_snapshot || access->body) && !guard_table_lock(access) &&
            !transaction_creates(transaction, access->relation))
            check_lock(check, transaction, access);
    }
}

const struct rule rule_lock_after_snapshot = {
    .name = "lock-after-snapshot",
    .group = "snapshot",
    .summary = "LOCK TABLE comes after the snapshot: reads under the lock return old rows",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "stale-read"},
    .levels = AT_ONE_SNAPSHOT,
    .check_transaction = check,
};
