#include "lint/rule.h"

/* What is left to other rules: skip-locked-under-snapshot reports SKIP LOCKED,
 * row-lock-under-snapshot of locks whose row was not read before, on-conflict-under-snapshot of DO
 * NOTHING and of keys that were not read before. */
static bool is_reported_elsewhere(const struct access *write, enum answer same)
{
    if (write->kind == ACCESS_LOCK)
        return same != ANSWER_YES || write->lock == LOCK_KEY_SHARE || write->wait == WAIT_SKIP;
    if (access_is_upsert(write))
        return same != ANSWER_YES || write->query->write->conflict == CONFLICT_NOTHING;
    /* There SSI looks at the rest: serializable-predicate-write reports it. */
    return same != ANSWER_YES && transaction_level(write->transaction) == LEVEL_SERIALIZABLE;
}

static void add_help(struct check *check, struct finding *finding, const struct access *read,
                     const struct access *write)
{
    const char *verb = access_verb(write);

    if (access_is_upsert(write))
        finding_help(
            check, finding,
            "use READ COMMITTED and %s without the SELECT: it waits, sees the current row and does not fail",
            verb);
    else if (write_is_relative(write))
        finding_help(
            check, finding,
            "use READ COMMITTED and put the condition into the WHERE of this %s: it then needs no SELECT and no retry",
            verb);
    else
        finding_help(
            check, finding,
            "use READ COMMITTED and read the row with %s: it waits and returns the current row",
            locking_read(check, read));
}

/* The SELECT has brought the key by which the row is written: it is most likely one of those. */
static bool is_of_found(const struct access *read, const struct access *write)
{
    const struct restriction *each = read->query ? write->where : NULL;

    while (each && !(term_binds(&each->term) && access_returns(read, each->term.column)))
        each = each->next;
    return each;
}

/* No parameter decides which rows are written: two runs of the program write the same ones, whatever
 * the SELECT reads. */
static bool is_of_all_runs(const struct access *write)
{
    const struct restriction *each = write->where;

    while (each && each->term.value && operand_is_fixed(each->term.value))
        each = each->next;
    return !each;
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    enum answer same;
    const struct access *read = window_read(write, &same);

    if (!read || is_reported_elsewhere(write, same))
        return;
    const struct access *writer = conflict_writer(check->corpus, read, BY_ROW, NULL);
    const char *name = writer_name(check, writer);
    struct finding *finding = report_access(
        check, write, "%s %s can fail with 40001: %s may have changed %s since the SELECT",
        access_verb(write), access_relation_name(write), name,
        same == ANSWER_YES ? "the row" : "one of its rows");
    if (same != ANSWER_YES && !is_of_found(read, write) && !is_of_all_runs(write))
        finding_weaken(finding);
    finding_label(check, finding, "fails if %s has changed the row since", name);
    finding_related_access(check, finding, read,
                           window_is_late(read) ? "the row is read here"
                                                : "the snapshot is taken here");
    finding_writer(check, finding, writer, NULL);
    if (window_is_late(read))
        finding_snapshot(check, finding, read);
    finding_level(check, finding, transaction);
    add_help(check, finding, read, write);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (window_compares(access) && window_is_open(access))
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
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_AFTER_READ,
    .check_transaction = check,
};
