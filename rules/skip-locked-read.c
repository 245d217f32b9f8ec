#include "lint/rule.h"

/* Its rows are counted or summed up, or asked for at all, instead of taken. */
static bool is_judged(const struct query *query)
{
    return (query->aggregates && !query->only_collects) || query->grouped || query->exists;
}

/* A query of WITH that its parent does not read from is there for another one. */
static bool passes_rows_on(const struct query *query)
{
    const struct range *range = query->parent ? query->parent->ranges : NULL;

    if (query->place != PLACE_WITH)
        return query->parent != NULL;
    while (range && range_query(range) != query)
        range = range->next;
    return range != NULL;
}

/* The query that judges the rows, itself or one around it; NULL without. */
static const struct query *find_judge(const struct query *query)
{
    for (; query; query = passes_rows_on(query) ? query->parent : NULL) {
        if (is_judged(query))
            return query;
    }
    return NULL;
}

/* Rows that are then changed are taken: how many one has got is a fair question. A row that is
 * added to them is not, nor one that the caller names: those that count after it should have seen
 * it. */
static bool takes_rows(const struct access *lock)
{
    for (const struct access *access = lock->transaction->accesses; access; access = access->next) {
        if (access_is_write(access) && access->kind != ACCESS_INSERT &&
            access_same_relation(access, lock) && !write_picks(access, lock) &&
            (access->order > lock->order || access_same_statement(access, lock)))
            return true;
    }
    return lock->transaction->unknown != NULL;
}

static bool decides_a_write(const struct access *lock)
{
    const struct access *write = lock->next;

    while (write && !(access_is_write(write) && !access_same_statement(lock, write) &&
                      write_depends(lock, write) == DEPENDS_SEEN))
        write = write->next;
    return write != NULL;
}

static void check_lock(struct check *check, const struct access *lock, const struct query *judge)
{
    const char *table = access_relation_name(lock);
    struct finding *finding =
        report_access(check, lock, "SKIP LOCKED can leave out rows of %s, and only the rest is %s",
                      table, judge->exists ? "looked at" : "counted");

    const struct access *writer = conflict_writer(check->corpus, lock, BY_ROW, NULL);
    if (decides_a_write(lock))
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "leaves out rows that %s has locked", writer_name(check, writer));
    finding_writer(check, finding, writer, NULL);
    finding_help(check, finding, "read without FOR UPDATE: a plain SELECT waits for no row lock");
    finding_help(check, finding,
                 "use SKIP LOCKED only to take some rows, whichever they are, as from a queue");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind != ACCESS_LOCK || access->wait != WAIT_SKIP || access_is_exempt(access))
            continue;
        const struct query *judge = find_judge(access->query);
        if (judge && !takes_rows(access))
            check_lock(check, access, judge);
    }
}

const struct rule rule_skip_locked_read = {
    .name = "skip-locked-read",
    .group = "lock",
    .summary = "SKIP LOCKED where rows are counted or looked for: those that are locked are missed",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"stale-read"},
    .beyond_machine = true, /* which leaves out the same rows in a serial order */
    .since = 905,
    .needs_opponent = true,
    .kinds = 1U << ACCESS_LOCK,
    .check_transaction = check,
};
