#include "locking/row-fired.h"

#include <string.h>

#include "flow/flow.h"
#include "program/rows.h"

static const struct access *written_by(const struct access *access)
{
    const struct via *via = access->via;
    const struct access *each = access->transaction->accesses;

    for (; each && each != access; each = each->next) {
        const struct trigger *trigger = each->relation && each->step == access->step &&
                                                access_is_write(each) &&
                                                via_same_call(each->via, via->outer)
                                            ? each->relation->triggers
                                            : NULL;
        while (trigger && trigger != via->trigger)
            trigger = trigger->next;
        if (trigger)
            return each;
    }
    return NULL;
}

static enum row_loop of_source(const struct access *insert, const struct query *source,
                               const char *column)
{
    const struct assignment *assignment = access_assigns(insert, column);
    const struct output *output = assignment ? access_output_for(insert, source, assignment) : NULL;
    const struct operand *value = output ? &output->operand : NULL;
    bool given = source->set_returning;

    if (!value || source->rest->order || query_takes_one(source) ||
        (source->aggregates && !source->grouped) || value->kind == OPERAND_CONSTANT ||
        value->kind == OPERAND_PARAMETER || value->kind == OPERAND_VARIABLE)
        return LOOP_NONE;
    for (const struct range *range = source->ranges; range; range = range->next)
        given |= range_brings_rows(range);
    return given && query_takes_parameters(insert->query) ? LOOP_GIVEN : LOOP_FOUND;
}

static enum row_loop of_row(const struct access *write, const struct operand *value)
{
    const struct query *source = write->kind == ACCESS_INSERT ? query_source(write->query) : NULL;
    bool several = access_rows(write) < ROWS_POINT && access_most_rows(write) != 1;

    if (value->kind != OPERAND_VARIABLE || !value->text ||
        !(g_str_has_prefix(value->text, "new.") || g_str_has_prefix(value->text, "old.")))
        return LOOP_NONE;
    if (write->kind != ACCESS_INSERT)
        return several ? LOOP_FOUND : LOOP_NONE;
    return source ? of_source(write, source, value->text + strlen("new.")) : LOOP_NONE;
}

/* REFERENCING NEW TABLE AS … */
static bool is_transition_table(const struct range *range, const struct trigger *trigger)
{
    const char *const *name = trigger->transition_tables;

    if (range->kind != RANGE_RELATION || range->schema || !range->name)
        return false;
    while (*name && strcmp(*name, range->name) != 0)
        name++;
    return *name;
}

/* By its name, or in a query that does not sort it. */
static bool brings_rows_of(const struct range *range, const struct trigger *trigger)
{
    const struct range *inner =
        range->kind == RANGE_QUERY && range->query && !range->query->rest->order
            ? range->query->ranges
            : NULL;

    while (inner && !is_transition_table(inner, trigger))
        inner = inner->next;
    return inner || is_transition_table(range, trigger);
}

/* UPDATE … FROM new_rows in a trigger of the statement: it locks rows as its caller has written others. */
static enum row_loop of_statement(const struct access *access, const struct access *write)
{
    const struct query *source = write->kind == ACCESS_INSERT ? query_source(write->query) : NULL;
    bool several = write->kind == ACCESS_INSERT
                       ? write->query->write->many_rows ||
                             (source && !source->rest->order && !query_takes_one(source))
                       : access_rows(write) < ROWS_POINT && access_most_rows(write) != 1;
    const struct range *range = several && access->query ? access->query->ranges : NULL;

    while (range && (range == access->range || !brings_rows_of(range, access->via->trigger)))
        range = range->next;
    if (!range)
        return LOOP_NONE;
    return source && query_takes_parameters(write->query) ? LOOP_GIVEN : LOOP_FOUND;
}

enum row_loop row_loop_of_fired(const struct access *access)
{
    const struct via *via = access->via;
    const struct access *write =
        via && via->kind == VIA_TRIGGER && via->trigger ? written_by(access) : NULL;

    if (!write || !write->query || access->kind == ACCESS_INSERT)
        return LOOP_NONE;
    if (!via->trigger->row)
        return of_statement(access, write);
    for (const struct restriction *each = access->where; each; each = each->next) {
        enum row_loop loop = term_binds(&each->term) && each->term.comparison == COMPARE_EQUAL
                                 ? of_row(write, each->term.value)
                                 : LOOP_NONE;
        if (loop != LOOP_NONE)
            return loop;
    }
    return LOOP_NONE;
}
