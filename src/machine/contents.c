/* Which rows a world can have, which of them programs take for granted, and which an interleaving needs. */
#include "machine/contents.h"

#include <string.h>

/* ------------------------------------------------------------------ foreign keys */

bool world_has_parent(const struct world *world, const struct world_row *row,
                      const struct world_foreign_key *key)
{
    unsigned column = (unsigned)__builtin_ctz(world->tables[key->parent].indexes[0].columns);
    bool found = key->child != row->table || row->values[key->column] == NO_VALUE;

    for (unsigned i = 0; i < world->row_count && !found; i++)
        found = world->rows[i].table == key->parent &&
                world->rows[i].values[column] == row->values[key->column];
    return found;
}

bool world_has_parents(const struct world *world, const struct world_row *row)
{
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        if (!world_has_parent(world, row, &world->foreign_keys[i]))
            return false;
    }
    return true;
}

bool world_is_sound(const struct world *world)
{
    for (unsigned i = 0; i < world->row_count; i++) {
        if (!world_has_parents(world, &world->rows[i]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ which are needed */

static void take_out(struct world *world, unsigned row)
{
    world->row_count--;
    memmove(world->rows + row, world->rows + row + 1,
            (world->row_count - row) * sizeof world->rows[0]);
}

void world_reduce(struct world *world, const struct program *const *programs, unsigned count,
                  struct trace *trace)
{
    for (unsigned row = world->row_count; row-- > 0;) {
        struct world less = *world;
        take_out(&less, row);
        if (world_is_sound(&less) && explore_again(&less, programs, count, trace))
            *world = less;
    }
}

/* ------------------------------------------------------------------ which rows there must be */

static bool sets_key(const struct world_table *table, const struct act *act)
{
    for (unsigned i = 0; act->kind == ACT_UPDATE && i < act->set_count; i++) {
        for (unsigned j = 0; j < table->index_count; j++) {
            if (table->indexes[j].unique && (table->indexes[j].columns >> act->sets[i].column) & 1)
                return true;
        }
    }
    return false;
}

static bool is_fixed(const struct world *world, unsigned table,
                     const struct program *const *programs, unsigned count)
{
    for (unsigned run = 0; run < count; run++) {
        for (unsigned i = 0; i < programs[run]->count; i++) {
            const struct act *act = &programs[run]->acts[i];
            if (act->table == table && (act->kind == ACT_INSERT || act->kind == ACT_DELETE ||
                                        sets_key(&world->tables[table], act)))
                return false;
        }
    }
    return true;
}

/* Bits: the columns that the act compares with one value each, which it knows beforehand. */
static unsigned named_columns(const struct act *act)
{
    unsigned named = 0;

    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        if (filter->comparison == COMPARE_EQUAL && filter->values[0].kind == VALUE_PLAIN)
            named |= 1U << filter->column;
    }
    return named;
}

static bool has_named_row(const struct world *world, const struct act *act, unsigned key)
{
    for (unsigned i = 0; i < world->row_count; i++) {
        bool same = world->rows[i].table == act->table;
        for (unsigned j = 0; j < act->filter_count && same; j++) {
            const struct filter *filter = &act->filters[j];
            same = !((key >> filter->column) & 1) ||
                   world->rows[i].values[filter->column] == filter->values[0].number;
        }
        if (same)
            return true;
    }
    return false;
}

static bool misses_row(const struct world *world, const struct act *act)
{
    const struct world_table *table = &world->tables[act->table];
    bool takes = act->kind == ACT_UPDATE || (act->kind == ACT_SELECT && act->lock != LOCK_NONE);

    for (unsigned i = 0; takes && i < table->index_count; i++) {
        unsigned key = table->indexes[i].columns;
        if (table->indexes[i].unique && !table->indexes[i].partial &&
            (named_columns(act) & key) == key)
            return !has_named_row(world, act, key);
    }
    return false;
}

bool world_is_complete(const struct world *world, const struct program *const *programs,
                       unsigned count)
{
    for (unsigned run = 0; run < count; run++) {
        for (unsigned i = 0; i < programs[run]->count; i++) {
            const struct act *act = &programs[run]->acts[i];
            if (misses_row(world, act) && is_fixed(world, act->table, programs, count))
                return false;
        }
    }
    return true;
}
