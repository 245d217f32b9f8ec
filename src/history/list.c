#include "history/list.h"

#include "log/limits.h"

struct list {
    guint column;        /* hash of its name: texts are forgotten before their runs end */
    guint first;         /* of the run's values; the second slot is the next one */
    guint from, members; /* hashes of run->members */
    uint64_t sum;        /* of them */
    guint named;         /* slots that stand for a value that was named: 0, 1 or 2 */
};

static struct list *list_at(const struct run *run, guint index)
{
    return &g_array_index(run->lists, struct list, index);
}

static bool has_member(const struct run *run, const struct list *list, uint64_t value)
{
    for (guint i = 0; i < list->members; i++) {
        if (g_array_index(run->members, uint64_t, list->from + i) == value)
            return true;
    }
    return false;
}

/* A list of the same values, in whatever order. */
static const struct list *same_list(const struct run *run, const struct list *list)
{
    for (guint i = 0; i < run->lists->len; i++) {
        const struct list *each = list_at(run, i);
        if (each->sum == list->sum && each->members == list->members &&
            each->column == list->column)
            return each;
    }
    return NULL;
}

static void add_members(struct run *run, struct list *list, uint64_t first,
                        const struct value *others)
{
    list->from = run->members->len;
    g_array_append_val(run->members, first);
    for (guint i = 0; i + 1 < list->members; i++)
        g_array_append_val(run->members, others[i].hash);
}

struct value list_begin(struct run *run, const char *column, const struct value *others,
                        guint count)
{
    struct value *first = &g_array_index(run->values, struct value, run->values->len - 1);
    struct value rest = others[0];
    struct list list = {
        .column = g_str_hash(column), .first = run->values->len - 1, .members = count + 1};

    for (guint i = 1; i < count; i++)
        rest.hash += others[i].hash; /* in any order */
    list.sum = first->hash + rest.hash;
    if (!run->lists) {
        run->lists = g_array_new(FALSE, FALSE, sizeof(struct list));
        run->members = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    }
    const struct list *same = same_list(run, &list);
    if (same) {
        first->hash = g_array_index(run->values, struct value, same->first).hash;
        rest.hash = g_array_index(run->values, struct value, same->first + 1).hash;
        list.from = same->from;
        list.named = same->named;
    } else if (run->members->len + list.members <= LIMIT_MEMBERS) {
        add_members(run, &list, first->hash, others);
    } else {
        return rest;
    }
    if (run->lists->len < LIMIT_LISTS)
        g_array_append_val(run->lists, list);
    return rest;
}

void list_name(struct run *run, const char *column, uint64_t value)
{
    guint hash = run->lists ? g_str_hash(column) : 0;

    for (guint i = 0; run->lists && i < run->lists->len; i++) {
        struct list *list = list_at(run, i);
        struct value *slots = &g_array_index(run->values, struct value, list->first);
        if (list->named == 2 || list->column != hash ||
            (list->named == 1 && slots[0].hash == value) || !has_member(run, list, value))
            continue;
        slots[list->named].hash = value;
        if (list->named++ == 0)
            slots[1].hash = list->sum - value;
    }
}
