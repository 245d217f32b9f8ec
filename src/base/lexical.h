#pragma once
/* What PostgreSQL's scanner takes for a name (manual, 4.1.1): letters, digits, "_", "$" and every
 * byte outside ASCII. A bit for each byte of ASCII says it. */

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static inline bool is_name_start(unsigned char c)
{
    static const uint64_t starts[2] = {0, UINT64_C(0x07fffffe87fffffe)};

    return c >= 0x80 || (starts[c >> 6] >> (c & 63)) & 1;
}

static inline bool is_name_part(unsigned char c)
{
    static const uint64_t parts[2] = {UINT64_C(0x03ff001000000000), UINT64_C(0x07fffffe87fffffe)};

    return c >= 0x80 || (parts[c >> 6] >> (c & 63)) & 1;
}

/* Where a comment "-- …" that begins at `at` ends: before the next line feed or carriage return
 * (src/backend/parser/scan.l, non_newline), or at `end`. */
static inline const char *line_comment_end(const char *at, const char *end)
{
    const char *feed = memchr(at, '\n', (size_t)(end - at));
    const char *stop = feed ? feed : end, *back = memchr(at, '\r', (size_t)(stop - at));

    return back ? back : stop;
}
