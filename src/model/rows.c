/* Statements that do something for each row that they read: INSERT … SELECT, UPDATE … FROM, DELETE …
 * USING, and id IN (SELECT … LIMIT 5). The result of an act is one row, so there is one act for each
 * row, all with the snapshot of the statement. Two rows are enough for what comes of several: more
 * are left where they are. */
#include <stdlib.h>

#include "facts/condition.h"
#include "model/model.h"
#include "program/rows.h"

enum { MOST_SOURCE_ROWS = 2, LARGEST_SUMMAND = 500 };

/* ------------------------------------------------------------------ which row */

bool trial_take_from(const struct trial_maker *maker, const struct operand *operand,
                     struct value *value)
{
    const struct column_use *use = operand->kind == OPERAND_CONSTANT ? NULL : operand->uses;
    bool sum = operand->kind == OPERAND_EXPRESSION && operand->sum && operand->summand &&
               operand->use_count == 1 && abs(operand->summand) <= LARGEST_SUMMAND;

    if (!maker->from || !use || !use->name || use->range != maker->from ||
        (!sum && !trial_is_column(operand)))
        return false;
    const struct query *given = range_query(maker->from);
    const char *name = given ? trial_returned(given, use->name) : use->name;
    if (!name || !trial_take_found(maker->trial, maker->program, maker->found, name, value))
        return false;
    value->number = sum ? operand->summand : 0;
    return true;
}

static bool take_nth(struct trial_maker *maker, const struct access *read, unsigned nth, bool picks)
{
    unsigned at = maker->program->count;

    if (!trial_take_read(maker, read))
        return false;
    struct act *act = &maker->program->acts[at];
    act->quiet = true;
    act->nth = (uint8_t)nth;
    act->limit = act->limit ? (uint8_t)(act->limit - nth) : 0;
    act->joined = nth > 0;
    return !act->total || (picks && trial_take_extreme(maker, act, read->query));
}

bool trial_finds_one(const struct trial *trial, const struct act *act)
{
    const struct world_table *table = &trial->world.tables[act->table];
    const struct world_index *index = act->index == NO_INDEX ? NULL : &table->indexes[act->index];
    unsigned equal = 0;

    for (unsigned i = 0; i < act->filter_count; i++)
        equal |= act->filters[i].comparison == COMPARE_EQUAL ? 1U << act->filters[i].column : 0;
    return index && index->unique && (index->columns & equal) == index->columns;
}

/* Of a join, one row of the other table for each row of this one would be a point as well. */
unsigned trial_most_rows(const struct trial_maker *maker, const struct access *read, unsigned first)
{
    const struct act *act = &maker->program->acts[first];
    bool point = read->query->ranges->next ? trial_finds_one(maker->trial, act)
                                           : access_rows(read) == ROWS_POINT;

    return point || act->limit == 1 ? 1 : MOST_SOURCE_ROWS;
}

/* ------------------------------------------------------------------ picks */

/* One act for each row that is picked. */
static bool take_picks(struct trial_maker *maker, const struct access *read)
{
    const struct query *query = read->query;
    unsigned first = maker->program->count, nth = 0;

    if (query->grouped || query->distinct || !query->outputs || query->outputs->next ||
        (!query->aggregates && !trial_is_column(&query->outputs->operand)))
        return false;
    do {
        if (!take_nth(maker, read, nth++, true))
            return false;
    } while (nth < trial_most_rows(maker, read, first));
    return true;
}

/* The sub-SELECT by which the write picks its rows: of WITH l AS (SELECT … FOR UPDATE) the one that takes
 * all rows of l, IN (SELECT id FROM l). NULL when there is none. */
static const struct query *picking_query(const struct query *found)
{
    const struct query *query = found->place == PLACE_WITH ? found->next : found;
    bool all = query && (query == found ||
                         (trial_is_flat(query) && range_query(query->ranges) == found &&
                          !query->conditions && !query->aggregates && !query->rest->limit &&
                          query->outputs && trial_is_column(&query->outputs->operand)));

    return all && !query->next && query->place == PLACE_WHERE ? query : NULL;
}

/* Whether a column is compared with what the sub-SELECT finds: another condition on that is not one of
 * the rows of the write. */
static bool compares_column(const struct access *write, const struct query *query)
{
    const struct restriction *each = write->where;

    while (each && !(each->term.column && each->term.value &&
                     each->term.value->kind == OPERAND_QUERY && each->term.value->query == query))
        each = each->next;
    return each;
}

bool trial_take_picked(struct trial_maker *maker, const struct access *read,
                       const struct access *write)
{
    const struct query *query = picking_query(read->query);
    int at = maker->program->count;

    if (write->query->inner != read->query || !query || !compares_column(write, query) ||
        !take_picks(maker, read) ||
        !(write->kind == ACCESS_UPDATE ? trial_take_update(maker, write, at)
                                       : trial_take_delete(maker, write, at)))
        return false;
    trial_show_written(maker, maker->program->count - 1U, write->query);
    maker->program->acts[maker->program->count - 1].joined = true;
    return true;
}

/* ------------------------------------------------------------------ writes */

bool trial_is_join(const struct query *query)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION || range->nullable || range->sampled)
            return false;
    }
    return !query->inner && query->ranges && query->ranges->next && !query->ranges->next->next &&
           !query->rest->calls && !query->set_returning && !query->windowed;
}

static bool take_write(struct trial_maker *maker, const struct access *read,
                       const struct access *write)
{
    (void)read;
    unsigned at = maker->program->count;
    bool taken = write->kind == ACCESS_INSERT   ? trial_take_insert(maker, write)
                 : write->kind == ACCESS_UPDATE ? trial_take_update(maker, write, -1)
                                                : trial_take_delete(maker, write, -1);

    if (!taken)
        return false;
    maker->program->acts[at].joined = true;
    act_depend(&maker->program->acts[at], WHEN_FOUND, at - 1);
    return true;
}

/* Whether the rows of the read say what is written, or which rows are. */
static bool drives(const struct access *read, const struct access *write)
{
    const struct query *source = read->query;

    if (!write->query->write || read->kind != ACCESS_READ || write->query->rest->calls ||
        write->query->outputs)
        return false;
    if (write->kind != ACCESS_INSERT)
        return source == write->query && trial_is_join(source) && write->range->target;
    return write->query->inner == source && !source->next && query_source(write->query) == source &&
           source->kind == QUERY_SELECT && !source->aggregates && !source->grouped &&
           !source->distinct;
}

bool trial_take_rows(struct trial_maker *maker, const struct access *read,
                     const struct access *other, trial_take_other *take)
{
    unsigned first = maker->program->count, nth = 0;
    bool taken = true;

    while (taken && (nth == 0 || nth < trial_most_rows(maker, read, first))) {
        maker->later = other->kind == ACCESS_INSERT ? NULL : other->range;
        taken = take_nth(maker, read, nth++, false);
        maker->later = NULL;
        maker->from = read->range;
        maker->found = maker->program->count - 1U;
        taken = taken && take(maker, read, other);
        maker->from = NULL;
    }
    maker->program->acts[first].stops = nth > 1;
    return taken;
}

bool trial_take_driven(struct trial_maker *maker, const struct access *read,
                       const struct access *write)
{
    return drives(read, write) && trial_take_rows(maker, read, write, take_write);
}

/* ------------------------------------------------------------------ INSERT … SELECT … WHERE NOT EXISTS */

/* What [NOT] EXISTS (…) asks of the sub-SELECT; WHEN_ALWAYS: it is no condition of the query. */
static enum act_when asked_of(const struct query *query, const struct query *inner)
{
    for (const struct condition *each = query->conditions; each; each = each->next) {
        if (condition_exists(each) == inner)
            return WHEN_FOUND;
        if (each->kind == CONDITION_NOT && condition_exists(each->children) == inner)
            return WHEN_NOT_FOUND;
    }
    return WHEN_ALWAYS;
}

/* What no row of the write decides is asked before the first one is looked for, and not again when one has
 * been changed meanwhile. */
bool trial_take_if_asked(struct trial_maker *maker, const struct access *read,
                         const struct access *write)
{
    const struct query *inner = read->query, *query = write->query;
    enum act_when when = asked_of(query, inner);
    unsigned at = maker->program->count;

    if (query->inner != inner || inner->next || read->kind != ACCESS_READ || query->rest->calls ||
        query->ranges->next || when == WHEN_ALWAYS || !trial_take_read(maker, read) ||
        maker->program->acts[at].total)
        return false;
    maker->program->acts[at].quiet = true;
    maker->program->acts[at].limit = 1;
    if (!(write->kind == ACCESS_UPDATE ? trial_take_update(maker, write, -1)
                                       : trial_take_delete(maker, write, -1)))
        return false;
    trial_show_written(maker, at + 1, query);
    maker->program->acts[at + 1].joined = true;
    act_depend(&maker->program->acts[at + 1], when, at);
    return true;
}

/* For the row that the act before has found: what is asked, and the INSERT. */
static bool take_asked(struct trial_maker *maker, const struct access *read,
                       const struct access *insert)
{
    unsigned at = maker->program->count;
    struct act asked = {.guard_count = 1}, *act;

    asked.guards[0] = (struct guard){.when = asked_of(read->query, maker->asked->query),
                                     .condition = (uint8_t)at};
    if (!trial_take_read(maker, maker->asked) || maker->program->acts[at].total)
        return false;
    act = &maker->program->acts[at];
    act->quiet = act->joined = true;
    act->limit = 1;
    act_depend(act, WHEN_FOUND, at - 1);
    if (!trial_take_insert(maker, insert))
        return false;
    act = &maker->program->acts[at + 1];
    act->joined = true;
    act_depend(act, WHEN_FOUND, at - 1);
    return trial_add_guards(maker, at + 1, &asked);
}

bool trial_take_unless(struct trial_maker *maker, const struct access *read,
                       const struct access *asked, const struct access *insert)
{
    const struct query *inner = asked->query;

    if (insert->kind != ACCESS_INSERT || asked->kind != ACCESS_READ || !drives(read, insert) ||
        inner->parent != read->query || !inner->exists ||
        asked_of(read->query, inner) == WHEN_ALWAYS)
        return false;
    maker->asked = asked;
    bool taken = trial_take_rows(maker, read, insert, take_asked);
    maker->asked = NULL;
    return taken;
}
