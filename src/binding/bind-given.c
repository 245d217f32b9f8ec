/* MERGE INTO t USING (VALUES ($1, $2)) AS s (id, n) ON t.id = s.id, UPDATE … FROM (SELECT 1 AS id) s:
 * what a statement is given in one row that is written in it. Its columns are these values, whatever
 * they are called. */
#include "binding/binder.h"

#include <string.h>

/* VALUES with one row, or SELECT of nothing but values. */
static bool has_one_row(const struct query *source)
{
    if (source->kind == QUERY_VALUES)
        return source->one_row && !source->rest->limit;
    return !source->ranges && !source->conditions && query_is_plain(source);
}

const struct operand *bind_given(struct binder *binder, const struct operand *operand)
{
    const struct column_use *use = operand->kind == OPERAND_COLUMN ? operand->uses : NULL;
    const struct range *range = use ? use->range : NULL;

    if (!range || !use->name || range->nullable || !range_query(range) ||
        !has_one_row(range->query))
        return operand;
    const struct output *output = range->query->outputs;
    while (output && g_strcmp0(output->name, use->name) != 0)
        output = output->next;
    if (!output ||
        (output->operand.kind != OPERAND_CONSTANT && output->operand.kind != OPERAND_PARAMETER &&
         output->operand.kind != OPERAND_VARIABLE) ||
        (operand->cast && output->operand.cast))
        return operand;
    struct operand *value = arena_new(binder->arena, struct operand);
    *value = output->operand;
    value->cast = operand->cast ? operand->cast : value->cast;
    value->element = operand->element;
    return value;
}
