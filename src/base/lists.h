#pragma once
/* Tables of lists: what belongs to each key, in the order in which it was added. */

#include <glib.h>

/* The list of the key, which is made when there is none yet. The table's, which frees it; the key is
 * not copied. */
GPtrArray *list_under(GHashTable *lists, gconstpointer key);
