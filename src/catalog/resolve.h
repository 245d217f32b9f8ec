#pragma once
/* Names in queries: which relation each range means, and which range each column belongs to. That is
 * the one thing that is noted in what a statement says, because every reader of a range or a column asks
 * for it. It holds for one catalog: another run over the same scripts resolves them anew. */

#include "catalog/catalog.h"
#include "facts/query.h"

/* Sets `relation` of every range and `range` of every column use in a query and those below it, as
 * far as they can be known where `script` runs a statement `at` this offset, see catalog_relation.
 * Does nothing the second time for one catalog. */
void resolve_names(const struct query *query, const struct catalog *catalog,
                   const struct script *script, uint32_t at);

/* Whether a cast of the column is none: to the type that it has, or from text to varchar. */
bool column_cast_is_none(const struct column *column, const char *cast);

/* Whether the operand, of which the names are resolved, is a column as it stands in the row. */
bool operand_is_column(const struct operand *operand);
