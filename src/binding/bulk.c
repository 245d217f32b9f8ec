#include "binding/bulk.h"

#include <glib.h>

#include "base/lexical.h"

void bulk_finish(struct bulk *bulk)
{
    g_clear_pointer(&bulk->shapes, g_hash_table_unref);
}

void bulk_reset(struct bulk *bulk)
{
    if (bulk->shapes)
        g_hash_table_remove_all(bulk->shapes);
}

/* FNV-1a over the text, with every string and number as one byte. */
uint64_t bulk_shape(const char *at, const char *end)
{
    guint64 hash = 0xcbf29ce484222325;

    while (at < end) {
        char c = *at++;
        if (c == '\'') {
            while (at < end && *at++ != '\'')
                continue;
        } else if (g_ascii_isdigit(c)) {
            while (at < end && (g_ascii_isdigit(*at) || *at == '.'))
                at++;
            c = '0';
        } else if (is_name_part((unsigned char)c)) { /* digits in a name are part of it */
            for (; at < end && is_name_part((unsigned char)*at); at++) {
                hash = (hash ^ (unsigned char)c) * 0x100000001b3;
                c = *at;
            }
        }
        hash = (hash ^ (unsigned char)c) * 0x100000001b3;
    }
    return hash;
}

bool bulk_is_more(struct bulk *bulk, const struct script *script, const struct statement *statement)
{
    if (statement->kind != STATEMENT_QUERY)
        return false;
    if (!bulk->shapes)
        bulk->shapes = g_hash_table_new(NULL, NULL);

    gpointer shape = GSIZE_TO_POINTER(
        bulk_shape(script->bytes + statement->span.start, script->bytes + statement->span.end));
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(bulk->shapes, shape));
    if (count < BULK_ALIKE)
        g_hash_table_insert(bulk->shapes, shape, GUINT_TO_POINTER(count + 1));
    return count >= BULK_ALIKE;
}
