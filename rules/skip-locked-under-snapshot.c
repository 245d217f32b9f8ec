#include "lint/rule.h"

/* At SERIALIZABLE every worker has read the rows that it passed over, and others write them. */
static bool is_read_by_others(const struct access *lock)
{
    if (transaction_level(lock->transaction) != LEVEL_SERIALIZABLE ||
        access_rows(lock) >= ROWS_POINTS)
        return false;
    for (const struct access *write = lock->next; write; write = write->next) {
        if (access_is_write(write) && access_same_rows(lock, write) != ANSWER_NO)
            return true;
    }
    return false;
}

static void check_lock(struct check *check, const struct transaction *transaction,
                       const struct access *lock)
{
    bool late = window_is_late(lock);
    const char *table = access_relation_name(lock);
    const char *level = isolation_level_name(transaction_level(transaction));
    struct finding *finding;

    if (late)
        finding = report_access(
            check, lock,
            "SKIP LOCKED on %s can fail with 40001: it does not skip rows changed since the "
            "snapshot at %s",
            table, level);
    else
        finding = report_access(
            check, lock,
            "SKIP LOCKED on %s at %s can fail with 40001: it reads the rows that other workers "
            "write",
            table, level);
    if (late) {
        const struct access *writer = conflict_writer(check->corpus, lock, BY_ROW, NULL);
        finding_label(check, finding, "a row that %s has changed and committed is no longer locked",
                      writer ? writer_name(check, writer) : "another worker");
        finding_writer(check, finding, writer, NULL);
        finding_snapshot(check, finding, lock);
    } else {
        finding_label(check, finding, "reads the rows of other workers when it skips them");
    }
    finding_level(check, finding, transaction);
    finding_help(check, finding, "take rows from a queue at READ COMMITTED");
    finding_suggest_read_committed(check, finding, transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_LOCK && access->wait == WAIT_SKIP && window_compares(access) &&
            window_is_open(access) && (window_is_late(access) || is_read_by_others(access)))
            check_lock(check, transaction, access);
    }
}

const struct rule rule_skip_locked_under_snapshot = {
    .name = "skip-locked-under-snapshot",
    .group = "conflict",
    .summary =
        "SKIP LOCKED at REPEATABLE READ or SERIALIZABLE does not skip rows changed since the "
        "snapshot",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_LOCKING,
    .check_transaction = check,
};
