#pragma once
/* What the parts of the server share; private to it. */

#include "lsp/server.h"
#include "lsp/wire.h"

/* µs without an edit, after which all files are looked at: about as long as that takes */
enum { LEAST_PAUSE = 250 * 1000, MOST_PAUSE = 400 * 1000 };

/* A directory that is a project of its own: a folder of the workspace, or, alone, the directory of
 * files that are open and in none. Found by state_folder; freed when the analysis has left it. */
struct folder {
    char *root;
    bool alone;         /* only what is open in it counts */
    bool leaving;       /* it is no folder any more: what is shown of it is taken back */
    bool reload;        /* its configuration may have changed */
    bool disk;          /* files that are not open may have changed */
    bool looked;        /* all of its files have been looked at once */
    gint64 due;         /* when all of its files are to be looked at; -1: nothing has changed */
    gint64 pause;       /* without an edit, before that; µs */
    GHashTable *tables; /* name → Markdown, see outcome.h; NULL: none yet */
};

/* An open document and what is shown of it. */
struct open {
    struct document *document;
    struct folder *folder; /* NULL: it is none that could be looked at */
    guint64 revision;      /* another one for each change of any document */
    guint64 looked;        /* the revision that what is shown is about */
    gint64 changed, due;   /* due: when it is to be looked at; -1: it has been */
    GPtrArray *shown;      /* struct remark */
    GPtrArray *good;       /* of its last text that the grammar took; NULL: none yet */
    GPtrArray *wider;      /* of the last look at all files, those about other files as well */
    GPtrArray *lenses;
};

struct server {
    struct sink sink;
    struct wire wire;
    GQueue *inbox;   /* struct rpc_message: read, not answered */
    GQueue *waiting; /* struct rpc_message: requests that wait for a look at their document */
    char *directory; /* in which it was started */
    char **settings; /* of the configuration */
    enum encoding encoding;
    bool initialized, watches, inlays, shut_down, done;
    bool plain;            /* the editor shows no Markdown */
    GPtrArray *folders;    /* struct folder */
    GHashTable *documents; /* uri → struct open */
    GHashTable *published; /* see publish.c */
    GHashTable *troubles;  /* char *: that were complained of */
    struct job *running;
    guint64 revisions; /* the last one that was given */
};

/* The open document that `textDocument` of a message names; NULL when there is none. */
struct open *state_document(const struct server *server, const cJSON *params);

/* The path of a document that has a folder, as findings have it. */
const char *open_path(const struct open *open);

/* folders.c: which file belongs to which project */
void folder_free(struct folder *folder);

/* Takes the folders of "initialize", or what older editors send in their place. */
void folders_open(struct server *server, const cJSON *params, gint64 now);

/* workspace/didChangeWorkspaceFolders */
void folders_change(struct server *server, const cJSON *params, gint64 now);

/* workspace/didChangeWatchedFiles */
void folders_changed_files(struct server *server, const cJSON *params, gint64 now);

/* Gives a document its folder, that of its own directory when it lies in none, and its path in it. */
void folders_place(struct server *server, struct open *open, gint64 now);

/* The folder in which a file lies, the innermost one; NULL when it lies in none. */
struct folder *folders_find(const struct server *server, const char *file);

/* All files of it are looked at, at `due`; with `disk` those that are not open are read as well. */
void folder_touch(struct folder *folder, gint64 due, bool disk);

/* When nothing is open in it any more and it is no folder of the workspace, it is left. */
void folder_closed(const struct server *server, struct folder *folder, gint64 now);

/* documents.c: what comes of edits and of analyses */
void open_free(struct open *open);
void documents_open(struct server *server, const cJSON *params, gint64 now);
void documents_change(struct server *server, const cJSON *params, gint64 now);
void documents_close(struct server *server, const cJSON *params, gint64 now);
void documents_apply(struct server *server, const struct job *job, struct outcome *outcome);

/* publish.c */

/* Freed with g_hash_table_unref. */
GHashTable *published_new(void);

/* A range as the protocol has it; new objects, owned by the caller. */
cJSON *range_json(struct place from, struct place to);
cJSON *document_range(const struct server *server, const struct document *document, size_t start,
                      size_t end);
void publish_document(struct server *server, const struct open *open);

/* What was found in the files of a folder; of those that are not in it, nothing is shown any more. */
void publish_sheets(struct server *server, const struct folder *folder,
                    const struct outcome *outcome);

/* What is sent of one finding. `document` NULL: its file is not open. */
cJSON *diagnostic_json(const struct server *server, const struct remark *remark,
                       const struct document *document);

/* Each answers a request; NULL for nothing. */
cJSON *hover_answer(const struct server *server, const cJSON *params);
cJSON *actions_answer(const struct server *server, const cJSON *params);
cJSON *lenses_answer(const struct server *server, const cJSON *params);
cJSON *inlays_answer(const struct server *server, const cJSON *params);
