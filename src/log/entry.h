#pragma once
/* One entry of a server's log, whatever format it came in. Its texts are spans of the reader's
 * buffer and hold until the next entry is asked for. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A text that no NUL ends. */
struct piece {
    const char *at; /* NULL: none */
    size_t length;
};

/* Whether it is this text, the same as another, begins with this. */
static inline bool piece_is(struct piece piece, const char *text)
{
    return piece.length == strlen(text) &&
           (piece.length == 0 || (piece.at && memcmp(piece.at, text, piece.length) == 0));
}

static inline bool piece_equal(struct piece a, struct piece b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.at, b.at, a.length) == 0);
}

static inline bool piece_starts(struct piece piece, const char *text)
{
    size_t length = strlen(text);

    return length == 0 || (piece.length >= length && memcmp(piece.at, text, length) == 0);
}

/* Without the first bytes. */
static inline struct piece piece_after(struct piece piece, size_t bytes)
{
    return (struct piece){piece.at + bytes, piece.length - bytes};
}

/* The digits that it begins with, as a number. */
static inline uint32_t piece_number(struct piece piece)
{
    uint32_t value = 0;

    for (size_t i = 0; i < piece.length && piece.at[i] >= '0' && piece.at[i] <= '9'; i++)
        value = value * 10 + (uint32_t)(piece.at[i] - '0');
    return value;
}

enum entry_kind {
    ENTRY_LOG,   /* LOG, which statements are written at */
    ENTRY_ERROR, /* ERROR, FATAL, PANIC */
    ENTRY_OTHER, /* WARNING and what is below it */
};

/* No time was written. */
#define NO_TIME INT64_MIN

struct entry {
    int64_t time; /* microseconds since 1970 in the zone that the log was written in, or NO_TIME */
    uint32_t process;
    enum entry_kind kind : 8;
    bool fatal;         /* the session ends with it */
    bool cut;           /* longer than LIMIT_ENTRY */
    bool first;         /* the first of its session, as the log counts */
    bool told;          /* what another entry says of a session: `statement` is what it had sent */
    bool counted;       /* the log counts the entries of a session: `first` is known */
    uint32_t line;      /* of the file, counted from 1 */
    struct piece state; /* SQLSTATE; none when the log does not say */
    struct piece user, database, application;
    struct piece session;     /* %c; none when the log does not say */
    struct piece transaction; /* the virtual transaction id, "3/51" */
    struct piece activity;    /* the command tag, "idle in transaction"; none in stderr */
    struct piece message, detail, context, statement;
};
