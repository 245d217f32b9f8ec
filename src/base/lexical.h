#pragma once
/* What PostgreSQL's scanner takes for a name (manual, 4.1.1): letters, digits, "_", "$" and every
 * byte outside ASCII. A table of all bytes says it. */

#include <stdbool.h>
#include <string.h>

enum {
    NAME_START = 1,
    NAME_PART = 2,
    NAME_PLAIN = 4,    /* a part, and no dollar */
    NEVER_SPECIAL = 8, /* digits, and what begins no name, string, comment, parameter or template */
};

extern const unsigned char name_bytes[256];

static inline bool is_name_start(unsigned char c)
{
    return name_bytes[c] & NAME_START;
}

static inline bool is_name_part(unsigned char c)
{
    return name_bytes[c] & NAME_PART;
}

/* Where a comment "-- …" that begins at `at` ends: before the next line feed or carriage return
 * (src/backend/parser/scan.l, non_newline), or at `end`. */
static inline const char *line_comment_end(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    const char *stop = feed ? feed : end, *back = memchr(at, '\r', (size_t)(stop - at));

    return back ? back : stop;
}
