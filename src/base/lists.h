#pragma once
/* Tables of lists: what belongs to each key, in the order in which it was added. */

#include <stdint.h>

#include <glib.h>

/* The list of the key, which is made when there is none yet. The table's, which frees it; the key is
 * not copied. */
GPtrArray *list_under(GHashTable *lists, gconstpointer key);

/* The same of queues whose keys have 64 bits: the key is copied, and g_free frees it. */
GQueue *queue_under(GHashTable *queues, uint64_t key);
