/* Open documents: what their edits do to what is shown, and what an analysis replaces of it. */
#include <string.h>

#include "base/limits.h"
#include "lsp/state.h"
#include "lsp/uri.h"

/* µs: an edit after such a pause is looked at once, one in a burst after it */
enum { QUIET = 200 * 1000 };

static GPtrArray *remarks_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)remark_free);
}

void open_free(struct open *open)
{
    document_free(open->document);
    g_ptr_array_unref(open->shown);
    if (open->good)
        g_ptr_array_unref(open->good);
    g_ptr_array_unref(open->wider);
    g_ptr_array_unref(open->lenses);
    g_free(open);
}

const char *open_path(const struct open *open)
{
    const char *file = open->document->file;

    return uri_is_untitled(file) ? file : path_below(file, open->folder->root);
}

struct open *state_document(const struct server *server, const cJSON *params)
{
    const cJSON *uri = json_at(params, "textDocument", "uri");

    return cJSON_IsString(uri) ? g_hash_table_lookup(server->documents, uri->valuestring) : NULL;
}

/* The whole folder is analysed when nothing has changed for a while. An analysis that is running is
 * about an older text. */
static void touch(const struct server *server, const struct open *open, gint64 now)
{
    struct folder *folder = open->folder;
    struct job *running = server->running;

    if (!folder)
        return;
    folder_touch(folder, now + (folder->looked ? folder->pause : 0), false);
    if (running && running->folder == folder && folder->looked &&
        (running->whole || strcmp(running->path, open_path(open)) == 0))
        g_atomic_int_set(&running->cancelled, 1);
}

void documents_open(struct server *server, const cJSON *params, gint64 now)
{
    const cJSON *uri = json_at(params, "textDocument", "uri");
    const cJSON *text = json_at(params, "textDocument", "text");

    if (!cJSON_IsString(uri) || !cJSON_IsString(text)) {
        server_complain(server, "textDocument/didOpen lacks a URI or a text and is ignored");
        return;
    }
    struct open *open = g_new0(struct open, 1);
    open->document = document_new(uri->valuestring, text->valuestring);
    open->revision = ++server->revisions;
    open->changed = open->due = now;
    open->shown = remarks_new();
    open->wider = remarks_new();
    open->lenses = g_ptr_array_new_with_free_func((GDestroyNotify)lens_free);
    g_hash_table_replace(server->documents, open->document->uri, open);
    folders_place(server, open, now);
    touch(server, open, now);
}

static void move_remarks(GPtrArray *remarks, const struct replaced *replaced)
{
    for (guint i = 0; remarks && i < remarks->len;) {
        if (remark_move(remarks->pdata[i], replaced))
            i++;
        else
            g_ptr_array_remove_index(remarks, i);
    }
}

static void move_lenses(GPtrArray *lenses, const struct replaced *replaced)
{
    for (guint i = 0; i < lenses->len;) {
        if (lens_move(lenses->pdata[i], replaced))
            i++;
        else
            g_ptr_array_remove_index(lenses, i);
    }
}

void documents_change(struct server *server, const cJSON *params, gint64 now)
{
    struct open *open = state_document(server, params);
    const cJSON *changes = json_at(params, "contentChanges"), *change;

    if (!open || !cJSON_IsArray(changes)) {
        server_complain(
            server,
            open ? "textDocument/didChange lacks its changes and is ignored"
                 : "textDocument/didChange is about a document that is not open and is ignored");
        return;
    }
    cJSON_ArrayForEach(change, changes)
    {
        struct replaced replaced;
        if (!document_change(open->document, change, server->encoding, &replaced)) {
            server_complain(
                server,
                "textDocument/didChange has a change without a text or with a wrong range, which is ignored");
            continue;
        }
        move_remarks(open->shown, &replaced);
        move_remarks(open->good, &replaced);
        move_remarks(open->wider, &replaced);
        move_lenses(open->lenses, &replaced);
    }
    open->revision = ++server->revisions;
    open->due = now - open->changed < QUIET ? now + QUIET : now;
    open->changed = now;
    touch(server, open, now);
}

void documents_close(struct server *server, const cJSON *params, gint64 now)
{
    const struct open *open = state_document(server, params);

    if (!open)
        return;
    struct folder *folder = open->folder;
    g_hash_table_remove(server->documents, open->document->uri);
    if (folder)
        folder_closed(server, folder, now);
}

/* ------------------------------------------------------------------ what came of a job */

static bool is_same(const struct remark *a, const struct remark *b)
{
    return a->rule == b->rule && a->start < MAX(b->end, b->start + 1) &&
           b->start < MAX(a->end, a->start + 1);
}

/* Whether it is one of the first `count`. */
static bool has_same(const GPtrArray *remarks, guint count, const struct remark *remark)
{
    for (guint i = 0; i < count; i++) {
        if (is_same(remarks->pdata[i], remark))
            return true;
    }
    return false;
}

/* Copies what `which` wants, and `into` did not have. */
static void add_copies(GPtrArray *into, const GPtrArray *remarks,
                       bool (*which)(const struct remark *))
{
    guint before = into->len;

    for (guint i = 0; remarks && i < remarks->len; i++) {
        const struct remark *remark = remarks->pdata[i];
        if (which(remark) && !has_same(into, before, remark))
            g_ptr_array_add(into, remark_copy(remark));
    }
}

static bool any(const struct remark *remark)
{
    (void)remark;
    return true;
}

static bool is_wide(const struct remark *remark)
{
    return remark->anywhere;
}

static bool is_syntax(const struct remark *remark)
{
    return remark->syntax;
}

static bool is_meaning(const struct remark *remark)
{
    return !remark->syntax;
}

static gint compare_remarks(gconstpointer a, gconstpointer b)
{
    const struct remark *x = *(struct remark *const *)a, *y = *(struct remark *const *)b;

    return x->start < y->start ? -1 : x->start > y->start;
}

/* While the grammar refuses something, what was found in the last text that it took stays. */
static void show(struct open *open, const struct sheet *sheet, bool whole)
{
    GPtrArray *shown = remarks_new();

    if (whole) {
        g_ptr_array_set_size(open->wider, 0);
        add_copies(open->wider, sheet->remarks, is_wide);
    }
    if (sheet->broken && open->good) {
        add_copies(shown, sheet->remarks, is_syntax);
        add_copies(shown, open->good, is_meaning);
    } else {
        add_copies(shown, sheet->remarks, any);
        if (!whole)
            add_copies(shown, open->wider, any);
    }
    g_ptr_array_sort(shown, compare_remarks);
    g_ptr_array_unref(open->shown);
    open->shown = shown;
    if (!sheet->broken) {
        if (open->good)
            g_ptr_array_unref(open->good);
        open->good = remarks_new();
        add_copies(open->good, shown, any);
    }
}

static void take_lenses(struct open *open, struct sheet *sheet)
{
    if (sheet->broken)
        return;
    g_ptr_array_unref(open->lenses);
    open->lenses = g_ptr_array_ref(sheet->lenses);
    g_ptr_array_unref(sheet->lenses);
    sheet->lenses = g_ptr_array_new_with_free_func((GDestroyNotify)lens_free);
}

static void apply_to(struct server *server, struct open *open, const struct job *job,
                     struct outcome *outcome)
{
    if (open->folder != job->folder)
        return;
    const char *path = open_path(open);
    const guint64 *revision = g_hash_table_lookup(job->revisions, path);
    struct sheet *sheet = g_hash_table_lookup(outcome->sheets, open->document->file);

    if (!revision || *revision != open->revision)
        return; /* edited since, or opened */
    if (!outcome->whole && strcmp(job->path, path) != 0)
        return;
    open->looked = open->revision;
    open->due = -1;
    if (!sheet && outcome->partial)
        return;
    if (sheet) {
        show(open, sheet, outcome->whole);
        take_lenses(open, sheet);
    } else {
        g_ptr_array_set_size(open->shown, 0);
        g_ptr_array_set_size(open->wider, 0);
        g_ptr_array_set_size(open->lenses, 0);
    }
    publish_document(server, open);
}

void documents_apply(struct server *server, const struct job *job, struct outcome *outcome)
{
    GHashTableIter each;
    gpointer open;

    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &open))
        apply_to(server, open, job, outcome);
    if (outcome->whole)
        publish_sheets(server, job->folder, outcome);
}
