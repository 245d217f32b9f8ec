#pragma once
/* Changing a file of the user's: another one takes its place in one step, with the same mode. */

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"

/* Replaces what the file holds, `old`, by `new`. A link stays a link, and what it leads to is
 * replaced. Fails, and leaves everything as it was, when the file holds something else by now, or
 * cannot be written. */
bool rewrite_file(const char *path, GBytes *old, GBytes *new, struct error *error);
