/* The life of a session: which message is answered by whom, what waits, and what is analysed when. */
#include "lsp/server.h"

#include <string.h>

#include "base/limits.h"
#include "lsp/state.h"
#include "lsp/uri.h"
#include "report/json-text.h"

struct server *server_new(const struct sink *sink)
{
    struct server *server = g_new0(struct server, 1);

    server->sink = *sink;
    wire_init(&server->wire);
    server->inbox = g_queue_new();
    server->waiting = g_queue_new();
    server->encoding = ENCODING_UTF16;
    server->documents =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)open_free);
    server->published = published_new();
    server->folders = g_ptr_array_new_with_free_func((GDestroyNotify)folder_free);
    server->directory = g_get_current_dir();
    server->troubles = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return server;
}

void server_free(struct server *server)
{
    wire_finish(&server->wire);
    g_queue_free_full(server->inbox, (GDestroyNotify)message_free);
    g_queue_free_full(server->waiting, (GDestroyNotify)message_free);
    g_free(server->directory);
    g_strfreev(server->settings);
    g_hash_table_unref(server->documents);
    g_hash_table_unref(server->published);
    g_hash_table_unref(server->troubles);
    g_ptr_array_unref(server->folders);
    g_free(server);
}

bool server_is_done(const struct server *server, bool *clean)
{
    *clean = server->shut_down;
    return server->done;
}

static void notify_text(struct server *server, const char *method, int type, const char *text)
{
    cJSON *params = cJSON_CreateObject();

    cJSON_AddNumberToObject(params, "type", type);
    json_add_text(params, "message", text);
    send_notification(&server->sink, method, params);
}

/* MessageType 1 is an error: a window, 2 a warning: a line in the log. */
void server_complain(struct server *server, const char *text)
{
    notify_text(server, "window/logMessage", 2, text);
}

/* ------------------------------------------------------------------ life */

static bool offers(const cJSON *list, const char *word)
{
    const cJSON *item;

    cJSON_ArrayForEach(item, list)
    {
        if (cJSON_IsString(item) && strcmp(item->valuestring, word) == 0)
            return true;
    }
    return false;
}

/* "initializationOptions": {"set": ["target=standby"]} */
static char **settings_of(const cJSON *params)
{
    GPtrArray *settings = g_ptr_array_new();
    const cJSON *item;

    cJSON_ArrayForEach(item, json_at(params, "initializationOptions", "set"))
    {
        if (cJSON_IsString(item))
            g_ptr_array_add(settings, g_strdup(item->valuestring));
    }
    g_ptr_array_add(settings, NULL);
    return (char **)g_ptr_array_free(settings, FALSE);
}

static cJSON *capabilities(const struct server *server)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "positionEncoding", encoding_name(server->encoding));
    cJSON *sync = cJSON_AddObjectToObject(json, "textDocumentSync");
    cJSON_AddBoolToObject(sync, "openClose", true);
    cJSON_AddNumberToObject(sync, "change", 2); /* TextDocumentSyncKind.Incremental */
    cJSON_AddObjectToObject(sync, "save");
    cJSON_AddBoolToObject(json, "hoverProvider", true);
    cJSON *kinds = cJSON_AddArrayToObject(cJSON_AddObjectToObject(json, "codeActionProvider"),
                                          "codeActionKinds");
    cJSON_AddItemToArray(kinds, cJSON_CreateString("quickfix"));
    cJSON_AddItemToArray(kinds, cJSON_CreateString("source.fixAll.isolint"));
    if (server->inlays)
        cJSON_AddBoolToObject(json, "inlayHintProvider", true);
    else
        cJSON_AddObjectToObject(json, "codeLensProvider");
    cJSON *folders =
        cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "workspace"), "workspaceFolders");
    cJSON_AddBoolToObject(folders, "supported", true);
    cJSON_AddBoolToObject(folders, "changeNotifications", true);
    return json;
}

/* The level at BEGIN is a code lens; for an editor without lenses, an inlay hint. */
static void read_capabilities(struct server *server, const cJSON *params)
{
    const cJSON *client = json_at(params, "capabilities");

    const cJSON *encodings = json_at(client, "general", "positionEncodings");
    const cJSON *formats = json_at(client, "textDocument", "hover", "contentFormat");

    if (offers(encodings, encoding_name(ENCODING_UTF8)))
        server->encoding = ENCODING_UTF8;
    else if (offers(encodings, encoding_name(ENCODING_UTF32)) &&
             !offers(encodings, encoding_name(ENCODING_UTF16)))
        server->encoding = ENCODING_UTF32;
    server->plain = offers(formats, "plaintext") && !offers(formats, "markdown");
    server->inlays = json_at(client, "textDocument", "inlayHint") &&
                     !json_at(client, "textDocument", "codeLens");
    server->watches =
        cJSON_IsTrue(json_at(client, "workspace", "didChangeWatchedFiles", "dynamicRegistration"));
}

static cJSON *initialize(struct server *server, const cJSON *params, gint64 now)
{
    read_capabilities(server, params);
    server->settings = settings_of(params);
    server->initialized = true;
    folders_open(server, params, now);
    cJSON *result = cJSON_CreateObject();
    cJSON_AddItemToObject(result, "capabilities", capabilities(server));
    cJSON *info = cJSON_AddObjectToObject(result, "serverInfo");
    cJSON_AddStringToObject(info, "name", "isolint");
    cJSON_AddStringToObject(info, "version", ISOLINT_VERSION);
    return result;
}

/* What changes without being opened: other files, the configuration, what git ignores. */
static void watch_files(const struct server *server)
{
    static const char *const globs[] = {"**/*.{sql,ddl,pgsql,psql}", "**/.isolint.yml",
                                        "**/.gitignore"};
    cJSON *params = cJSON_CreateObject();
    cJSON *one = cJSON_CreateObject();

    cJSON_AddItemToArray(cJSON_AddArrayToObject(params, "registrations"), one);
    cJSON_AddStringToObject(one, "id", "files");
    cJSON_AddStringToObject(one, "method", "workspace/didChangeWatchedFiles");
    cJSON *list =
        cJSON_AddArrayToObject(cJSON_AddObjectToObject(one, "registerOptions"), "watchers");
    for (size_t i = 0; i < G_N_ELEMENTS(globs); i++) {
        cJSON *watcher = cJSON_CreateObject();
        cJSON_AddStringToObject(watcher, "globPattern", globs[i]);
        cJSON_AddItemToArray(list, watcher);
    }
    send_request(&server->sink, 1, "client/registerCapability", params);
}

/* ------------------------------------------------------------------ notifications */

/* An editor that does not watch files says at most that one was saved. */
static void saved(const struct server *server, const cJSON *params, gint64 now)
{
    const struct open *open = state_document(server, params);

    if (server->watches || !open || !open->folder)
        return;
    open->folder->reload = true;
    folder_touch(open->folder, now, true);
}

static bool cancels(const struct rpc_message *message)
{
    return message->method && strcmp(message->method, "$/cancelRequest") == 0;
}

static void notify(struct server *server, const struct rpc_message *message, gint64 now)
{
    const char *method = message->method;

    if (!method || cancels(message))
        return; /* an answer to a request of ours; what is cancelled has been taken out */
    if (strcmp(method, "exit") == 0)
        server->done = true;
    else if (!server->initialized || server->shut_down)
        return;
    else if (strcmp(method, "initialized") == 0 && server->watches)
        watch_files(server);
    else if (strcmp(method, "textDocument/didOpen") == 0)
        documents_open(server, message->params, now);
    else if (strcmp(method, "textDocument/didChange") == 0)
        documents_change(server, message->params, now);
    else if (strcmp(method, "textDocument/didClose") == 0)
        documents_close(server, message->params, now);
    else if (strcmp(method, "textDocument/didSave") == 0)
        saved(server, message->params, now);
    else if (strcmp(method, "workspace/didChangeWatchedFiles") == 0)
        folders_changed_files(server, message->params, now);
    else if (strcmp(method, "workspace/didChangeWorkspaceFolders") == 0)
        folders_change(server, message->params, now);
}

/* ------------------------------------------------------------------ requests */

static const struct {
    const char *method;
    cJSON *(*answer)(const struct server *server, const cJSON *params);
} answers[] = {
    {"textDocument/hover", hover_answer},
    {"textDocument/codeAction", actions_answer},
    {"textDocument/codeLens", lenses_answer},
    {"textDocument/inlayHint", inlays_answer},
};

/* What is said of a text that has been edited since may be wrong: a request about it waits. */
static bool must_wait(struct server *server, const struct rpc_message *message, gint64 now)
{
    struct open *open = state_document(server, message->params);

    if (!open || !open->folder || open->looked == open->revision)
        return false;
    open->due = MIN(open->due, now);
    return true;
}

static bool answer_document(struct server *server, const struct rpc_message *message)
{
    for (size_t i = 0; i < G_N_ELEMENTS(answers); i++) {
        if (strcmp(answers[i].method, message->method) == 0) {
            send_result(&server->sink, message->id, answers[i].answer(server, message->params));
            return true;
        }
    }
    return false;
}

static void refuse_method(struct server *server, const struct rpc_message *message)
{
    g_autofree char *text = g_strdup_printf("unknown method %s", message->method);

    send_error(&server->sink, message->id, RPC_METHOD_NOT_FOUND, text);
}

static void answer_waiting(struct server *server, gint64 now);

/* Whether it has been answered; else it waits. */
static bool answer(struct server *server, const struct rpc_message *message, gint64 now)
{
    const char *method = message->method;

    if (strcmp(method, "initialize") == 0 && !server->initialized)
        send_result(&server->sink, message->id, initialize(server, message->params, now));
    else if (strcmp(method, "initialize") == 0)
        send_error(&server->sink, message->id, RPC_INVALID_REQUEST, "initialize was sent before");
    else if (!server->initialized)
        send_error(&server->sink, message->id, RPC_NOT_INITIALIZED,
                   "initialize must be sent first");
    else if (server->shut_down)
        send_error(&server->sink, message->id, RPC_INVALID_REQUEST,
                   "the server has been shut down");
    else if (strcmp(method, "shutdown") == 0) {
        server->shut_down = true;
        send_result(&server->sink, message->id, NULL);
        answer_waiting(server, now);
    } else if (g_str_has_prefix(method, "textDocument/") && must_wait(server, message, now))
        return false;
    else if (!answer_document(server, message))
        refuse_method(server, message);
    return true;
}

/* ------------------------------------------------------------------ cancellation */

static void cancel_in(struct server *server, GQueue *queue, const cJSON *id)
{
    for (GList *each = queue->head; each; each = each->next) {
        struct rpc_message *message = each->data;
        if (!message->method || !message->id || !same_id(message->id, id))
            continue;
        send_error(&server->sink, message->id, RPC_CANCELLED, "cancelled");
        message_free(message);
        g_queue_delete_link(queue, each);
        return;
    }
}

/* What has been read and is not answered yet, is answered by this. */
static void cancel(struct server *server, const struct rpc_message *message)
{
    const cJSON *id = json_at(message->params, "id");

    if (!id)
        return;
    cancel_in(server, server->inbox, id);
    cancel_in(server, server->waiting, id);
}

/* ------------------------------------------------------------------ the inbox */

static void read_inbox(struct server *server)
{
    const char *text;
    size_t size;

    for (;;) {
        enum wire_state state = wire_next(&server->wire, &text, &size);
        if (state == WIRE_MORE)
            return;
        if (state == WIRE_FAULT) {
            send_error(&server->sink, NULL, RPC_PARSE_ERROR, text);
            continue;
        }
        struct rpc_message *message = message_read(text, size, &server->sink);
        if (message && cancels(message))
            cancel(server, message);
        if (message)
            g_queue_push_tail(server->inbox, message);
    }
}

static void take(struct server *server, struct rpc_message *message, gint64 now)
{
    if (message->method && message->id) {
        if (!answer(server, message, now)) {
            g_queue_push_tail(server->waiting, message);
            return;
        }
    } else {
        notify(server, message, now);
    }
    message_free(message);
}

void server_feed(struct server *server, const char *bytes, size_t size, gint64 now)
{
    struct rpc_message *message;

    wire_feed(&server->wire, bytes, size);
    read_inbox(server);
    while (!server->done && (message = g_queue_pop_head(server->inbox)))
        take(server, message, now);
}

/* Those whose document has been looked at are answered. */
static void answer_waiting(struct server *server, gint64 now)
{
    guint count = g_queue_get_length(server->waiting);

    for (guint i = 0; i < count; i++)
        take(server, g_queue_pop_head(server->waiting), now);
}

/* ------------------------------------------------------------------ jobs */

static void add_buffers(const struct server *server, struct job *job)
{
    GHashTableIter each;
    gpointer value;

    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        const struct open *open = value;
        const struct document *document = open->document;
        if (open->folder != job->folder)
            continue;
        g_hash_table_insert(job->buffers, g_strdup(open_path(open)),
                            g_bytes_new(document->text->str, document->text->len));
        g_hash_table_insert(job->revisions, g_strdup(open_path(open)),
                            g_memdup2(&open->revision, sizeof open->revision));
    }
}

/* `open` NULL: about all files of the folder. */
static struct job *job_new(struct server *server, struct folder *folder, const struct open *open,
                           gint64 now)
{
    struct job *job = g_new0(struct job, 1);

    *job = (struct job){
        .root = folder->root,
        .alone = folder->alone,
        .settings = server->settings,
        .leave = folder->leaving,
        .whole = open == NULL,
        .path = open ? g_strdup(open_path(open)) : NULL,
        .encoding = server->encoding,
        .buffers =
            g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref),
        .revisions = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .folder = folder,
        .started = now,
        .due = open ? folder->due : -1,
    };
    add_buffers(server, job);
    if (job->whole) {
        job->reload = folder->reload;
        job->disk = folder->disk;
        folder->reload = folder->disk = false;
        folder->due = -1;
    }
    server->running = job;
    return job;
}

static void job_free(struct job *job)
{
    g_free(job->path);
    g_hash_table_unref(job->buffers);
    g_hash_table_unref(job->revisions);
    g_free(job);
}

/* The document that is to be looked at first; NULL when there is none. Before all files have been
 * looked at, there is nothing that one could be held against. */
static const struct open *next_document(const struct server *server)
{
    const struct open *first = NULL;
    GHashTableIter each;
    gpointer value;

    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &value)) {
        const struct open *open = value;
        if (open->folder && open->folder->looked && open->due >= 0 &&
            (!first || open->due < first->due))
            first = open;
    }
    return first;
}

static struct folder *next_folder(const struct server *server)
{
    struct folder *first = NULL;

    for (guint i = 0; i < server->folders->len; i++) {
        struct folder *folder = server->folders->pdata[i];
        if (folder->due >= 0 && (!first || folder->due < first->due))
            first = folder;
    }
    return first;
}

struct job *server_next(struct server *server, gint64 now, gint64 *wait)
{
    const struct open *open = next_document(server);
    struct folder *folder = next_folder(server);

    *wait = -1;
    if (server->running || !server->initialized || server->shut_down)
        return NULL;
    if (open && open->due <= now)
        return job_new(server, open->folder, open, now);
    if (folder && folder->due <= now)
        return job_new(server, folder, NULL, now);
    if (open)
        *wait = open->due - now;
    if (folder && (*wait < 0 || folder->due - now < *wait))
        *wait = folder->due - now;
    return NULL;
}

/* Each is said once, until it is right again. */
static void show_troubles(struct server *server, const struct outcome *outcome)
{
    for (guint i = 0; i < outcome->troubles->len; i++) {
        const char *trouble = outcome->troubles->pdata[i];
        if (g_hash_table_add(server->troubles, g_strdup(trouble)))
            server_complain(server, trouble);
    }
    if (outcome->wrong && g_hash_table_add(server->troubles, g_strdup(outcome->wrong)))
        notify_text(server, "window/showMessage", 1, outcome->wrong);
}

static void move_tables(GHashTable *tables, GHashTable *others)
{
    GHashTableIter each;
    gpointer name, text;

    g_hash_table_iter_init(&each, others);
    while (g_hash_table_iter_next(&each, &name, &text)) {
        g_hash_table_iter_steal(&each);
        g_hash_table_replace(tables, name, text);
    }
}

/* All files of a folder have been looked at, or it has been left. */
static void finish_folder(struct server *server, const struct job *job, struct outcome *outcome,
                          gint64 now)
{
    struct folder *folder = job->folder;

    if (job->leave) {
        folder->looked = false;
        if (folder->leaving)
            g_ptr_array_remove(server->folders, folder);
        return;
    }
    folder->looked = true;
    if (folder->due == job->due && !folder->disk) /* nothing has changed since it was begun */
        folder->due = -1;
    folder->pause = CLAMP(now - job->started, LEAST_PAUSE, MOST_PAUSE);
    if (folder->tables && outcome->partial) {
        move_tables(folder->tables, outcome->tables);
        return;
    }
    if (folder->tables)
        g_hash_table_unref(folder->tables);
    folder->tables = g_hash_table_ref(outcome->tables);
}

void server_complete(struct server *server, struct job *job, struct outcome *outcome, gint64 now)
{
    server->running = NULL;
    if (outcome) {
        show_troubles(server, outcome);
        documents_apply(server, job, outcome);
        if (outcome->whole)
            finish_folder(server, job, outcome, now);
        answer_waiting(server, now);
    } else { /* once more, when there is a pause */
        job->folder->reload |= job->reload;
        job->folder->disk |= job->disk;
        if (job->folder->due < 0)
            job->folder->due = now;
    }
    outcome_free(outcome);
    job_free(job);
}
