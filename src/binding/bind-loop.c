/* Loops whose items the caller of a routine passes, in an order that nobody has seen to. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

/* Whether it is an argument of the routine whose value the run brings. */
static bool is_passed(const struct frame *frame, const char *variable)
{
    const struct operand_item *item = frame->arguments;

    for (int i = 0; i < frame->routine->argument_count; i++, item = item ? item->next : NULL) {
        g_autofree char *number = g_strdup_printf("$%d", i + 1);
        if (g_strcmp0(frame->routine->argument_names[i], variable) == 0 ||
            strcmp(number, variable) == 0)
            return !item || item->operand.kind == OPERAND_PARAMETER ||
                   item->operand.kind == OPERAND_VARIABLE;
    }
    return false;
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

    if (!loop->into || !query || query->order || !frame->routine || commits_inside(loop))
        return false;
    bool array = loop->kind == BODY_LOOP && query->outputs && !query->outputs->next;
    bool rows = loop->kind == BODY_FOR_QUERY && query->set_returning;
    const char *variable = array || rows ? only_variable(query) : NULL;
    return variable && is_passed(frame, variable) && !assigns(frame->body, variable);
}
