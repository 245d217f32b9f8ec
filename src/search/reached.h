#pragma once
/* What the machine has come to, in statements. */

#include "locking/lock.h"
#include "machine/anomaly.h"

enum { REACHED_RUNS = 3, REACHED_STEPS = 100 };

enum reached_outcome {                          /* bits */
                       REACHED_UNIQUE = 1 << 0, /* 23505 */
                       REACHED_ANOMALY = 1 << 1,
                       REACHED_DEADLOCK = 1 << 2, /* 40P01 */
};

struct reached_step {
    unsigned run;
    const struct step *step; /* NULL: its end */
    bool waits;              /* for another run, at first */
};

struct reached {
    enum reached_outcome outcome;
    enum anomaly anomaly;
    bool certain;                /* no parameter decides whether it comes to that */
    unsigned limits;             /* 1 << enum limit: what ended the search */
    unsigned run_count, failing; /* the run that fails */
    const struct transaction *runs[REACHED_RUNS];
    char *start; /* rows and parameters that it begins with; owned by who has asked for it */
    unsigned count;
    struct reached_step steps[REACHED_STEPS];
};

/* The first access of the first run to a table that the second one uses as well, one of them to
 * write; NULL when there is none. */
const struct access *reached_access(const struct reached *reached);

/* The statement of a run in which it fails or waits for the last time; NULL: its end. Sets `*at` to
 * its place among the steps. */
const struct step *reached_stop(const struct reached *reached, unsigned run, unsigned *at);

/* The last row that the transaction brings under a DEFERRABLE key, which COMMIT looks at once more;
 * NULL when there is none. */
const struct access *reached_late_write(const struct transaction *transaction);

/* What that statement writes or locks, or the first that it reads, or the advisory lock that it
 * takes, and of its end reached_late_write: `access` and `call` are NULL when there is none. */
struct lock reached_stopped_at(const struct reached *reached, unsigned run);

/* Whether it is worth a warning: what happens with some parameters alone is not, when it is a wrong
 * read, a key that is taken, or what READ COMMITTED does not promise. */
bool reached_is_grave(const struct reached *reached);
