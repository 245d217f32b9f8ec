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

static bool assigns(const struct body *body, const char *variable)
{
    for (const struct body_statement *each = body->statements; each; each = each->next) {
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

bool bind_is_over_passed(const struct frame *frame, const struct body_statement *loop)
{
    const struct query *query = loop->statement ? loop->statement->query : NULL;

    if (!loop->into || !query || query->order)
        return false;
    /* FOREACH, or FOR i IN 1 .. array_length(…), where the body says which item it takes */
    bool array = loop->kind == BODY_LOOP && query->outputs;
    bool rows = loop->kind == BODY_FOR_QUERY && query->set_returning;
    const char *variable = array || rows ? only_variable(query) : NULL;
    return variable && is_passed(frame, variable) && !assigns(frame->body, variable) &&
           !commits_inside(loop);
}
