#pragma once
/* The bytes of a log as a window that moves over them: what has been taken is forgotten, what is
 * still needed stays in one piece. Internal to the readers. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <zlib.h>

#include "base/error.h"
#include "log/unwrap.h"

struct source {
    const char *name;
    gzFile file; /* NULL: bytes at hand */
    char *buffer;
    size_t start, end, room; /* of the buffer; one more byte may be written */
    uint32_t line;           /* of the byte at `start` */
    uint64_t size;           /* of the file; 0: not known */
    bool finished;           /* nothing follows `end` */
    bool returns;            /* lines end with a carriage return alone */
    char *failure;           /* what went wrong in reading; owned */
    /* When something is around the lines of the log: */
    struct unwrap unwrap;
    GString *raw; /* what was read and not taken out yet; NULL: nothing is around them */
    GString *line_text;
    bool raw_ended;        /* nothing follows `raw` */
    uint64_t given, taken; /* bytes of the log: taken out, and forgotten */
    uint32_t raw_line;     /* of the file, where `raw` begins */
    GQueue *marks; /* struct line_mark: where lines of the file begin in the log, in order */
};

/* A file, "-" for standard input, gzip or plain; false with the reason in `error`. `waits`, if any, is
 * told when the file is a named pipe that nobody writes to. Path, name and bytes must outlive the
 * source. Freed by source_close. */
bool source_open(struct source *source, const char *path, void (*waits)(const char *path),
                 struct error *error);
void source_open_bytes(struct source *source, const char *name, const char *bytes, size_t size);
void source_close(struct source *source);

/* Reads more behind `end`; what is at `start` may move. False when nothing follows. */
bool source_more(struct source *source);

/* Looks what is around the lines, and takes it away. At the beginning of the file. */
void source_unwrap(struct source *source);

/* Takes carriage returns for line feeds when the bytes that are there have no others, as old Macs end
 * lines. At the beginning of the file. */
void source_line_ends(struct source *source);

/* Forgets the first bytes and counts the lines that end in them. */
void source_take(struct source *source, size_t bytes);

static inline char *source_at(struct source *source)
{
    return source->buffer + source->start;
}

static inline size_t source_length(const struct source *source)
{
    return source->end - source->start;
}

/* The length of the line at `start` without its line end, after reading as much as that takes.
 * `*whole` is false when the file ends without a line end. Lines beyond `most` are given up to
 * there. Returns false when there is no byte left. */
bool source_line(struct source *source, size_t most, size_t *length, bool *whole);
