#pragma once
/* Plays one schedule exactly as it is written and holds every outcome against it. */

#include "server/schedule.h"
#include "server/stage.h"

struct record {
    GHashTable *states; /* char *: SQLSTATEs of errors and warnings that tested sessions met */
    char *execution;    /* what they read and left; equal to executions of explore.h */
    char *trouble; /* the first outcome that did not hold: "file:line: …"; NULL when all did */
};

/* Clears the stage, runs the set-up and plays. `defaults` are options of the server for the tested
 * sessions, or NULL. Returns whether every outcome held; record_finish frees what was recorded. */
bool run_schedule(struct stage *stage, const struct schedule *schedule, const char *defaults,
                  struct record *record);
void record_finish(struct record *record);

/* Runs the set-up by a session of its own. Returns what went wrong, or NULL. Owned by the caller.
 */
char *run_setup(struct stage *stage, const struct schedule *schedule);

/* The part of an execution that one session contributes: its name and what it read. */
void execution_append(GString *execution, const char *name, const char *reads);
