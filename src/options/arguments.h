#pragma once
/* What people write and GOption does not read: a value directly behind a short option, -j8, and one behind
 * an option that has none, --fix=no. */

#include <stdbool.h>

#include <glib.h>

/* The arguments with each such value parted from its option. `entries` end with a NULL name.
 * NULL-terminated; owned by the caller. */
char **arguments_part(char *const *arguments, const GOptionEntry *entries);

/* The option without a value to which one is given, or NULL: GOption would take --fix=no for --fix. */
const GOptionEntry *arguments_needless_value(char *const *arguments, const GOptionEntry *entries);

/* Whether the next argument is the value of this one. */
bool arguments_value_follows(const char *argument, const GOptionEntry *entries);
