#include "server/scan.h"

#include <stdbool.h>
#include <string.h>

static bool is_word(char c)
{
    return g_ascii_isalnum(c) || c == '_';
}

/* The first byte after a quoted text; the NUL when it is not closed. */
static const char *skip_quoted(const char *at, char quote, bool escapes)
{
    for (at++; *at && *at != quote; at++) {
        if (escapes && *at == '\\' && at[1])
            at++;
    }
    return *at ? at + 1 : at;
}

/* The first byte after a dollar-quoted text; `at` itself when none begins there. */
static const char *skip_dollar(const char *at)
{
    const char *end = at + 1;

    while (is_word(*end))
        end++;
    if (*end != '$' || g_ascii_isdigit(at[1]))
        return at;
    g_autofree char *tag = g_strndup(at, (gsize)(end + 1 - at));
    const char *close = strstr(end + 1, tag);
    return close ? close + strlen(tag) : end + strlen(end);
}

static const char *skip_comment(const char *at)
{
    unsigned depth = 0;

    do {
        if (g_str_has_prefix(at, "/*")) {
            depth++;
            at += 2;
        } else if (g_str_has_prefix(at, "*/")) {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth > 0 && *at);
    return at;
}

/* The first byte after what is no code: a comment or a quoted text; `at` when code stands there. */
static const char *skip_opaque(const char *start, const char *at)
{
    if (g_str_has_prefix(at, "--"))
        return at + strcspn(at, "\n");
    if (g_str_has_prefix(at, "/*"))
        return skip_comment(at);
    if (*at == '\'')
        return skip_quoted(at, '\'', at > start && g_ascii_toupper(at[-1]) == 'E');
    if (*at == '"')
        return skip_quoted(at, '"', false);
    if (*at == '$' && (at == start || !is_word(at[-1])))
        return skip_dollar(at);
    return at;
}

const char *scan_statement(const char *at)
{
    const char *start = at;
    int depth = 0;

    while (*at) {
        const char *after = skip_opaque(start, at);
        if (after > at) {
            at = after;
            continue;
        }
        if (*at == '(')
            depth++;
        else if (*at == ')')
            depth--;
        else if (*at == ';' && depth <= 0)
            break;
        else if (*at == '\\' && at[1] == ';')
            at++;
        else if (*at == '\\')
            break;
        at++;
    }
    return at;
}

/* Appends the value of the variable whose colon is at `at`; returns the first byte after its name,
 * or `at` when there is none. */
static const char *fill_variable(GString *text, const char *start, const char *at,
                                 GHashTable *variables)
{
    bool quoted = at[1] == '\'';
    const char *name = at + 1 + quoted, *end = name;

    while (is_word(*end))
        end++;
    if (end == name || (at > start && at[-1] == ':') || (quoted && *end != '\''))
        return at;
    g_autofree char *key = g_strndup(name, (gsize)(end - name));
    const char *value = g_hash_table_lookup(variables, key);
    if (!value)
        return at;
    if (quoted) {
        g_auto(GStrv) parts = g_strsplit(value, "'", -1);
        g_autofree char *escaped = g_strjoinv("''", parts);
        g_string_append_printf(text, "'%s'", escaped);
    } else {
        g_string_append(text, value);
    }
    return end + quoted;
}

char *scan_fill(const char *sql, GHashTable *variables)
{
    GString *text = g_string_new(NULL);
    const char *at = sql;

    while (*at) {
        const char *after = *at == ':' ? fill_variable(text, sql, at, variables) : at;
        if (after == at) {
            after = skip_opaque(sql, at);
            if (*at == '\\' && at[1] == ';')
                at++;
            after = after > at ? after : at + 1;
            g_string_append_len(text, at, after - at);
        }
        at = after;
    }
    return g_string_free(text, FALSE);
}
