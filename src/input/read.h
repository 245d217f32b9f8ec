#pragma once
/* Reading one input into memory. */

#include <glib.h>

#include "base/error.h"
#include "facts/script.h"

/* Reads a file, or standard input when `path` is "-", and frames it; `shown` is the name it is
 * reported under. `files`, which must outlive it, are those that it lies among. Returns NULL and
 * says why in `error` when it cannot be read, is no file that ends, or holds binary data. Freed by
 * script_free. */
struct script *read_script(const char *path, const char *shown, const struct files *files,
                           struct error *error);

/* A file without those that it includes. */
struct script *read_file_alone(const char *path, const char *shown, const struct files *files,
                               struct error *error);

/* A file of UTF-16, which psql refuses, as the UTF-8 that it would be: to see which other system's it is.
 * NULL when it is none, or cannot be read. */
struct script *read_script_utf16(const char *path, const char *shown);

/* The same as read_script of a text that is at hand, which may not be larger than
 * LARGEST_FILE; never NULL. */
struct script *read_script_text(GBytes *text, const char *shown, const struct files *files);
