#pragma once
/* What the parts of the server share; private to it. */

#include "lsp/server.h"
#include "lsp/wire.h"

/* An open document and what is shown of it. */
struct open {
    struct document *document;
    guint64 revision;    /* counts its changes */
    guint64 looked;      /* the revision that what is shown is about */
    gint64 changed, due; /* due: when it is to be looked at; -1: it has been */
    GPtrArray *shown;    /* struct remark */
    GPtrArray *good;     /* of its last text that the grammar took; NULL: none yet */
    GPtrArray *wider;    /* of the last look at all files, those about other files as well */
    GPtrArray *lenses;
};

struct server {
    struct sink sink;
    struct analyst analyst;
    struct wire wire;
    GQueue *inbox;   /* struct rpc_message: read, not answered */
    GQueue *waiting; /* struct rpc_message: requests that wait for a look at their document */
    char *root;      /* NULL: neither a directory nor a file has been opened */
    char **settings; /* of the configuration */
    enum encoding encoding;
    bool initialized, watches, inlays, shut_down, done;
    GHashTable *documents; /* uri → struct open */
    GHashTable *published; /* uri → char *: what was sent last */
    GHashTable *tables;    /* name → Markdown, see outcome.h */
    GHashTable *troubles;  /* char *: that were complained of */
    struct job *running;
    gint64 whole_due; /* -1: nothing has changed */
    bool reload;
    bool looked; /* all files have been looked at once */
};

struct open *state_document(const struct server *server, const cJSON *params);

/* Opens a directory; `alone`: only for the sake of a file in it. */
void state_open_root(struct server *server, const char *root, bool alone);

/* documents.c: what comes of edits and of analyses */
void open_free(struct open *open);
void documents_open(struct server *server, const cJSON *params, gint64 now);
void documents_change(struct server *server, const cJSON *params, gint64 now);
void documents_close(struct server *server, const cJSON *params, gint64 now);
void documents_apply(struct server *server, const struct job *job, struct outcome *outcome);

/* publish.c */
cJSON *range_json(struct place from, struct place to);
cJSON *document_range(const struct server *server, const struct document *document, size_t start,
                      size_t end);
void publish_document(struct server *server, const struct open *open);
void publish_sheets(struct server *server, const struct outcome *outcome);

/* What is sent of one finding. `document` NULL: its file is not open. */
cJSON *diagnostic_json(const struct server *server, const struct remark *remark,
                       const struct document *document);

/* Each answers a request; NULL for nothing. */
cJSON *hover_answer(const struct server *server, const cJSON *params);
cJSON *actions_answer(const struct server *server, const cJSON *params);
cJSON *lenses_answer(const struct server *server, const cJSON *params);
cJSON *inlays_answer(const struct server *server, const cJSON *params);
