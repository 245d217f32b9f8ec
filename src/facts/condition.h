#pragma once
/* Conditions in normal form. What a statement writes in many ways is one thing here:
 *
 *     5 = id, id IN (5), id = ANY (ARRAY[5]), NOT (id <> 5)      id = 5
 *     id = 5 OR id = 6, id = ANY ('{5,6}')                       id IN (5, 6)
 *     flag, flag IS TRUE, flag <> false                          flag = true
 *     NOT (a = 1 AND b < 2)                                      a <> 1 OR b >= 2
 *     id BETWEEN 1 AND 5, id BETWEEN SYMMETRIC 5 AND 1           id >= 1, id <= 5
 *     id IN (VALUES (5)), id = (SELECT 5)                        id = 5
 *     1 = 1 AND id = 5, FALSE OR id = 5                          id = 5
 *
 * The value stands right, NOT stands only before what has no opposite (EXISTS, an operator of an
 * extension), AND does not stand inside AND nor OR inside OR. A restriction of an access has a
 * term, in which the column is always the access's own: that is what readers look at, and at the
 * sides of a condition those alone that tests/style/conditions names. */

#include <stdbool.h>

#include "base/arena.h"
#include "facts/query.h"

/* Brings a list of conjuncts into normal form, in place. Returns the first; the last one's `next`
 * is NULL. */
struct condition *condition_normalise(struct arena *arena, struct condition *conjuncts);

/* Whether both are one value wherever they stand in a statement, because they are written alike: 5
 * and 5, $1 and $1; not ? and ?. */
bool operand_is_written_as(const struct operand *a, const struct operand *b);

/* The comparison that holds when `comparison` does not, with the same operands; COMPARE_OTHER when
 * there is none. */
enum comparison comparison_negated(enum comparison comparison);

/* The comparison with its operands exchanged. */
enum comparison comparison_mirrored(enum comparison comparison);

/* Whether the two sides can be exchanged. */
bool condition_is_turnable(const struct condition *condition);

/* Whether it is TRUE, or FALSE, by itself. */
bool condition_is_constant(const struct condition *condition, bool value);

/* Whether it asks if this variable, a number of rows, is 0: n = 0, n > 0, n >= 1. */
bool condition_asks_for_any(const struct condition *condition, const char *variable);

/* The condition without the NOTs around it, each of which turns `*holds`. */
const struct condition *condition_positive(const struct condition *condition, bool *holds);

/* The variable that is NULL, or a flag that is not set, when the condition holds, or when it does not:
 * IF v IS NULL, IF NOT done. `*flag` tells which. NULL for any other condition. */
const char *condition_lacks(const struct condition *condition, bool holds, bool *flag);

/* Whether it asks if one of these variables is not 0, or is not equal to another one of them: v <> 0,
 * debit <> credit; not `holds`: whether it does not hold then. */
bool condition_asks_for_balance(const struct condition *condition, const char **variables,
                                bool holds);

/* Whether a column of the range stands in it. */
bool condition_uses(const struct condition *condition, const struct range *range);

/* Whether it names this column: of the range, or of any with NULL. */
bool condition_names(const struct condition *condition, const struct range *range,
                     const char *column);

/* Whether a column stands in it of which it is not known whose it is. */
bool condition_is_open(const struct condition *condition);

/* Whether a sub-SELECT stands in it. */
bool condition_has_query(const struct condition *condition);

/* The sub-SELECT of EXISTS; NULL of another condition. */
static inline const struct query *condition_exists(const struct condition *condition)
{
    return condition->kind == CONDITION_EXISTS ? condition->left.query : NULL;
}
