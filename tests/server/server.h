#pragma once
/* A PostgreSQL server of the suite's own: a cluster in a temporary directory that listens on a Unix
 * socket there, made with initdb, and removed whatever becomes of the test.
 *
 * A child process, the keeper, drops root's rights, makes and runs the server, and waits for the
 * test to let go of a socket that both hold. It lets go by stopping, failing, crashing or being
 * killed alike; then the keeper ends the server and removes the directory. */

#include <stdbool.h>
#include <sys/types.h>

#include <glib.h>

struct server {
    char *bin; /* where the programs are: "/usr/lib/postgresql/15/bin" */
    char *directory;
    unsigned port; /* part of the socket's name */
    pid_t keeper;
    int lifeline;
};

/* The installed servers, oldest first, as directories of programs (char *); the one that the
 * environment variable ISOLINT_SERVER names when it is set. Owned by the caller. */
GPtrArray *server_installations(void);

/* Starts a server and waits until it answers. Fails the test when it does not. Undone by
 * server_stop. */
void server_start(struct server *server, const char *bin);

/* Starts a hot standby that streams from `primary`. */
void server_start_standby(struct server *standby, const struct server *primary);

void server_stop(struct server *server);

/* What libpq needs to connect. Owned by the caller. */
char *server_address(const struct server *server);
