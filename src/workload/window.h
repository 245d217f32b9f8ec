#pragma once
/* Which runs met: the transactions that have ended lately, by the rows that they touched. Tells the
 * partners of failures and the lost updates that happened. */

#include "workload/program.h"

struct window;

/* One failure, with what was found out about it. */
struct event {
    char state[6];
    int64_t time;
    const char *file; /* as the run has it */
    uint32_t line;
    struct program *program;
    guint statement;         /* as struct failures has it */
    struct program *partner; /* NULL: not known */
    bool certain;
};

/* What was left out for a limit. */
struct window_losses {
    uint64_t failures; /* without a partner, which may have left the window: LIMIT_WINDOW */
    uint64_t runs;     /* that touch more than LIMIT_ROWS */
    uint64_t partners; /* failures beside one more than LIMIT_EVIDENCE different ones */
};

/* Freed by window_free. */
struct window *window_new(void);
void window_free(struct window *window);

/* Takes a run whose program is known, in the order in which they end, and the one that it may have
 * read in before (recent-reads.h), or NULL. */
void window_take(struct window *window, struct run *run, struct run *before);

/* All runs are there: what was waiting for later ones is settled. */
void window_end(struct window *window);

/* struct event: the first LIMIT_EVENTS failures, in the order in which they were settled. */
const GArray *window_events(const struct window *window);

struct window_losses window_losses(const struct window *window);
