#include "base/lists.h"

GPtrArray *list_under(GHashTable *lists, gconstpointer key)
{
    GPtrArray *list = g_hash_table_lookup(lists, key);

    if (!list) {
        list = g_ptr_array_new();
        g_hash_table_insert(lists, (gpointer)key, list);
    }
    return list;
}
