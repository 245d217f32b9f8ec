#pragma once
/* A total that is stored in one row, and made anew from the rows of another table, its parts. */

#include "corpus/corpus.h"

/* Whether an UPDATE may aggregate a value from these rows: by a sub-SELECT of its own, or by a
 * SELECT before it. */
bool total_may_count(const struct access *read);

/* The read, by a sub-SELECT or in a statement before, from which `write` aggregates a value that it
 * stores; the first in the transaction, or the first behind `after`, another one. NULL without. */
const struct access *total_parts(const struct access *write, const struct access *after);

/* A change of the parts by another run, which also stores the total: the same program makes it, or
 * another one that writes the row of the total. NULL without. */
const struct access *total_change(const struct corpus *corpus, const struct access *write,
                                  const struct access *parts);
