#pragma once
/* Reads server logs: csvlog, jsonlog, stderr, each as it is or compressed by gzip. The format is
 * told by what the file says. Damage costs the entry that has it; the reader goes on at the next
 * one that is whole. */

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "log/entry.h"

struct prefix;
struct reader;

enum log_format {
    FORMAT_UNKNOWN,
    FORMAT_CSV,
    FORMAT_JSON,
    FORMAT_STDERR,
    FORMAT_TABLE, /* no log: a table of programs, see workload/table.h */
};

/* What was left out, and why. */
struct reader_losses {
    uint64_t damaged;    /* entries that are no entries: torn, or not of this format */
    uint64_t cut;        /* longer than LIMIT_ENTRY */
    uint32_t first_line; /* where the first damage is; 0 without */
};

/* Opens a file, or standard input for "-", and looks at its beginning. `prefix` is that of
 * --log-line-prefix, or NULL to guess it; `waits` is told when the file is a named pipe that nobody
 * writes to, or NULL. Returns NULL and says why in `error` when it cannot be
 * read or is no log. Freed by reader_close. */
struct reader *reader_open(const char *path, const struct prefix *prefix,
                           void (*waits)(const char *path), struct error *error);

/* The same of bytes at hand, which must outlive the reader. */
struct reader *reader_open_bytes(const char *name, const char *bytes, size_t size,
                                 const struct prefix *prefix, struct error *error);
void reader_close(struct reader *reader);

/* FORMAT_UNKNOWN of an empty file. */
enum log_format reader_format(const struct reader *reader);

/* The time of its first entry, NO_TIME when there is none. Files are read in this order. */
int64_t reader_start(const struct reader *reader);

/* The next entry. Returns false at the end, and when reading failed: then `error` says why. */
bool reader_next(struct reader *reader, struct entry *entry, struct error *error);

/* The next line as it is, without its line end: for tables. */
bool reader_line(struct reader *reader, struct piece *line, struct error *error);

/* How many bytes of the file have been read, and how many it has (0: not known). */
void reader_progress(const struct reader *reader, uint64_t *read, uint64_t *size);

/* Owned by the reader. */
const struct reader_losses *reader_losses(const struct reader *reader);
