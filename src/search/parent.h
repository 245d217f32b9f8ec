#pragma once
/* The row of another table that a new row refers to by its values, without a foreign key. */

#include "corpus/corpus.h"

/* Whether `read` finds the row of its table by a key all of whose values `insert` brings: the new row
 * refers to that one, and to no other. */
bool parent_is_referred_to(const struct access *read, const struct access *insert);

/* A DELETE by another program of the row that `read` finds, of which `insert` is the child, in a transaction
 * that looks at the children as well; NULL without. One that comes by ON DELETE CASCADE from a third table
 * is none when a foreign key of the child points to the same row there: it refuses the child, or deletes it
 * as well. */
const struct access *parent_deleted(const struct catalog *catalog, const struct corpus *corpus,
                                    const struct access *read, const struct access *insert);
