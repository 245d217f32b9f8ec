#include "server/outcome.h"

#include <string.h>

static bool is_notice(const char *text)
{
    return g_str_has_prefix(text, "WARNING ") || g_str_has_prefix(text, "NOTICE ") ||
           g_str_has_prefix(text, "INFO ") || g_str_has_prefix(text, "NOTIFICATION ");
}

/* Cuts the notices off the front of an outcome; returns what is left, "" for nothing. Each is added
 * to `notices`, which owns them. */
static const char *cut_notices(const char *expected, GPtrArray *notices)
{
    static const char and[] = " and ";

    while (is_notice(expected)) {
        const char *end = strstr(expected, and);
        g_ptr_array_add(notices,
                        end ? g_strndup(expected, (gsize)(end - expected)) : g_strdup(expected));
        expected = end ? end + strlen(and) : expected + strlen(expected);
    }
    return expected;
}

static bool contains(const GPtrArray *notices, const char *notice)
{
    return g_ptr_array_find_with_equal_func((GPtrArray *)notices, notice, g_str_equal, NULL);
}

/* Every notice that was promised came, and no warning came that was not. */
static bool notices_hold(const GPtrArray *promised, const GPtrArray *got)
{
    for (guint i = 0; i < promised->len; i++) {
        if (!contains(got, promised->pdata[i]))
            return false;
    }
    for (guint i = 0; i < got->len; i++) {
        if (g_str_has_prefix(got->pdata[i], "WARNING ") && !contains(promised, got->pdata[i]))
            return false;
    }
    return true;
}

bool outcome_waits(const char *expected)
{
    return g_strcmp0(expected, "waits") == 0;
}

bool outcome_ends_wait(const char *expected)
{
    return expected && (strstr(expected, "ERROR 40P01") || strstr(expected, "ERROR 55P03") ||
                        strstr(expected, "ERROR 57014"));
}

/* Whether the rows are those, apart from blanks at the end: a last column may be empty. */
static bool rows_are(const char *expected, const char *rows)
{
    g_autofree char *trimmed = g_strchomp(g_strdup(rows));

    return strcmp(expected, trimmed) == 0;
}

bool outcome_holds(const char *expected, const struct reply *reply)
{
    static const char error[] = "ERROR ";
    GPtrArray *promised;
    const char *rest;
    bool notices;

    if (!expected)
        return !*reply->state;
    promised = g_ptr_array_new_with_free_func(g_free);
    rest = cut_notices(expected, promised);
    notices = notices_hold(promised, reply->notices);
    g_ptr_array_unref(promised);
    if (!notices)
        return false;
    if (g_str_has_prefix(rest, error))
        return strcmp(reply->state, rest + strlen(error)) == 0;
    if (*reply->state)
        return false;
    if (strcmp(rest, "no rows") == 0)
        return reply->has_rows && reply->row_count == 0;
    return *rest == '\0' || g_strcmp0(rest, reply->tag) == 0 ||
           (reply->has_rows && rows_are(rest, reply->rows->str));
}

void outcome_states(const char *expected, GHashTable *states)
{
    g_auto(GStrv) words = g_strsplit(expected ? expected : "", " ", -1);

    for (unsigned i = 0; words[i] && words[i + 1]; i++) {
        if ((strcmp(words[i], "ERROR") == 0 || strcmp(words[i], "WARNING") == 0) &&
            strlen(words[i + 1]) == 5)
            g_hash_table_add(states, g_strdup(words[i + 1]));
    }
}
