#include "lint/rule.h"

/* Every column of the key is asked for, or is the one by which the rows are ordered and that the
 * INSERT fills in: the second transaction brings a key that is there. */
static bool numbers_once(const struct access *lock, const struct access *insert,
                         const struct index *index)
{
    bool numbered = false;

    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (access_equals(lock, key->column))
            continue;
        if (numbered || !access_assigns(insert, key->column) ||
            access_makes_value(insert, key->column) || !access_reads_column(lock, key->column))
            return false;
        numbered = true;
    }
    return numbered;
}

static bool is_numbered(const struct access *lock, const struct access *insert)
{
    const struct index *key = relation_keys(insert->relation, KEY_TOTAL | KEY_OF_COLUMNS);

    while (key && !numbers_once(lock, insert, key))
        key = relation_key_after(key, KEY_TOTAL | KEY_OF_COLUMNS);
    return key != NULL;
}

static bool is_pair(const struct check *check, const struct access *lock,
                    const struct access *insert)
{
    (void)check;
    return lock_is_of_newest(lock) && access_same_relation(lock, insert) &&
           access_same_rows(lock, insert) != ANSWER_NO &&
           write_depends(lock, insert) != DEPENDS_NOT && !guard_serializes(lock) &&
           !(is_numbered(lock, insert) && access_handler(insert, "unique_violation"));
}

/* Nothing is lost: the second run has waited for the older row, and brings the key of the first. */
static void report_key(struct check *check, const struct access *lock, const struct access *insert)
{
    struct finding *finding = report_access(
        check, insert,
        "INSERT %s can fail with 23505: a run that waited for the lock computes the same key",
        access_relation_name(insert));

    finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, "23505");
    finding_label(check, finding, "the second of two runs fails");
    finding_related_access(check, finding, lock,
                           "waits for the row that it found, and does not look for a newer one");
    finding_level(check, finding, insert->transaction);
    finding_help(
        check, finding,
        "lock a row that stays the same first, such as the owner's, or catch 23505 and run the transaction again");
}

static void report_pair(struct check *check, const struct access *lock, const struct access *insert)
{
    if (is_numbered(lock, insert)) {
        report_key(check, lock, insert);
        return;
    }
    bool snapshot = transaction_has_one_snapshot(insert->transaction);
    const char *table = access_relation_name(insert);
    struct finding *finding = report_access(
        check, insert,
        "INSERT %s may follow a row that is no longer the newest: the lock was on an older one",
        table);

    finding_label(check, finding, "two runs can both add a row to the same predecessor");
    finding_related_access(check, finding, lock,
                           "waits for the row that it found, and does not look for a newer one");
    finding_level(check, finding, insert->transaction);
    finding_help(
        check, finding,
        snapshot
            ? "begin with an UPDATE of a row that all runs share, such as the owner's: the second run then fails with 40001 and is retried"
            : "lock a row that stays the same first, such as the owner's: SELECT … FOR NO KEY UPDATE; then read the newest row of %s",
        table);
    finding_help(
        check, finding,
        "or number the rows of each owner, make owner and number UNIQUE, and retry on 23505");
}

const struct rule rule_lock_on_moving_target = {
    .name = "lock-on-moving-target",
    .group = "anomaly",
    .summary = "The newest row is locked, then a newer one is inserted: the next one waits for the "
               "wrong row",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update", "23505"},
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .reads = 1U << ACCESS_LOCK,
    .writes = 1U << ACCESS_INSERT,
    .is_pair = is_pair,
    .check_pair = report_pair,
};
