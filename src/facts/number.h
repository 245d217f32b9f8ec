#pragma once
/* Numbers as they are written, compared without turning them into doubles: keys are bigint or
 * numeric, and 9007199254740993 is not 9007199254740992. */

#include <stdbool.h>

/* Compares two numeric constants exactly: `*order` becomes negative, 0 or positive. False when one
 * is not a decimal number with an optional sign, point, exponent and underscores (0x1F, NaN, words). */
bool number_compare(const char *a, const char *b, int *order);
