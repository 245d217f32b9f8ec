#include "program/term.h"

#include <string.h>

#include <glib.h>

#include "catalog/resolve.h"
#include "facts/array.h"
#include "facts/number.h"

/* Values of a list beside which fewer are looked through as fast. */
enum { LEAST_LISTED = 16 };

/* ------------------------------------------------------------------ from conditions */

bool operand_is_column_of(const struct operand *operand, const struct range *range)
{
    return operand_is_column(operand) && operand->uses && operand->uses->range &&
           operand->uses->range == range && operand->text;
}

/* Whether the value comes from the row itself, as far as is known. */
static bool is_of_row(const struct operand *value, const struct range *range)
{
    const struct column_use *use = value->uses;

    for (uint32_t i = 0; i < value->use_count && use; i++, use = use->next) {
        if (!use->variable && (!use->range || use->range == range))
            return true;
    }
    return false;
}

/* IS [NOT] DISTINCT FROM differs from a comparison where NULL is compared. Only the planner cares
 * which of them is written: it finds no rows by the first through an index. */
static void compare_distinct(struct term *term, const struct range *range)
{
    const char *operator_name = term_operator(term);
    const struct relation *relation = range ? range_relation(range) : NULL;
    const struct column *column = relation ? relation_column(relation, term->column) : NULL;
    bool constant = term->value->kind == OPERAND_CONSTANT && term->value->literal != LITERAL_NULL;
    bool not_null = column && column->not_null;

    if (strcmp(operator_name, "IS NOT DISTINCT FROM") == 0 && (constant || not_null))
        term->comparison = COMPARE_EQUAL;
    else if (strcmp(operator_name, "IS DISTINCT FROM") == 0 && not_null)
        term->comparison = COMPARE_NOT_EQUAL;
}

struct term term_of(const struct condition *condition, const struct range *range)
{
    const struct operand *left = &condition->left, *right = &condition->right;
    struct term term = {
        .comparison = condition->comparison, .value = right, .condition = condition};

    if (condition->kind != CONDITION_COMPARE)
        return (struct term){.comparison = COMPARE_OTHER, .condition = condition};
    if (operand_is_column_of(left, range)) {
        term.column = left->text;
    } else if (operand_is_column_of(right, range) && !right->element &&
               condition_is_turnable(condition)) {
        term.column = right->text;
        term.comparison = comparison_mirrored(condition->comparison);
        term.value = left;
    }
    if (term.column && term.comparison == COMPARE_OTHER)
        compare_distinct(&term, range);
    term.of_row = term.column && is_of_row(term.value, range);
    return term;
}

struct term term_by_text(const struct condition *condition)
{
    const struct operand *left = &condition->left;
    bool named = left->kind == OPERAND_COLUMN ? !left->cast : left->kind == OPERAND_EXPRESSION;

    if (condition->kind != CONDITION_COMPARE || !named || !operand_has_columns(left))
        return (struct term){.comparison = COMPARE_OTHER, .condition = condition};
    return (struct term){.column = left->text,
                         .comparison = condition->comparison,
                         .value = &condition->right,
                         .condition = condition};
}

/* The column of the range, if it is the only one that the expression is made of; NULL otherwise. */
static const char *only_column(const struct operand *expression, const struct range *range)
{
    const struct column_use *use = expression->uses;
    const char *column = NULL;

    if (expression->kind != OPERAND_EXPRESSION || !expression->text || expression->has_query)
        return NULL;
    for (uint32_t i = 0; i < expression->use_count; i++, use = use->next) {
        if (use->variable)
            continue;
        if (column || use->range != range)
            return NULL;
        column = use->name;
    }
    return column;
}

bool condition_asks_image(const struct condition *condition, const struct range *range,
                          struct image *image)
{
    const struct operand *sides[] = {&condition->left, &condition->right};

    if (condition->kind != CONDITION_COMPARE || condition->comparison != COMPARE_EQUAL)
        return false;
    for (unsigned i = 0; i < 2; i++) {
        const struct operand *value = sides[!i];
        const char *column = only_column(sides[i], range);
        if (!column || value->has_query || operand_has_columns(value) || !value->text)
            continue;
        *image = (struct image){column, sides[i]->text, value};
        return true;
    }
    return false;
}

bool operand_is_computed(const struct operand *operand)
{
    return operand->kind == OPERAND_EXPRESSION && operand->use_count != 1;
}

bool operand_is_of_several(const struct operand *operand)
{
    bool computed = operand_is_computed(operand);
    const char *parameter = computed && operand->text ? strchr(operand->text, '$') : NULL;

    return computed && (operand->use_count > 1 || (parameter && strchr(parameter + 1, '$')));
}

/* ------------------------------------------------------------------ values */

bool operand_is_number(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT &&
           (operand->literal == LITERAL_INTEGER || operand->literal == LITERAL_DECIMAL);
}

static bool is_numeric(const struct operand *operand)
{
    return operand_is_number(operand) || operand->literal == LITERAL_STRING;
}

/* A string that is compared with a number is one: id = '7' is id = 7. Of two strings nobody knows
 * whether '07' and '7' are names or numbers. */
static enum answer same_constant(const struct operand *a, const struct operand *b)
{
    bool number = operand_is_number(a) || operand_is_number(b);
    int order;

    if (a->literal == b->literal && strcmp(a->text, b->text) == 0)
        return ANSWER_YES;
    if ((number || a->literal == LITERAL_STRING) && is_numeric(a) && is_numeric(b)) {
        if (!number_compare(a->text, b->text, &order))
            return number ? ANSWER_UNKNOWN : ANSWER_NO;
        return order != 0 ? ANSWER_NO : number ? ANSWER_YES : ANSWER_UNKNOWN;
    }
    if (strcmp(a->text, b->text) == 0)
        return ANSWER_YES;
    return a->literal == b->literal ? ANSWER_NO : ANSWER_UNKNOWN;
}

enum answer operand_same_value(const struct operand *a, const struct operand *b)
{
    if (a->kind == OPERAND_CONSTANT && b->kind == OPERAND_CONSTANT)
        return same_constant(a, b);
    if (a->kind == b->kind && a->text && b->text && !a->has_query && !a->has_call &&
        strcmp(a->text, b->text) == 0)
        return ANSWER_YES;
    return ANSWER_UNKNOWN;
}

static enum answer opposite(enum answer answer)
{
    return answer == ANSWER_YES ? ANSWER_NO : answer == ANSWER_NO ? ANSWER_YES : ANSWER_UNKNOWN;
}

/* Unknown when an item may be anything. */
static enum answer list_contains(const struct operand *list, const struct operand *value)
{
    enum answer answer = ANSWER_NO;

    if (list->kind != OPERAND_LIST)
        return ANSWER_UNKNOWN;
    for (const struct operand_item *item = list->items; item && answer != ANSWER_YES;
         item = item->next) {
        enum answer same = operand_same_value(&item->operand, value);
        answer = MAX(answer, same);
    }
    return answer;
}

/* How words are ordered depends on the collation. */
static enum answer is_ordered(const struct operand *value, enum comparison comparison,
                              const struct operand *limit)
{
    bool closed = comparison == COMPARE_LESS_EQUAL || comparison == COMPARE_GREATER_EQUAL;

    if (operand_same_value(value, limit) == ANSWER_YES)
        return closed ? ANSWER_YES : ANSWER_NO;
    if (!operand_is_number(value) || !operand_is_number(limit))
        return ANSWER_UNKNOWN;
    int order;
    if (!number_compare(value->text, limit->text, &order))
        return ANSWER_UNKNOWN;
    return (comparison_is_upper(comparison) ? order < 0 : order > 0) ? ANSWER_YES : ANSWER_NO;
}

/* Whether the array contains the item. A value that is not known leaves that open, and so does an
 * element that is NULL. */
static enum answer array_contains(const struct array *array, const struct operand *item)
{
    enum answer answer = ANSWER_NO;

    for (unsigned i = 0; i < array->count && answer != ANSWER_YES; i++) {
        enum answer same = operand_same_value(&array->elements[i], item);
        answer = MAX(answer, same);
    }
    return answer;
}

/* Whether all items are contained, or with `any` whether one is. */
static enum answer contains(const struct array *array, const struct array *items, bool any)
{
    enum answer answer = any ? ANSWER_NO : ANSWER_YES;

    for (unsigned i = 0; i < items->count; i++) {
        enum answer contained = array_contains(array, &items->elements[i]);
        answer = any ? MAX(answer, contained) : MIN(answer, contained);
    }
    return answer;
}

/* The operators of arrays that GIN finds: @>, <@ and && (manual, 9.19). */
static enum answer array_holds(const struct term *term, const struct operand *value)
{
    const char *operator_name = term_operator(term);
    struct array asked, held;

    if (!operator_name || !array_read(&asked, term->value) || !array_read(&held, value))
        return ANSWER_UNKNOWN;
    if (strcmp(operator_name, "@>") == 0)
        return contains(&held, &asked, false);
    if (strcmp(operator_name, "<@") == 0)
        return contains(&asked, &held, false);
    return strcmp(operator_name, "&&") == 0 ? contains(&asked, &held, true) : ANSWER_UNKNOWN;
}

enum answer term_holds_for(const struct term *term, const struct operand *value)
{
    bool constant = value->kind == OPERAND_CONSTANT;

    if (constant && value->literal == LITERAL_NULL && term->comparison != COMPARE_IS_NULL)
        return term->comparison == COMPARE_OTHER ? ANSWER_UNKNOWN : ANSWER_NO;
    switch (term->comparison) {
    case COMPARE_EQUAL:
        return operand_same_value(value, term->value);
    case COMPARE_NOT_EQUAL:
        return opposite(operand_same_value(value, term->value));
    case COMPARE_IN:
        return list_contains(term->value, value);
    case COMPARE_NOT_IN:
        return opposite(list_contains(term->value, value));
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        return is_ordered(value, term->comparison, term->value);
    case COMPARE_IS_NULL:
        return !constant ? ANSWER_UNKNOWN : value->literal == LITERAL_NULL ? ANSWER_YES : ANSWER_NO;
    case COMPARE_IS_NOT_NULL:
        return constant ? ANSWER_YES : ANSWER_UNKNOWN;
    case COMPARE_OTHER:
        return array_holds(term, value);
    default:
        return ANSWER_UNKNOWN;
    }
}

/* ------------------------------------------------------------------ two terms */

static bool same_list(const struct operand *a, const struct operand *b)
{
    const struct operand_item *x = a->items, *y = b->items;

    while (x && y && operand_same_value(&x->operand, &y->operand) == ANSWER_YES) {
        x = x->next;
        y = y->next;
    }
    return !x && !y;
}

bool term_equals(const struct term *a, const struct term *b)
{
    if (a->comparison != b->comparison || g_strcmp0(term_operator(a), term_operator(b)) != 0 ||
        a->value->kind != b->value->kind)
        return false;
    if (a->value->kind == OPERAND_NONE)
        return true;
    if (a->value->kind == OPERAND_LIST)
        return same_list(a->value, b->value);
    return operand_same_value(a->value, b->value) == ANSWER_YES;
}

/* Comparisons are strict: of NULL they are not true. */
static bool is_strict(const struct term *term)
{
    const char *operator_name = term_operator(term);

    return term->comparison != COMPARE_IS_NULL &&
           !(operator_name && strstr(operator_name, "DISTINCT"));
}

/* Values that are the same exactly when their texts are: integers without a leading zero, or
 * strings that are no numbers. */
static bool is_told_by_text(const struct operand *value, enum literal literal)
{
    const char *digits = value->text;
    int order;

    if (value->kind != OPERAND_CONSTANT || value->literal != literal)
        return false;
    if (literal == LITERAL_STRING)
        return !number_compare(value->text, value->text, &order);
    digits += *digits == '-';
    return literal == LITERAL_INTEGER && digits[strspn(digits, "0123456789")] == '\0' &&
           (*digits > '0' || strcmp(value->text, "0") == 0);
}

/* Of a term that lists many values, all of them of such a kind: their texts. */
struct listed {
    GHashTable *texts; /* NULL: it is no such term */
    enum literal literal;
};

static struct listed listed_of(const struct term *term)
{
    const struct operand *list = term->value;
    struct listed listed = {NULL, LITERAL_NULL};
    unsigned count = 0;

    if ((term->comparison != COMPARE_IN && term->comparison != COMPARE_NOT_IN) ||
        list->kind != OPERAND_LIST || !list->items)
        return listed;
    listed.literal = list->items->operand.literal;
    for (const struct operand_item *item = list->items; item; item = item->next, count++) {
        if (!is_told_by_text(&item->operand, listed.literal))
            return listed;
    }
    if (count < LEAST_LISTED)
        return listed;
    listed.texts = g_hash_table_new(g_str_hash, g_str_equal);
    for (const struct operand_item *item = list->items; item; item = item->next)
        g_hash_table_add(listed.texts, (gpointer)item->operand.text);
    return listed;
}

static const struct listed none_listed;

static void listed_free(struct listed *listed)
{
    g_clear_pointer(&listed->texts, g_hash_table_unref);
}

/* term_holds_for() of each of many values. */
static enum answer listed_holds_for(const struct listed *listed, const struct term *term,
                                    const struct operand *value)
{
    if (!listed->texts || !is_told_by_text(value, listed->literal))
        return term_holds_for(term, value);
    bool contains = g_hash_table_contains(listed->texts, value->text);
    return contains == (term->comparison == COMPARE_IN) ? ANSWER_YES : ANSWER_NO;
}

/* Whether one of the values that the term lists satisfies the other. */
static enum answer any_holds(const struct term *list, const struct term *other)
{
    enum answer answer = ANSWER_NO;

    if (list->value->kind != OPERAND_LIST)
        return ANSWER_UNKNOWN;
    struct listed listed = listed_of(other);
    for (const struct operand_item *item = list->value->items; item && answer != ANSWER_YES;
         item = item->next) {
        enum answer holds = listed_holds_for(&listed, other, &item->operand);
        answer = MAX(answer, holds);
    }
    listed_free(&listed);
    return answer;
}

static bool equals_constant(const struct term *term)
{
    return term->comparison == COMPARE_EQUAL && term->value->kind == OPERAND_CONSTANT &&
           term->value->literal != LITERAL_NULL;
}

enum answer terms_meet(const struct term *a, const struct term *b)
{
    bool ranges = comparison_is_range(a->comparison) && comparison_is_range(b->comparison);

    if (equals_constant(a) && equals_constant(b)) /* by far the most */
        return operand_same_value(a->value, b->value);
    if (term_equals(a, b))
        return ANSWER_YES;
    if (a->comparison == COMPARE_IS_NULL || b->comparison == COMPARE_IS_NULL)
        return is_strict(a) || is_strict(b) ? ANSWER_NO : ANSWER_UNKNOWN;
    if (a->comparison == COMPARE_IS_NOT_NULL || b->comparison == COMPARE_IS_NOT_NULL)
        return is_strict(a) && is_strict(b) ? ANSWER_YES : ANSWER_UNKNOWN;
    if (a->comparison == COMPARE_EQUAL)
        return term_holds_for(b, a->value);
    if (b->comparison == COMPARE_EQUAL)
        return term_holds_for(a, b->value);
    if (a->comparison == COMPARE_IN)
        return any_holds(a, b);
    if (b->comparison == COMPARE_IN)
        return any_holds(b, a);
    if (ranges && comparison_is_upper(a->comparison) != comparison_is_upper(b->comparison) &&
        term_holds_for(b, a->value) == ANSWER_NO && operand_is_number(a->value) &&
        operand_is_number(b->value))
        return ANSWER_NO;
    return ANSWER_UNKNOWN;
}

/* ------------------------------------------------------------------ from one to another */

/* A value that a plan made for this very run knows. */
static bool is_known_at_run(const struct operand *value)
{
    const struct operand_item *item = value->kind == OPERAND_LIST ? value->items : NULL;

    for (; item; item = item->next) {
        if (is_known_at_run(&item->operand))
            return true;
    }
    return value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE ||
           (value->kind == OPERAND_EXPRESSION && !operand_has_columns(value) && !value->has_call);
}

/* What is not proved is no, but where the run decides. */
static enum answer settled(enum answer answer, const struct operand *a, const struct operand *b)
{
    return answer != ANSWER_UNKNOWN || is_known_at_run(a) || is_known_at_run(b) ? answer
                                                                                : ANSWER_NO;
}

/* The planner proves nothing of patterns and other operators. */
static enum answer proved(const struct term *wanted, const struct listed *listed,
                          const struct operand *value)
{
    enum answer answer = listed_holds_for(listed, wanted, value);

    if (wanted->comparison > COMPARE_NOT_IN && answer == ANSWER_UNKNOWN)
        return ANSWER_NO;
    return settled(answer, value, wanted->value);
}

static enum answer all_proved(const struct operand *list, const struct term *wanted)
{
    enum answer answer = ANSWER_YES;

    if (list->kind != OPERAND_LIST)
        return is_known_at_run(list) ? ANSWER_UNKNOWN : ANSWER_NO;
    struct listed listed = listed_of(wanted);
    for (const struct operand_item *item = list->items; item && answer != ANSWER_NO;
         item = item->next) {
        enum answer each = proved(wanted, &listed, &item->operand);
        answer = MIN(answer, each);
    }
    listed_free(&listed);
    return answer;
}

/* x < 5 implies x < 6, x <= 5 and x <> 7. */
static enum answer range_implies(const struct term *fact, const struct term *wanted)
{
    struct term limit = *wanted;

    if (wanted->comparison == COMPARE_NOT_EQUAL)
        return settled(opposite(term_holds_for(fact, wanted->value)), fact->value, wanted->value);
    if (!comparison_is_range(wanted->comparison) ||
        comparison_is_upper(wanted->comparison) != comparison_is_upper(fact->comparison))
        return ANSWER_NO;
    /* The end of the one need not be outside of the other when neither has it. */
    if (fact->comparison == COMPARE_LESS || fact->comparison == COMPARE_GREATER)
        limit.comparison =
            comparison_is_upper(fact->comparison) ? COMPARE_LESS_EQUAL : COMPARE_GREATER_EQUAL;
    return proved(&limit, &none_listed, fact->value);
}

enum answer term_implies(const struct term *fact, const struct term *wanted)
{
    if (term_equals(fact, wanted))
        return ANSWER_YES;
    if (wanted->comparison == COMPARE_IS_NOT_NULL)
        return is_strict(fact) ? ANSWER_YES : ANSWER_NO;
    if (wanted->comparison == COMPARE_IS_NULL)
        return ANSWER_NO;
    switch (fact->comparison) {
    case COMPARE_EQUAL:
        return proved(wanted, &none_listed, fact->value);
    case COMPARE_IN:
        return all_proved(fact->value, wanted);
    case COMPARE_NOT_IN:
        return wanted->comparison == COMPARE_NOT_EQUAL
                   ? settled(opposite(term_holds_for(fact, wanted->value)), fact->value,
                             wanted->value)
                   : ANSWER_NO;
    case COMPARE_LESS:
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER:
    case COMPARE_GREATER_EQUAL:
        return range_implies(fact, wanted);
    default:
        return ANSWER_NO;
    }
}

bool operand_is_fixed(const struct operand *operand)
{
    if (operand->kind == OPERAND_LIST) {
        for (const struct operand_item *item = operand->items; item; item = item->next) {
            if (!operand_is_fixed(&item->operand))
                return false;
        }
        return true;
    }
    return operand->kind == OPERAND_NONE || operand->kind == OPERAND_CONSTANT ||
           (operand->kind == OPERAND_EXPRESSION && operand->text && operand->use_count == 0 &&
            !operand->has_query && !operand->has_call);
}

bool term_asks_equal(const struct term *term)
{
    return term->column && term->comparison == COMPARE_EQUAL;
}

bool term_asks_state(const struct term *term)
{
    bool null = term->comparison == COMPARE_IS_NULL || term->comparison == COMPARE_IS_NOT_NULL;

    return term->column &&
           (null || (term_binds(term) && term->value && operand_is_fixed(term->value)));
}

bool term_asks_value(const struct term *term)
{
    return term_asks_equal(term) && !term_asks_state(term);
}
