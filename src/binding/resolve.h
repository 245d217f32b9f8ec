#pragma once
/* Names in queries: which relation each range means, and which range each column belongs to. */

#include "catalog/catalog.h"
#include "facts/query.h"

/* Sets `relation` of every range and `range` of every column use in a query and those below it, as
 * far as they can be known where `script` runs a statement `at` this offset, see catalog_relation.
 * Does nothing the second time. */
void resolve_names(struct query *query, const struct catalog *catalog, const struct script *script,
                   uint32_t at);
