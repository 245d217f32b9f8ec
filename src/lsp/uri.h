#pragma once
/* File URIs, as editors name files, and the paths that isolint shows. */

#include <stdbool.h>

/* The file that a URI names, absolute; NULL when it names none. Owned by the caller. */
char *uri_file(const char *uri);

/* Where a file lies below a directory; NULL when it does not. Part of `file`. */
const char *path_below(const char *file, const char *directory);

/* Whether it is a text that an editor has not saved yet: "untitled:Untitled-1". */
bool uri_is_untitled(const char *uri);
