#include "program/columns.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"

/* Fewer are looked through as fast. */
enum { LEAST_INDEXED = 16 };

struct column_entry {
    const char *column;
    const void *item; /* a restriction, an assignment */
    unsigned rank;    /* EQUAL before all other comparisons */
    unsigned place;
};

enum { RANK_EQUAL, RANK_OTHER, RANKS };

struct column_index {
    unsigned count;
    struct column_entry entries[];
};

static int compare(const void *a, const void *b)
{
    const struct column_entry *x = a, *y = b;
    int order = strcmp(x->column, y->column);

    if (order || x->rank != y->rank)
        return order ? order : (int)x->rank - (int)y->rank;
    return (x->place > y->place) - (x->place < y->place);
}

static struct column_index *index_new(struct arena *arena, unsigned most)
{
    return arena_alloc(arena, sizeof(struct column_index) + most * sizeof(struct column_entry));
}

static void add(struct column_index *index, const char *column, unsigned rank, const void *item)
{
    index->entries[index->count] = (struct column_entry){column, item, rank, index->count};
    index->count++;
}

static void complete(struct column_index *index)
{
    qsort(index->entries, index->count, sizeof index->entries[0], compare);
}

/* The first entry of the column that has this rank or a later one, or the one before which it would
 * be. */
static const struct column_entry *find(const struct column_index *index, const char *column,
                                       unsigned rank)
{
    unsigned from = 0, to = index->count;

    while (from < to) {
        unsigned middle = (from + to) / 2;
        int order = strcmp(index->entries[middle].column, column);
        if (order < 0 || (order == 0 && index->entries[middle].rank < rank))
            from = middle + 1;
        else
            to = middle;
    }
    return &index->entries[from];
}

static void index_conditions(struct access *access, struct arena *arena)
{
    unsigned count = 0;

    for (const struct restriction *each = access->where; each; each = each->next)
        count++;
    if (count < LEAST_INDEXED)
        return;
    struct column_index *index = index_new(arena, count);
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->term.column)
            add(index, each->term.column,
                each->term.comparison == COMPARE_EQUAL ? RANK_EQUAL : RANK_OTHER, each);
    }
    complete(index);
    access_own_rest(access, arena)->asked = index;
}

static void index_assignments(struct access *access, struct arena *arena)
{
    const struct column *position = access->relation ? access->relation->columns : NULL;
    unsigned count = 0;

    for (const struct assignment *each = access->assignments; each; each = each->next)
        count++;
    if (count < LEAST_INDEXED)
        return;
    struct column_index *index = index_new(arena, count);
    for (const struct assignment *each = access->assignments; each; each = each->next) {
        const char *name = each->column ? each->column : position ? position->name : NULL;
        if (name)
            add(index, name, RANK_EQUAL, each);
        position = position ? position->next : NULL;
    }
    complete(index);
    access_own_rest(access, arena)->assigned = index;
}

void columns_index(struct access *access, struct arena *arena)
{
    index_conditions(access, arena);
    index_assignments(access, arena);
}

const struct assignment *columns_assigned(const struct access *access, const char *column)
{
    const struct column_index *index = access->rest->assigned;
    const struct column_entry *entry = find(index, column, RANK_EQUAL);

    return entry < index->entries + index->count && strcmp(entry->column, column) == 0 ? entry->item
                                                                                       : NULL;
}

static struct column_cursor conditions_before(const struct access *access, const char *column,
                                              unsigned rank)
{
    const struct column_index *index = access->rest->asked;

    if (!index)
        return (struct column_cursor){.next = access->where};
    return (struct column_cursor){.entry = find(index, column, RANK_EQUAL),
                                  .end = find(index, column, rank)};
}

struct column_cursor columns_asked(const struct access *access, const char *column)
{
    return conditions_before(access, column, RANKS);
}

struct column_cursor columns_equal(const struct access *access, const char *column)
{
    return conditions_before(access, column, RANK_OTHER);
}

const struct restriction *columns_next(struct column_cursor *cursor)
{
    const struct restriction *next = cursor->next;

    if (cursor->end)
        return cursor->entry < cursor->end ? (cursor->entry++)->item : NULL;
    cursor->next = next ? next->next : NULL;
    return next;
}
