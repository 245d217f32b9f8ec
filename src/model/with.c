/* WITH … AS (UPDATE …) in a trial. Nobody asks for what the change gives: it is made when the rest of
 * the statement is done (manual, 7.8.4). Or the row that it takes away goes into another table. Both
 * see the same snapshot. */
#include <glib.h>

#include "program/rows.h"
#include "model/model.h"

/* What the query calls it; NULL when it does not name it. */
static const struct range *names(const struct query *query, const struct query *with)
{
    const struct range *range = query->ranges;

    while (range && range_query(range) != with)
        range = range->next;
    return range;
}

bool trial_shows_change(const struct query *query, const struct access *change)
{
    const struct query *with = change->query;

    return query->kind == QUERY_SELECT && query->inner == with && !with->next &&
           with->place == PLACE_WITH && access_is_write(change) && !query->recursive &&
           names(query, with) && !query->ranges->next && !query->rest->calls &&
           !query->conditions && !query->rest->limit && !query->distinct && !query->grouped &&
           !query->only_counts && !query->set_returning && !query->windowed;
}

/* A change of its own rows, by conditions alone. */
static bool is_simple(const struct query *query)
{
    return (query->kind == QUERY_UPDATE || query->kind == QUERY_DELETE) && query->ranges &&
           !query->ranges->next && !query->rest->calls;
}

static bool take_change(struct trial_maker *maker, const struct access *access)
{
    return access->kind == ACCESS_UPDATE ? trial_take_update(maker, access, -1)
                                         : trial_take_delete(maker, access, -1);
}

/* WITH w AS (DELETE …) UPDATE … */
static bool take_both(struct trial_maker *maker, const struct access *change,
                      const struct access *last)
{
    if (!is_simple(last->query) || last->query->inner->next || last->query->outputs ||
        !take_change(maker, last) || !take_change(maker, change))
        return false;
    maker->program->acts[maker->program->count - 1].joined = true;
    return true;
}

/* ------------------------------------------------------------------ a row that moves */

/* SELECT … FROM w, with nothing that leaves rows out. */
static const struct query *plain_source(const struct query *insert, const struct query *with)
{
    const struct query *source = with->next;

    return source && !source->next && source == query_source(insert) &&
                   source->kind == QUERY_SELECT && trial_is_flat(source) && names(source, with) &&
                   !source->conditions && !source->aggregates && !source->grouped &&
                   !source->distinct && !source->rest->limit && !source->rest->order
               ? source
               : NULL;
}

const char *trial_returned(const struct query *with, const char *name)
{
    const struct output *given = with->outputs;

    while (given && !output_is_star(given) && g_strcmp0(given->name, name) != 0)
        given = given->next;
    if (given && output_is_star(given))
        return name;
    return given && trial_is_column(&given->operand) ? given->operand.uses->name : NULL;
}

/* The column of the row that is taken away. */
static const char *column_of(const struct query *with, const struct output *output)
{
    const struct column_use *use = output->operand.uses;

    return trial_is_column(&output->operand) && use->range && range_query(use->range) == with
               ? trial_returned(with, use->name)
               : NULL;
}

bool trial_take_moved(struct trial_maker *maker, const struct access *insert,
                      const struct assignment *assignment, struct value *value)
{
    const struct access *from = maker->moved;
    const struct output *output =
        from ? access_output_for(insert, from->query->next, assignment) : NULL;
    const char *name = output ? column_of(from->query, output) : NULL;

    if (!name)
        return false;
    return trial_take_found(maker->trial, maker->program, maker->program->count - 2U, name, value);
}

/* WITH w AS (DELETE … RETURNING id) INSERT … SELECT id, 1 FROM w */
static bool take_move(struct trial_maker *maker, const struct access *taken,
                      const struct access *insert)
{
    if (taken->kind != ACCESS_DELETE || access_rows(taken) != ROWS_POINT ||
        insert->query->outputs || access_is_upsert(insert) ||
        !plain_source(insert->query, taken->query) || !take_change(maker, taken))
        return false;
    maker->moved = taken;
    bool understood = trial_take_insert(maker, insert);
    maker->moved = NULL;
    struct act *act = &maker->program->acts[maker->program->count - 1];
    act->joined = true;
    act_depend(act, WHEN_FOUND, maker->program->count - 2);
    return understood;
}

/* ------------------------------------------------------------------ a row that another one is changed by */

/* The range of the UPDATE … FROM w, or DELETE … USING w, that is the row that WITH changes. */
static const struct range *find_given(const struct query *query, const struct query *with)
{
    const struct range *range = names(query, with);

    return range && query->ranges->next && !query->ranges->next->next &&
                   (query->kind == QUERY_UPDATE || query->kind == QUERY_DELETE) && !query->outputs
               ? range
               : NULL;
}

/* WITH w AS (DELETE … RETURNING n) UPDATE … SET n = t.n + w.n FROM w: for one row. The other one is found by
 * conditions on it alone, or on what is given. */
static bool take_handed_on(struct trial_maker *maker, const struct access *given,
                           const struct access *last)
{
    const struct query *query = last->query;

    maker->from = find_given(query, given->query);
    maker->found = maker->program->count;
    bool taken = maker->from && access_rows(given) == ROWS_POINT &&
                 trial_is_asked_of(query, last) && take_change(maker, given) &&
                 take_change(maker, last);
    maker->from = NULL;
    if (!taken)
        return false;
    struct act *act = &maker->program->acts[maker->program->count - 1];
    act->joined = true;
    act_depend(act, WHEN_FOUND, maker->program->count - 2);
    return true;
}

bool trial_take_with(struct trial_maker *maker, const struct access *first,
                     const struct access *second)
{
    const struct query *query = maker->statement->query;
    bool asked = second->query == query; /* for the row that the change takes away */
    const struct access *change = asked ? first : second, *last = asked ? second : first;
    const struct query *with = change->query;

    if (last->query != query || query->inner != with || with->place != PLACE_WITH || with->inner ||
        query->recursive || query->rest->calls || !is_simple(with))
        return false;
    if (names(query, with))
        return asked && !with->next && take_handed_on(maker, change, last);
    return asked ? last->kind == ACCESS_INSERT && take_move(maker, change, last)
                 : take_both(maker, change, last);
}
