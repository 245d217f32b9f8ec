#pragma once
/* What people write and GOption does not read: a value directly behind a short option, -j8. */

#include <glib.h>

/* The arguments with each such value parted from its option. `entries` end with a NULL name.
 * NULL-terminated; owned by the caller. */
char **arguments_part(char *const *arguments, const GOptionEntry *entries);
