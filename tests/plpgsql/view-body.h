#pragma once
/* A view of the bodies of a text, for samples: what the reader makes of functions and DO. */

#include "support/sample.h"

/* One line for each statement of each body, indented as they enclose one another: the line in the
 * body, what it is, flags, names, and the text of its span in the script. A body that cannot be
 * read is a line with the reason. */
char *view_body(const char *text, const char *options);
