#pragma once
/* The edits of a finding in words. */

#include "lint/finding.h"

/* "insert "FOR UPDATE" at 3:12, delete "COMMIT" at 9:1": its safe edits, or the others. NULL when there
 * are none. Owned by the caller. */
char *edits_line(const struct finding *finding, bool safe);
