/* Values that are made of rows which the program reads: SET total = (SELECT sum(…) …), VALUES ((SELECT
 * …)), INSERT … SELECT max(no) + 1, and a variable that an aggregate has gone into. A SELECT inside of
 * a statement is run first, with its snapshot, and not again when the statement has waited for a
 * row (manual, 13.2.1). */
#include <string.h>

#include <glib.h>

#include "program/rows.h"
#include "model/model.h"

static bool has_having(const struct query *query)
{
    const struct condition *condition = query->conditions;

    while (condition && !condition->having)
        condition = condition->next;
    return condition;
}

bool trial_is_total(const struct query *query)
{
    return query->aggregates && !query->grouped && !query->rest->limit && !has_having(query);
}

bool trial_is_report(const struct trial_maker *maker, const struct query *query)
{
    return query->kind == QUERY_SELECT && query->grouped && query->aggregates && !maker->body &&
           !query->rest->limit && !has_having(query) && query == maker->statement->query;
}

static bool add_columns(struct trial_maker *maker, unsigned table, const struct operand *operand,
                        uint8_t *columns)
{
    const struct column_use *use = operand->kind == OPERAND_CONSTANT ? NULL : operand->uses;

    for (uint32_t i = 0; i < operand->use_count && use; i++, use = use->next) {
        const char *name = use->variable || !use->name ? NULL : trial_below(maker, use->name);
        unsigned column = name ? trial_column(maker->trial, table, name) : WORLD_COLUMNS;
        if (!use->variable && column == WORLD_COLUMNS)
            return false;
        *columns |= use->variable ? 0 : (uint8_t)(1U << column);
    }
    return !operand->has_query;
}

bool trial_take_total(struct trial_maker *maker, struct act *act, const struct query *query)
{
    uint8_t columns = 0;

    if (!trial_is_total(query) && !trial_is_report(maker, query))
        return false;
    for (const struct output *output = query->outputs; output; output = output->next) {
        if (output_is_star(output) || !add_columns(maker, act->table, &output->operand, &columns))
            return false;
    }
    act->total = true;
    act->reads = columns;
    return true;
}

/* By the name that count(*) gives to its column. */
bool trial_counts(const struct query *query)
{
    const struct output *output = query->outputs;

    return query->only_counts && trial_is_total(query) && output && !output->next &&
           output->operand.use_count == 0 && g_strcmp0(output->name, "count") == 0;
}

/* Whether all of it is the total that the act gives, of one table or two. */
static bool is_made_by(const struct trial_maker *maker, unsigned at, const struct source *data)
{
    const struct act *act = &maker->program->acts[at];
    const struct access *outer = act->outer ? maker->accesses[act->outer - 1] : NULL;

    for (; data; data = data->next) {
        if (data->access != maker->accesses[at] && data->access != outer)
            return false;
    }
    return act->total;
}

bool trial_take_made(const struct trial_maker *maker, const struct source *data,
                     struct value *value)
{
    unsigned at = maker->program->count;

    while (data && at > 0 && !is_made_by(maker, at - 1, data))
        at--;
    if (!data || at == 0)
        return false;
    *value = value_result(at - 1, 0);
    return true;
}

/* INSERT … SELECT 1, (SELECT count(*) …): one row of values, one of which the sub-SELECT gives. */
static bool is_source_with(const struct query *source, const struct query *query)
{
    return source->kind == QUERY_SELECT && !source->next && source->inner == query &&
           !source->ranges && !source->conditions && !source->aggregates && !source->rest->calls &&
           !source->rest->limit && !source->set_returning && query->place == PLACE_OUTPUT;
}

bool trial_take_sourced(struct trial_maker *maker, const struct access *read,
                        const struct access *write)
{
    const struct query *query = read->query, *written = write->query;
    const struct query *source = written->write ? query_source(written) : NULL;
    int at = maker->program->count;

    if (!written->write || query->next || written->rest->calls ||
        (source && source != query ? !is_source_with(source, query) : written->inner != query) ||
        (source ? !trial_is_total(query) || written->write->rows > 0
                : query->place != PLACE_SET && query->place != PLACE_SOURCE) ||
        (!trial_is_total(query) && access_rows(read) != ROWS_POINT) ||
        !trial_take_read(maker, read))
        return false;
    maker->program->acts[at].quiet = true;
    maker->read = read;
    bool taken = write->kind == ACCESS_UPDATE ? trial_take_update(maker, write, -1)
                                              : trial_take_insert(maker, write);
    maker->read = NULL;
    if (taken)
        trial_show_written(maker, (unsigned)at + 1, written);
    maker->program->acts[at + 1].joined = true;
    return taken;
}

/* It is the one output of the query. */
bool trial_take_only_value(const struct trial_maker *maker, struct value *value)
{
    const struct output *output = maker->read->query->outputs;
    unsigned act = maker->program->count - 2U;

    if (maker->program->acts[act].total) {
        *value = value_result(act, 0);
        return true;
    }
    return output && !output->next && trial_is_column(&output->operand) &&
           trial_take_found(maker->trial, maker->program, act, output->operand.uses->name, value);
}

bool trial_take_read_value(const struct trial_maker *maker, const struct access *write,
                           const struct assignment *assignment, struct value *value)
{
    bool reads = maker->read || maker->from;
    const struct query *source =
        reads && write->kind == ACCESS_INSERT ? query_source(write->query) : NULL;
    const struct output *output = source ? access_output_for(write, source, assignment) : NULL;
    if (maker->from)
        return output && trial_take_from(maker, &output->operand, value);
    bool read = source ? output && (operand_has_columns(&output->operand) ||
                                    output->operand.kind == OPERAND_QUERY)
                       : maker->read && assignment->value.kind == OPERAND_QUERY;

    return read && trial_take_only_value(maker, value);
}
