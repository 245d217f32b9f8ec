#pragma once
/* A fault in a function is found wherever the function is called, and by each statement that fires a
 * trigger. It is one fault: the first finding stands for all, and names the other places. */

#include <glib.h>

#include "lint/finding.h"

/* Takes out of `findings` (struct finding *, in the order in which they are shown) what another one
 * stands for. What tells more than the function itself, of an earlier statement of the caller or of
 * its isolation level, is no such finding. */
void callers_join(GPtrArray *findings);
