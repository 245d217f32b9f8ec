/* ON CONFLICT in a trial: which index it means, and what is set then. */
#include <string.h>

#include "model/model.h"

/* EXCLUDED.c is what the row was to have. */
static bool take_excluded(struct trial_maker *maker, struct act *act, const struct access *access,
                          const struct assignment *assignment)
{
    const struct operand *value = &assignment->value;
    const char *name = access_assigned_column(access, assignment);

    if (value->kind == OPERAND_COLUMN && value->uses && value->uses->name && value->uses->range &&
        value->uses->range != access->range && name) {
        unsigned from = trial_column(maker->trial, act->table, value->uses->name);
        unsigned column = trial_column(maker->trial, act->table, name);
        if (from == WORLD_COLUMNS || column == WORLD_COLUMNS || act->set_count == WORLD_COLUMNS)
            return false;
        act->sets[act->set_count++] =
            (struct set){.column = (uint8_t)column, .value = act->row[from]};
        return true;
    }
    return trial_take_assignment(maker, act, access, assignment);
}

static bool says_same(const struct filter *a, const struct filter *b)
{
    return a->column == b->column && a->comparison == b->comparison &&
           (a->count == 0 || a->values[0].number == b->values[0].number);
}

static bool is_meant(const struct world_index *index, const struct write *write, uint16_t named,
                     const struct filter *where)
{
    return index->unique && index->columns == named &&
           (!index->partial || (write->on_conflict->predicate && says_same(where, &index->where)));
}

/* The one index that ON CONFLICT means; with a condition that can be a partial one, and one that is
 * not. Returns false when there are several. */
static bool find_arbiter(struct trial_maker *maker, struct act *act, const struct write *write,
                         uint16_t named)
{
    const struct world_table *table = &maker->trial->world.tables[act->table];
    const struct trial_table *of = &maker->trial->tables[act->table];
    const char *name = write->on_conflict->constraint;
    struct filter where;
    unsigned count = 0;

    if (write->on_conflict->predicate &&
        !trial_take_predicate(maker->trial, act->table, write->on_conflict->predicate, &where))
        return false;
    for (uint8_t i = 0; i < table->index_count; i++) {
        if (name ? strcmp(of->names[i], name) == 0
                 : is_meant(&table->indexes[i], write, named, &where)) {
            act->arbiter = i;
            count++;
        }
    }
    return count == 1;
}

/* By a DEFERRABLE key it cannot go: 55000. */
static bool has_late_arbiter(const struct trial *trial, const struct act *act)
{
    const struct world_table *table = &trial->world.tables[act->table];

    for (unsigned i = 0; i < table->index_count; i++) {
        if (table->indexes[i].late && (act->arbiter == NO_INDEX || act->arbiter == i))
            return true;
    }
    return false;
}

bool trial_take_conflict(struct trial_maker *maker, struct act *act, const struct access *access)
{
    const struct write *write = access->query->write;
    uint16_t named = 0;

    if (write->conflict == CONFLICT_ERROR)
        return true;
    if (write->on_conflict->conditions || maker->view)
        return false;
    act->conflict = write->conflict == CONFLICT_UPDATE ? ACT_CONFLICT_UPDATE : ACT_CONFLICT_NOTHING;
    for (const char **column = write->on_conflict->columns; column && *column; column++) {
        unsigned at = trial_column(maker->trial, act->table, *column);
        if (at == WORLD_COLUMNS)
            return false;
        named |= (uint16_t)(1U << at);
    }
    if (((named || write->on_conflict->constraint) && !find_arbiter(maker, act, write, named)) ||
        has_late_arbiter(maker->trial, act))
        return false;
    for (const struct assignment *each = write->on_conflict->assignments; each; each = each->next) {
        if (!take_excluded(maker, act, access, each))
            return false;
    }
    return true;
}
