#pragma once
/* What is unusual about the bytes of a text: encodings of which characters have two or four bytes, told by
 * their byte order mark; and line ends of old Macs. */

#include <stddef.h>
#include <string.h>

#include <glib.h>

/* "UTF-16", "UTF-32", or NULL. */
static inline const char *wide_encoding(const char *bytes, size_t size)
{
    if (size >= 4 &&
        (memcmp(bytes, "\xFF\xFE\0\0", 4) == 0 || memcmp(bytes, "\0\0\xFE\xFF", 4) == 0))
        return "UTF-32";
    return size >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0)
               ? "UTF-16"
               : NULL;
}

/* A carriage return alone ends a line for editors, for the server's scanner and where its messages
 * count lines: the text gets a line feed of the same width, and the file as it is is kept for repairs. */
static inline char *with_line_feeds(char *text, size_t size)
{
    char *stored = NULL, *at = text;

    while ((at = memchr(at, '\r', (size_t)(text + size - at)))) {
        if (at[1] != '\n') { /* a NUL follows the last byte */
            if (!stored)
                stored = g_memdup2(text, size + 1);
            *at = '\n';
        }
        at++;
    }
    return stored;
}
