#pragma once
/* Encodings of which characters have two or four bytes, told by their byte order mark. */

#include <stddef.h>
#include <string.h>

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
