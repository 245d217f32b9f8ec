#include "search/row-ways.h"

#include <glib.h>

#include "base/limits.h"
#include "corpus/by-value.h"
#include "index/index-use.h"
#include "locking/guard.h"
#include "locking/lock.h"
#include "locking/row-order.h"
#include "flow/flow.h"
#include "program/rows.h"

/* A range, a state, what is NULL: more than the rows of one value that the run is given. */
static bool is_sweep(const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!term_binds(term) || term->comparison != COMPARE_EQUAL ||
            term->value->kind == OPERAND_CONSTANT)
            return true;
    }
    return false;
}

/* A list of keys alone is no sweep, and has an order of its own. */
static bool is_candidate(const struct access *access)
{
    return (access_writes_several(access) ||
            (access_locks_several(access) && access->query->rest->order)) &&
           access->where && access_rows(access) != ROWS_POINTS && !access->transaction->set_up;
}

/* What says which rows it writes: itself, or the sub-SELECT of WHERE id IN (SELECT id …). */
static const struct access *chooser(const struct access *access)
{
    const struct access *picked = access->kind == ACCESS_LOCK ? NULL : flow_picked_by(access);

    return picked ? picked : access;
}

static bool may_meet(const struct access *other, const struct access *write)
{
    return other->transaction != write->transaction && is_candidate(other) &&
           (is_sweep(chooser(other)) || is_sweep(chooser(write))) &&
           row_lock_conflicts(access_row_lock(other), access_row_lock(write)) &&
           transaction_may_overlap(other->transaction, write->transaction) &&
           access_same_rows(other, write) != ANSWER_NO &&
           access_same_rows(chooser(other), chooser(write)) != ANSWER_NO && !guard_queues(other);
}

/* The indexes that have the rows in the order of the lock. */
static uint64_t sorted_ways(const struct access *lock)
{
    const struct operand *by = &lock->query->rest->order->operand;
    uint64_t ways = 0, bit = 1;

    for (const struct index *index = lock->relation->indexes; index && bit;
         index = index->next, bit <<= 1) {
        if (by->kind != OPERAND_COLUMN || !index->keys || !index->keys->column ||
            g_strcmp0(index->keys->column, by->text) == 0)
            ways |= bit;
    }
    return ways;
}

static bool differ(const struct access *other, const struct index_ways *ways, struct arena *arena)
{
    if (other->kind == ACCESS_LOCK)
        return ways->serve && !(sorted_ways(other) & ways->may);
    struct index_ways others = index_ways(other, arena);
    return others.known && !(others.may & ways->may) && (others.serve | ways->serve);
}

const struct access *row_ways_other(const struct corpus *corpus, const struct access *write)
{
    if (!access_writes_several(write) || !is_candidate(write) || corpus_is_small(corpus, write))
        return NULL;
    struct arena arena = {0};
    struct index_ways ways = index_ways(write, &arena);
    struct access_cursor cursor = corpus_meeting(corpus, write);
    const struct access *other = ways.known ? access_next(&cursor) : NULL;
    bool before = true, found = false;
    for (unsigned met = 0; other && met < MOST_SWEEPS; other = access_next(&cursor)) {
        before = before && other != write;
        if (!(before || other->kind == ACCESS_LOCK) || !may_meet(other, write))
            continue;
        met++;
        found = differ(other, &ways, &arena);
        if (found)
            break;
    }
    arena_finish(&arena);
    return found ? other : NULL;
}
