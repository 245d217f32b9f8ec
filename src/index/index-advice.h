#pragma once
/* Why no index finds the rows of an access, which one would, and how else the condition could be
 * written: the words that index-use.c collects on its way. The first reason is the one told. */

#include "base/arena.h"
#include "index/operator-class.h"
#include "program/access.h"

struct advice {
    struct arena *arena;
    const struct access *access;
    const char *reason, *index, *rewrite;
    bool arm; /* the condition at hand is an arm of an OR */
    /* Of the condition at hand: indexes on its column that do not serve. */
    const struct index *second, *partial, *operator;
};

/* Where nobody will read it: as if all had been said. */
struct advice advice_unasked(const struct access *access, struct arena *arena);

/* Sets the reason, unless there is one. */
void advice_reason(struct advice *advice, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* An index on the column does not begin with it, covers other rows, does not know the operator. */
void advice_mention_second(struct advice *advice, const struct index *index);
void advice_mention_partial(struct advice *advice, const struct index *index);
void advice_mention_operator(struct advice *advice, const struct index *index);

/* No index on this column, or on this expression, serves the comparison. A variable expression has
 * a function that is not known to be IMMUTABLE. */
void advice_for_column(struct advice *advice, const char *column,
                       const struct comparison_of *comparison);
void advice_for_expression(struct advice *advice, const char *expression,
                           const struct comparison_of *comparison, bool variable);

/* value = ANY(column) */
void advice_array(struct advice *advice, const char *column, const struct operand *value);

/* column::type = value */
void advice_cast(struct advice *advice, const struct operand *side, const struct column *column);

/* The value's type makes the server convert the column. */
void advice_type(struct advice *advice, const struct column *column, const char *type,
                 const struct operand *value);

/* column = currval('…') */
void advice_volatile(struct advice *advice);

/* The reason to tell. */
const char *advice_final_reason(const struct advice *advice);
