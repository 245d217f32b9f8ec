#pragma once
/* Programs that are written more than once, word for word or by calling one routine: what meets
 * three of them need not meet the fourth. */

#include <glib.h>

/* Sets `surplus` of the transactions of which MOST_COPIES equal ones come before. */
void mark_surplus(const GPtrArray *transactions);
