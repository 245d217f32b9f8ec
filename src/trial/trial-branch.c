/* Branches of routines in a trial: IF [NOT] FOUND, IF of a variable that a statement has given a value,
 * and their ELSE. RAISE EXCEPTION in one of them is an act, and so is RETURN before the end. */
#include <string.h>

#include <glib.h>

#include "facts/condition.h"
#include "trial/trial-parts.h"

/* ------------------------------------------------------------------ what is asked */

/* Whether the arm is IF FOUND or IF NOT FOUND, alone. WHEN_ALWAYS: it is neither. */
static enum act_when asked_in(const struct body_statement *arm)
{
    const struct query *query = arm->statement ? arm->statement->query : NULL;
    const struct output *output = query ? query->outputs : NULL;
    const struct operand *asked = output ? &output->operand : NULL;

    if (!asked || output->next || query->ranges || query->conditions || asked->use_count != 1 ||
        strcmp(asked->uses->name ? asked->uses->name : "", "found") != 0)
        return WHEN_ALWAYS;
    if (asked->kind == OPERAND_VARIABLE)
        return WHEN_FOUND;
    return g_strcmp0(asked->text, "(not found)") == 0 ? WHEN_NOT_FOUND : WHEN_ALWAYS;
}

/* The one comparison that the arm is entered by, or NULL. */
static const struct condition *test_in(const struct body_statement *arm)
{
    const struct query *query = arm->statement ? arm->statement->query : NULL;
    const struct condition *asked = query ? query->asked : NULL;

    return asked && !asked->next && asked->kind == CONDITION_COMPARE &&
                   (asked->comparison <= COMPARE_GREATER_EQUAL ||
                    asked->comparison == COMPARE_IS_NULL ||
                    asked->comparison == COMPARE_IS_NOT_NULL)
               ? asked
               : NULL;
}

static const struct body_statement *first_arm(const struct body_statement *choice)
{
    return choice->next && choice->next->parent == choice ? choice->next : NULL;
}

static enum act_when opposite(enum act_when when)
{
    return when == WHEN_FOUND       ? WHEN_NOT_FOUND
           : when == WHEN_NOT_FOUND ? WHEN_FOUND
           : when == WHEN_TRUE      ? WHEN_NOT_TRUE
                                    : WHEN_ALWAYS;
}

/* When the statements in the arm are run, which is the first or the ELSE. */
static enum act_when when_entered(const struct body_statement *arm)
{
    const struct body_statement *first = first_arm(arm->parent);
    enum act_when when = !first ? WHEN_ALWAYS : test_in(first) ? WHEN_TRUE : asked_in(first);

    if (arm == first)
        return when;
    return arm->statement ? WHEN_ALWAYS : opposite(when);
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

bool trial_knows_arm(const struct body_statement *arm)
{
    enum act_when when = when_entered(arm);

    return when == WHEN_TRUE || when == WHEN_NOT_TRUE ||
           (when != WHEN_ALWAYS && statement_before(arm->parent));
}

/* ------------------------------------------------------------------ the acts in it */

/* The act of which FOUND is. */
static bool take_found(const struct trial_maker *maker, struct act *asked)
{
    const struct body_statement *before = statement_before(maker->arm->parent);
    const struct trial_result *result = maker->results;

    while (result < maker->results + maker->result_count &&
           (result->via != maker->via || result->body != before))
        result++;
    if (result == maker->results + maker->result_count)
        return false;
    asked->condition = result->act;
    enum act_kind kind = maker->program->acts[result->act].kind;
    return kind == ACT_SELECT || kind == ACT_UPDATE || kind == ACT_DELETE;
}

/* A variable, or what it is compared with, on either side. */
static bool take_test(struct trial_maker *maker, const struct condition *condition,
                      struct act *asked)
{
    bool null =
        condition->comparison == COMPARE_IS_NULL || condition->comparison == COMPARE_IS_NOT_NULL;
    bool left = condition->left.kind == OPERAND_VARIABLE;
    const struct operand *variable = left ? &condition->left : &condition->right;
    const struct operand *other = left ? &condition->right : &condition->left;
    struct filter *test = &asked->test;
    struct value value;

    if (variable->kind != OPERAND_VARIABLE || !trial_take_result(maker, variable, &value))
        return false;
    const struct act *source = &maker->program->acts[value.source];
    struct trial_place place = {source->table, source->output};
    asked->condition = value.source;
    test->comparison = left ? condition->comparison : comparison_mirrored(condition->comparison);
    if (null)
        return trial_name_value(maker->trial, place.table, place.column, NO_VALUE);
    test->count = 1;
    return trial_take_value(maker, other, place, &test->values[0]) &&
           (!comparison_is_range(test->comparison) || trial_take_range(maker->trial, place, test));
}

/* What is asked is asked where the branch begins. */
static bool take_asked(struct trial_maker *maker, struct act *asked)
{
    const struct body_statement *body = maker->body, *first = first_arm(maker->arm->parent);

    asked->when = when_entered(maker->arm);
    if (asked->when == WHEN_FOUND || asked->when == WHEN_NOT_FOUND)
        return take_found(maker, asked);
    maker->body = first;
    bool taken = asked->when != WHEN_ALWAYS && take_test(maker, test_in(first), asked);
    maker->body = body;
    return taken;
}

bool trial_take_branch(struct trial_maker *maker, unsigned act)
{
    struct act asked = {.when = WHEN_ALWAYS};

    if (!take_asked(maker, &asked))
        return false;
    for (; act < maker->program->count; act++) {
        struct act *each = &maker->program->acts[act];
        if (each->when != WHEN_ALWAYS)
            return false;
        each->when = asked.when;
        each->condition = asked.condition;
        each->test = asked.test;
    }
    return true;
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

/* Whether nothing but what the routine was given decides about the branch, so that a run that leaves
 * there, before it has done anything, does nothing. */
static bool refuses_arguments(struct trial_maker *maker)
{
    const struct condition *test = test_in(maker->arm);
    const struct body_statement *body = maker->body;

    maker->body = maker->arm;
    bool given = !test || trial_given_by(maker, &test->left) || trial_given_by(maker, &test->right);
    maker->body = body;
    return !given;
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
