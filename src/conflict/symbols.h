#pragma once
/* Values of programs before they are numbers: constants, and what is not known until a program
 * runs, its parameters for instance. Two that must be equal are united; then each gets a number. */

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "program/access.h"

enum { MOST_SYMBOLS = 128, NO_SYMBOL = -1 };

struct symbol {
    const char *text;  /* of a constant or parameter */
    const void *owner; /* what it belongs to, when no other has the same text; or NULL */
    short parent;      /* in the tree of those that are equal; itself at the root */
    unsigned char run;
    bool constant;
    bool numbered;
    short number;
};

struct symbols {
    unsigned count;
    bool overflow; /* there were more: nothing is known of them */
    struct symbol symbols[MOST_SYMBOLS];
};

/* Copies what is in use. */
static inline void symbols_copy(struct symbols *to, const struct symbols *from)
{
    memcpy(to, from, offsetof(struct symbols, symbols) + from->count * sizeof *from->symbols);
}

static inline void symbols_clear(struct symbols *symbols)
{
    symbols->count = 0;
    symbols->overflow = false;
}

/* The symbol of a value that an access of a run compares a column with, or writes to it. NO_SYMBOL
 * when the value depends on a row. */
short symbols_of(struct symbols *symbols, unsigned run, const struct access *access,
                 const struct operand *operand);

/* A value that only `owner` of this run has. */
short symbols_made(struct symbols *symbols, unsigned run, const void *owner, const char *text);

/* Makes two values one. Returns false when they are different constants. */
bool symbols_unite(struct symbols *symbols, short a, short b);

/* Whether they have been made one, or are the same constant. */
bool symbols_equal(const struct symbols *symbols, short a, short b);

/* Whether it is a constant, or equal to one. */
bool symbols_is_constant(const struct symbols *symbols, short symbol);

/* The number of a value. Constants that are small integers are their own number; what is not known
 * gets one that no constant has. */
short symbols_number(struct symbols *symbols, short symbol);

/* Gives a value that is not known a number of the caller's choice. */
void symbols_set_number(struct symbols *symbols, short symbol, short number);
bool symbols_is_open(const struct symbols *symbols, short symbol);

/* Whether two parameters of a run are equal that `distinct` (a, b, …, NULL) calls different. */
bool symbols_break(const struct symbols *symbols, unsigned run, const char *const *distinct);
