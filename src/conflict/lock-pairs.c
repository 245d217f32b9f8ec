#include "conflict/lock-pairs.h"

/* Of what is remembered about the partners of one program. */
enum { MOST_PAIR_BYTES = 4 << 20 };

bool lock_set_has(const struct lock_set *set, size_t lock)
{
    return set->words[lock / 64] >> lock % 64 & 1;
}

void lock_set_add(struct lock_set *set, size_t lock)
{
    set->words[lock / 64] |= UINT64_C(1) << lock % 64;
}

size_t lock_set_next(const struct lock_set *set, size_t from)
{
    for (size_t word = from / 64; word < MOST_LOCKS / 64; word++) {
        uint64_t left = set->words[word];
        if (word == from / 64)
            left &= ~UINT64_C(0) << from % 64;
        if (left)
            return word * 64 + (size_t)__builtin_ctzll(left);
    }
    return MOST_LOCKS;
}

/* As far as their kinds, the bits of their relations and the keys that they enter tell. */
static bool may_conflict(const struct lock *a, const struct lock *b)
{
    if (!a->access || !b->access)
        return !a->access == !b->access;
    return a->access->relation_bit == b->access->relation_bit &&
           (!a->entered || !b->entered || a->entered == b->entered);
}

struct lock_pairs *lock_pairs_with(GHashTable *table, const void *other, size_t count)
{
    struct lock_pairs *pairs = g_hash_table_lookup(table, other);
    size_t size = sizeof *pairs + count * sizeof pairs->rows[0];

    if (pairs)
        return pairs;
    if (g_hash_table_size(table) * size >= MOST_PAIR_BYTES)
        g_hash_table_remove_all(table);
    pairs = g_malloc0(size);
    g_hash_table_insert(table, (gpointer)other, pairs);
    return pairs;
}

const struct lock_set *lock_pairs_of(struct lock_pairs *pairs, const struct lock *own, size_t index,
                                     const struct lock *others, size_t other_count, unsigned *asked)
{
    struct lock_set *row = &pairs->rows[index];

    *asked = 0;
    if (lock_set_has(&pairs->known, index))
        return row;
    lock_set_add(&pairs->known, index);
    for (size_t i = 0; i < other_count; i++) {
        if (may_conflict(&own[index], &others[i]) &&
            lock_conflicts(&own[index], &others[i]) != ANSWER_NO)
            lock_set_add(row, i);
    }
    *asked = (unsigned)other_count;
    return row;
}
