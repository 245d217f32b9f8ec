#pragma once
/* A term: what a condition says of one column of the rows that it restricts, `column comparison
 * value`. The column is the access's own, on whichever side of the condition it was written. */

#include "catalog/catalog.h"
#include "facts/condition.h"

/* Whether it is one of <, <=, >, >=, and of these whether it is one of the first two. */
static inline bool comparison_is_range(enum comparison comparison)
{
    return comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL;
}

static inline bool comparison_is_upper(enum comparison comparison)
{
    return comparison == COMPARE_LESS || comparison == COMPARE_LESS_EQUAL;
}

/* What a condition says of one column of the rows that it restricts. */
struct term {
    const char *column;          /* NULL: the condition is no comparison of one column */
    const struct operand *value; /* a list or an array for COMPARE_IN; of no kind for IS NULL */
    const struct condition *condition; /* that says it */
    enum comparison comparison : 8;
    bool of_row; /* the value is made of the same row: a = b */
};

/* The operator of COMPARE_OTHER; NULL for another comparison. */
static inline const char *term_operator(const struct term *term)
{
    return term->comparison == COMPARE_OTHER && term->condition->kind == CONDITION_COMPARE
               ? term->condition->operator_name
               : NULL;
}

/* Whether it compares a column with what does not come from the row. */
static inline bool term_binds(const struct term *term)
{
    return term->column && !term->of_row;
}

/* The term of a condition for rows of this range. */
struct term term_of(const struct condition *condition, const struct range *range);

/* What a condition says of a column or an expression by its text, whoever's it is: the predicate of
 * an index stands in no query. */
struct term term_by_text(const struct condition *condition);

/* What a term asks of rows of which only one shall be there: a value that each run brings, or a state that is
 * the same for all runs: archived = false, ended IS NULL. */
bool term_asks_value(const struct term *term);
bool term_asks_state(const struct term *term);

/* Whether it asks for one value, of whichever kind. */
bool term_asks_equal(const struct term *term);

/* What a condition asks an expression of one column to equal: lower(name) = lower($1). */
struct image {
    const char *column;          /* of the range */
    const char *expression;      /* canonical form, see operand.text */
    const struct operand *value; /* is made of no column */
};

/* Whether the condition is of that kind for the range, and what it says. */
bool condition_asks_image(const struct condition *condition, const struct range *range,
                          struct image *image);

/* Whether it is computed of no column or variable, or of several: f(), least(a, b). */
bool operand_is_computed(const struct operand *operand);

/* Whether it is made of several columns, variables or parameters: least(a, b). */
bool operand_is_of_several(const struct operand *operand);

/* Whether the operand is a bare column of the range. */
bool operand_is_column_of(const struct operand *operand, const struct range *range);

/* Whether two values are the same: equal constants, the same parameter or variable. */
enum answer operand_same_value(const struct operand *a, const struct operand *b);

/* Whether two terms of one column say the same. */
bool term_equals(const struct term *a, const struct term *b);

/* Whether the value satisfies the term; "no" only when it surely does not. */
enum answer term_holds_for(const struct term *term, const struct operand *value);

/* Two terms of one column: whether a value that satisfies one can satisfy the other as well. "Yes"
 * when one of them names values that do, or both say the same; "no" only when none can. */
enum answer terms_meet(const struct term *a, const struct term *b);

/* Whether each value that satisfies `fact` satisfies `wanted`: "yes" when what is written proves
 * it, "unknown" when that depends on a value that is filled in when the statement runs. */
enum answer term_implies(const struct term *fact, const struct term *wanted);

/* Whether the value is an integer or a decimal constant. */
bool operand_is_number(const struct operand *operand);

/* Whether every run of every program has the same value: constants, what is computed of them by
 * functions that are known to be immutable, and lists of such. */
bool operand_is_fixed(const struct operand *operand);
