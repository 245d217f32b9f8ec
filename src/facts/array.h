#pragma once
/* The elements of an array of one dimension whose text is known: ARRAY[1, $2], '{1,2}'. */

#include <stdbool.h>

#include "facts/query.h"

enum {
    MOST_ELEMENTS = 32,
    LONGEST_ELEMENTS = 512, /* bytes of a literal */
};

struct array {
    unsigned count;
    struct operand elements[MOST_ELEMENTS];
    char text[LONGEST_ELEMENTS]; /* of the elements of a literal */
};

/* Reads the elements of a value. False when it is not known to be an array, or one that is longer,
 * has quoted, nested or NULL elements (manual, 8.15.2): nothing is known of it then. The elements
 * may point into `array`, which must not be copied. */
bool array_read(struct array *array, const struct operand *value);
