#pragma once
/* All interleavings of a few programs in the machine, and what comes of them. */

#include "conflict/machine.h"

struct outcomes {
    unsigned failures; /* bits: what a run has failed with */
    unsigned serial;   /* bits: what one fails with when they run one after the other */
    bool anomalous;    /* those that committed have read and left what no serial order gives */
    bool complete;     /* all interleavings have been tried */
    unsigned steps;    /* that were made */
};

/* Adds to `outcomes` what the interleavings show that can be run in `budget` steps. */
void explore_all(const struct world *world, const struct program *const *programs, unsigned count,
                 unsigned budget, struct outcomes *outcomes);
