#include "facts/condition.h"

#include <string.h>

#include <glib.h>

#include "facts/array.h"
#include "facts/number.h"

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

bool operand_is_written_as(const struct operand *a, const struct operand *b)
{
    if (a->kind != b->kind || !a->text || !b->text || strcmp(a->text, b->text) != 0)
        return false;
    if (a->kind == OPERAND_PARAMETER)
        return strchr("$:@", *a->text) != NULL;
    return a->kind == OPERAND_CONSTANT && a->literal == b->literal &&
           g_strcmp0(a->cast, b->cast) == 0;
}

static bool is_literal(const struct operand *operand, enum literal literal)
{
    return operand->kind == OPERAND_CONSTANT && operand->literal == literal;
}

static void make_boolean(struct operand *operand, bool value)
{
    *operand = (struct operand){
        .kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = value ? "true" : "false"};
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

/* '{1,2}'::bigint[] as a list of elements, which have the type of the array's. */
static void open_literal(struct arena *arena, struct operand *literal)
{
    struct operand list = {.kind = OPERAND_LIST};
    struct operand_item **end = &list.items;
    const char *type = literal->cast;
    struct array array;

    if (!array_read(&array, literal))
        return;
    if (type && g_str_has_suffix(type, "[]"))
        type = arena_strndup(arena, type, strlen(type) - strlen("[]"));
    for (unsigned i = 0; i < array.count; i++) {
        *end = arena_new(arena, struct operand_item);
        (*end)->operand = array.elements[i];
        (*end)->operand.text = arena_strdup(arena, array.elements[i].text);
        (*end)->operand.cast = type;
        (*end)->operand.start = literal->start;
        end = &(*end)->next;
    }
    *literal = list;
}

/* ARRAY[1, 2], '{1,2}' and (1, 2) are one list, and a list of one is a value. */
static void simplify_list(struct arena *arena, struct condition *condition)
{
    struct operand *list = &condition->right;
    bool in = condition->comparison == COMPARE_IN;

    if (!in && condition->comparison != COMPARE_NOT_IN)
        return;
    if (list->element && is_literal(list, LITERAL_STRING))
        open_literal(arena, list);
    if (list->kind != OPERAND_LIST)
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

static void make_constant(struct condition *condition, bool value)
{
    condition->kind = CONDITION_CONSTANT;
    make_boolean(&condition->left, value);
    condition->right = (struct operand){.kind = OPERAND_NONE};
}

/* 1 = 1, which programs write so that each condition can begin with AND. */
static void fold(struct condition *condition)
{
    const struct operand *left = &condition->left, *right = &condition->right;
    bool equal = condition->comparison == COMPARE_EQUAL;
    int order;

    if ((!equal && condition->comparison != COMPARE_NOT_EQUAL) || left->kind != OPERAND_CONSTANT ||
        right->kind != OPERAND_CONSTANT || left->literal != right->literal)
        return;
    if (left->literal == LITERAL_INTEGER && number_compare(left->text, right->text, &order))
        make_constant(condition, (order == 0) == equal);
    else if (left->literal == LITERAL_STRING && strcmp(left->text, right->text) == 0)
        make_constant(condition, equal);
}

static void simplify(struct arena *arena, struct condition *condition)
{
    simplify_list(arena, condition);
    turn(condition);
    simplify_flag(condition);
    simplify_distinct(condition);
    fold(condition);
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

bool condition_is_constant(const struct condition *condition, bool value)
{
    return condition->kind == CONDITION_CONSTANT && is_literal(&condition->left, LITERAL_BOOLEAN) &&
           (strcmp(condition->left.text, "true") == 0) == value;
}

static bool is_variable(const struct operand *operand, const char *variable)
{
    return operand->kind == OPERAND_VARIABLE && strcmp(operand->text, variable) == 0;
}

/* = 0, > 0, < 1, … */
static bool is_any(enum comparison comparison, const struct operand *number)
{
    bool below = comparison == COMPARE_LESS || comparison == COMPARE_GREATER_EQUAL;

    return number->kind == OPERAND_CONSTANT && number->literal == LITERAL_INTEGER &&
           strcmp(number->text, below ? "1" : "0") == 0;
}

bool condition_asks_for_any(const struct condition *condition, const char *variable)
{
    enum comparison comparison = condition->comparison;

    if (condition->kind != CONDITION_COMPARE || comparison > COMPARE_GREATER_EQUAL)
        return false;
    return (is_variable(&condition->left, variable) && is_any(comparison, &condition->right)) ||
           (is_variable(&condition->right, variable) &&
            is_any(comparison_mirrored(comparison), &condition->left));
}

static bool is_one_of(const struct operand *operand, const char **variables)
{
    return operand->kind == OPERAND_VARIABLE &&
           g_strv_contains((const char *const *)variables, operand->text);
}

const struct condition *condition_positive(const struct condition *condition, bool *holds)
{
    while (condition->kind == CONDITION_NOT && !condition->children->next) {
        condition = condition->children;
        *holds = !*holds;
    }
    return condition;
}

const char *condition_lacks(const struct condition *condition, bool holds, bool *flag)
{
    condition = condition_positive(condition, &holds);
    *flag = condition->comparison == COMPARE_TRUE;
    if (condition->kind != CONDITION_COMPARE || condition->left.kind != OPERAND_VARIABLE ||
        (*flag ? holds : condition->comparison != (holds ? COMPARE_IS_NULL : COMPARE_IS_NOT_NULL)))
        return NULL;
    return condition->left.text;
}

bool condition_asks_for_balance(const struct condition *condition, const char **variables,
                                bool holds)
{
    condition = condition_positive(condition, &holds);
    return condition->kind == CONDITION_COMPARE &&
           condition->comparison == (holds ? COMPARE_NOT_EQUAL : COMPARE_EQUAL) &&
           is_one_of(&condition->left, variables) &&
           (is_any(COMPARE_NOT_EQUAL, &condition->right) ||
            is_one_of(&condition->right, variables));
}

/* AND TRUE and OR FALSE say nothing. */
static void put_constant(struct normal *normal, struct condition *condition)
{
    if (!condition_is_constant(condition, normal->parent == CONDITION_AND))
        append(normal, condition);
}

static bool is_simple(const struct operand *value)
{
    return value->kind == OPERAND_CONSTANT || value->kind == OPERAND_PARAMETER;
}

/* column = value, column IN (values). */
static bool is_choice(const struct condition *condition)
{
    const struct operand_item *item = condition->right.items;

    if (condition->kind != CONDITION_COMPARE || condition->left.kind != OPERAND_COLUMN ||
        condition->left.element || !condition->left.text)
        return false;
    if (condition->comparison == COMPARE_EQUAL)
        return is_simple(&condition->right) && !condition->right.element;
    if (condition->comparison != COMPARE_IN || condition->right.kind != OPERAND_LIST)
        return false;
    while (item && is_simple(&item->operand))
        item = item->next;
    return !item;
}

static bool same_column(const struct operand *a, const struct operand *b)
{
    return strcmp(a->text, b->text) == 0 && g_strcmp0(a->cast, b->cast) == 0 &&
           a->uses->range == b->uses->range && a->uses->settled == b->uses->settled &&
           (a->uses->range || !a->uses->settled);
}

static struct operand_item *choices_of(struct arena *arena, struct condition *condition)
{
    if (condition->right.kind == OPERAND_LIST)
        return condition->right.items;
    struct operand_item *item = arena_new(arena, struct operand_item);
    item->operand = condition->right;
    return item;
}

/* a = 1 OR a = 2 is a IN (1, 2), and an arm that is written twice is one. */
static void join_arms(struct arena *arena, struct condition *arm)
{
    struct operand_item *last = NULL; /* of the arm's list */

    while (arm && arm->next) {
        struct condition *next = arm->next;
        bool is_list = last || is_choice(arm); /* it has been looked through when it grew */
        if (!is_list || !is_choice(next) || !same_column(&arm->left, &next->left)) {
            arm = next;
            last = NULL;
            continue;
        }
        struct operand_item *more = choices_of(arena, next);
        arm->next = next->next;
        if (!more->next && operand_is_written_as(&arm->right, &more->operand))
            continue;
        if (!last) {
            struct operand_item *first = choices_of(arena, arm);
            arm->comparison = COMPARE_IN;
            arm->right = (struct operand){.kind = OPERAND_LIST, .items = first};
            last = first;
        }
        while (last->next)
            last = last->next;
        last->next = more;
    }
}

/* Children of the parent's kind, and an only child, become the parent's. */
static void put_tree(struct normal *normal, struct condition *tree, enum condition_kind kind,
                     bool negated)
{
    struct condition *children = tree->children, *only;
    struct normal below = {normal->arena, &tree->children, kind};

    if (kind == normal->parent || !children) {
        put_all(normal, children, negated);
        return;
    }
    tree->kind = kind;
    tree->children = NULL;
    put_all(&below, children, negated);
    for (struct condition *child = tree->children; child; child = child->next) {
        if (condition_is_constant(child, kind == CONDITION_OR)) { /* decides the whole */
            put_constant(normal, child);
            return;
        }
    }
    if (kind == CONDITION_OR)
        join_arms(normal->arena, tree->children);
    only = tree->children;
    if (!only) {
        make_constant(tree, kind == CONDITION_AND);
        put_constant(normal, tree);
    } else if (only->next) {
        append(normal, tree);
    } else if (only->kind == normal->parent) {
        *normal->end = only->children;
        while (*normal->end)
            normal->end = &(*normal->end)->next;
    } else {
        append(normal, only);
    }
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
        simplify(normal->arena, condition);
        if (condition->kind == CONDITION_CONSTANT) {
            put(normal, condition, negated);
            return;
        }
        if (negated && !negate(condition)) {
            put_not(normal, condition);
            return;
        }
        if (negated)
            simplify(normal->arena, condition);
        break;
    case CONDITION_CONSTANT:
        if (negated && is_literal(&condition->left, LITERAL_BOOLEAN))
            make_boolean(&condition->left, strcmp(condition->left.text, "true") != 0);
        put_constant(normal, condition);
        return;
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

/* ------------------------------------------------------------------ questions about a condition */

static bool side_has(const struct operand *side, const struct range *range, const char *column)
{
    const struct column_use *use = side->uses;

    for (uint32_t i = 0; i < side->use_count && use; i++, use = use->next) {
        if ((!range || use->range == range) && (!column || g_strcmp0(use->name, column) == 0))
            return true;
    }
    return false;
}

static bool condition_has(const struct condition *condition, const struct range *range,
                          const char *column)
{
    if (side_has(&condition->left, range, column) || side_has(&condition->right, range, column))
        return true;
    for (const struct condition *child = condition_children(condition); child;
         child = child->next) {
        if (condition_has(child, range, column))
            return true;
    }
    return false;
}

bool condition_uses(const struct condition *condition, const struct range *range)
{
    return condition_has(condition, range, NULL);
}

bool condition_names(const struct condition *condition, const struct range *range,
                     const char *column)
{
    return condition_has(condition, range, column);
}

static bool side_is_open(const struct operand *side)
{
    const struct column_use *use = side->uses;

    for (uint32_t i = 0; i < side->use_count && use; i++, use = use->next) {
        if (!use->range && !use->variable && use->name)
            return true;
    }
    return false;
}

bool condition_is_open(const struct condition *condition)
{
    const struct condition *child = condition_children(condition);

    while (child && !condition_is_open(child))
        child = child->next;
    return child || side_is_open(&condition->left) || side_is_open(&condition->right);
}

bool condition_has_query(const struct condition *condition)
{
    const struct condition *child = condition_children(condition);

    while (child && !condition_has_query(child))
        child = child->next;
    return child || condition->kind == CONDITION_EXISTS || condition->left.has_query ||
           condition->right.has_query;
}
