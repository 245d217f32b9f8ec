/* libpg_query reads PL/pgSQL without a catalog, so it refuses what needs one: the fields of
 * variables that have the type of a table. Before 16 it also knows neither records nor cursors by
 * their type. What it says tells the variable; the text is then written anew so that it can be read
 * and means the same for the flow of data, and it is asked again. Lines stay what they are. */
#include "sql/body.h"

#include <string.h>

struct rewrite {
    const char *pattern; /* "@" stands for the variable */
    const char *replacement;
};

/* "x.y" is not a known variable */
static const struct rewrite records[] = {
    {"(\\b@\\s+)(?!record\\b|alias\\b)[^\\s;:=(),.][^;:=()]*?(\\s*(?:;|:=|\\bdefault\\b))",
     "\\1record\\2"},
    {"(\\b@)\\.\\w+(\\s*:=)", "\\1\\2"},
    {"((?:;|\\bbegin|\\bthen|\\belse|\\bloop)\\s+@)\\.\\w+(\\s*=)", "\\1\\2"},
    {"(\\binto\\s+(?:strict\\s+)?@)\\.\\w+", "\\1"},
};

/* variable "c" must be of type cursor or refcursor */
static const struct rewrite cursors[] = {
    {"\\bopen\\s+@\\s+for\\s+select\\b", "perform"},
    {"\\bopen\\s+@\\s+(?:no\\s+)?(?:scroll\\s+)?for\\s+(execute)\\b", "\\1"},
    {"\\bopen\\s+@\\s*(?:\\([^;]*\\))?\\s*;", "null;"},
    {"\\b(?:close|move)\\b[^;]*\\b@\\s*;", "null;"},
    {"\\bfetch\\b[^;]*\\b@\\s+into\\b", "select @ into"},
};

/* syntax error at or near "c": FOR r IN c LOOP */
static const struct rewrite loops[] = {
    {"(\\bfor\\s+\\w+\\s+in\\s+)(@)(\\s*(?:\\([^;]*\\))?\\s+loop\\b)", "\\g<1>1..1\\3"},
};

static char *put_name(const char *pattern, const char *name)
{
    g_auto(GStrv) parts = g_strsplit(pattern, "@", -1);

    return g_strjoinv(name, parts);
}

/* Applies all of them; NULL when nothing changed. */
static char *rewrite(const char *source, const struct rewrite *rewrites, size_t count,
                     const char *name)
{
    char *text = g_strdup(source);

    for (size_t i = 0; i < count; i++) {
        g_autofree char *pattern = put_name(rewrites[i].pattern, name);
        g_autofree char *replacement = put_name(rewrites[i].replacement, name);
        g_autoptr(GRegex) regex =
            g_regex_new(pattern, G_REGEX_CASELESS | G_REGEX_RAW | G_REGEX_OPTIMIZE, 0, NULL);
        char *changed = regex ? g_regex_replace(regex, text, -1, 0, replacement, 0, NULL) : NULL;
        if (changed) {
            g_free(text);
            text = changed;
        }
    }
    if (strcmp(text, source) != 0)
        return text;
    g_free(text);
    return NULL;
}

/* The first word between double quotes, up to a dot. */
static char *quoted_word(const char *message)
{
    const char *start = strchr(message, '"');
    size_t length = start ? strspn(start + 1, "abcdefghijklmnopqrstuvwxyz"
                                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")
                          : 0;

    return length > 0 ? g_strndup(start + 1, length) : NULL;
}

static char *rewrite_for(const char *source, const char *message)
{
    g_autofree char *name = quoted_word(message);

    if (!name)
        return NULL;
    if (strstr(message, "is not a known variable"))
        return rewrite(source, records, G_N_ELEMENTS(records), name);
    if (strstr(message, "must be of type cursor"))
        return rewrite(source, cursors, G_N_ELEMENTS(cursors), name);
    if (g_str_has_prefix(message, "syntax error at or near"))
        return rewrite(source, loops, G_N_ELEMENTS(loops), name);
    return NULL;
}

PgQueryPlpgsqlParseResult plpgsql_read(const char *source)
{
    enum { MOST_REWRITES = 50 };
    g_autofree char *text = g_strdup(source);
    PgQueryPlpgsqlParseResult result = pg_query_parse_plpgsql(text);

    for (int i = 0; result.error && i < MOST_REWRITES; i++) {
        char *changed = rewrite_for(text, result.error->message);
        if (!changed)
            break;
        g_free(text);
        text = changed;
        pg_query_free_plpgsql_parse_result(result);
        result = pg_query_parse_plpgsql(text);
    }
    return result;
}
