#include "facts/query.h"

#include <glib.h>

#include "base/arena.h"

static const struct query_rest nothing = {0};

struct query *query_new(struct arena *arena)
{
    struct query *query = arena_new(arena, struct query);

    query->rest = &nothing;
    return query;
}

struct write *write_new(struct arena *arena)
{
    static const struct on_conflict none = {0};
    struct write *write = arena_new(arena, struct write);

    write->on_conflict = &none;
    return write;
}

struct query_rest *query_own_rest(struct query *query, struct arena *arena)
{
    if (query->rest == &nothing)
        query->rest = arena_new(arena, struct query_rest);
    return (struct query_rest *)query->rest;
}

struct range *query_range_called(const struct query *query, const char *alias)
{
    for (; query; query = query->parent) {
        for (struct range *range = query->ranges; range; range = range->next) {
            if (range->alias && strcmp(range->alias, alias) == 0)
                return range;
        }
    }
    return NULL;
}

bool query_is_plain(const struct query *query)
{
    return query_can_lock(query) && !query->rest->limit;
}

/* VALUES with one row, or SELECT of nothing but values. */
static bool has_one_row(const struct query *source)
{
    if (source->kind == QUERY_VALUES)
        return source->one_row && !source->rest->limit;
    return !source->ranges && !source->conditions && query_is_plain(source);
}

const struct operand *range_gives(const struct range *range, const char *name)
{
    const struct query *source = range && !range->nullable ? range_query(range) : NULL;
    const struct output *output = source && has_one_row(source) ? source->outputs : NULL;

    while (output && g_strcmp0(output->name, name) != 0)
        output = output->next;
    return output && (output->operand.kind == OPERAND_CONSTANT ||
                      output->operand.kind == OPERAND_PARAMETER ||
                      output->operand.kind == OPERAND_VARIABLE)
               ? &output->operand
               : NULL;
}

bool query_reads_with(const struct query *query, const struct query *with, bool source)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range_query(range) == with &&
            source == (query->place == PLACE_SOURCE && !range->nullable))
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (inner != with && query_reads_with(inner, with, source))
            return true;
    }
    return false;
}
