/* Where the prefix of a line of stderr ends: at the word that says what the line is. */
#include "log/prefix.h"

#include <string.h>

#include <glib.h>

struct piece prefix_label(const char *line, size_t length, unsigned blanks)
{
    static const char *const labels[] = {"LOG",    "DETAIL",   "STATEMENT", "ERROR",  "CONTEXT",
                                         "HINT",   "FATAL",    "WARNING",   "NOTICE", "INFO",
                                         "PANIC",  "LOCATION", "QUERY",     "DEBUG",  "DEBUG1",
                                         "DEBUG2", "DEBUG3",   "DEBUG4",    "DEBUG5"};
    const char *at = line, *end = line + length;

    while (at < end && (at = memchr(at, ':', (size_t)(end - at)))) {
        const char *start = at;
        while (start > line && (g_ascii_isupper(start[-1]) || g_ascii_isdigit(start[-1])))
            start--;
        struct piece word = {start, (size_t)(at - start)};
        at++;
        if (end - at < blanks || at[0] != ' ' || at[blanks - 1] != ' ')
            continue;
        for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
            if (piece_is(word, labels[i]))
                return word;
        }
    }
    return (struct piece){line, 0};
}
