#include "base/words.h"

#include <string.h>

/* What tells names apart as a rule: their length, their ends and their middle. */
static size_t place_of(const char *word, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)word;

    if (length == 0)
        return 0;
    return (length + bytes[0] * 7u + bytes[length / 2] * 31u + bytes[length - 1] * 131u) %
           REMEMBERED_WORDS;
}

const char *words_copy(struct words *words, struct arena *arena, const char *word)
{
    size_t length = strlen(word);

    if (!words)
        return arena_strndup(arena, word, length);
    const char **last = &words->last[place_of(word, length)];
    if (!*last || strcmp(*last, word) != 0)
        *last = arena_strndup(arena, word, length);
    return *last;
}
