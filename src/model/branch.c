/* Branches of routines in a trial: IF, ELSIF and ELSE, also in one another, by [NOT] FOUND, [NOT]
 * EXISTS, counts and variables that a statement has given a value, all of these or one of them. RAISE
 * EXCEPTION in one of them is an act, and so is RETURN before the end. And INSERT … SELECT of values
 * that one sub-SELECT decides about. */
#include <string.h>

#include <glib.h>

#include "facts/condition.h"
#include "model/model.h"

enum { MOST_COUNTED = 3 };

/* ------------------------------------------------------------------ what is asked */

/* The conditions that must hold for the arm to be entered, if none before it is; NULL for ELSE, and
 * when they are not known. */
static const struct condition *asked_in(const struct body_statement *arm)
{
    const struct query *query = arm->statement ? arm->statement->query : NULL;

    return query ? query->rest->asked : NULL;
}

static const struct condition *without_not(const struct condition *test)
{
    return test->kind == CONDITION_NOT ? test->children : test;
}

static bool is_found(const struct condition *test)
{
    return test->kind == CONDITION_COMPARE && test->comparison == COMPARE_TRUE &&
           test->left.kind == OPERAND_VARIABLE && g_strcmp0(test->left.text, "found") == 0;
}

/* The statement in front of the choice: FOUND is of that. NULL when it is none that sets FOUND by the
 * rows that it comes to. */
static const struct body_statement *statement_before(const struct body_statement *choice)
{
    const struct body_statement *each = choice, *before = NULL;

    while (each->parent)
        each = each->parent;
    for (; each && each != choice; each = each->next)
        before = each;
    const struct query *query =
        before && before->kind == BODY_SQL && before->statement && before->parent == choice->parent
            ? before->statement->query
            : NULL;
    return query && !query->aggregates ? before : NULL;
}

static bool is_test(const struct condition *test, const struct body_statement *choice)
{
    if (is_found(without_not(test)))
        return statement_before(choice);
    return condition_exists(without_not(test)) ||
           (test->kind == CONDITION_COMPARE &&
            (test->comparison <= COMPARE_GREATER_EQUAL || test->comparison == COMPARE_IS_NULL ||
             test->comparison == COMPARE_IS_NOT_NULL));
}

/* Whether each is a test, or, with `one_of`, some of which one must hold. */
static bool are_tests(const struct condition *asked, const struct body_statement *choice,
                      bool one_of)
{
    for (; asked; asked = asked->next) {
        if (asked->kind == CONDITION_OR ? !one_of || !are_tests(asked->children, choice, false)
                                        : !is_test(asked, choice))
            return false;
    }
    return true;
}

bool trial_knows_arm(const struct body_statement *arm)
{
    return !arm->statement || (asked_in(arm) && are_tests(asked_in(arm), arm->parent, true));
}

/* ------------------------------------------------------------------ the acts in it */

/* The act that the statement became, of which FOUND is; or the one that EXISTS in the condition is. */
static bool take_found(const struct trial_maker *maker, const struct body_statement *asked,
                       struct guard *guard)
{
    const struct trial_result *result = trial_result_of(maker, maker->via, asked);

    if (!result)
        return false;
    guard->condition = result->act;
    enum act_kind kind = maker->program->acts[result->act].kind;
    return kind == ACT_SELECT || kind == ACT_UPDATE || kind == ACT_DELETE;
}

/* Whether few rows decide about it: no trial has many that all are counted. */
static bool asks_for_few(long number)
{
    return number >= 0 && number <= MOST_COUNTED;
}

/* What the count is compared with. Of one that is given, count(*) >= $1, a number will do by which one row
 * alone does not decide. */
static bool take_limit(struct trial_maker *maker, const struct condition *condition, long *number)
{
    const struct operand *right = &condition->right;
    enum comparison comparison = condition->comparison;
    struct value given;

    if (right->kind == OPERAND_CONSTANT)
        return right->text && trial_is_small(right->text, number) && asks_for_few(*number);
    *number = comparison == COMPARE_LESS || comparison == COMPARE_GREATER_EQUAL ? 2 : 1;
    return trial_take_value(maker, right, (struct trial_place){.table = WORLD_TABLES}, &given) &&
           given.kind == VALUE_PLAIN;
}

/* That the count, which the act has made, is to a small number as the condition says. */
static bool take_number(struct trial_maker *maker, unsigned act, const struct condition *condition,
                        struct guard *guard)
{
    long number;

    if (condition->comparison > COMPARE_GREATER_EQUAL || !take_limit(maker, condition, &number))
        return false;
    guard->condition = (uint8_t)act;
    guard->test = (struct filter){.comparison = condition->comparison, .count = 1};
    guard->test.values[0].number = (int16_t)(FIRST_MADE_OF + number);
    return maker->program->acts[act].total;
}

/* How many rows were counted: IF (SELECT count(*) …) > 1. */
static bool take_count(struct trial_maker *maker, const struct condition *condition,
                       struct guard *guard)
{
    const struct operand *left = &condition->left;
    const struct trial_result *result = left->kind == OPERAND_QUERY
                                            ? trial_result_of(maker, maker->via, maker->body)
                                            : trial_counted(maker, left);

    return result && take_number(maker, result->act, condition, guard);
}

/* Of what it is not known which row, or how many of them, it has come from: v_sum + p_amount. */
static bool is_read_of_rows(const struct trial_maker *maker, const struct operand *operand,
                            const struct value *value)
{
    const struct body_statement *giver =
        value->kind == VALUE_PLAIN ? trial_given_by(maker, operand) : NULL;
    const struct query *query = giver && giver->statement ? giver->statement->query : NULL;

    return query && (query->ranges || query->inner);
}

/* A variable, or what it is compared with, on either side. */
static bool take_comparison(struct trial_maker *maker, const struct condition *condition,
                            struct guard *guard)
{
    bool null =
        condition->comparison == COMPARE_IS_NULL || condition->comparison == COMPARE_IS_NOT_NULL;
    bool left = condition->left.kind == OPERAND_VARIABLE;
    const struct operand *variable = left ? &condition->left : &condition->right;
    const struct operand *other = left ? &condition->right : &condition->left;
    struct filter *test = &guard->test;
    struct value value;

    if (variable->kind != OPERAND_VARIABLE || !trial_take_result(maker, variable, &value))
        return false;
    const struct act *source = &maker->program->acts[value.source];
    struct trial_place place = {source->table, value.column};
    guard->condition = value.source;
    test->column = value.column;
    test->comparison = left ? condition->comparison : comparison_mirrored(condition->comparison);
    if (null)
        return trial_name_value(maker->trial, place.table, place.column, NO_VALUE);
    test->count = 1;
    return trial_take_value(maker, other, place, &test->values[0]) &&
           !is_read_of_rows(maker, other, &test->values[0]) &&
           (!comparison_is_range(test->comparison) || trial_take_range(maker->trial, place, test));
}

/* `linked`: it, or the next one. */
static bool take_test(struct trial_maker *maker, const struct condition *test, bool holds,
                      bool linked, struct act *asked)
{
    const struct condition *inner = without_not(test);
    const struct body_statement *arm = maker->body;

    if (asked->guard_count == WORLD_GUARDS)
        return false;
    struct guard *guard = &asked->guards[asked->guard_count++];
    guard->or_next = linked;
    if (is_found(inner) || condition_exists(inner)) {
        guard->when = (inner == test) == holds ? WHEN_FOUND : WHEN_NOT_FOUND;
        return take_found(maker, is_found(inner) ? statement_before(arm->parent) : arm, guard);
    }
    guard->when = holds ? WHEN_TRUE : WHEN_NOT_TRUE;
    return take_count(maker, test, guard) || take_comparison(maker, test, guard);
}

/* That all of the list hold, or that not all of them do; of a list of OR that one holds, or none. */
static bool take_tests(struct trial_maker *maker, const struct condition *list, bool all,
                       bool holds, struct act *asked)
{
    for (; list; list = list->next) {
        if (list->kind == CONDITION_OR
                ? !(all && holds) || !take_tests(maker, list->children, false, true, asked)
                : !take_test(maker, list, holds, all != holds && list->next, asked))
            return false;
    }
    return true;
}

/* That the arm is entered, or is not. What is asked is asked where the branch begins. */
static bool take_arm(struct trial_maker *maker, const struct body_statement *arm, bool entered,
                     struct act *asked)
{
    const struct body_statement *body = maker->body;
    const struct condition *list = asked_in(arm);
    bool any = list && !list->next && list->kind == CONDITION_OR;

    maker->body = arm;
    bool taken = list && take_tests(maker, any ? list->children : list, !any, entered, asked);
    maker->body = body;
    return taken;
}

static bool take_arms(struct trial_maker *maker, const struct body_statement *inside,
                      struct act *asked);

/* What decides whether the condition of the arm is asked for. */
static bool take_before(struct trial_maker *maker, const struct body_statement *arm,
                        struct act *asked)
{
    const struct body_statement *each = arm->parent->next;

    if (!take_arms(maker, arm->parent, asked))
        return false;
    for (; each != arm; each = each->next) {
        if (each->parent == arm->parent && !take_arm(maker, each, false, asked))
            return false;
    }
    return true;
}

/* What decides about all arms that the statement stands in. */
static bool take_arms(struct trial_maker *maker, const struct body_statement *inside,
                      struct act *asked)
{
    const struct body_statement *arm = body_enclosing(inside, BODY_ARM);

    return !arm || (take_before(maker, arm, asked) &&
                    (!arm->statement || take_arm(maker, arm, true, asked)));
}

/* An act that depends on another one of its statement does so where all of it is run. */
bool trial_add_guards(struct trial_maker *maker, unsigned act, const struct act *asked)
{
    for (; act < maker->program->count; act++) {
        struct act *each = &maker->program->acts[act];
        if (each->guard_count + asked->guard_count > WORLD_GUARDS)
            return false;
        memcpy(each->guards + each->guard_count, asked->guards,
               asked->guard_count * sizeof asked->guards[0]);
        each->guard_count = (uint8_t)(each->guard_count + asked->guard_count);
    }
    return true;
}

bool trial_take_branch(struct trial_maker *maker, unsigned act)
{
    struct act asked = {.guard_count = 0};

    return (maker->body->kind == BODY_ARM ? take_before(maker, maker->body, &asked)
                                          : take_arms(maker, maker->body, &asked)) &&
           trial_add_guards(maker, act, &asked);
}

/* ------------------------------------------------------------------ INSERT … SELECT … WHERE */

/* The one condition, where there are no rows and nothing is sorted; NULL when there is more. */
static const struct condition *only_condition(const struct query *source)
{
    return source && !source->next && source->kind == QUERY_SELECT && !source->ranges &&
                   !source->rest->order && !source->rest->limit && source->conditions &&
                   !source->conditions->next
               ? source->conditions
               : NULL;
}

/* The sub-SELECT of [NOT] EXISTS, or the count that stands on the left; NULL for anything else. */
static const struct query *query_asked(const struct condition *condition)
{
    const struct query *query = condition_exists(without_not(condition));

    if (!query && condition->kind == CONDITION_COMPARE && condition->left.kind == OPERAND_QUERY &&
        trial_counts(condition->left.query))
        query = condition->left.query;
    return query;
}

/* What the condition asks of the act that the sub-SELECT has become. */
static bool take_guard(struct trial_maker *maker, const struct condition *condition, unsigned at,
                       struct guard *guard)
{
    bool exists = condition_exists(without_not(condition));

    guard->condition = (uint8_t)at;
    guard->when = !exists                            ? WHEN_TRUE
                  : condition->kind == CONDITION_NOT ? WHEN_NOT_FOUND
                                                     : WHEN_FOUND;
    return exists || take_number(maker, at, condition, guard);
}

bool trial_take_guarded(struct trial_maker *maker, const struct access *read,
                        const struct access *insert)
{
    const struct condition *condition = only_condition(insert->query->inner);
    unsigned at = maker->program->count;
    struct act asked = {.guard_count = 1};

    if (!condition || query_asked(condition) != read->query || read->kind != ACCESS_READ ||
        !trial_take_read(maker, read) || !take_guard(maker, condition, at, &asked.guards[0]))
        return false;
    maker->program->acts[at].quiet = true;
    maker->program->acts[at].limit = asked.guards[0].when != WHEN_TRUE;
    if (!trial_take_insert(maker, insert))
        return false;
    maker->program->acts[at + 1].joined = true;
    return trial_add_guards(maker, at + 1, &asked);
}

/* ------------------------------------------------------------------ RAISE and RETURN */

static bool is_raise(const struct body_statement *statement)
{
    return statement->kind == BODY_RAISE && statement->error;
}

static bool returns_early(const struct body_statement *statement)
{
    return statement->kind == BODY_RETURN && !statement->more && statement->next;
}

bool trial_may_leave(const struct body *body)
{
    const struct body_statement *each = body->statements;

    while (each && !is_raise(each) && !returns_early(each))
        each = each->next;
    return each;
}

/* Whether what an operand is comes of what the routine has read, not of what it was given. */
static bool is_read(const struct trial_maker *maker, const struct operand *operand)
{
    return operand->has_query || trial_given_by(maker, operand);
}

static bool is_given(const struct trial_maker *maker, const struct condition *test)
{
    return test->kind != CONDITION_COMPARE || is_found(test) || is_read(maker, &test->left) ||
           is_read(maker, &test->right);
}

/* Whether what the routine was given decides about the branch, so that a run that leaves there, before
 * it has done anything, does nothing. */
static bool refuses_arguments(struct trial_maker *maker)
{
    const struct condition *each = asked_in(maker->arm);
    const struct body_statement *body = maker->body;
    bool any = each && !each->next && each->kind == CONDITION_OR, refuses = any;

    maker->body = maker->arm;
    for (each = any ? each->children : each; each; each = each->next) {
        if (any)
            refuses &= !is_given(maker, each);
        else
            refuses |= !is_given(maker, each);
    }
    maker->body = body;
    return refuses;
}

/* Whether the run does nothing any more, be it left or not. */
static bool ends_alike(const struct body_statement *from, const struct body_statement *end)
{
    while (from && from != end && !is_raise(from))
        from = from->next;
    return !from;
}

static bool take_leaving(struct trial_maker *maker, enum act_kind kind)
{
    unsigned act = maker->program->count;

    if (act == WORLD_ACTS || act == maker->first)
        return false;
    maker->program->acts[maker->program->count++] =
        (struct act){.kind = kind, .index = NO_INDEX, .arbiter = NO_INDEX, .called = true};
    return trial_take_branch(maker, act);
}

bool trial_take_leaving(struct trial_maker *maker, const struct body_statement *from,
                        const struct body_statement *end)
{
    for (; from != end; from = from->next) {
        bool raises = is_raise(from);
        if (!raises && (!returns_early(from) || ends_alike(from, end)))
            continue;
        maker->body = from;
        maker->arm = from->parent;
        if (g_strcmp0(from->name, "assert_failure") == 0)
            return false; /* ASSERT fails where its condition does not hold */
        if ((raises || maker->program->count == maker->first) && refuses_arguments(maker))
            continue;
        if (!take_leaving(maker, raises ? ACT_RAISE : ACT_RETURN))
            return false;
    }
    return true;
}
