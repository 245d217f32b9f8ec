#pragma once
/* All interleavings of a few programs in the machine, and what comes of them. */

#include "conflict/machine.h"

enum { ANOMALOUS = 1 << FAILURES }; /* in `wanted` */

struct outcomes {
    unsigned wanted;   /* it is over when all of these were found; 0: when all has been tried */
    unsigned own;      /* bits: the runs whose failures are wanted; of a deadlock, anybody's */
    unsigned failures; /* bits: what a run has failed with */
    unsigned failures_of[WORLD_RUNS];
    unsigned serial; /* bits: what one fails with when they run one after the other */
    bool anomalous;  /* those that committed have read and left what no serial order gives */
    bool complete;   /* all interleavings have been tried */
    unsigned steps;  /* that were made */
};

/* What came of it but of no serial order: bits as in `wanted`. */
unsigned outcomes_found(const struct outcomes *outcomes);

/* Adds to `outcomes` what the interleavings show that can be run in `budget` steps. */
void explore_all(const struct world *world, const struct program *const *programs, unsigned count,
                 unsigned budget, struct outcomes *outcomes);
