#pragma once
/* Every interleaving of a few small transactions, held against their serial executions.
 *
 * An execution is what the transactions that committed have read, and what they have left in the
 * tables. It is anomalous when it is the execution of no serial order of them: then something
 * happened that cannot happen when they run one after the other, whatever it is called. */

#include "server/program.h"
#include "server/stage.h"

struct exploration {
    unsigned total, anomalous;
    GTree *failures; /* char * SQLSTATE to number of transactions that failed with it, sorted */
    char *first;     /* a transcript of the first anomalous interleaving, or NULL */
    char *trouble;   /* why it could not be explored, or NULL: then all else is empty */
};

/* `options` of the server are for the sessions, or NULL. Freed by exploration_finish. */
void explore(struct stage *stage, const struct schedule *schedule, const char *options,
             struct exploration *exploration);
void exploration_finish(struct exploration *exploration);

/* "40001:18 40P01:2", or "". Owned by the caller. */
char *exploration_failures(const struct exploration *exploration);

/* Whether an execution (see run.h) is that of a serial order of some of the schedule's sessions.
 * With `any`, a session need not be one transaction: it counts as one nevertheless. Otherwise, and
 * when the sessions are too many, the answer is yes without trying. */
bool execution_is_serial(struct stage *stage, const struct schedule *schedule, const char *options,
                         bool any, const char *execution);
