/* Sums: what is added to a column, as far as the grammar tells. All sums of one column commute. And what
 * aggregate functions make of many rows. */
#include "query/lower.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

enum { LARGEST_SUMMAND = 500 };

static bool is_column(const Node *node)
{
    return node && IsA(node, ColumnRef);
}

static bool is_scalar_query(const Node *node)
{
    return IsA(node, SubLink) && ((const SubLink *)node)->subLinkType == EXPR_SUBLINK;
}

/* "+" or "-" of two operands; '\0' when it is anything else: + a is none. */
static char sign_of(const A_Expr *expr)
{
    if (expr->kind != AEXPR_OP || list_length(expr->name) != 1 || !expr->lexpr)
        return '\0';
    const char *name = strVal(linitial(expr->name));
    return strcmp(name, "+") == 0 || strcmp(name, "-") == 0 ? *name : '\0';
}

/* Whether what is added to the column is taken from it, and what it is, when that is written there
 * and a small number. */
static void describe_sum(const struct lowering *lowering, const A_Expr *expr,
                         struct operand *operand)
{
    const A_Const *added = (const A_Const *)(is_column(expr->lexpr) ? expr->rexpr : expr->lexpr);

    if (!IsA(added, A_Const) || added->isnull || !IsA(&added->val.node, Integer) ||
        script_placeholder(lowering->script, lower_offset(lowering, added->location)) ||
        abs(added->val.ival.ival) > LARGEST_SUMMAND)
        return;
    operand->summand = operand->minus ? -added->val.ival.ival : added->val.ival.ival;
}

/* Of the columns and variables that an operand is made of, whether one alone is a column. */
static bool has_one_column(const struct operand *operand)
{
    const struct column_use *use = operand->uses;
    unsigned columns = 0;

    for (uint32_t i = 0; i < operand->use_count; i++, use = use->next)
        columns += !use->variable;
    return columns == 1;
}

void lower_sum(const struct lowering *lowering, const A_Expr *expr, struct operand *operand)
{
    char sign = sign_of(expr);

    if (!sign)
        return;
    bool left = is_column(expr->lexpr), right = is_column(expr->rexpr);
    operand->sum =
        (left || (right && sign == '+')) && !operand->has_query && has_one_column(operand);
    operand->added = (left && (right || is_scalar_query(expr->rexpr))) ||
                     (right && sign == '+' && is_scalar_query(expr->lexpr));
    operand->minus = (operand->sum || operand->added) && sign == '-';
    if (operand->sum)
        describe_sum(lowering, expr, operand);
}

void lower_aggregate(struct query *query, const FuncCall *node, const char *name)
{
    bool min_max = (strcmp(name, "min") == 0 || strcmp(name, "max") == 0) && node->args &&
                   IsA(linitial(node->args), ColumnRef) && !node->agg_filter;
    bool first = !query->aggregates;

    query->only_min_max = min_max && (first || query->only_min_max);
    query->only_counts = strcmp(name, "count") == 0 && (first || query->only_counts);
    query->only_sums =
        strcmp(name, "sum") == 0 && !node->agg_distinct && (first || query->only_sums);
    query->only_collects = g_str_has_suffix(name, "agg") && (first || query->only_collects);
    query->aggregates = true;
}
