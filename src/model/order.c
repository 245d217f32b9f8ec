/* ORDER BY and LIMIT in a trial, and what means the same: (SELECT max(n) …) is ORDER BY n DESC LIMIT 1. */
#include <string.h>

#include <glib.h>

#include "model/model.h"

enum { MOST_GIVEN = 2 };

/* The first row can be one in front of all that programs name; one behind them is there anyway. */
static void name_first(struct trial *trial, unsigned table, unsigned column)
{
    if (trial->tables[table].columns[column].count > 0)
        trial_name_value(trial, table, column, FIRST_BELOW);
}

/* Whether the machine comes to the rows of the index in the order of the column. */
static bool is_in_order(const struct trial *trial, unsigned table, unsigned index, unsigned column)
{
    const struct world_index *of = &trial->world.tables[table].indexes[index];

    return trial->tables[table].first_columns[index] == column && !of->partial &&
           !(of->columns & ((1U << column) - 1));
}

/* Lets the act come to its rows in the order of the column. `matters`: by another index than the one that
 * its conditions have chosen, or by none; `first`: not all of them may be taken. */
static bool order_by(struct trial *trial, struct act *act, unsigned column, bool descending,
                     bool matters, bool first)
{
    const struct world_table *table = &trial->world.tables[act->table];

    for (uint8_t i = 0; i < table->index_count; i++) {
        if (is_in_order(trial, act->table, i, column) &&
            (act->index == NO_INDEX || act->index == i || matters)) {
            act->index = i;
            act->descending = descending;
            act->sorted = true;
            act->tied = !trial_is_key(trial, act->table, column);
            if (first && !descending)
                name_first(trial, act->table, column);
            return true;
        }
    }
    if (!matters)
        return false;
    act->ordered = act->sorted = true;
    act->tied = !trial_is_key(trial, act->table, column);
    act->order = (uint8_t)column;
    act->descending = descending;
    return true;
}

/* Rows that are sorted before they are counted, locked or gone through are come to in that order, whatever
 * index has found them. */
static bool take_order(struct trial_maker *maker, struct act *act, const struct access *access,
                       const struct query *query)
{
    const struct sort *sort = query->rest->order;
    bool loops = maker->body && maker->body->kind == BODY_FOR_QUERY;
    bool matters = query->rest->limit || access->kind == ACCESS_LOCK || loops;

    if (!sort || query->aggregates || query->grouped || maker->from)
        return true;
    if (maker->later && !operand_uses_range(&sort->operand, access->range))
        return !matters;
    const char *name =
        trial_is_column(&sort->operand) ? trial_below(maker, sort->operand.uses->name) : NULL;
    if (!name)
        return !query->rest->limit;
    unsigned column = trial_column(maker->trial, act->table, name);
    bool first = query->rest->limit || loops;
    return (column < WORLD_COLUMNS &&
            order_by(maker->trial, act, column, sort->descending, matters, first)) ||
           !query->rest->limit;
}

/* As many as all contents have, where it is more than that; of one that is given, two. */
static bool take_limit(struct trial_maker *maker, struct act *act, const struct query *query)
{
    const struct operand *limit = query->rest->limit;
    struct value given;
    long number = MOST_GIVEN;

    if (!limit || query->aggregates)
        return !limit;
    if (limit->kind == OPERAND_CONSTANT
            ? !limit->text || !trial_is_small(limit->text, &number) || number < 1
            : !trial_take_value(maker, limit, (struct trial_place){.table = WORLD_TABLES},
                                &given) ||
                  given.kind != VALUE_PLAIN)
        return false;
    act->limit = (uint8_t)MIN(number, UINT8_MAX);
    return true;
}

bool trial_take_order(struct trial_maker *maker, struct act *act, const struct access *access,
                      const struct query *query)
{
    return take_order(maker, act, access, query) && take_limit(maker, act, query);
}

bool trial_take_extreme(struct trial_maker *maker, struct act *act, const struct query *query)
{
    const struct output *output = query->outputs;
    const struct column_use *use = output && !output->next ? output->operand.uses : NULL;
    bool most = output && g_strcmp0(output->name, "max") == 0;

    if (!query->only_min_max || !use || output->operand.use_count != 1 || use->variable ||
        !use->name || (!most && g_strcmp0(output->name, "min") != 0) ||
        act->filter_count == WORLD_FILTERS)
        return false;
    unsigned column = trial_column(maker->trial, act->table, use->name);
    if (column == WORLD_COLUMNS)
        return false;
    act->filters[act->filter_count++] =
        (struct filter){.column = (uint8_t)column, .comparison = COMPARE_IS_NOT_NULL};
    act->total = false;
    act->limit = 1;
    return order_by(maker->trial, act, column, most, true, true);
}
