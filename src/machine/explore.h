#pragma once
/* All interleavings of a few programs in the machine, and what comes of them. */

#include "machine/anomaly.h"
#include "machine/machine.h"

enum { ANOMALOUS = 1 << FAILURES }; /* in `wanted` */

enum { MOST_TRACED = WORLD_RUNS * (WORLD_ACTS + 1) };

/* The first interleaving that comes to something that was wanted. */
struct trace {
    unsigned outcome; /* bit as in `wanted`; 0: none was found */
    uint8_t run;      /* the one that fails; of an anomaly one that has a part in it */
    enum anomaly anomaly;
    uint8_t count;
    uint8_t runs[MOST_TRACED]; /* whose statement comes next, the last of each its end */
    bool waits[MOST_TRACED];   /* for another run, before it is done */
};

struct outcomes {
    unsigned wanted;   /* it is over when all of these were found; 0: when all has been tried */
    bool by_row;       /* the runs alternate within statements as well */
    unsigned own;      /* bits: the runs whose failures are wanted; of a deadlock, anybody's */
    unsigned failures; /* bits: what a run has failed with */
    unsigned failures_of[WORLD_RUNS];
    unsigned serial; /* bits: what one fails with when they run one after the other */
    bool anomalous;  /* those that committed have read and left what no serial order gives */
    bool complete;   /* all interleavings have been tried */
    unsigned steps;  /* that were made */
    struct trace trace;
};

/* What came of it but of no serial order: bits as in `wanted`. */
unsigned outcomes_found(const struct outcomes *outcomes);

/* Whether the same interleaving comes to the same with these rows. Then the trace says who waits over
 * these. */
bool explore_again(const struct world *world, const struct program *const *programs, unsigned count,
                   struct trace *trace);

/* Adds to `outcomes` what the interleavings show that can be run in `budget` steps. */
void explore_all(const struct world *world, const struct program *const *programs, unsigned count,
                 unsigned budget, struct outcomes *outcomes);

/* The same of those in which runs wait for each other: each comes to somewhere without a wait, or into
 * one, one after the other, and then each goes on until it waits or ends. */
void explore_crossed(const struct world *world, const struct program *const *programs,
                     unsigned count, unsigned budget, struct outcomes *outcomes);

/* The same of split schedules alone: the first program up to somewhere, the others from beginning to
 * end in any order, the rest of the first. */
void explore_split(const struct world *world, const struct program *const *programs, unsigned count,
                   unsigned budget, struct outcomes *outcomes);
