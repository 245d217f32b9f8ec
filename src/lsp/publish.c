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
    g_autofree char *uri = path_uri(mention->path, server->root);
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

/* What was sent last is not sent again. */
static void publish(struct server *server, const char *uri, const GPtrArray *remarks,
                    const struct document *document)
{
    cJSON *params = cJSON_CreateObject();

    cJSON_AddStringToObject(params, "uri", uri);
    cJSON *list = cJSON_AddArrayToObject(params, "diagnostics");
    for (guint i = 0; i < remarks->len; i++)
        cJSON_AddItemToArray(list, diagnostic_json(server, remarks->pdata[i], document));
    char *text = cJSON_PrintUnformatted(params);
    const char *before = g_hash_table_lookup(server->published, uri);
    bool nothing = !before && remarks->len == 0 && !document;
    if (nothing || (before && strcmp(before, text) == 0)) {
        cJSON_free(text);
        cJSON_Delete(params);
        return;
    }
    if (remarks->len == 0 && !document)
        g_hash_table_remove(server->published, uri);
    else
        g_hash_table_insert(server->published, g_strdup(uri), g_strdup(text));
    cJSON_free(text);
    send_notification(&server->sink, "textDocument/publishDiagnostics", params);
}

void publish_document(struct server *server, const struct open *open)
{
    publish(server, open->document->uri, open->shown, open->document);
}

static bool is_open(const struct server *server, const char *path)
{
    GHashTableIter each;
    gpointer open;

    g_hash_table_iter_init(&each, server->documents);
    while (g_hash_table_iter_next(&each, NULL, &open)) {
        const char *its = ((struct open *)open)->document->path;
        if (its && strcmp(its, path) == 0)
            return true;
    }
    return false;
}

/* Whatever was shown of files that are gone, or have nothing any more. */
static void retract(struct server *server, GHashTable *present)
{
    g_autoptr(GPtrArray) none = g_ptr_array_new();
    g_autoptr(GPtrArray) gone = g_ptr_array_new_with_free_func(g_free);
    GHashTableIter each;
    gpointer uri;

    g_hash_table_iter_init(&each, server->published);
    while (g_hash_table_iter_next(&each, &uri, NULL)) {
        if (!g_hash_table_contains(present, uri) && !g_hash_table_contains(server->documents, uri))
            g_ptr_array_add(gone, g_strdup(uri));
    }
    for (guint i = 0; i < gone->len; i++)
        publish(server, gone->pdata[i], none, NULL);
}

void publish_sheets(struct server *server, const struct outcome *outcome)
{
    g_autoptr(GHashTable) present = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter each;
    gpointer path, value;

    g_hash_table_iter_init(&each, outcome->sheets);
    while (g_hash_table_iter_next(&each, &path, &value)) {
        const struct sheet *sheet = value;
        if (sheet->remarks->len == 0 || is_open(server, path))
            continue;
        char *uri = path_uri(path, server->root);
        if (!uri)
            continue;
        publish(server, uri, sheet->remarks, NULL);
        g_hash_table_add(present, uri);
    }
    retract(server, present);
}
