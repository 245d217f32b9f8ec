#pragma once
/* Constants that one program alone has: nothing else in the files writes them, and where they stand
 * they are compared for being equal and nothing else. Which one it is makes no difference to any
 * other program. */

#include <stddef.h>

#include "corpus/corpus.h"

struct lone_values;

/* Those of these programs (struct transaction) of the corpus, to be freed. */
struct lone_values *lone_values_new(const struct corpus *corpus, const GPtrArray *programs);
void lone_values_free(struct lone_values *values);

/* Which of its program's it is, from 1 on in the order in which they are asked for; 0 when others
 * write it as well, or it is no constant. All of one program are asked for before those of the next
 * one. */
unsigned lone_value_number(struct lone_values *values, const struct transaction *program,
                           const char *text, size_t length);

/* The next run of letters, digits and underscores; false at the end. */
bool lone_value_next_word(const char **at, const char *end, const char **word, size_t *length);
