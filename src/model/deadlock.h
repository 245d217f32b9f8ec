#pragma once
/* Deadlocks of two transactions, which may be two runs of one program: each asks for a lock that
 * the other one holds (manual, 13.3.4). conflict/deadlock.h finds them; three in a ring are not
 * looked for. */

#include "model/corpus.h"
#include "model/lock.h"

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
