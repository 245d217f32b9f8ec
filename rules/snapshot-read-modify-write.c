#include "lint/rule.h"

/* A write that fails when its row was changed after the snapshot. */
static bool compares_with_snapshot(const struct access *access)
{
    return access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE ||
           access->kind == ACCESS_LOCK;
}

/* The plain read that opened the window, preferably of exactly these rows. */
static const struct access *find_read(const struct transaction *transaction,
                                      const struct access *write, enum answer *same)
{
    const struct access *found = NULL;

    *same = ANSWER_NO;
    for (const struct access *access = transaction->accesses; access != write;
         access = access->next) {
        if (access->kind != ACCESS_READ || access_same_statement(access, write))
            continue;
        enum answer answer = access_same_rows(access, write);
        bool points = access_rows(access) >= ROWS_POINTS && access_rows(write) >= ROWS_POINTS;
        if (answer == ANSWER_UNKNOWN && points)
            continue; /* two keys that are written differently most likely are */
        if (answer > *same) {
            *same = answer;
            found = access;
        }
    }
    return found;
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const struct step *first = transaction_first_snapshot(transaction);
    const char *table = access_relation_name(write), *verb = access_verb(write);
    enum answer same;
    const struct access *read = find_read(transaction, write, &same);

    if (!read || guard_table_lock(write) || guard_held_rows(write, LOCK_SHARE))
        return;
    /* There SSI looks at the rest: serializable-predicate-write tells it. */
    if (same != ANSWER_YES && transaction_level(transaction) == LEVEL_SERIALIZABLE)
        return;
    struct finding *finding =
        report_access(check, write, "40001 concurrent update: %s %s after SELECT of %s at %s", verb,
                      table, same == ANSWER_YES ? "the same row" : "rows that it may touch",
                      isolation_level_name(transaction_level(transaction)));
    if (same != ANSWER_YES)
        finding_weaken(finding);
    finding_label(check, finding, "fails when another transaction has changed the row since");
    finding_related_access(check, finding, read,
                           read->step == first ? "the snapshot is fixed here"
                                               : "the row is read here");
    if (read->step != first)
        finding_related(check, finding, first->statement->span, "the snapshot is fixed here");
    finding_level(check, finding, transaction);
    if (write_is_relative(write))
        finding_help(check, finding,
                     "at READ COMMITTED this one %s with its condition in WHERE "
                     "needs no SELECT before it and no retry",
                     verb);
    else
        finding_help(check, finding,
                     "at READ COMMITTED, SELECT … FOR NO KEY UPDATE before it "
                     "waits for the other transaction and sees the new row");
    finding_help(check, finding,
                 "to keep the level, retry the whole transaction from BEGIN: the "
                 "error comes at this statement, COMMIT then answers ROLLBACK");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (compares_with_snapshot(access) && !access_is_exempt(access))
            check_write(check, transaction, access);
    }
}

const struct rule rule_snapshot_read_modify_write = {
    .name = "snapshot-read-modify-write",
    .group = "conflict",
    .summary = "A row is read, then written, under one snapshot: 40001 when it changed meanwhile",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .levels = AT_ONE_SNAPSHOT,
    .blocks_only = true,
    .check_transaction = check,
};
