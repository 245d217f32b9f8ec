#pragma once
/* The stage on which schedules are played: a server, an observer's connection that asks it who
 * waits for whom, and the sessions of the schedule that is on. */

#include <stdbool.h>

#include "server/connection.h"
#include "server/schedule.h"
#include "server/server.h"

struct stage {
    struct server server, standby; /* the standby is started when it is first needed */
    struct connection *observer, *standby_observer;
    GPtrArray *sessions; /* struct connection *, owned */
    int version;         /* of the server: 1500 is 15 */
    bool on_standby;     /* every tested session connects to the standby */
};

/* Starts a server for it. */
void stage_init(struct stage *stage, const char *bin);
void stage_finish(struct stage *stage);

/* Empties the database: no session, no prepared transaction, nothing in the schema "public". */
void stage_clear(struct stage *stage);

/* Connects a session; its name decides whether to the standby. The connection is owned by the
 * stage. */
struct connection *stage_connect(struct stage *stage, const char *name, const char *options);

/* Closes a session and waits until its backend is gone. */
void stage_disconnect(struct stage *stage, struct connection *session);

void stage_disconnect_all(struct stage *stage);

/* Sends a statement. On the standby it sees all that was done before on the primary. */
void stage_send(struct stage *stage, struct connection *session, const char *sql);

enum readiness {
    ANSWERED,
    WAITING, /* for a lock or a safe snapshot that somebody holds up */
};

/* Waits until the session's statement is answered or waits for somebody; with `naps`, pg_sleep
 * counts as waiting. Fails the test when neither happens in time. */
enum readiness stage_settle(struct stage *stage, struct connection *session, bool naps);

/* What the tables in the schema "public" hold, as text that is equal when they hold the same.
 * Columns that a sequence fills are left out, because a transaction that failed has moved it on.
 * The query is made for the tables that are there; owned by the caller. */
char *stage_state_query(struct stage *stage);
