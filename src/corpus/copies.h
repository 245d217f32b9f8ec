#pragma once
/* Programs that are written more than once, word for word or by calling one routine, or that differ
 * in constants alone that nobody else writes: what meets three of them need not meet the fourth. */

#include "corpus/corpus.h"

/* Notes whether it may be a copy of another program, and a number that it has in common with its copies. */
void copies_prepare(struct transaction *transaction);

/* Sets `surplus` of the transactions of which MOST_COPIES equal ones come before, and `alike` of
 * those of which so many come before that differ in constants of their own. Returns whether there are any
 * that are `alike`. */
bool mark_surplus(const struct corpus *corpus);
