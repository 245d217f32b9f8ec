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

/* The name between quotes around an offset, of which blanks and dots may be part; NULL when there is none
 * in the line. */
static char *quoted_name_at(const GString *text, size_t offset, size_t *start, size_t *end)
{
    size_t line = offset, at;
    bool within = false;

    while (line > 0 && !is_line_end(text->str[line - 1]))
        line--;
    for (at = line; at < text->len && !is_line_end(text->str[at]); at++) {
        if (text->str[at] != '"')
            continue;
        if (within && at > offset)
            break;
        within = !within;
        *start = at + 1;
    }
    *end = at;
    return within && *start <= offset && at < text->len && text->str[at] == '"'
               ? g_strndup(text->str + *start, at - *start)
               : NULL;
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
    return g_ascii_strdown(name, -1);
}

/* What is known of a table whose name stands there; NULL for nothing. */
static const char *table_at(const struct open *open, size_t offset, size_t *start, size_t *end)
{
    GHashTable *tables = open->folder ? open->folder->tables : NULL;
    const GString *text = open->document->text;
    g_autofree char *quoted = tables ? quoted_name_at(text, offset, start, end) : NULL;
    const char *table = quoted ? g_hash_table_lookup(tables, quoted) : NULL;

    if (table || !tables)
        return table;
    g_autofree char *name = name_at(text, offset, start, end);
    return name ? g_hash_table_lookup(tables, name) : NULL;
}

/* For an editor that shows no Markdown: no asterisks and backquotes, an address after its link. */
static char *plain_text(const char *markdown)
{
    g_autoptr(GRegex) link =
        g_regex_new("\\[([^]\\n]+)\\]\\((https?:[^)\\n]+)?[^)\\n]*\\)", 0, 0, NULL);
    g_autoptr(GRegex) mark = g_regex_new("\\*\\*|`", 0, 0, NULL);
    g_autofree char *addresses = g_regex_replace(link, markdown, -1, 0, "\\1 \\2", 0, NULL);

    return g_regex_replace_literal(mark, addresses, -1, 0, "", 0, NULL);
}

static cJSON *hover_of(const struct server *server, const GString *text, cJSON *range)
{
    cJSON *json = cJSON_CreateObject();
    cJSON *contents = cJSON_AddObjectToObject(json, "contents");
    g_autofree char *plain = server->plain ? plain_text(text->str) : NULL;

    cJSON_AddStringToObject(contents, "kind", plain ? "plaintext" : "markdown");
    cJSON_AddStringToObject(contents, "value", plain ? plain : text->str);
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
    size_t offset = document_offset(document, place, server->encoding);
    size_t start = offset, end = offset;
    const char *table = table_at(open, offset, &start, &end);
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
    return text->len ? hover_of(server, text, document_range(server, document, start, end)) : NULL;
}
