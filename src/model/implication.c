/* A condition is a tree of AND, OR and NOT over atoms, and NOT is pushed down to them. An atom
 * compares one column or expression with one value: knowing what holds for it, another atom of the
 * same column follows when every value that satisfies the first satisfies the second. */
#include "model/implication.h"

#include <stdlib.h>
#include <string.h>

#include <glib.h>

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

/* ------------------------------------------------------------------ atoms */

struct atom {
    const char *subject; /* the column, or the canonical text of an expression */
    enum comparison comparison;
    const struct operand *value;
    const char *operator_name; /* of COMPARE_OTHER */
    bool negated;              /* of what comparison_negated has no answer for */
};

static const struct operand yes = {
    .kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = "true"};
static const struct operand no = {
    .kind = OPERAND_CONSTANT, .literal = LITERAL_BOOLEAN, .text = "false"};

static bool is_boolean(const struct operand *operand)
{
    return operand->kind == OPERAND_CONSTANT && operand->literal == LITERAL_BOOLEAN;
}

static bool is_subject(const struct operand *side)
{
    return (side->kind == OPERAND_COLUMN || side->kind == OPERAND_EXPRESSION) && side->text &&
           operand_has_columns(side);
}

/* flag, flag = true and NOT (flag = false) are one. */
static void make_boolean(struct atom *atom, bool negated)
{
    bool value = atom->comparison == COMPARE_TRUE ||
                 (atom->comparison == COMPARE_EQUAL) == (strcmp(atom->value->text, "true") == 0);

    atom->comparison = COMPARE_EQUAL;
    atom->value = value != negated ? &yes : &no;
}

static bool atom_of(const struct condition *condition, bool negated, struct atom *atom)
{
    bool turned = !is_subject(&condition->left) && is_subject(&condition->right);
    const struct operand *subject = turned ? &condition->right : &condition->left;

    if (condition->kind != CONDITION_COMPARE || !is_subject(subject))
        return false;
    *atom = (struct atom){
        .subject = subject->text,
        .comparison = turned ? comparison_mirrored(condition->comparison) : condition->comparison,
        .value = turned ? &condition->left : &condition->right,
        .operator_name = condition->operator_name,
    };
    if (subject->cast && subject->kind == OPERAND_COLUMN)
        return false;
    if (atom->comparison == COMPARE_TRUE ||
        (atom->comparison <= COMPARE_NOT_EQUAL && is_boolean(atom->value))) {
        make_boolean(atom, negated);
        return true;
    }
    if (negated) {
        enum comparison opposite = comparison_negated(atom->comparison);
        atom->negated = opposite == COMPARE_OTHER;
        if (!atom->negated)
            atom->comparison = opposite;
    }
    return true;
}

/* ------------------------------------------------------------------ values */

static bool is_number(const struct operand *value)
{
    return value->literal == LITERAL_INTEGER || value->literal == LITERAL_DECIMAL;
}

static bool is_constant(const struct operand *value)
{
    return value->kind == OPERAND_CONSTANT && value->literal != LITERAL_NULL;
}

/* A value that a plan made for this very run knows. */
static bool is_known_at_run(const struct operand *value)
{
    return value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE ||
           (value->kind == OPERAND_EXPRESSION && !operand_has_columns(value) && !value->has_call);
}

static enum answer answer_of(bool truth)
{
    return truth ? ANSWER_YES : ANSWER_NO;
}

/* a < b, a = b, … of two constants. How words are ordered depends on the collation. */
static enum answer compare(const struct operand *a, enum comparison comparison,
                           const struct operand *b)
{
    if (!is_constant(a) || !is_constant(b))
        return is_known_at_run(a) || is_known_at_run(b) ? ANSWER_UNKNOWN : ANSWER_NO;
    bool numbers = is_number(a) && is_number(b);
    double x = numbers ? strtod(a->text, NULL) : 0, y = numbers ? strtod(b->text, NULL) : 0;
    bool equal = numbers ? x == y : strcmp(a->text, b->text) == 0;

    switch (comparison) {
    case COMPARE_EQUAL:
        return answer_of(equal);
    case COMPARE_NOT_EQUAL:
        return answer_of(!equal);
    case COMPARE_LESS_EQUAL:
    case COMPARE_GREATER_EQUAL:
        if (equal)
            return ANSWER_YES;
        break;
    default:
        if (equal)
            return ANSWER_NO;
    }
    if (!numbers)
        return ANSWER_UNKNOWN;
    return answer_of(comparison == COMPARE_LESS || comparison == COMPARE_LESS_EQUAL ? x < y
                                                                                    : x > y);
}

static enum answer satisfies(const struct operand *value, const struct atom *atom);

/* Whether the value is one of a list. */
static enum answer is_in(const struct operand *value, const struct operand *list)
{
    enum answer answer = ANSWER_NO;

    if (list->kind != OPERAND_LIST)
        return is_known_at_run(list) ? ANSWER_UNKNOWN : ANSWER_NO;
    for (const struct operand_item *item = list->items; item; item = item->next) {
        enum answer equal = compare(value, COMPARE_EQUAL, &item->operand);
        answer = MAX(answer, equal);
    }
    return answer;
}

static enum answer opposite(enum answer answer)
{
    return answer == ANSWER_YES ? ANSWER_NO : answer == ANSWER_NO ? ANSWER_YES : ANSWER_UNKNOWN;
}

static enum answer satisfies(const struct operand *value, const struct atom *atom)
{
    switch (atom->comparison) {
    case COMPARE_IS_NOT_NULL:
        return ANSWER_YES;
    case COMPARE_IN:
        return is_in(value, atom->value);
    case COMPARE_NOT_IN:
        return opposite(is_in(value, atom->value));
    case COMPARE_LIKE:
    case COMPARE_ILIKE:
    case COMPARE_TRUE:
    case COMPARE_OTHER:
    case COMPARE_IS_NULL:
        return ANSWER_NO;
    default:
        return compare(value, atom->comparison, atom->value);
    }
}

/* ------------------------------------------------------------------ from one atom to another */

static bool is_upper(enum comparison comparison)
{
    return comparison == COMPARE_LESS || comparison == COMPARE_LESS_EQUAL;
}

static bool is_range(enum comparison comparison)
{
    return comparison >= COMPARE_LESS && comparison <= COMPARE_GREATER_EQUAL;
}

/* x < 5 implies x < 6, x <= 5 and x <> 7. */
static enum answer range_implies(const struct atom *fact, const struct atom *wanted)
{
    enum comparison comparison =
        is_upper(fact->comparison) ? COMPARE_LESS_EQUAL : COMPARE_GREATER_EQUAL;

    if (wanted->comparison == COMPARE_NOT_EQUAL)
        return opposite(satisfies(wanted->value, fact));
    if (!is_range(wanted->comparison) || is_upper(wanted->comparison) != is_upper(fact->comparison))
        return ANSWER_NO;
    if (wanted->comparison == COMPARE_LESS && fact->comparison == COMPARE_LESS_EQUAL)
        comparison = COMPARE_LESS;
    if (wanted->comparison == COMPARE_GREATER && fact->comparison == COMPARE_GREATER_EQUAL)
        comparison = COMPARE_GREATER;
    return compare(fact->value, comparison, wanted->value);
}

static bool same_value(const struct operand *a, const struct operand *b)
{
    const struct operand_item *x = a->kind == OPERAND_LIST ? a->items : NULL;
    const struct operand_item *y = b->kind == OPERAND_LIST ? b->items : NULL;

    if (a->kind != b->kind)
        return false;
    if (a->kind == OPERAND_NONE)
        return true;
    if (a->kind != OPERAND_LIST)
        return a->text && b->text && strcmp(a->text, b->text) == 0;
    for (; x && y; x = x->next, y = y->next) {
        if (!same_value(&x->operand, &y->operand))
            return false;
    }
    return !x && !y;
}

static bool same_atom(const struct atom *a, const struct atom *b)
{
    return a->comparison == b->comparison && a->negated == b->negated &&
           (a->comparison != COMPARE_OTHER || !a->operator_name || !b->operator_name ||
            strcmp(a->operator_name, b->operator_name) == 0) &&
           same_value(a->value, b->value);
}

static enum answer all_satisfy(const struct operand *list, const struct atom *wanted)
{
    enum answer answer = ANSWER_YES;

    if (list->kind != OPERAND_LIST)
        return is_known_at_run(list) ? ANSWER_UNKNOWN : ANSWER_NO;
    for (const struct operand_item *item = list->items; item; item = item->next) {
        enum answer each = satisfies(&item->operand, wanted);
        answer = MIN(answer, each);
    }
    return answer;
}

static enum answer atom_implies(const struct atom *fact, const struct atom *wanted)
{
    if (strcmp(fact->subject, wanted->subject) != 0) /* lower(x) = 'a' may imply x IS NOT NULL */
        return wanted->comparison == COMPARE_IS_NOT_NULL && strstr(fact->subject, wanted->subject)
                   ? ANSWER_UNKNOWN
                   : ANSWER_NO;
    if (same_atom(fact, wanted))
        return ANSWER_YES;
    if (fact->negated || wanted->negated)
        return ANSWER_NO;
    /* Comparisons are strict: of NULL they are not true. */
    if (wanted->comparison == COMPARE_IS_NOT_NULL)
        return fact->comparison == COMPARE_IS_NULL ||
                       (fact->operator_name && strstr(fact->operator_name, "DISTINCT"))
                   ? ANSWER_NO
                   : ANSWER_YES;
    switch (fact->comparison) {
    case COMPARE_EQUAL:
        return satisfies(fact->value, wanted);
    case COMPARE_IN:
        return all_satisfy(fact->value, wanted);
    case COMPARE_NOT_IN:
        return wanted->comparison == COMPARE_NOT_EQUAL ? is_in(wanted->value, fact->value)
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

/* ------------------------------------------------------------------ trees */

enum shape {
    SHAPE_ATOM,
    SHAPE_AND,
    SHAPE_OR,
    SHAPE_OPAQUE,
};

/* What a condition, or its negation, is; `*negated` becomes what its children are. */
static enum shape shape_of(const struct condition *condition, bool *negated)
{
    switch (condition->kind) {
    case CONDITION_COMPARE:
        return SHAPE_ATOM;
    case CONDITION_NOT: /* of its children, joined by AND */
        *negated = !*negated;
        return *negated ? SHAPE_OR : SHAPE_AND;
    case CONDITION_AND:
        return *negated ? SHAPE_OR : SHAPE_AND;
    case CONDITION_OR:
        return *negated ? SHAPE_AND : SHAPE_OR;
    default:
        return SHAPE_OPAQUE;
    }
}

static enum answer implies(const struct condition *fact, bool fact_negated,
                           const struct condition *wanted, bool wanted_negated);

static enum answer over_facts(const struct condition *fact, bool fact_negated,
                              const struct condition *wanted, bool wanted_negated, bool all)
{
    enum answer answer = all ? ANSWER_YES : ANSWER_NO;

    for (const struct condition *child = fact->children; child; child = child->next) {
        enum answer each = implies(child, fact_negated, wanted, wanted_negated);
        answer = all ? MIN(answer, each) : MAX(answer, each);
    }
    return answer;
}

static enum answer over_wanted(const struct condition *fact, bool fact_negated,
                               const struct condition *wanted, bool wanted_negated, bool all)
{
    enum answer answer = all ? ANSWER_YES : ANSWER_NO;

    for (const struct condition *child = wanted->children; child; child = child->next) {
        enum answer each = implies(fact, fact_negated, child, wanted_negated);
        answer = all ? MIN(answer, each) : MAX(answer, each);
    }
    return answer;
}

/* The cases are those of predicate_implied_by_recurse in predtest.c. */
static enum answer implies(const struct condition *fact, bool fact_negated,
                           const struct condition *wanted, bool wanted_negated)
{
    bool inner_fact = fact_negated, inner_wanted = wanted_negated;
    enum shape has = shape_of(fact, &inner_fact), needs = shape_of(wanted, &inner_wanted);
    struct atom a, b;

    if (has == SHAPE_OPAQUE || needs == SHAPE_OPAQUE)
        return ANSWER_NO;
    if (needs == SHAPE_AND)
        return over_wanted(fact, fact_negated, wanted, inner_wanted, true);
    if (has == SHAPE_OR)
        return over_facts(fact, inner_fact, wanted, wanted_negated, true);
    if (has == SHAPE_ATOM && needs == SHAPE_ATOM)
        return atom_of(fact, fact_negated, &a) && atom_of(wanted, wanted_negated, &b)
                   ? atom_implies(&a, &b)
                   : ANSWER_NO;
    enum answer answer = ANSWER_NO;
    if (has == SHAPE_AND)
        answer = over_facts(fact, inner_fact, wanted, wanted_negated, false);
    if (needs == SHAPE_OR) {
        enum answer arm = over_wanted(fact, fact_negated, wanted, inner_wanted, false);
        answer = MAX(answer, arm);
    }
    return answer;
}

enum answer condition_implied(const struct restriction *facts, const struct condition *wanted)
{
    bool negated = false;
    enum answer answer = ANSWER_NO;

    /* Each part of an AND may follow from another fact. */
    if (shape_of(wanted, &negated) == SHAPE_AND && !negated) {
        answer = ANSWER_YES;
        for (const struct condition *child = wanted->children; child; child = child->next) {
            enum answer each = condition_implied(facts, child);
            answer = MIN(answer, each);
        }
        return answer;
    }
    for (; facts; facts = facts->next) {
        enum answer each = implies(facts->condition, false, wanted, false);
        answer = MAX(answer, each);
    }
    return answer;
}
