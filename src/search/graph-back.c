/* The way back to the pivot: which accesses of Tin come after the pivot's, wherever they meet. */
#include "search/graph-search.h"

#include "locking/guard.h"
#include "program/rows.h"
#include "flow/shared-key.h"

/* At READ COMMITTED the WHERE of a write is looked at again after a wait: what the read has found
 * is asked for once more, or its version. ON CONFLICT asks whether the key is there. */
static bool asks_again(const struct access *read, const struct access *to)
{
    enum answer unique;

    if (access_is_upsert(to))
        return access_shares_key(read, to, &unique) && unique != ANSWER_NO;
    return access_is_write(to) && access_same_rows(read, to) != ANSWER_NO &&
           (guard_repeats(read, to) || guard_rechecks(read, to));
}

static bool asks_found_again(struct search *search, const struct access *to)
{
    struct repetition *last = &search->again;
    const struct access *read = search->found.read;

    if (last->read != read || last->to != to)
        *last = (struct repetition){read, to, asks_again(read, to)};
    return last->asked;
}

/* Under one snapshot everything is read at its beginning, so Tin must read what the pivot writes.
 * At READ COMMITTED the rest of the pivot may also see or overwrite what Tin has done. */
bool leads_back(struct search *search, const struct access *from, const struct access *to,
                enum row row)
{
    enum granularity granularity = granularity_of(&search->found);
    bool after_cut = search->found.cut && to->order >= search->found.cut->order;
    bool snapshot = transaction_has_one_snapshot(search->found.pivot);

    /* What a foreign key forbids ends in 23503. */
    if (granularity == BY_COLUMN &&
        (access_is_of_foreign_key(from) || access_is_of_foreign_key(to)))
        return false;
    if (!snapshot && asks_found_again(search, to))
        return false;
    /* Under one snapshot, two writes of a row that was there cannot both commit; elsewhere whoever
     * locks or writes what the pivot has written waits until that has ended. */
    if (row == ROW_BEFORE &&
        (snapshot ? conflict_write_write(from, to) : !after_cut && conflict_on_lock(from, to)))
        return false;
    if (is_without_order(search, from, to))
        return false;
    if (conflict_read_write(from, to, granularity))
        return !snapshot || row == ROW_AFTER || !conflict_is_held(from, to);
    return after_cut && !snapshot && row == ROW_BEFORE &&
           (conflict_read_write(to, from, granularity) || conflict_write_write(from, to) ||
            conflict_on_key(to, from));
}
