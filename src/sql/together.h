#pragma once
/* Statements that are given to the grammar at once. To set it up for a text costs as much as to parse
 * a short statement; a few thousand bytes of trees stay in the cache all the same. */

#include "facts/script.h"
#include "grammar/tree.h"

/* The statements from `first` on that one call of the grammar can read: no placeholder stands in
 * them, and nothing but a semicolon, white space and comments to the end of a line between them. At
 * least 1, which is said as well where one has to be read alone. */
unsigned together_count(const struct script *script, const struct statement *first);

/* The trees of `count` statements, one RawStmt for each; NIL when the grammar refuses one of them, or
 * does not separate them at the same places. Within a memory context. */
List *together_parse(struct script *script, const struct statement *first, unsigned count);
