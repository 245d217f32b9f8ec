/* Where the prefix of a line of stderr ends: at the word that says what the line is. */
#include "log/prefix.h"

#include <string.h>

#include <glib.h>

/* "13:35:20 EESTERROR": the prefix ends with a time zone, and without a blank. */
static bool is_behind_zone(const char *line, const char *start)
{
    return start - line > 2 && start[-1] == ' ' && g_ascii_isdigit(start[-2]);
}

static bool ends_with(struct piece word, const char *label)
{
    size_t length = strlen(label);

    return word.length > length && memcmp(word.at + word.length - length, label, length) == 0;
}

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
            if (ends_with(word, labels[i]) && is_behind_zone(line, start))
                return piece_after(word, word.length - strlen(labels[i]));
        }
    }
    return (struct piece){line, 0};
}
