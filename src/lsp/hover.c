/* Hover: the rule's page in short on a finding, keys and programs on the name of a table. */
#include <string.h>

#include "lint/rule.h"
#include "lsp/state.h"

static bool covers(size_t start, size_t end, size_t offset)
{
    return start <= offset && offset < MAX(end, start + 1);
}

/* The paragraph at the beginning of `text`, in one line. */
static char *paragraph(const char *text)
{
    const char *end = strstr(text, "\n\n");
    char *copy = g_strstrip(end ? g_strndup(text, (gsize)(end - text)) : g_strdup(text));

    return g_strdelimit(copy, "\n", ' ');
}

/* The first paragraph below a heading of a page; NULL when there is none. */
static char *section(const char *page, const char *heading)
{
    const char *at = strstr(page, heading);

    return at ? paragraph(at + strlen(heading)) : NULL;
}

/* What it is, why it matters, what to do. */
static void append_remark(GString *text, const struct remark *remark)
{
    const char *page = remark->rule->page, *body = strstr(page, "\n\n");
    g_autofree char *what = paragraph(body ? body + 2 : page);
    g_autofree char *why = section(page, "\n## What the server does\n\n");
    g_autofree char *address = rule_page_address(remark->rule->rule);
    g_auto(GStrv) help = g_strsplit(remark->help, "\n", -1);

    g_string_append_printf(text, "**%s**: %s\n\n%s\n\n", remark->rule->rule->name, remark->message,
                           what);
    if (why)
        g_string_append_printf(text, "%s\n\n", why);
    for (char **line = help; *line; line++)
        g_string_append_printf(text, "- %s\n", *line);
    g_string_append_printf(text, "%s[The whole page](%s)\n", *help ? "\n" : "", address);
}

static bool is_name(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* The name at an offset as the server would fold it; NULL when there is none. */
static char *name_at(const GString *text, size_t offset, size_t *start, size_t *end)
{
    size_t from = offset, to = offset;

    while (from > 0 && is_name(text->str[from - 1]))
        from--;
    while (to < text->len && is_name(text->str[to]))
        to++;
    *start = from;
    *end = to;
    if (from == to)
        return NULL;
    g_autofree char *name = g_strndup(text->str + from, to - from);
    bool quoted = from > 0 && text->str[from - 1] == '"' && text->str[to] == '"';
    return quoted ? g_steal_pointer(&name) : g_ascii_strdown(name, -1);
}

static cJSON *hover_of(const GString *text, cJSON *range)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *contents = cJSON_AddObjectToObject(json, "contents");

    cJSON_AddStringToObject(contents, "kind", "markdown");
    cJSON_AddStringToObject(contents, "value", text->str);
    cJSON_AddItemToObject(json, "range", range);
    return json;
}

cJSON *hover_answer(const struct server *server, const cJSON *params)
{
    const struct open *open = state_document(server, params);
    g_autoptr(GString) text = g_string_new(NULL);
    struct place place;

    if (!open || !json_place(params, "position", &place))
        return NULL;
    const struct document *document = open->document;
    size_t offset = document_offset(document, place, server->encoding), start, end;
    g_autofree char *name = name_at(document->text, offset, &start, &end);
    GHashTable *tables = open->folder ? open->folder->tables : NULL;
    const char *table = name && tables ? g_hash_table_lookup(tables, name) : NULL;
    if (table)
        g_string_append(text, table);
    for (guint i = 0; i < open->shown->len; i++) {
        const struct remark *remark = open->shown->pdata[i];
        if (!covers(remark->start, remark->end, offset))
            continue;
        g_string_append(text, text->len ? "\n---\n\n" : "");
        append_remark(text, remark);
        if (!table) {
            start = remark->start;
            end = remark->end;
        }
    }
    return text->len ? hover_of(text, document_range(server, document, start, end)) : NULL;
}
