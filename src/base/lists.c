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

GQueue *queue_under(GHashTable *queues, uint64_t key)
{
    GQueue *queue = g_hash_table_lookup(queues, &key);

    if (!queue) {
        queue = g_queue_new();
        g_hash_table_insert(queues, g_memdup2(&key, sizeof key), queue);
    }
    return queue;
}
