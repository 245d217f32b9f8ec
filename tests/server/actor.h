#pragma once
/* An actor: one session of a schedule while it is played, with what it has read so far. */

#include "server/stage.h"

struct actor {
    const char *name;              /* owned by the schedule */
    struct connection *connection; /* owned by the stage; NULL before the first statement */
    GHashTable *variables;         /* what \gset stored, and ROW_COUNT */
    GString *reads;                /* rows and counts of rows that its statements returned */
    const struct action *waiting;  /* its statement that is not answered yet, or NULL */
    char failed[6];                /* SQLSTATE of its first error, or "" */
    bool rolled_back;              /* its last transaction did not commit */
};

void actor_init(struct actor *actor, const char *name);
void actor_finish(struct actor *actor);

/* Forgets what it has read, for another run. */
void actor_reset(struct actor *actor);

/* Its connection is about to end: what is open is rolled back. */
void actor_leave(struct actor *actor);

/* Whether all that it did was committed. */
bool actor_committed(const struct actor *actor);

/* Whether the condition around an action holds. */
bool actor_does(const struct actor *actor, const struct action *action);

/* Sends an action's statement and lets it settle, see stage_settle; one that waits is then
 * `waiting`, the answer to another is taken in. */
enum readiness actor_send(struct actor *actor, struct stage *stage, const struct action *action,
                          bool naps);

/* Sends it and waits for the answer, whatever it waits for in between. */
void actor_run(struct actor *actor, struct stage *stage, const struct action *action);

/* Takes in the answer to the action that was waiting. */
void actor_take(struct actor *actor);
