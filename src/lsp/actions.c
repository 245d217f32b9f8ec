/* Code actions: the edits of findings, comments that allow them, and all safe edits at once. */
#include <string.h>

#include "lint/rule.h"
#include "lsp/state.h"

static const char FIX_ALL[] = "source.fixAll.isolint";

/* Whether the editor asks for this kind, or one above it; it may ask for all. */
static bool wants(const cJSON *params, const char *kind)
{
    const cJSON *only = json_at(params, "context", "only"), *item;

    if (!cJSON_IsArray(only))
        return true;
    cJSON_ArrayForEach(item, only)
    {
        size_t length = cJSON_IsString(item) ? strlen(item->valuestring) : 0;
        if (cJSON_IsString(item) && strncmp(kind, item->valuestring, length) == 0 &&
            (kind[length] == '\0' || kind[length] == '.' || length == 0))
            return true;
    }
    return false;
}

static cJSON *edit_json(const struct server *server, const struct document *document, size_t start,
                        size_t end, const char *text)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddItemToObject(json, "range", document_range(server, document, start, end));
    cJSON_AddStringToObject(json, "newText", text);
    return json;
}

/* An action that makes these edits, which it takes over. `remark` NULL: it is about all of them. */
static cJSON *action_json(const struct server *server, const struct document *document,
                          const char *title, const char *kind, const struct remark *remark,
                          cJSON *edits)
{
    cJSON *json = cJSON_CreateObject();

    cJSON_AddStringToObject(json, "title", title);
    cJSON_AddStringToObject(json, "kind", kind);
    if (remark)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(json, "diagnostics"),
                             diagnostic_json(server, remark, document));
    cJSON *changes = cJSON_AddObjectToObject(cJSON_AddObjectToObject(json, "edit"), "changes");
    cJSON_AddItemToObject(changes, document->uri, edits);
    return json;
}

/* ------------------------------------------------------------------ edits of a finding */

static const struct amendment *amendment_at(const struct remark *remark, guint index)
{
    return &g_array_index(remark->amendments, struct amendment, index);
}

/* Whether those that are safe, or all, can be made together. */
static bool are_apart(const struct remark *remark, bool safe)
{
    size_t end = 0;

    for (guint i = 0; i < remark->amendments->len; i++) {
        const struct amendment *amendment = amendment_at(remark, i);
        if (safe && !amendment->safe)
            continue;
        if (amendment->start < end)
            return false;
        end = amendment->end;
    }
    return true;
}

static bool has_kind(const struct remark *remark, bool safe)
{
    for (guint i = 0; i < remark->amendments->len; i++) {
        if (amendment_at(remark, i)->safe == safe)
            return true;
    }
    return false;
}

static void append_cut(GString *title, const char *text, size_t length)
{
    enum { MOST = 40 };
    g_autofree char *piece = g_utf8_make_valid(text, (gssize)length);

    g_strdelimit(g_strstrip(piece), "\r\n\t", ' ');
    if (g_utf8_strlen(piece, -1) > MOST) {
        *g_utf8_offset_to_pointer(piece, MOST) = '\0';
        g_string_append_printf(title, "\"%s…\"", piece);
    } else {
        g_string_append_printf(title, "\"%s\"", piece);
    }
}

static void append_title(GString *title, const struct document *document,
                         const struct amendment *amendment)
{
    const char *verb = amendment->start == amendment->end ? "insert "
                       : *amendment->text                 ? "replace "
                                                          : "delete ";

    g_string_append(title, title->len ? ", " : "");
    g_string_append(title, verb);
    if (amendment->end > amendment->start)
        append_cut(title, document->text->str + amendment->start,
                   amendment->end - amendment->start);
    if (*amendment->text && amendment->end > amendment->start)
        g_string_append(title, " with ");
    if (*amendment->text)
        append_cut(title, amendment->text, strlen(amendment->text));
}

/* Makes those that are safe, or all; an insertion at one place follows the one before it. */
static void add_edits(cJSON *edits, const struct server *server, const struct document *document,
                      const struct remark *remark, bool safe, GString *title)
{
    for (guint i = 0; i < remark->amendments->len; i++) {
        const struct amendment *amendment = amendment_at(remark, i);
        if (safe && !amendment->safe)
            continue;
        cJSON_AddItemToArray(
            edits, edit_json(server, document, amendment->start, amendment->end, amendment->text));
        if (title)
            append_title(title, document, amendment);
    }
}

static void add_repair(cJSON *list, const struct server *server, const struct document *document,
                       const struct remark *remark, bool safe)
{
    g_autoptr(GString) title = g_string_new(NULL);
    cJSON *edits = cJSON_CreateArray();

    add_edits(edits, server, document, remark, safe, title);
    title->str[0] = g_ascii_toupper(title->str[0]);
    cJSON *action = action_json(server, document, title->str, "quickfix", remark, edits);
    if (safe)
        cJSON_AddBoolToObject(action, "isPreferred", true);
    cJSON_AddItemToArray(list, action);
}

/* ------------------------------------------------------------------ allowances */

/* How far a comment allows a rule. */
enum reach { REACH_HERE, REACH_TRANSACTION, REACH_FILE };

/* As the document ends its lines. */
static const char *line_end_of(const struct document *document)
{
    const char *end = strpbrk(document->text->str, "\r\n");

    return !end || *end == '\n' ? "\n" : end[1] == '\n' ? "\r\n" : "\r";
}

/* A comment in a line of its own before `offset`: at the beginning of its line, unless that belongs
 * to something else. */
static cJSON *comment_edit(const struct server *server, const struct document *document,
                           size_t offset, const char *comment)
{
    const char *text = document->text->str, *end = line_end_of(document);
    size_t line = offset;

    while (line > 0 && g_ascii_isspace(text[line - 1]) && !is_line_end(text[line - 1]))
        line--;
    bool first = line == 0 || is_line_end(text[line - 1]);
    g_autofree char *indent = g_strndup(text + line, first ? offset - line : 0);
    g_autofree char *whole =
        g_strdup_printf("%s-- isolint: %s%s%s", first ? "" : end, comment, end, indent);
    return edit_json(server, document, offset, offset, whole);
}

/* Behind a byte order mark. */
static size_t first_line(const struct document *document)
{
    return g_str_has_prefix(document->text->str, "\xef\xbb\xbf") ? 3 : 0;
}

static void add_allowance(cJSON *list, const struct server *server, const struct document *document,
                          const struct remark *remark, enum reach reach)
{
    static const char *const words[] = {"here", "in this transaction", "in this file"};
    static const char *const directives[] = {"allow", "allow-transaction", "allow-file"};
    const size_t places[] = {remark->statement, remark->transaction, first_line(document)};
    const char *rule = remark->rule->rule->name;
    g_autofree char *title = g_strdup_printf("Allow %s %s", rule, words[reach]);
    g_autofree char *comment = g_strdup_printf("%s %s", directives[reach], rule);
    cJSON *edits = cJSON_CreateArray();

    cJSON_AddItemToArray(edits, comment_edit(server, document, places[reach], comment));
    cJSON_AddItemToArray(list, action_json(server, document, title, "quickfix", remark, edits));
}

/* A finding about a comment is mended there, and a syntax error cannot be allowed. */
static bool may_allow(const struct remark *remark)
{
    const char *name = remark->rule->rule->name;

    return !remark->syntax && strcmp(name, "unused-suppression") != 0 &&
           strcmp(name, "unknown-suppression") != 0;
}

static void add_quick_fixes(cJSON *list, const struct server *server,
                            const struct document *document, const struct remark *remark)
{
    if (has_kind(remark, true) && are_apart(remark, true))
        add_repair(list, server, document, remark, true);
    if (has_kind(remark, false) && are_apart(remark, false))
        add_repair(list, server, document, remark, false);
    if (!may_allow(remark))
        return;
    add_allowance(list, server, document, remark, REACH_HERE);
    if (remark->in_transaction)
        add_allowance(list, server, document, remark, REACH_TRANSACTION);
    add_allowance(list, server, document, remark, REACH_FILE);
}

/* ------------------------------------------------------------------ all at once */

/* Whether a stretch touches one that is taken. */
static bool is_taken(const GArray *taken, size_t start, size_t end)
{
    for (guint i = 0; i < taken->len; i += 2) {
        if (start <= g_array_index(taken, size_t, i + 1) && end >= g_array_index(taken, size_t, i))
            return true;
    }
    return false;
}

/* From the first to the last safe edit. */
static void extent(const struct remark *remark, size_t *start, size_t *end)
{
    *start = SIZE_MAX;
    *end = 0;
    for (guint i = 0; i < remark->amendments->len; i++) {
        const struct amendment *amendment = amendment_at(remark, i);
        if (amendment->safe) {
            *start = MIN(*start, amendment->start);
            *end = MAX(*end, amendment->end);
        }
    }
}

/* The safe edits of all findings; of two that touch the same text the first, as --fix does it. */
static void add_fix_all(cJSON *list, const struct server *server, const struct open *open)
{
    g_autoptr(GArray) taken = g_array_new(FALSE, FALSE, sizeof(size_t));
    cJSON *edits = cJSON_CreateArray();

    for (guint i = 0; i < open->shown->len; i++) {
        const struct remark *remark = open->shown->pdata[i];
        size_t ends[2];
        extent(remark, &ends[0], &ends[1]);
        if (!has_kind(remark, true) || !are_apart(remark, true) ||
            is_taken(taken, ends[0], ends[1]))
            continue;
        g_array_append_vals(taken, ends, 2);
        add_edits(edits, server, open->document, remark, true, NULL);
    }
    if (cJSON_GetArraySize(edits) == 0) {
        cJSON_Delete(edits);
        return;
    }
    cJSON_AddItemToArray(list, action_json(server, open->document,
                                           "Apply all repairs that change no result", FIX_ALL, NULL,
                                           edits));
}

cJSON *actions_answer(const struct server *server, const cJSON *params)
{
    const struct open *open = state_document(server, params);
    const cJSON *range = json_at(params, "range");
    cJSON *list = cJSON_CreateArray();
    struct place from, to;

    if (!open || !json_place(range, "start", &from) || !json_place(range, "end", &to))
        return list;
    size_t start = document_offset(open->document, from, server->encoding);
    size_t end = document_offset(open->document, to, server->encoding);
    for (guint i = 0; wants(params, "quickfix") && i < open->shown->len; i++) {
        const struct remark *remark = open->shown->pdata[i];
        if (remark->start <= end && start <= remark->end)
            add_quick_fixes(list, server, open->document, remark);
    }
    if (wants(params, FIX_ALL))
        add_fix_all(list, server, open);
    return list;
}
