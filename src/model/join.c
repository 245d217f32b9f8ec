/* SELECT of two tables in a trial: for each row of the first one, the rows of the second one that belong to
 * it. What is shown of a row of the first one is shown with each of these. */
#include <string.h>

#include "model/model.h"

/* Bits: the columns of the range that the outputs are made of; 0: all, as not all are known. */
static bool columns_of(struct trial_maker *maker, const struct query *query,
                       const struct access *access, unsigned table, uint8_t *columns)
{
    *columns = 0;
    for (const struct output *output = query->outputs; output; output = output->next) {
        const struct operand *operand = &output->operand;
        const struct column_use *use = operand->kind == OPERAND_CONSTANT ? NULL : operand->uses;
        if (output_is_star(output))
            return false;
        for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
            if (use->variable || (use->range && use->range != access->range))
                continue;
            unsigned column = use->range && use->name ? trial_column(maker->trial, table, use->name)
                                                      : WORLD_COLUMNS;
            if (column == WORLD_COLUMNS)
                return false;
            *columns |= (uint8_t)(1U << column);
        }
    }
    return true;
}

/* Two tables, of which all rows are shown that belong together, or what aggregates make of these. */
static bool is_plain(const struct trial_maker *maker, const struct query *query)
{
    bool grouped = query->aggregates || query->grouped;

    return query->kind == QUERY_SELECT && trial_is_join(query) &&
           (!grouped || trial_is_total(query) || trial_is_report(maker, query)) &&
           !query->distinct && !query->rest->limit;
}

/* What is shown of both rows, or made into a total. */
static bool take_outputs(struct trial_maker *maker, struct act *outer, struct act *act,
                         const struct access *first, const struct access *second)
{
    const struct query *query = first->query;
    bool outer_known = columns_of(maker, query, first, outer->table, &outer->reads),
         known = columns_of(maker, query, second, act->table, &act->reads);

    act->total = query->aggregates;
    act->beside = !outer_known || outer->reads;
    outer->reads = outer_known ? outer->reads : 0;
    if (act->total)
        return known && outer_known;
    if (!known)
        act->reads = 0;
    else if (!act->reads && act->filter_count > 0) /* nothing, or what is known */
        act->reads = (uint8_t)(1U << act->filters[0].column);
    return !known || act->reads;
}

/* FOR UPDATE: a row of the first table is locked for each one that belongs to it. */
static bool take_lock(struct act *outer, struct act *act)
{
    if (!outer->lock)
        return true;
    if (act->lock && (act->lock != outer->lock || act->wait != outer->wait))
        return false; /* of two clauses */
    act->outer_lock = outer->lock;
    act->wait = outer->wait;
    outer->lock = LOCK_NONE;
    outer->wait = WAIT_BLOCK;
    return true;
}

/* The rows of the second table that belong to the row that the act before has found, and what is shown of
 * both. */
static bool take_rows(struct trial_maker *maker, const struct access *first,
                      const struct access *second)
{
    struct program *program = maker->program;

    if (!trial_take_read(maker, second))
        return false;
    unsigned at = program->count - 1U;
    struct act *act = &program->acts[at], *outer = act - 1;
    act->joined = true;
    act_depend(act, WHEN_FOUND, at - 1);
    act->outer = (uint8_t)at;
    act->onto = outer->nth ? (uint8_t)(at - 1) : 0;
    return take_lock(outer, act) && take_outputs(maker, outer, act, first, second);
}

bool trial_take_joined(struct trial_maker *maker, const struct access *first,
                       const struct access *second)
{
    const struct query *query = first->query;
    bool into = maker->body && maker->body->into;
    unsigned at = maker->program->count;

    if (second->query != query || query != maker->statement->query || !is_plain(maker, query) ||
        !trial_take_rows(maker, first, second, take_rows))
        return false;
    return !into || query->aggregates ||
           (maker->program->count == at + 2 &&
            trial_finds_one(maker->trial, &maker->program->acts[at + 1]));
}
