#pragma once
/* The explorer: the programs of a schedule on a stage that can be brought back to the state after
 * the set-up again and again, and their serial executions. explore.c runs the interleavings with
 * it. */

#include "server/actor.h"
#include "server/program.h"

enum {
    MOST_PROGRAMS = 4,
};

struct explorer {
    struct stage *stage;
    const struct schedule *schedule;
    GPtrArray *programs; /* struct program * */
    unsigned count;      /* of programs */
    struct actor actors[MOST_PROGRAMS];
    const char *options;
    bool rebuilds; /* the set-up must be run anew for each execution */
    GString *reset;
    char *state_query;
    GHashTable *serial; /* executions */
    unsigned order[MOST_PROGRAMS];
    GString *transcript; /* of the interleaving that is on */
};

/* An explorer on a stage on which the set-up was run, that knows the serial executions; `any` is as
 * for programs_of. Returns NULL, and sets `trouble` (owned by the caller), when there is none.
 * Freed by explorer_free. */
struct explorer *explorer_new(struct stage *stage, const struct schedule *schedule,
                              const char *options, bool any, char **trouble);
void explorer_free(struct explorer *explorer);

/* Brings everything back to where it was after the set-up. */
void explorer_reset(struct explorer *explorer);

/* What the programs have read that committed, and what they have left. Owned by the caller. */
char *explorer_execution(struct explorer *explorer);

/* The moves of a program: GPtrArray of GPtrArray of struct action. */
const GPtrArray *explorer_moves(const struct explorer *explorer, unsigned program);
