#include "facts/query.h"

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
