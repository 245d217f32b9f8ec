#include "lint/rule.h"

/* What another rule says of this lock: snapshot-read-modify-write when its row has been read
 * before, skip-locked-under-snapshot when it skips. */
static bool is_reported_elsewhere(const struct access *lock)
{
    return lock->wait == WAIT_SKIP || (lock->lock > LOCK_KEY_SHARE && window_follows_read(lock));
}

/* A new snapshot, and no wait in which it grows old. */
static bool is_immediate(const struct access *lock)
{
    return lock->wait == WAIT_ERROR && !window_is_late(lock);
}

static bool is_written(const struct check *check, const struct access *lock)
{
    return corpus_find(check->corpus, lock, 1u << ACCESS_UPDATE | 1u << ACCESS_DELETE, false);
}

static void check_lock(struct check *check, const struct transaction *transaction,
                       const struct access *lock)
{
    const char *verb = access_verb(lock), *table = access_relation_name(lock);
    bool late = window_is_late(lock);
    struct finding *finding = report_access(
        check, lock, "%s %s can fail with 40001; at READ COMMITTED it would return the new row",
        verb, table);

    if (!is_written(check, lock))
        finding_weaken(finding);
    finding_label(check, finding,
                  late ? "fails if the row was %s since the snapshot"
                       : "fails if it had to wait and the row was %s",
                  lock->lock == LOCK_KEY_SHARE ? "deleted, or its key changed," : "changed");
    if (lock->lock > LOCK_KEY_SHARE)
        finding_writer(check, finding, conflict_writer(check->corpus, lock, BY_ROW, NULL), NULL);
    if (late)
        finding_snapshot(check, finding, lock);
    finding_level(check, finding, transaction);
    finding_help(
        check, finding, "%s",
        lock->query && lock->query->rest->limit
            ? "use READ COMMITTED with SKIP LOCKED to take the next row of a queue: a wait "
              "there can end with no row although others are left"
            : "use READ COMMITTED: there it waits and returns the current row");
    finding_suggest_read_committed(check, finding, transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (check->options->all_serializable && transaction_level(transaction) == LEVEL_SERIALIZABLE)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_LOCK && window_compares(access) && window_is_open(access) &&
            !is_reported_elsewhere(access) && !is_immediate(access) &&
            !conflict_spares_key(check->corpus, access))
            check_lock(check, transaction, access);
    }
}

const struct rule rule_row_lock_under_snapshot = {
    .name = "row-lock-under-snapshot",
    .group = "conflict",
    .summary =
        "SELECT … FOR UPDATE at REPEATABLE READ or SERIALIZABLE: 40001 instead of the current row",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_LOCKING,
    .check_transaction = check,
};
