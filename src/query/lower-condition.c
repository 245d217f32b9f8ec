/* Conditions: a WHERE becomes a list of conjuncts, each of which says which column is compared with
 * what. */
#include "query/lower.h"

#include <string.h>

#include "facts/condition.h"
#include "facts/number.h"

static void lower_tree(struct lowering *lowering, Node *node, struct condition ***end);

static struct condition *add_condition(struct lowering *lowering, struct condition ***end,
                                       enum condition_kind kind)
{
    struct condition *condition = arena_new(lowering->arena, struct condition);

    condition->kind = kind;
    **end = condition;
    *end = &condition->next;
    return condition;
}

static enum comparison comparison_of(const char *name)
{
    static const struct {
        const char *name;
        enum comparison comparison;
    } comparisons[] = {
        {"=", COMPARE_EQUAL},          {"<>", COMPARE_NOT_EQUAL},  {"!=", COMPARE_NOT_EQUAL},
        {"<", COMPARE_LESS},           {"<=", COMPARE_LESS_EQUAL}, {">", COMPARE_GREATER},
        {">=", COMPARE_GREATER_EQUAL}, {"~~", COMPARE_LIKE},       {"~~*", COMPARE_ILIKE},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(comparisons); i++) {
        if (strcmp(comparisons[i].name, name) == 0)
            return comparisons[i].comparison;
    }
    return COMPARE_OTHER;
}

/* (SELECT …) > 0 */
static bool compares_query(const Node *node)
{
    const A_Expr *expr = (const A_Expr *)node;

    return IsA(node, A_Expr) && expr->kind == AEXPR_OP && list_length(expr->name) == 1 &&
           expr->lexpr && IsA(expr->lexpr, SubLink) &&
           ((const SubLink *)expr->lexpr)->subLinkType == EXPR_SUBLINK;
}

void lower_query_again(struct lowering *lowering, const Node *node, struct condition **end)
{
    const BoolExpr *negation = IsA(node, BoolExpr) ? (const BoolExpr *)node : NULL;
    struct query *inner = lowering->level.query->inner;
    const struct operand again = {.kind = OPERAND_QUERY, .has_query = true, .query = inner};

    if (compares_query(node) && !inner->exists && !inner->next) {
        const A_Expr *expr = (const A_Expr *)node;
        struct condition *comparison = add_condition(lowering, &end, CONDITION_COMPARE);
        comparison->comparison = comparison_of(strVal(linitial(expr->name)));
        comparison->left = again;
        comparison->right = lower_operand(lowering, expr->rexpr, true);
        return;
    }
    if (negation)
        node = linitial(negation->args);
    if (!inner->exists || inner->next || !IsA(node, SubLink) ||
        (negation && negation->boolop != NOT_EXPR))
        return;
    if (negation)
        end = &add_condition(lowering, &end, CONDITION_NOT)->children;
    struct condition *exists = add_condition(lowering, &end, CONDITION_EXISTS);
    exists->left = again;
}

static void compare(struct lowering *lowering, struct condition *condition, Node *left, Node *right)
{
    condition->left = lower_operand(lowering, left, true);
    condition->right = lower_operand(lowering, right, true);
}

/* A condition that must hold, or must not. */
static void lower_truth(struct lowering *lowering, Node *node, bool holds, struct condition ***end)
{
    if (holds) {
        lower_tree(lowering, node, end);
        return;
    }
    struct condition **child = &add_condition(lowering, end, CONDITION_NOT)->children;
    lower_tree(lowering, node, &child);
}

/* (a, b) = (1, 2), and (a, b) IN ((1, 2)), is a = 1 AND b = 2. */
static bool compare_rows(struct lowering *lowering, const A_Expr *expr, struct condition ***end)
{
    Node *other = expr->rexpr;
    ListCell *left, *right;

    if (expr->kind == AEXPR_IN && other && IsA(other, List) && list_length((List *)other) == 1)
        other = linitial((List *)other);
    if (!IsA(expr->lexpr, RowExpr) || !other || !IsA(other, RowExpr))
        return false;
    const List *lefts = ((RowExpr *)expr->lexpr)->args, *rights = ((RowExpr *)other)->args;
    if (list_length(lefts) != list_length(rights))
        return false;
    forboth(left, lefts, right, rights)
    {
        struct condition *condition = add_condition(lowering, end, CONDITION_COMPARE);
        condition->comparison = COMPARE_EQUAL;
        compare(lowering, condition, lfirst(left), lfirst(right));
    }
    return true;
}

/* (a = 1) = true, (a IS NULL) <> false: the condition, and whether it must hold; NULL when what is
 * compared with the constant may be something else (simplify_boolean_equality in
 * optimizer/util/clauses.c). */
static Node *condition_compared(const A_Expr *expr, enum comparison comparison, bool *holds)
{
    Node *sides[] = {expr->lexpr, expr->rexpr};

    if (expr->kind != AEXPR_OP || comparison > COMPARE_NOT_EQUAL || !expr->lexpr)
        return NULL;
    for (size_t i = 0; i < G_N_ELEMENTS(sides); i++) {
        const A_Const *constant = (A_Const *)sides[i];
        Node *other = sides[1 - i];
        if (!IsA(constant, A_Const) || constant->isnull || !IsA(&constant->val, Boolean))
            continue;
        *holds = constant->val.boolval.boolval == (comparison == COMPARE_EQUAL);
        if (IsA(other, BoolExpr) || IsA(other, NullTest) ||
            (IsA(other, A_Expr) && ((A_Expr *)other)->kind != AEXPR_NULLIF &&
             comparison_of(strVal(llast(((A_Expr *)other)->name))) != COMPARE_OTHER))
            return other;
    }
    return NULL;
}

static struct condition *add_bound(struct lowering *lowering, struct condition ***end,
                                   enum comparison comparison, const struct operand *left,
                                   const struct operand *bound)
{
    struct condition *condition = add_condition(lowering, end, CONDITION_COMPARE);

    condition->comparison = comparison;
    condition->left = *left;
    condition->right = *bound;
    return condition;
}

static void add_bounds(struct lowering *lowering, struct condition ***end,
                       const struct operand *left, const struct operand *low,
                       const struct operand *high)
{
    add_bound(lowering, end, COMPARE_GREATER_EQUAL, left, low);
    add_bound(lowering, end, COMPARE_LESS_EQUAL, left, high);
}

static bool is_number(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT &&
           (operand->literal == LITERAL_INTEGER || operand->literal == LITERAL_DECIMAL);
}

/* x BETWEEN SYMMETRIC a AND b is x BETWEEN a AND b OR x BETWEEN b AND a (transformAExprBetween in
 * parser/parse_expr.c). The operands are not lowered twice: they may hold another BETWEEN. */
static void lower_between(struct lowering *lowering, const A_Expr *expr, struct condition ***end)
{
    List *bounds = (List *)expr->rexpr;
    struct operand left = lower_operand(lowering, expr->lexpr, true);
    struct operand low = lower_operand(lowering, linitial(bounds), true);
    struct operand high = lower_operand(lowering, lsecond(bounds), true);
    int order;

    if (operand_is_written_as(&low, &high)) {
        add_bound(lowering, end, COMPARE_EQUAL, &left, &low);
        return;
    }
    if (expr->kind == AEXPR_BETWEEN_SYM && is_number(&low) && is_number(&high) &&
        number_compare(low.text, high.text, &order)) {
        add_bounds(lowering, end, &left, order < 0 ? &low : &high, order < 0 ? &high : &low);
        return;
    }
    if (expr->kind == AEXPR_BETWEEN) {
        add_bounds(lowering, end, &left, &low, &high);
        return;
    }
    struct condition *either = add_condition(lowering, end, CONDITION_OR);
    struct condition **arms = &either->children;
    for (int i = 0; i < 2; i++) {
        struct condition *arm = add_condition(lowering, &arms, CONDITION_AND);
        struct condition **parts = &arm->children;
        add_bounds(lowering, &parts, &left, i == 0 ? &low : &high, i == 0 ? &high : &low);
    }
}

static void lower_comparison(struct lowering *lowering, const A_Expr *expr, struct condition ***end)
{
    const char *name = strVal(llast(expr->name));
    enum comparison comparison = comparison_of(name);
    struct condition *condition;
    bool holds;

    Node *compared = condition_compared(expr, comparison, &holds);
    if (compared) {
        lower_truth(lowering, compared, holds, end);
        return;
    }
    if ((expr->kind == AEXPR_OP || expr->kind == AEXPR_IN) && comparison == COMPARE_EQUAL &&
        expr->lexpr && compare_rows(lowering, expr, end))
        return;
    if (expr->kind == AEXPR_NOT_BETWEEN || expr->kind == AEXPR_NOT_BETWEEN_SYM) {
        condition = add_condition(lowering, end, CONDITION_NOT);
        A_Expr positive = *expr;
        positive.kind = expr->kind == AEXPR_NOT_BETWEEN ? AEXPR_BETWEEN : AEXPR_BETWEEN_SYM;
        struct condition **children = &condition->children;
        lower_comparison(lowering, &positive, &children);
        return;
    }
    if (expr->kind == AEXPR_BETWEEN || expr->kind == AEXPR_BETWEEN_SYM) {
        lower_between(lowering, expr, end);
        return;
    }
    condition = add_condition(lowering, end, CONDITION_COMPARE);
    condition->comparison = comparison;
    if (comparison == COMPARE_OTHER)
        condition->operator_name = lower_string(lowering, name);
    switch (expr->kind) {
    case AEXPR_IN:
        condition->comparison = comparison == COMPARE_EQUAL ? COMPARE_IN : COMPARE_NOT_IN;
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        break;
    case AEXPR_OP_ANY:
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        if (comparison == COMPARE_EQUAL)
            condition->comparison = COMPARE_IN;
        condition->right.element = true;
        break;
    case AEXPR_OP_ALL:
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        condition->comparison = comparison == COMPARE_NOT_EQUAL ? COMPARE_NOT_IN : COMPARE_OTHER;
        condition->operator_name = "ALL";
        condition->right.element = true;
        break;
    case AEXPR_DISTINCT:
        condition->comparison = COMPARE_OTHER;
        condition->operator_name = "IS DISTINCT FROM";
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        break;
    case AEXPR_NOT_DISTINCT:
        condition->comparison = COMPARE_OTHER;
        condition->operator_name = "IS NOT DISTINCT FROM";
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        break;
    case AEXPR_NULLIF:
    case AEXPR_SIMILAR:
        condition->comparison = COMPARE_OTHER;
        condition->operator_name = "SIMILAR TO";
        compare(lowering, condition, expr->lexpr, expr->rexpr);
        break;
    default:
        compare(lowering, condition, expr->lexpr, expr->rexpr);
    }
}

/* An arm of OR may be several conjuncts: AND, BETWEEN, a comparison of rows. */
static void lower_children(struct lowering *lowering, List *nodes, struct condition *parent)
{
    struct condition **end = &parent->children;
    ListCell *cell;

    foreach (cell, nodes) {
        struct condition *first = NULL, **last = &first;
        lower_tree(lowering, lfirst(cell), &last);
        if (parent->kind == CONDITION_OR && first && first->next) {
            struct condition *arm = add_condition(lowering, &end, CONDITION_AND);
            arm->children = first;
        } else if (first) {
            *end = first;
            end = last;
        }
    }
}

static void lower_boolean(struct lowering *lowering, const BoolExpr *expr, struct condition ***end)
{
    ListCell *cell;

    switch (expr->boolop) {
    case AND_EXPR:
        foreach (cell, expr->args)
            lower_tree(lowering, lfirst(cell), end);
        break;
    case OR_EXPR:
        lower_children(lowering, expr->args, add_condition(lowering, end, CONDITION_OR));
        break;
    case NOT_EXPR:
        lower_children(lowering, expr->args, add_condition(lowering, end, CONDITION_NOT));
        break;
    }
}

static void lower_sublink_condition(struct lowering *lowering, SubLink *link,
                                    struct condition ***end)
{
    struct condition *condition;

    struct operand values;

    if (link->subLinkType == ANY_SUBLINK && !link->operName &&
        lower_values(lowering, link->subselect, &values)) { /* IN (VALUES (1), (2)) */
        condition = add_condition(lowering, end, CONDITION_COMPARE);
        condition->comparison = COMPARE_IN;
        condition->left = lower_operand(lowering, link->testexpr, true);
        condition->right = values;
        return;
    }
    if (link->subLinkType == EXISTS_SUBLINK) {
        condition = add_condition(lowering, end, CONDITION_EXISTS);
    } else {
        condition = add_condition(lowering, end, CONDITION_COMPARE);
        condition->left = lower_operand(lowering, link->testexpr, true);
        condition->comparison = COMPARE_OTHER;
        condition->operator_name = "ANY";
        if (link->subLinkType == ANY_SUBLINK &&
            (!link->operName || strcmp(strVal(llast(link->operName)), "=") == 0))
            condition->comparison = COMPARE_IN;
        else if (link->subLinkType == ALL_SUBLINK &&
                 strcmp(strVal(llast(link->operName)), "<>") == 0)
            condition->comparison = COMPARE_NOT_IN;
        else if (link->subLinkType == EXPR_SUBLINK)
            condition->comparison = COMPARE_TRUE;
    }
    struct operand *side =
        condition->comparison == COMPARE_TRUE || condition->kind == CONDITION_EXISTS
            ? &condition->left
            : &condition->right;
    side->kind = OPERAND_QUERY;
    side->has_query = true;
    side->query = lower_sublink(lowering, link);
}

static void lower_tree(struct lowering *lowering, Node *node, struct condition ***end)
{
    struct condition *condition;

    if (!node)
        return;
    if (lowering->depth >= LOWER_DEPTH) {
        lowering->too_deep = true;
        return;
    }
    lowering->depth++;
    switch (nodeTag(node)) {
    case T_BoolExpr:
        lower_boolean(lowering, (BoolExpr *)node, end);
        break;
    case T_A_Expr:
        lower_comparison(lowering, (A_Expr *)node, end);
        break;
    case T_SubLink:
        lower_sublink_condition(lowering, (SubLink *)node, end);
        break;
    case T_NullTest: {
        const NullTest *test = (NullTest *)node;
        condition = add_condition(lowering, end, CONDITION_COMPARE);
        condition->left = lower_operand(lowering, (Node *)test->arg, true);
        condition->comparison =
            test->nulltesttype == IS_NULL ? COMPARE_IS_NULL : COMPARE_IS_NOT_NULL;
        break;
    }
    case T_A_Const:
        condition = add_condition(lowering, end, CONDITION_CONSTANT);
        condition->left = lower_operand(lowering, node, false);
        break;
    case T_BooleanTest: {
        const BooleanTest *test = (BooleanTest *)node;
        lower_truth(lowering, (Node *)test->arg,
                    test->booltesttype == IS_TRUE || test->booltesttype == IS_NOT_FALSE, end);
        break;
    }
    default:
        condition = add_condition(lowering, end, CONDITION_COMPARE);
        condition->left = lower_operand(lowering, node, true);
        condition->comparison = COMPARE_TRUE;
    }
    lowering->depth--;
}

void lower_condition(struct lowering *lowering, Node *node, struct condition ***end)
{
    struct condition **first = *end;

    lower_tree(lowering, node, end);
    *first = condition_normalise(lowering->arena, *first);
    for (*end = first; **end; *end = &(**end)->next)
        continue;
}
