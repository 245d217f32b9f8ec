#pragma once
/* Places in a text as an editor says them: lines and characters count from 0, a character is a byte
 * of UTF-8, a code unit of UTF-16 or a whole character, whichever was agreed upon (Language Server Protocol 3.17,
 * "Position"). Lines end with \n, \r\n or \r. */

#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF16,
    ENCODING_UTF32,
};

/* "utf-16", as the protocol names it. */
const char *encoding_name(enum encoding encoding);

struct place {
    size_t line, character;
};

static inline bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Where each line of the text begins: size_t, at least one. Owned by the caller. */
GArray *lines_of(const char *text, size_t size);

/* The place of an offset; one past the end of the text is at its end. */
struct place place_of(const char *text, size_t size, const GArray *lines, size_t offset,
                      enum encoding encoding);

/* The offset of a place: behind the end of a line it is that end, behind the last line the end of
 * the text, and within a character its beginning. */
size_t place_offset(const char *text, size_t size, const GArray *lines, struct place place,
                    enum encoding encoding);
