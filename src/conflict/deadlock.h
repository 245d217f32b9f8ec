#pragma once
/* The search for deadlocks of two transactions. */

#include "locking/lock.h"
#include "corpus/corpus.h"

struct deadlock {
    struct deadlock *next;                 /* of the same transaction */
    const struct transaction *transaction; /* whom it is told, of … */
    const struct transaction *other;       /* … these two; may be the same program */
    struct lock held, wanted;              /* of `transaction` */
    struct lock other_held, other_wanted;  /* `wanted` waits for the first, the second for `held` */
    bool upgrade; /* `wanted` is a stronger lock on what `held` has locked already */
    bool certain; /* no parameter decides whether they meet */
};

/* The first deadlock of a transaction; NULL when none was found. */
const struct deadlock *deadlock_of(const struct corpus *corpus,
                                   const struct transaction *transaction);

/* Finds the deadlocks of a corpus: for each transaction the locks that it upgrades, and the first
 * one that it takes in another order than a program before it or a copy of itself. They live in
 * `arena`. Programs that set up tables are told only of upgrades. `scripts` (struct script): those whose
 * transactions are told; NULL: all. */
void deadlock_search(struct corpus *corpus, struct arena *arena, GHashTable *scripts);
