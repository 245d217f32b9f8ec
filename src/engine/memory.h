#pragma once
/* Texts that stand in for files. */

#include <stdbool.h>

#include <glib.h>

#include "base/files.h"

struct memory_text {
    char *path;
    char *bytes; /* a NUL follows them */
    size_t size;
    bool linted; /* false: read for the catalog only */
};

struct memory {
    GPtrArray *texts;           /* struct memory_text, owned; in the order in which they came */
    GHashTable *by_path;        /* struct memory_text */
    GHashTable *directories;    /* char *: those that texts lie in */
    const struct files *beyond; /* asked for all other files; NULL: there are none */
};

/* Freed by memory_finish. */
void memory_init(struct memory *memory);
void memory_finish(struct memory *memory);

/* Adds a copy, or puts it in the place of the text that has this path. */
void memory_put(struct memory *memory, const char *path, const char *bytes, size_t size,
                bool linted);

/* False when there is none. */
bool memory_remove(struct memory *memory, const char *path);

/* The texts as files, until one is added or removed. */
struct files memory_files(struct memory *memory);

/* The paths of those that are linted, or of the others, after those of `first` (may be NULL), which it
 * takes over. NULL-terminated, owned by the caller. */
char **memory_paths(const struct memory *memory, bool linted, char **first);
