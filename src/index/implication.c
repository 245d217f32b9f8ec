/* A condition in normal form is a tree of AND and OR over comparisons of one column or expression:
 * what is wanted of a column follows when every value that satisfies what is known satisfies it. */
#include "index/implication.h"

#include <string.h>

#include <glib.h>

/* ------------------------------------------------------------------ atoms */

struct atom {
    const char *subject; /* the column, or the canonical text of an expression */
    struct term term;
};

static bool atom_of(const struct condition *condition, struct atom *atom)
{
    const struct operand *subject = &condition->left;

    if (condition->kind != CONDITION_COMPARE || !subject->text || !operand_has_columns(subject) ||
        (subject->kind == OPERAND_COLUMN && subject->cast) ||
        (subject->kind != OPERAND_COLUMN && subject->kind != OPERAND_EXPRESSION))
        return false;
    *atom = (struct atom){.subject = subject->text,
                          .term = {.column = subject->text,
                                   .comparison = condition->comparison,
                                   .operator_name = condition->operator_name,
                                   .value = &condition->right}};
    return true;
}

static enum answer atom_implies(const struct condition *fact, const struct condition *wanted)
{
    struct atom a, b;

    if (!atom_of(fact, &a) || !atom_of(wanted, &b))
        return ANSWER_NO;
    if (strcmp(a.subject, b.subject) == 0)
        return term_implies(&a.term, &b.term);
    /* lower(x) = 'a' may imply x IS NOT NULL */
    return b.term.comparison == COMPARE_IS_NOT_NULL && strstr(a.subject, b.subject) ? ANSWER_UNKNOWN
                                                                                    : ANSWER_NO;
}

/* What has no opposite follows from nothing but itself. */
static enum answer not_implies(const struct condition *fact, const struct condition *wanted)
{
    return fact->children && wanted->children &&
                   atom_implies(fact->children, wanted->children) == ANSWER_YES &&
                   atom_implies(wanted->children, fact->children) == ANSWER_YES
               ? ANSWER_YES
               : ANSWER_NO;
}

/* ------------------------------------------------------------------ trees */

static enum answer implies(const struct condition *fact, const struct condition *wanted);

static enum answer over_facts(const struct condition *fact, const struct condition *wanted,
                              bool all)
{
    enum answer answer = all ? ANSWER_YES : ANSWER_NO;

    for (const struct condition *child = fact->children; child; child = child->next) {
        enum answer each = implies(child, wanted);
        answer = all ? MIN(answer, each) : MAX(answer, each);
    }
    return answer;
}

static enum answer over_wanted(const struct condition *fact, const struct condition *wanted,
                               bool all)
{
    enum answer answer = all ? ANSWER_YES : ANSWER_NO;

    for (const struct condition *child = wanted->children; child; child = child->next) {
        enum answer each = implies(fact, child);
        answer = all ? MIN(answer, each) : MAX(answer, each);
    }
    return answer;
}

/* The cases are those of predicate_implied_by_recurse in predtest.c. */
static enum answer implies(const struct condition *fact, const struct condition *wanted)
{
    if (wanted->kind == CONDITION_AND)
        return over_wanted(fact, wanted, true);
    if (fact->kind == CONDITION_OR)
        return over_facts(fact, wanted, true);
    if (fact->kind == CONDITION_COMPARE && wanted->kind == CONDITION_COMPARE)
        return atom_implies(fact, wanted);
    if (fact->kind == CONDITION_NOT && wanted->kind == CONDITION_NOT)
        return not_implies(fact, wanted);
    enum answer answer = ANSWER_NO;
    if (fact->kind == CONDITION_AND)
        answer = over_facts(fact, wanted, false);
    if (wanted->kind == CONDITION_OR) {
        enum answer arm = over_wanted(fact, wanted, false);
        answer = MAX(answer, arm);
    }
    return answer;
}

enum answer condition_implied(const struct restriction *facts, const struct condition *wanted)
{
    enum answer answer = ANSWER_NO;

    /* Each part of an AND may follow from another fact. */
    if (wanted->kind == CONDITION_AND) {
        answer = ANSWER_YES;
        for (const struct condition *child = wanted->children; child; child = child->next) {
            enum answer each = condition_implied(facts, child);
            answer = MIN(answer, each);
        }
        return answer;
    }
    for (; facts; facts = facts->next) {
        enum answer each = implies(facts->condition, wanted);
        answer = MAX(answer, each);
    }
    return answer;
}

enum answer index_takes_updated(const struct index *index, const struct access *update)
{
    enum answer answer = ANSWER_YES;

    for (const struct condition *each = index->predicate; each; each = each->next) {
        struct atom atom;
        const struct assignment *set =
            atom_of(each, &atom) ? access_assigns(update, atom.subject) : NULL;
        enum answer one =
            set ? term_holds_for(&atom.term, &set->value) : condition_implied(update->where, each);
        answer = MIN(answer, one);
    }
    return answer;
}
