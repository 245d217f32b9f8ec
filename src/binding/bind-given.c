/* MERGE INTO t USING (VALUES ($1, $2)) AS s (id, n) ON t.id = s.id, UPDATE … FROM (SELECT 1 AS id) s:
 * what a statement is given in one row that is written in it. Its columns are these values, whatever
 * they are called. */
#include "binding/binder.h"

const struct operand *bind_given(struct binder *binder, const struct operand *operand)
{
    const struct column_use *use = operand->kind == OPERAND_COLUMN ? operand->uses : NULL;
    const struct operand *given = use && use->name ? range_gives(use->range, use->name) : NULL;

    if (!given || (operand->cast && given->cast))
        return operand;
    struct operand *value = arena_new(binder->arena, struct operand);
    *value = *given;
    value->cast = operand->cast ? operand->cast : value->cast;
    value->element = operand->element;
    return value;
}
