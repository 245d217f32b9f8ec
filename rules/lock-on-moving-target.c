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

static void advise_row(struct check *check, struct finding *finding, const struct access *insert)
{
    finding_help(
        check, finding,
        transaction_has_one_snapshot(insert->transaction)
            ? "begin with an UPDATE of a row that all runs share, such as the owner's: the second run then fails with 40001 and is retried"
            : "lock a row that stays the same first, such as the owner's: SELECT … FOR NO KEY UPDATE; then read the newest row of %s",
        access_relation_name(insert));
    finding_help(
        check, finding,
        "or number the rows of each owner, make owner and number UNIQUE, and retry on 23505");
}

/* With a number that is unique nothing is lost: the run that has waited for the older row brings the key of
 * the first one. */
static void report_pair(struct check *check, const struct access *lock, const struct access *insert)
{
    bool numbered = is_numbered(lock, insert);
    struct finding *finding = report_access(
        check, insert,
        numbered
            ? "INSERT %s can fail with 23505: a run that waited for the lock computes the same key"
            : "INSERT %s may follow a row that is no longer the newest: the lock was on an older one",
        access_relation_name(insert));

    if (numbered)
        finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, numbered ? "23505" : "lost-update");
    finding_label(check, finding,
                  numbered ? "the second of two runs fails"
                           : "two runs can both add a row to the same predecessor");
    finding_related_access(check, finding, lock,
                           "waits for the row that it found, and does not look for a newer one");
    finding_level(check, finding, insert->transaction);
    if (numbered)
        finding_help(
            check, finding,
            "lock a row that stays the same first, such as the owner's, or catch 23505 and run the transaction again");
    else
        advise_row(check, finding, insert);
}

const struct rule rule_lock_on_moving_target = {
    .name = "lock-on-moving-target",
    .group = "anomaly",
    .summary =
        "The newest row is locked, then a newer one is inserted: the next transaction waits for the wrong row",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update", "23505"},
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .reads = 1U << ACCESS_LOCK,
    .writes = 1U << ACCESS_INSERT,
    .is_pair = is_pair,
    .check_pair = report_pair,
};
