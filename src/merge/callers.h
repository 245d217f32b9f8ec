#pragma once
/* A fault in a function is found wherever the function is called, by each statement that fires a
 * trigger, and in each definition of it that the files have. It is one fault: one finding stands for
 * all, and names the other places. */

#include <glib.h>

#include "lint/finding.h"

/* Takes out of `findings` (struct finding *, in the order in which they are shown) what another one
 * stands for. What tells more than the function itself, of an earlier statement of the caller or of
 * its isolation level, is no such finding. */
void callers_join(GPtrArray *findings);

/* The same for definitions of one function in several files: one that a later migration replaces, with
 * other arguments too, and a copy in a dump. The last one in a migration stands for the others, without
 * a migration the last one that is in no dump. Two programs that define one function both keep theirs, unless
 * its body is the same in both. */
void definitions_join(GPtrArray *findings);
