#include "facts/condition.h"

#include <string.h>

#include <glib.h>

/* ------------------------------------------------------------------ comparisons */

enum comparison comparison_negated(enum comparison comparison)
{
    static const enum comparison opposite[] = {
        [COMPARE_EQUAL] = COMPARE_NOT_EQUAL,     [COMPARE_NOT_EQUAL] = COMPARE_EQUAL,
        [COMPARE_LESS] = COMPARE_GREATER_EQUAL,  [COMPARE_LESS_EQUAL] = COMPARE_GREATER,
        [COMPARE_GREATER] = COMPARE_LESS_EQUAL,  [COMPARE_GREATER_EQUAL] = COMPARE_LESS,
        [COMPARE_IN] = COMPARE_NOT_IN,           [COMPARE_NOT_IN] = COMPARE_IN,
        [COMPARE_LIKE] = COMPARE_OTHER,          [COMPARE_ILIKE] = COMPARE_OTHER,
        [COMPARE_IS_NULL] = COMPARE_IS_NOT_NULL, [COMPARE_IS_NOT_NULL] = COMPARE_IS_NULL,
        [COMPARE_TRUE] = COMPARE_OTHER,          [COMPARE_OTHER] = COMPARE_OTHER,
    };

    return opposite[comparison];
}

enum comparison comparison_mirrored(enum comparison comparison)
{
    switch (comparison) {
    case COMPARE_LESS:
        return COMPARE_GREATER;
    case COMPARE_LESS_EQUAL:
        return COMPARE_GREATER_EQUAL;
    case COMPARE_GREATER:
        return COMPARE_LESS;
    case COMPARE_GREATER_EQUAL:
        return COMPARE_LESS_EQUAL;
    default:
        return comparison;
    }
}

/* Operators as seen from the other side; NULL when that is not known. */
static const char *operator_commuted(const char *name)
{
    static const char *const pairs[][2] = {{"<@", "@>"},
                                           {"@>", "<@"},
                                           {"&&", "&&"},
                                           {"@@", "@@"},
                                           {"<<", ">>"},
                                           {">>", "<<"},
                                           {"<<=", ">>="},
                                           {">>=", "<<="},
                                           {"-|-", "-|-"},
                                           {"~=", "~="},
                                           {"%", "%"},
                                           {"IS DISTINCT FROM", "IS DISTINCT FROM"},
                                           {"IS NOT DISTINCT FROM", "IS NOT DISTINCT FROM"}};

    for (size_t i = 0; name && i < G_N_ELEMENTS(pairs); i++) {
        if (strcmp(pairs[i][0], name) == 0)
            return pairs[i][1];
    }
    return NULL;
}

/* Patterns, and operators that have a name when they do not hold. */
static bool negate_operator(struct condition *condition)
{
    static const struct {
        enum comparison comparison;
        const char *name;
    } pairs[][2] = {
        {{COMPARE_LIKE, NULL}, {COMPARE_OTHER, "!~~"}},
        {{COMPARE_ILIKE, NULL}, {COMPARE_OTHER, "!~~*"}},
        {{COMPARE_OTHER, "~"}, {COMPARE_OTHER, "!~"}},
        {{COMPARE_OTHER, "~*"}, {COMPARE_OTHER, "!~*"}},
        {{COMPARE_OTHER, "IS DISTINCT FROM"}, {COMPARE_OTHER, "IS NOT DISTINCT FROM"}},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        for (size_t j = 0; j < 2; j++) {
            if (condition->comparison == pairs[i][j].comparison &&
                (condition->comparison != COMPARE_OTHER ||
                 g_strcmp0(condition->operator_name, pairs[i][j].name) == 0)) {
                condition->comparison = pairs[i][1 - j].comparison;
                condition->operator_name = pairs[i][1 - j].name;
                return true;
            }
        }
    }
    return false;
}

/* ------------------------------------------------------------------ one comparison */

static bool is_literal(const struct operand *operand, enum literal literal)
{
    return operand->kind == OPERAND_CONSTANT && operand->literal == literal;
}

static void make_boolean(struct operand *operand, bool value)
{
    struct span span = operand->span;

    *operand = (struct operand){.kind = OPERAND_CONSTANT,
                                .literal = LITERAL_BOOLEAN,
                                .text = value ? "true" : "false",
                                .span = span};
}

/* A flag by itself, and one that is not what it is compared with. */
static void simplify_flag(struct condition *condition)
{
    if (condition->comparison == COMPARE_TRUE && condition->left.kind == OPERAND_COLUMN) {
        condition->comparison = COMPARE_EQUAL;
        make_boolean(&condition->right, true);
    } else if (condition->comparison == COMPARE_NOT_EQUAL &&
               is_literal(&condition->right, LITERAL_BOOLEAN)) {
        condition->comparison = COMPARE_EQUAL;
        make_boolean(&condition->right, strcmp(condition->right.text, "true") != 0);
    }
}

/* ARRAY[1, 2] and (1, 2) are one list, and a list of one is a value. */
static void simplify_list(struct condition *condition)
{
    struct operand *list = &condition->right;
    bool in = condition->comparison == COMPARE_IN;

    if ((!in && condition->comparison != COMPARE_NOT_IN) || list->kind != OPERAND_LIST)
        return;
    list->element = false;
    if (!list->items || list->items->next || condition->left.kind == OPERAND_LIST)
        return;
    struct operand only = list->items->operand;
    *list = only;
    condition->comparison = in ? COMPARE_EQUAL : COMPARE_NOT_EQUAL;
}

/* x IS NOT DISTINCT FROM NULL is x IS NULL. */
static void simplify_distinct(struct condition *condition)
{
    if (condition->comparison != COMPARE_OTHER || !condition->operator_name ||
        !is_literal(&condition->right, LITERAL_NULL))
        return;
    if (strcmp(condition->operator_name, "IS DISTINCT FROM") == 0)
        condition->comparison = COMPARE_IS_NOT_NULL;
    else if (strcmp(condition->operator_name, "IS NOT DISTINCT FROM") == 0)
        condition->comparison = COMPARE_IS_NULL;
    else
        return;
    condition->operator_name = NULL;
    condition->right = (struct operand){.kind = OPERAND_NONE};
}

bool condition_is_turnable(const struct condition *condition)
{
    switch (condition->comparison) {
    case COMPARE_EQUAL:
    case COMPARE_NOT_EQUAL:
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        return true;
    case COMPARE_OTHER:
        return operator_commuted(condition->operator_name) != NULL;
    default:
        return false;
    }
}

static void turn(struct condition *condition)
{
    struct operand left = condition->left;

    if (operand_has_columns(&left) || !operand_has_columns(&condition->right) ||
        condition->right.element || !condition_is_turnable(condition))
        return;
    condition->left = condition->right;
    condition->right = left;
    if (condition->comparison == COMPARE_OTHER)
        condition->operator_name = operator_commuted(condition->operator_name);
    condition->comparison = comparison_mirrored(condition->comparison);
}

/* Of what compares with elements of an array, only IN and NOT IN are each other's opposite. */
static bool negate(struct condition *condition)
{
    enum comparison opposite = comparison_negated(condition->comparison);
    bool in = condition->comparison == COMPARE_IN || condition->comparison == COMPARE_NOT_IN;

    if (condition->comparison == COMPARE_TRUE && condition->left.kind == OPERAND_COLUMN) {
        condition->comparison = COMPARE_EQUAL;
        make_boolean(&condition->right, false);
        return true;
    }
    if ((condition->left.element || condition->right.element) && !in)
        return false;
    if (opposite == COMPARE_OTHER)
        return negate_operator(condition);
    condition->comparison = opposite;
    return true;
}

static void simplify(struct condition *condition)
{
    turn(condition);
    simplify_list(condition);
    simplify_flag(condition);
    simplify_distinct(condition);
}

/* ------------------------------------------------------------------ trees */

struct normal {
    struct arena *arena;
    struct condition **end;
    enum condition_kind parent; /* CONDITION_AND or CONDITION_OR */
};

static void put(struct normal *normal, struct condition *condition, bool negated);

static void append(struct normal *normal, struct condition *condition)
{
    condition->next = NULL;
    *normal->end = condition;
    normal->end = &condition->next;
}

static void put_not(struct normal *normal, struct condition *condition)
{
    struct condition *not = arena_new(normal->arena, struct condition);

    not ->kind = CONDITION_NOT;
    not ->span = condition->span;
    not ->children = condition;
    condition->next = NULL;
    append(normal, not );
}

static void put_all(struct normal *normal, struct condition *conditions, bool negated)
{
    struct condition *next;

    for (; conditions; conditions = next) {
        next = conditions->next;
        put(normal, conditions, negated);
    }
}

/* Children of the parent's kind, and an only child, become the parent's. */
static void put_tree(struct normal *normal, struct condition *tree, enum condition_kind kind,
                     bool negated)
{
    struct condition *children = tree->children;
    struct normal below = {normal->arena, &tree->children, kind};

    if (kind == normal->parent || !children || !children->next) {
        put_all(normal, children, negated);
        return;
    }
    tree->kind = kind;
    tree->children = NULL;
    put_all(&below, children, negated);
    append(normal, tree);
}

static void put(struct normal *normal, struct condition *condition, bool negated)
{
    switch (condition->kind) {
    case CONDITION_NOT: /* of its children, joined by AND */
        put_tree(normal, condition, negated ? CONDITION_AND : CONDITION_OR, !negated);
        return;
    case CONDITION_AND:
        put_tree(normal, condition, negated ? CONDITION_OR : CONDITION_AND, negated);
        return;
    case CONDITION_OR:
        put_tree(normal, condition, negated ? CONDITION_AND : CONDITION_OR, negated);
        return;
    case CONDITION_COMPARE:
        simplify(condition);
        if (negated && !negate(condition)) {
            put_not(normal, condition);
            return;
        }
        if (negated)
            simplify(condition);
        break;
    case CONDITION_CONSTANT:
        if (negated && is_literal(&condition->left, LITERAL_BOOLEAN))
            make_boolean(&condition->left, strcmp(condition->left.text, "true") != 0);
        break;
    case CONDITION_EXISTS:
        if (negated) {
            put_not(normal, condition);
            return;
        }
    }
    append(normal, condition);
}

struct condition *condition_normalise(struct arena *arena, struct condition *conjuncts)
{
    struct condition *first = NULL;
    struct normal normal = {arena, &first, CONDITION_AND};

    put_all(&normal, conjuncts, false);
    return first;
}
