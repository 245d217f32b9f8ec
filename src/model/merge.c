/* MERGE in a trial. Of one row of its source, what WHEN MATCHED does is a change of the row that the
 * condition finds, and what WHEN NOT MATCHED does an INSERT where it has found none: also where the
 * row was there, and was deleted by somebody for whom the change has waited (manual, MERGE). */
#include <string.h>

#include "model/model.h"

/* ------------------------------------------------------------------ the source */

/* VALUES with one row, or SELECT of nothing but values. */
static bool has_one_row(const struct query *source)
{
    if (source->kind == QUERY_VALUES)
        return source->one_row && !source->inner && !source->rest->calls;
    return source->kind == QUERY_SELECT && !source->ranges && !source->inner &&
           !source->rest->calls && !source->conditions && !source->aggregates && !source->grouped &&
           !source->set_returning && !source->rest->limit;
}

/* The source, when it is the one row that is written in the statement. */
static const struct range *find_source(const struct query *query)
{
    const struct range *source = query->ranges ? query->ranges->next : NULL;

    return source && !source->next && source->kind == RANGE_QUERY && source->query &&
                   query->inner == source->query && !query->inner->next &&
                   has_one_row(source->query)
               ? source
               : NULL;
}

const struct operand *trial_given(const struct trial_maker *maker, const struct operand *operand)
{
    const struct query *query = maker->statement->query;
    const struct column_use *use = operand->uses;

    if (!operand_is_column(operand) || !use || !use->name || !query || query->kind != QUERY_MERGE ||
        !use->range || use->range != find_source(query))
        return operand;
    for (const struct output *output = use->range->query->outputs; output; output = output->next) {
        if (output->name && strcmp(output->name, use->name) == 0)
            return &output->operand;
    }
    return operand;
}

/* ------------------------------------------------------------------ the actions */

/* The access of the one action of this kind for rows that are there, or that are not. */
static bool find_action(const struct trial_maker *maker, const struct query *query, bool matched,
                        const struct access **found)
{
    const struct merge_when *only = NULL;

    *found = NULL;
    for (const struct merge_when *when = query->write->when; when; when = when->next) {
        if (when->matched != matched)
            continue;
        if (only || when->conditions || when->by_source)
            return false;
        only = when;
    }
    if (!only || only->action == MERGE_NOTHING)
        return true;
    for (const struct access *access = maker->transaction->accesses; access;
         access = access->next) {
        if (trial_is_of_statement(maker, access) &&
            (access->kind == ACCESS_INSERT) == (only->action == MERGE_INSERT)) {
            if (*found)
                return false;
            *found = access;
        }
    }
    return *found;
}

bool trial_is_asked_of(const struct query *query, const struct access *access)
{
    const struct condition *condition = query->conditions;
    const struct restriction *asked = access->where;

    while (condition && asked) {
        condition = condition->next;
        asked = asked->next;
    }
    return !condition && !asked;
}

static bool is_understood(const struct trial_maker *maker, const struct access *access)
{
    return !access || (access->query == maker->statement->query && access->via == maker->via &&
                       access->relation && !access->conditional && !access->repeated &&
                       !access->created && !access_is_exempt(access));
}

bool trial_take_merge(struct trial_maker *maker, const struct query *query)
{
    const struct access *change, *insert;
    unsigned at = maker->program->count;

    maker->view = NULL;
    if (!find_source(query) || query->rest->calls || query->outputs ||
        !find_action(maker, query, true, &change) || !find_action(maker, query, false, &insert) ||
        !change || !trial_is_asked_of(query, change) || !is_understood(maker, change) ||
        !is_understood(maker, insert) ||
        !(change->kind == ACCESS_UPDATE ? trial_take_update(maker, change, -1)
                                        : trial_take_delete(maker, change, -1)))
        return false;
    if (!insert)
        return true;
    if (!trial_take_insert(maker, insert))
        return false;
    struct act *act = &maker->program->acts[at + 1];
    act->joined = true;
    act_depend(act, WHEN_NOT_FOUND, at);
    return true;
}
