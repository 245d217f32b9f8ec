#pragma once
/* The same piece of work for many files or programs, on several threads. What comes out must not
 * depend on their number. */

#include "engine/project.h"

/* Whether nobody waits for the run any more; NULL: somebody always does. */
static inline bool is_cancelled(const gint *cancelled)
{
    return cancelled && g_atomic_int_get(cancelled);
}

/* Calls run(context, i) for every i below count, on up to `jobs` threads. `what` is that in a few
 * words, for who watches the project; static. Stops early when the project is cancelled. */
void in_parallel(struct project *project, const char *what, void (*run)(void *, guint),
                 void *context, guint count, int jobs);
