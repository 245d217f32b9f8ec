#pragma once
/* Copies of words, of which a text has few and says them often: the names of its schemas, tables and
 * columns. The last word of each number is remembered and is not copied again. */

#include <stddef.h>

#include "base/arena.h"

enum { REMEMBERED_WORDS = 256 };

/* A zeroed struct words is ready for use. All that it remembers is of one arena. */
struct words {
    const char *last[REMEMBERED_WORDS];
};

/* The word, in the arena: a copy of it, or an earlier one; with `words` NULL always a copy. Nobody may
 * change it. */
const char *words_copy(struct words *words, struct arena *arena, const char *word);
