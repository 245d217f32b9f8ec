#include "lint/rule.h"

/* snapshot-read-modify-write reports the row that was read before. */
static bool is_reported_elsewhere(const struct access *insert)
{
    return insert->query->write->conflict == CONFLICT_UPDATE && window_follows_read(insert);
}

static void check_insert(struct check *check, const struct transaction *transaction,
                         const struct access *insert)
{
    const char *table = access_relation_name(insert);
    bool nothing = insert->query->write->conflict == CONFLICT_NOTHING;
    struct finding *finding = report_access(
        check, insert,
        "INSERT %s ON CONFLICT DO %s can fail with 40001; at READ COMMITTED it never would", table,
        nothing ? "NOTHING" : "UPDATE");

    if (window_is_late(insert)) {
        finding_label(check, finding, "fails if the conflicting row is newer than the snapshot");
        finding_snapshot(check, finding, insert);
    } else {
        finding_label(check, finding, "fails if it had to wait for the conflicting row");
    }
    finding_writer(check, finding, conflict_inserter(check->corpus, insert, NULL), NULL);
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "use READ COMMITTED: there it waits, then finds the new row, and inserts one row at most");
    finding_suggest_read_committed(check, finding, transaction);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_upsert(access) && window_is_open(access) && !is_reported_elsewhere(access) &&
            access_may_meet_key(access) != ANSWER_NO)
            check_insert(check, transaction, access);
    }
}

const struct rule rule_on_conflict_under_snapshot = {
    .name = "on-conflict-under-snapshot",
    .group = "conflict",
    .summary =
        "INSERT … ON CONFLICT at REPEATABLE READ or SERIALIZABLE fails with 40001 when the row "
        "is newer than the snapshot",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_LOCKING,
    .check_transaction = check,
};
