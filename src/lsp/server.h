#pragma once
/* A language server for one editor, without threads or clocks of its own: it is fed what the editor
 * sends and told what time it is, says what is to be analysed next, and is told what came of it.
 *
 * There are two speeds. An edit makes a small job, its buffer alone against what is known of the
 * others; after a pause a great job looks at all files. What is shown moves with the text while it is
 * edited, and the last state wins: what came of an older text is not shown. */

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "lsp/message.h"
#include "lsp/outcome.h"

/* What is to be analysed. Belongs to the analysis while it runs. */
struct job {
    const char *root;      /* the directory of the project */
    bool alone;            /* only buffers count */
    char *const *settings; /* "KEY=VALUE" of its configuration; NULL-terminated */
    bool leave;            /* nobody asks about this root any more */
    bool whole;            /* all files; else the one of `path` */
    bool disk;             /* what is not open may have changed */
    bool reload;           /* the configuration may have changed */
    char *path;            /* NULL for all */
    GHashTable *buffers;   /* path → GBytes: what the editor has open */
    GHashTable *revisions; /* path → guint64: another one for each change */
    struct folder *folder; /* for the server */
    gint64 started, due;   /* for the server */
    enum encoding encoding;
    gint cancelled; /* atomic: nobody waits for it any more */
};

struct server;

/* Writes to the sink, which it copies. Freed by server_free. */
struct server *server_new(const struct sink *sink);
void server_free(struct server *server);

/* Takes what the editor has sent, whatever it is. `now` is in microseconds, of any clock that only
 * goes on. */
void server_feed(struct server *server, const char *bytes, size_t size, gint64 now);

/* Whether the editor said "exit"; *clean when it said "shutdown" before. */
bool server_is_done(const struct server *server, bool *clean);

/* The next job, if one is due and none runs; *wait is how long it takes until one is, or -1. The
 * job goes back by server_complete. */
struct job *server_next(struct server *server, gint64 now, gint64 *wait);

/* What came of a job; both are taken over. `outcome` NULL: it was given up. */
void server_complete(struct server *server, struct job *job, struct outcome *outcome, gint64 now);

/* Tells the editor that something is wrong which no file shows. */
void server_complain(struct server *server, const char *text);
