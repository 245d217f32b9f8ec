#pragma once
/* One connection to a server, and the answer to the last message that was sent over it. Nothing
 * here blocks: whether a statement is still running or waits for another is for the caller to find
 * out. */

#include <stdbool.h>

#include <glib.h>
#include <libpq-fe.h>

/* All that came back for one message. */
struct reply {
    bool has_rows; /* a result set came, be it empty */
    int row_count;
    GString *rows;      /* "1, alice; 2, bob" */
    char *tag;          /* of the last statement that succeeded: "UPDATE 1"; or NULL */
    char state[6];      /* SQLSTATE of the error, or "" */
    char *message;      /* of the error, for people; or NULL */
    GPtrArray *notices; /* char *: "WARNING 25P01", "NOTICE text", "NOTIFICATION channel text" */
    PGresult *last;     /* the last result set, or NULL */
};

struct connection {
    PGconn *pg;
    int pid;
    char *name;   /* shown as application_name */
    bool standby; /* it goes to a hot standby */
    bool busy;    /* a message was sent and is not answered yet */
    struct reply reply;
};

/* Connects to `address` with options of the server ("-c enable_seqscan=off", may be NULL). Fails
 * the test when the server refuses. Freed by connection_free. */
struct connection *connection_new(const char *address, const char *name, const char *options);
void connection_free(struct connection *connection);

/* Sends a message and forgets the answer to the one before. */
void connection_send(struct connection *connection, const char *sql);

/* Takes in what arrives within the time; returns whether the answer is complete. */
bool connection_poll(struct connection *connection, int milliseconds);

/* Sends a message and waits for the answer; fails the test when it is an error. Returns the answer,
 * which lives until the next message. */
const struct reply *connection_run(struct connection *connection, const char *sql);

/* The same, for a message that may fail. */
const struct reply *connection_try(struct connection *connection, const char *sql);

/* What was answered, as a schedule would say it: "100", "UPDATE 1", "ERROR 40001 (…)". Owned by
 * the caller. */
char *reply_text(const struct reply *reply);
