/* Open documents: what their edits do to what is shown, and what an analysis replaces of it. */
#include <string.h>

#include "base/limits.h"
#include "lsp/state.h"
#include "lsp/uri.h"

enum {
    QUIET =
        200 * 1000, /* µs: an edit after such a pause is looked at once, one in a burst after it */
    PAUSE = 400 * 1000, /* µs without an edit, after which all files are looked at */
};

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

struct open *state_document(const struct server *server, const cJSON *params)
{
    const cJSON *uri = json_at(params, "textDocument", "uri");

    return cJSON_IsString(uri) ? g_hash_table_lookup(server->documents, uri->valuestring) : NULL;
}

/* The whole is looked at when nothing has changed for a while. */
static void touch(struct server *server, gint64 now)
{
    server->whole_due = now + (server->looked ? PAUSE : 0);
    if (server->running && server->running->whole && server->looked)
        g_atomic_int_set(&server->running->cancelled, 1);
}

/* Without a directory that is open, a file is looked at where it lies, with no others but those that
 * are open as well. */
static void adopt_directory(struct server *server, const char *uri)
{
    g_autofree char *file = g_filename_from_uri(uri, NULL, NULL);
    g_autofree char *whole = file ? g_canonicalize_filename(file, "/") : NULL;
    g_autofree char *directory = whole ? g_path_get_dirname(whole) : NULL;

    if (directory)
        state_open_root(server, directory, true);
}

void documents_open(struct server *server, const cJSON *params, gint64 now)
{
    const cJSON *uri = json_at(params, "textDocument", "uri");
    const cJSON *text = json_at(params, "textDocument", "text");

    if (!cJSON_IsString(uri) || !cJSON_IsString(text)) {
        server_complain(server, "textDocument/didOpen without a URI or a text");
        return;
    }
    if (!server->root)
        adopt_directory(server, uri->valuestring);
    g_autofree char *path = uri_path(uri->valuestring, server->root);
    struct open *open = g_new0(struct open, 1);
    open->document = document_new(uri->valuestring, path, text->valuestring);
    open->revision = 1;
    open->changed = open->due = now;
    open->shown = remarks_new();
    open->wider = remarks_new();
    open->lenses = g_ptr_array_new_with_free_func((GDestroyNotify)lens_free);
    g_hash_table_replace(server->documents, open->document->uri, open);
    touch(server, now);
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
        server_complain(server, "textDocument/didChange of a document that is not open");
        return;
    }
    cJSON_ArrayForEach(change, changes)
    {
        struct replaced replaced;
        if (!document_change(open->document, change, server->encoding, &replaced)) {
            server_complain(server, "textDocument/didChange with a change that is none");
            continue;
        }
        move_remarks(open->shown, &replaced);
        move_remarks(open->good, &replaced);
        move_remarks(open->wider, &replaced);
        move_lenses(open->lenses, &replaced);
    }
    open->revision++;
    open->due = now - open->changed < QUIET ? now + QUIET : now;
    open->changed = now;
    touch(server, now);
}

void documents_close(struct server *server, const cJSON *params, gint64 now)
{
    const struct open *open = state_document(server, params);

    if (!open)
        return;
    g_hash_table_remove(server->documents, open->document->uri);
    touch(server, now); /* what is on the disk counts again, and is published as that */
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
    const char *path = open->document->path;
    const guint64 *revision = path ? g_hash_table_lookup(job->revisions, path) : NULL;
    struct sheet *sheet = path ? g_hash_table_lookup(outcome->sheets, path) : NULL;

    if (path && (!revision || *revision != open->revision))
        return; /* edited since, or opened */
    if (!job->whole && g_strcmp0(job->path, path) != 0)
        return;
    open->looked = open->revision;
    open->due = -1;
    if (sheet) {
        show(open, sheet, job->whole);
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
    if (job->whole)
        publish_sheets(server, outcome);
}
