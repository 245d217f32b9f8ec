#pragma once
/* Which locks of two programs conflict, asked for once: a search for deadlocks looks at the pairs of
 * one with the pairs of the other, and each lock is in many. */

#include <glib.h>

#include "base/limits.h"
#include "locking/lock.h"

/* Locks of one program, one bit each. */
struct lock_set {
    uint64_t words[MOST_LOCKS / 64];
};

bool lock_set_has(const struct lock_set *set, size_t lock);
void lock_set_add(struct lock_set *set, size_t lock);

/* The first of a set from `from` on; MOST_LOCKS when there is none. */
size_t lock_set_next(const struct lock_set *set, size_t from);

/* The pairs of one program with another one. */
struct lock_pairs {
    struct lock_set known; /* own locks for which `rows` is filled */
    struct lock_set rows[];
};

/* Those of a program of `count` locks with this other one, in a table of them by the other ones, in
 * which they stay until they become too many. The table frees its values with g_free. */
struct lock_pairs *lock_pairs_with(GHashTable *table, const void *other, size_t count);

/* Those of the other's locks that conflict with the `index`-th of the own ones. Sets `*asked` to the
 * number of pairs that had to be compared for it. */
const struct lock_set *lock_pairs_of(struct lock_pairs *pairs, const struct lock *own, size_t index,
                                     const struct lock *others, size_t other_count,
                                     unsigned *asked);
