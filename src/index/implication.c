/* A condition in normal form is a tree of AND and OR over comparisons of one column or expression:
 * what is wanted of a column follows when every value that satisfies what is known satisfies it. */
#include "index/implication.h"

#include <string.h>

#include <glib.h>

#include "catalog/key.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ comparisons */

static enum answer comparison_implies(const struct condition *fact, const struct condition *wanted)
{
    const struct term a = term_by_text(fact), b = term_by_text(wanted);

    if (!a.column || !b.column)
        return ANSWER_NO;
    if (strcmp(a.column, b.column) == 0)
        return term_implies(&a, &b);
    /* lower(x) = 'a' may imply x IS NOT NULL */
    return b.comparison == COMPARE_IS_NOT_NULL && strstr(a.column, b.column) ? ANSWER_UNKNOWN
                                                                             : ANSWER_NO;
}

/* What has no opposite follows from nothing but itself. */
static enum answer not_implies(const struct condition *fact, const struct condition *wanted)
{
    return fact->children && wanted->children &&
                   comparison_implies(fact->children, wanted->children) == ANSWER_YES &&
                   comparison_implies(wanted->children, fact->children) == ANSWER_YES
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
        return comparison_implies(fact, wanted);
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
        enum answer each = implies(facts->term.condition, wanted);
        answer = MAX(answer, each);
    }
    return answer;
}

enum answer index_takes_updated(const struct index *index, const struct access *update)
{
    enum answer answer = ANSWER_YES;

    for (const struct condition *each = index->predicate; each; each = each->next) {
        const struct term term = term_by_text(each);
        const struct assignment *set = term.column ? access_assigns(update, term.column) : NULL;
        enum answer one =
            set ? term_holds_for(&term, &set->value) : condition_implied(update->where, each);
        answer = MIN(answer, one);
    }
    return answer;
}

bool index_keeps_apart(const struct access *read, const struct access *update)
{
    for (const struct index *key = relation_keys(update->relation, KEY_IMMEDIATE | KEY_OF_COLUMNS);
         key && update->kind == ACCESS_UPDATE;
         key = relation_key_after(key, KEY_IMMEDIATE | KEY_OF_COLUMNS)) {
        const struct index_key *column = key->keys;
        while (column && access_equals(read, column->column))
            column = column->next;
        if (key->partial && !column && index_takes_updated(key, update) == ANSWER_YES)
            return true;
    }
    return false;
}
