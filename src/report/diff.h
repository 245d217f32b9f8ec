#pragma once
/* Unified diffs, as patch and git apply take them. */

#include <glib.h>

/* Appends what turns `old` into `new`, both of the file `path`; nothing when they are equal. A path
 * with characters that act on a terminal or would end the line is quoted as git does. Lines are
 * copied as they are. */
void diff_append(GString *diff, const char *path, GBytes *old, GBytes *new);
