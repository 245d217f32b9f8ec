#include "sql/keyword.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"
#include "grammar/tree.h"

static const char *const newer[] = {
    "json",           "json_array",   "json_arrayagg", "json_exists",    "json_object",
    "json_objectagg", "json_query",   "json_scalar",   "json_serialize", "json_table",
    "json_value",     "merge_action", "normalize",     "system_user",    NULL};

/* NULL when no such keyword is there. Owned by the caller. */
static char *keyword_at(const char *text, uint32_t start)
{
    uint32_t end = start;

    while (is_name_part((unsigned char)text[end]))
        end++;
    g_autofree char *word = g_ascii_strdown(text + start, end - start);
    return g_strv_contains(newer, word) ? g_steal_pointer(&word) : NULL;
}

/* Where the word begins that stands before `at`. */
static uint32_t word_before(const char *text, uint32_t at)
{
    while (at > 0 && g_ascii_isspace(text[at - 1]))
        at--;
    while (at > 0 && is_name_part((unsigned char)text[at - 1]))
        at--;
    return at;
}

const char *keyword_to_quote(const char *text, uint32_t stopped, struct arena *arena)
{
    uint32_t start = stopped;
    g_autofree char *word = keyword_at(text, start);

    if (!word) {
        start = word_before(text, stopped);
        word = keyword_at(text, start);
    }
    if (!word)
        return NULL;
    g_autofree char *quoted =
        g_strdup_printf("%.*s\"%s\"%s", (int)start, text, word, text + start + strlen(word));
    PgQueryInternalParsetreeAndError result = tree_parse_within_memory(quoted);
    bool taken = !result.error;
    if (result.error)
        pg_query_free_error(result.error);
    return taken ? arena_strdup(arena, word) : NULL;
}
