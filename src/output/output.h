#pragma once
/* Where a report goes: standard output, or a file that appears only when it is complete. */

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/error.h"

struct output_file {
    FILE *stream;
    char *path, *temporary; /* NULL for standard output */
    sigset_t interrupts;    /* that are let in again when it is closed */
};

/* Opens standard output (`path` NULL) or a temporary file beside `path`; interrupts wait while
 * there is one. A link stays and what it leads to is replaced, with the mode that it has; a device
 * or pipe is written to. */
bool output_open(struct output_file *output, const char *path, struct error *error);

/* Flushes and, for a file, renames it to its place. On failure nothing is left behind, and what
 * stood in the place stands there still. What the reader of a pipe did not wait for is no failure. */
bool output_close(struct output_file *output, struct error *error);

/* Gives an open file the mode of another, and its owner where that is allowed: to root, and within
 * groups. */
bool output_keep(int fd, const struct stat *info);

/* Whether the reader of a pipe is gone, as head is when it has its lines: it wants no more, and that
 * is no failure of the run. */
bool output_is_unread(int fd);

/* Writes a whole file in this way. */
bool output_write(const char *path, const char *text, size_t size, struct error *error);

/* A template for mkstemp of a name beside `path`, which file systems take wherever they take that of
 * `path`: of a long one the beginning. Owned by the caller. */
char *output_beside(const char *path);

/* Removes what is half written, because the program ends now. */
void output_abandon(void);
