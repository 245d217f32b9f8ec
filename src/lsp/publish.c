/* Findings as an editor is told them: textDocument/publishDiagnostics. */
#include <string.h>

#include "lint/rule.h"
#include "lsp/state.h"
#include "lsp/uri.h"
#include "report/json-text.h"

static cJSON *place_json(struct place place)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddNumberToObject(json, "line", (double)place.line);
    cJSON_AddNumberToObject(json, "character", (double)place.character);
    return json;
}

cJSON *range_json(struct place from, struct place to)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "start", place_json(from));
    cJSON_AddItemToObject(json, "end", place_json(to));
    return json;
}

cJSON *document_range(const struct server *server, const struct document *document, size_t start,
                      size_t end)
{
    return range_json(document_place(document, start, server->encoding),
                      document_place(document, end, server->encoding));
}

/* DiagnosticSeverity: 1 error, 2 warning, 3 information. */
static int severity_number(enum severity severity)
{
    return severity == SEVERITY_ERROR ? 1 : severity == SEVERITY_WARNING ? 2 : 3;
}

static bool predicts_nothing(const struct rule *rule)
{
    return rule->predicts[0] && strcmp(rule->predicts[0], "no-op") == 0 && !rule->predicts[1];
}

static char *uri_of(const struct server *server, const char *file);

static cJSON *location_of(const struct server *server, const struct mention *mention,
                          const struct document *document)
{
    cJSON *location = cJSON_CreateObject();

    if (document && mention->same_file) {
        cJSON_AddStringToObject(location, "uri", document->uri);
        cJSON_AddItemToObject(location, "range",
                              document_range(server, document, mention->start, mention->end));
        return location;
    }
    g_autofree char *uri = uri_of(server, mention->file);
    cJSON_AddStringToObject(location, "uri", uri ? uri : "");
    cJSON_AddItemToObject(location, "range", range_json(mention->from, mention->to));
    return location;
}

static void add_related(cJSON *json, const struct server *server, const struct remark *remark,
                        const struct document *document)
{
    cJSON *list = cJSON_AddArrayToObject(json, "relatedInformation");

    for (guint i = 0; i < remark->mentions->len; i++) {
        const struct mention *mention = remark->mentions->pdata[i];
        cJSON *item = cJSON_CreateObject();
        cJSON_AddItemToObject(item, "location", location_of(server, mention, document));
        cJSON_AddStringToObject(item, "message", mention->text);
        cJSON_AddItemToArray(list, item);
    }
}

cJSON *diagnostic_json(const struct server *server, const struct remark *remark,
                       const struct document *document)
{
    const struct rule *rule = remark->rule->rule;
    cJSON *json = cJSON_CreateObject();
    g_autofree char *page = rule_page_address(rule);
    g_autofree char *message =
        g_strconcat(remark->message, *remark->help ? "\n" : "", remark->help, NULL);

    cJSON_AddItemToObject(json, "range",
                          document ? document_range(server, document, remark->start, remark->end)
                                   : range_json(remark->from, remark->to));
    cJSON_AddNumberToObject(json, "severity", severity_number(remark->severity));
    cJSON_AddStringToObject(json, "source", "isolint");
    cJSON_AddStringToObject(json, "code", rule->name);
    cJSON *description = cJSON_AddObjectToObject(json, "codeDescription");
    cJSON_AddStringToObject(description, "href", page);
    cJSON_AddStringToObject(json, "message", message);
    if (predicts_nothing(rule)) { /* DiagnosticTag 1: Unnecessary */
        const int unnecessary = 1;
        cJSON_AddItemToObject(json, "tags", cJSON_CreateIntArray(&unnecessary, 1));
    }
    add_related(json, server, remark, document);
    return json;
}

/* ------------------------------------------------------------------ what has been sent */

/* What was sent of a file, by the file: one file may be named by more than one URI. */
struct published {
    char *uri;
    char *text; /* of the parameters */
    const struct folder *folder;
};

static void published_free(void *data)
{
    struct published *published = data;

    g_free(published->uri);
    g_free(published->text);
    g_free(published);
}

GHashTable *published_new(void)
{
    return g_hash_table_new_full(g_str_hash, g_str_equal, g_free, published_free);
}

/* As the editor has named it, else as it would be. Owned by the caller. */
static char *uri_of(const struct server *server, const char *file)
{
    const struct published *before = g_hash_table_lookup(server->published, file);

    if (before)
        return g_strdup(before->uri);
    return uri_is_untitled(file) ? g_strdup(file) : g_filename_to_uri(file, NULL, NULL);
}

/* What was sent last is not sent again. `document` NULL: the file is not open. */
static void publish(struct server *server, const struct folder *folder, const char *file,
                    const GPtrArray *remarks, const struct document *document)
{
    struct published *before = g_hash_table_lookup(server->published, file);
    g_autofree char *uri = document ? g_strdup(document->uri) : uri_of(server, file);

    if (!before && (!uri || (remarks->len == 0 && !document)))
        return;
    cJSON *params = cJSON_CreateObject();
    cJSON_AddStringToObject(params, "uri", uri);
    cJSON *list = cJSON_AddArrayToObject(params, "diagnostics");
    for (guint i = 0; i < remarks->len; i++)
        cJSON_AddItemToArray(list, diagnostic_json(server, remarks->pdata[i], document));
    char *text = cJSON_PrintUnformatted(params);
    bool same = before && strcmp(before->text, text) == 0;
    if (same)
        before->folder = folder;
    else if (remarks->len == 0 && !document)
        g_hash_table_remove(server->published, file);
    else
        g_hash_table_insert(server->published, g_strdup(file),
                            g_memdup2(&(struct published){g_strdup(uri), g_strdup(text), folder},
                                      sizeof(struct published)));
    cJSON_free(text);
    if (same)
        cJSON_Delete(params);
    else
        send_notification(&server->sink, "textDocument/publishDiagnostics", params);
}

void publish_document(struct server *server, const struct open *open)
{
    publish(server, open->folder, open->document->file, open->shown, open->document);
}

/* Whatever was shown of files of the folder that are gone, or have nothing any more. */
static void retract(struct server *server, const struct folder *folder, GHashTable *present)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter each;
    gpointer file, published;

    g_hash_table_iter_init(&each, server->published);
    while (g_hash_table_iter_next(&each, &file, &published)) {
        if (((struct published *)published)->folder == folder &&
            !g_hash_table_contains(present, file))
            g_ptr_array_add(gone, g_strdup(file));
    }
    for (guint i = 0; i < gone->len; i++)
        publish(server, folder, gone->pdata[i], none, NULL);
}

/* The files that are open, which have been published as such. */
static GHashTable *open_files(const struct server *server)
{
    GHashTable *files = g_hash_table_new(g_str_hash, g_str_equal);
    GHashTableIter each;
    gpointer open;

    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &open)) {
        if (((struct open *)open)->document->file)
            g_hash_table_add(files, ((struct open *)open)->document->file);
    }
    return files;
}

void publish_sheets(struct server *server, const struct folder *folder,
                    const struct outcome *outcome)
{
    g_autoptr(GHashTable) present = open_files(server);
    GHashTableIter each;
    gpointer file, value;

    g_hash_table_iter_init(&each, outcome->sheets);
    while (g_hash_table_iter_next(&each, &file, &value)) {
        const struct sheet *sheet = value;
        const struct folder *nearest = folders_find(server, file);
        if ((sheet->remarks->len == 0 && !outcome->partial) ||
            g_hash_table_contains(present, file) ||
            (nearest && nearest != folder)) /* a folder in this one says it */
            continue;
        publish(server, folder, file, sheet->remarks, NULL);
        g_hash_table_add(present, file);
    }
    if (!outcome->partial)
        retract(server, folder, present);
}
