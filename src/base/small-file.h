#pragma once
/* Files that stand beside the SQL: a configuration, a baseline, .gitignore, a tool's settings. Who
 * has put one there may have made it a pipe that nobody writes to, or a device without an end:
 * only regular files are read, and /dev/null. */

#include <stddef.h>

#include "base/error.h"

enum { LARGEST_SMALL_FILE = 64 << 20 }; /* a baseline of a quarter of a million findings */

/* The bytes of a file, with a NUL behind them; owned by the caller. NULL with "PATH: reason" in
 * `error`. `size` may be NULL. */
char *small_file_read(const char *path, size_t *size, struct error *error);
