/* The structure of a pivot: how bad it is, and which change of the pivot would do away with it. */
#include "search/graph-search.h"

#include <string.h>

#include "program/rows.h"

static bool conflicts_by_column(const struct structure *structure)
{
    return conflict_read_write(structure->read, structure->overwrite, BY_COLUMN) &&
           conflict_read_write(structure->in_access, structure->back, BY_COLUMN);
}

/* Tin has locked the row that leads back to the pivot. That row is free again when the pivot writes
 * it: the lock is on the wrong edge. */
static bool locks_what_it_reads(const struct structure *structure)
{
    const struct access *read = structure->in_access;

    for (const struct access *lock = structure->in->accesses; lock; lock = lock->next) {
        if (lock->kind == ACCESS_LOCK && !lock->assumed && !access_is_of_foreign_key(lock) &&
            (lock == read || access_same_rows(lock, read) == ANSWER_YES))
            return true;
    }
    return false;
}

static enum structure_kind kind_of(const struct structure *structure)
{
    bool reports = structure->in != structure->out && !transaction_writes(structure->in);

    if (all_serializable(structure))
        return STRUCTURE_FAILURE;
    if (reports && is_serializable(structure->pivot) && is_serializable(structure->out))
        return STRUCTURE_REPORT;
    if (is_serializable(structure->pivot) || is_serializable(structure->out) ||
        is_serializable(structure->in))
        return STRUCTURE_MIXED;
    if (structure->read->kind == ACCESS_LOCK || locks_what_it_reads(structure))
        return STRUCTURE_ONE_SIDED;
    return STRUCTURE_SILENT;
}

/* FOR UPDATE is refused where rows are merged, and locks nothing where none are (0A000). */
static bool can_lock(const struct access *read)
{
    const struct query *query = read->query;

    return query && !query->aggregates && !query->grouped && !query->distinct && !query->windowed &&
           !query->set_returning && query->kind == QUERY_SELECT;
}

/* Whether the statement of the read reads more: else to lock all of it is to lock the read. */
static bool reads_more(const struct access *read)
{
    for (const struct access *each = read->transaction->accesses; each; each = each->next) {
        if (each != read && each->kind == ACCESS_READ && access_same_statement(each, read))
            return true;
    }
    return false;
}

/* Which change of the read makes the pivot one no longer, whoever its partners are. */
static enum repair find_repair(struct search *search)
{
    const struct structure *found = &search->found;

    for (int repair = REPAIR_LOCK_READ; repair <= REPAIR_UPDATE_READ; repair++) {
        struct search again = {.corpus = search->corpus,
                               .changed = found->read,
                               .repair = (enum repair)repair,
                               .from = found,
                               .with_middle = search->with_middle,
                               .may_link = search->may_link,
                               .budget = search->budget,
                               .partners = search->partners,
                               .open = {search->open[0], search->open[1]}};
        if (access_is_write(found->read) ||
            (repair == REPAIR_LOCK_STATEMENT && !reads_more(found->read)) ||
            (repair != REPAIR_UPDATE_READ && !can_lock(found->read)))
            continue;
        bool exists = find_structure(&again, found->pivot);
        search->partners = again.partners;
        memcpy(search->open, again.open, sizeof search->open);
        memset(search->open_for, 0, sizeof search->open_for);
        if (!exists && !again.given_up)
            return (enum repair)repair;
    }
    return REPAIR_NONE;
}

static bool find(struct search *search, const struct transaction *pivot,
                 struct structure *structure)
{
    bool exists = find_structure(search, pivot);

    if (search->spent > search->budget)
        limit_reached(search->corpus->limits, LIMIT_PIVOT);
    else if (search->tried > MIDDLE_BUDGET)
        limit_reached(search->corpus->limits, LIMIT_MIDDLE);
    if (!exists)
        return false;
    *structure = search->found;
    structure->kind = kind_of(structure);
    structure->by_rows_only = !conflicts_by_column(structure);
    structure->repair = find_repair(search);
    return true;
}

struct structure *graph_find(const struct corpus *corpus, size_t index)
{
    const struct transaction *pivot = corpus->transactions->pdata[index];

    if (!may_be_pivot(pivot))
        return NULL;
    unsigned share = ALL_PIVOT_BUDGET / MAX(corpus->transactions->len, 1);
    struct search search = {.corpus = corpus,
                            .budget = CLAMP(share, LEAST_PIVOT_BUDGET, PIVOT_BUDGET)};
    struct structure structure = {0};
    bool found = find(&search, pivot, &structure);
    g_clear_pointer(&search.partners, g_array_unref);
    for (size_t i = 0; i < G_N_ELEMENTS(search.open); i++)
        g_clear_pointer(&search.open[i], g_array_unref);
    return found ? g_memdup2(&structure, sizeof structure) : NULL;
}
