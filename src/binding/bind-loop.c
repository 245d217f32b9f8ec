/* Loops whose items the caller of a routine passes, in an order that nobody has seen to. */
#include "binding/binder.h"

#include <glib.h>

/* Whether it is an argument of the routine whose value the run brings. */
static bool is_passed(const struct frame *frame, const char *variable)
{
    int index = bind_parameter_index(frame, variable);
    const struct operand *value = bind_argument_at(frame, index);

    return index >= 0 &&
           (!value || value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE);
}

static bool assigns(struct frame *frame, const char *variable)
{
    const struct body_statement *first =
        bind_settings(frame, variable) > 0 ? frame->body->statements : NULL;

    for (const struct body_statement *each = first; each; each = each->next) {
        if (each->into && g_strv_contains(each->into, variable))
            return true;
    }
    return false;
}

static bool commits_inside(const struct body_statement *loop)
{
    for (const struct body_statement *each = loop->next; each && each->depth > loop->depth;
         each = each->next) {
        if (each->kind == BODY_COMMIT || each->kind == BODY_ROLLBACK)
            return true;
    }
    return false;
}

/* The one variable that a query is made of, which looks at no table; NULL for anything else. */
static const char *only_variable(const struct query *query)
{
    const char *name = NULL;

    for (const struct range *each = query->ranges; each; each = each->next) {
        if (each->kind != RANGE_FUNCTION)
            return NULL;
    }
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->variable && name)
            return NULL;
        name = use->variable ? use->name : name;
    }
    return query->inner ? NULL : name;
}

/* WHILE i <= cardinality(a): of the two the caller passes one, and the loop sets the other. */
static bool counts_passed(struct frame *frame, const struct body_statement *loop)
{
    const struct query *until = body_loop_condition(loop);
    bool passed = false, counter = false;

    for (const struct column_use *use = until ? until->uses : NULL; use; use = use->next) {
        if (!use->variable)
            return false;
        bool assigned = assigns(frame, use->name);
        counter = counter || assigned;
        passed = passed || (!assigned && is_passed(frame, use->name));
    }
    return passed && counter;
}

/* FOR r IN SELECT … FROM t WHERE owner = $1: other rows for each run. */
static bool finds_for_passed(struct frame *frame, const struct query *query)
{
    for (const struct column_use *use = query->ranges ? query->uses : NULL; use; use = use->next) {
        if (use->variable && use->name && is_passed(frame, use->name) && !assigns(frame, use->name))
            return true;
    }
    return false;
}

bool bind_is_over_passed(struct frame *frame, const struct body_statement *loop)
{
    const struct query *query = loop->statement ? loop->statement->query : NULL;

    if (!loop->into && counts_passed(frame, loop))
        return !commits_inside(loop);
    if (!loop->into || !query || query->rest->order)
        return false;
    /* FOREACH, or FOR i IN 1 .. array_length(…), where the body says which item it takes */
    bool array = loop->kind == BODY_LOOP && query->outputs;
    bool rows = loop->kind == BODY_FOR_QUERY && query->set_returning;
    if (loop->kind == BODY_FOR_QUERY && !rows)
        return !query->rest->limit && finds_for_passed(frame, query) && !commits_inside(loop);
    const char *variable = array || rows ? only_variable(query) : NULL;
    return variable && is_passed(frame, variable) && !assigns(frame, variable) &&
           !commits_inside(loop);
}
