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

/* Two tables, of which all rows are shown that belong together. */
static bool is_plain(const struct query *query)
{
    return query->kind == QUERY_SELECT && trial_is_join(query) && !query->aggregates &&
           !query->grouped && !query->distinct && !query->rest->limit;
}

/* The rows of the second table that belong to the row that the act before has found, and what is shown of
 * both. */
static bool take_shown(struct trial_maker *maker, const struct access *first,
                       const struct access *second)
{
    if (!trial_take_read(maker, second))
        return false;
    unsigned at = maker->program->count - 1U;
    struct act *found = &maker->program->acts[at - 1], *act = found + 1;
    bool all = !columns_of(maker, first->query, first, found->table, &found->reads),
         own = !columns_of(maker, first->query, second, act->table, &act->reads);

    act->joined = true;
    act_depend(act, WHEN_FOUND, at - 1);
    act->beside = all || found->reads ? (uint8_t)at : 0;
    found->reads = all ? 0 : found->reads;
    if (own)
        act->reads = 0;
    else if (!act->reads && act->filter_count > 0) /* nothing, or what is known */
        act->reads = (uint8_t)(1U << act->filters[0].column);
    return own || act->reads;
}

bool trial_take_joined(struct trial_maker *maker, const struct access *first,
                       const struct access *second)
{
    return first->query == second->query && first->query == maker->statement->query &&
           first->kind == ACCESS_READ && second->kind == ACCESS_READ && is_plain(first->query) &&
           !(maker->body && maker->body->into) && trial_take_rows(maker, first, second, take_shown);
}
