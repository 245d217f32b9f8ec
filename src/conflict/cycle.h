#pragma once
/* Deadlocks of three and four programs: each holds a lock and waits for the next one. */

#include "locking/lock.h"
#include "corpus/corpus.h"

/* A run of it: `wanted` waits for what the next run holds, that of the last for the first's. */
struct cycle_run {
    const struct transaction *transaction;
    struct lock held, wanted;
};

struct cycle {
    unsigned count;
    bool certain; /* no parameter decides whether they meet */
    struct cycle_run runs[MOST_RUNS];
};

/* Of the cycles in which no two programs deadlock without the others, the one that is reported in
 * this transaction, its first run; NULL without. */
const struct cycle *cycle_of(const struct corpus *corpus, const struct transaction *transaction);

/* Finds the cycles of a corpus, after deadlock_search(). Each is reported once, in the last of its
 * programs, unless that one deadlocks with another alone over the same tables. They live in `arena`.
 */
void cycle_search(struct corpus *corpus, struct arena *arena);
