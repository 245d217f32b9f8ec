/* The queries of a WITH that changes rows, in the order in which the server runs them (manual, 7.8.4,
 * and ExecPostprocessPlan in executor/execMain.c): one that is asked for rows runs when it is asked
 * for the first; one that nobody asks runs when the rest of the statement is done, the last that is
 * written first. What they set off waits for the end of all of them. */
#include "binding/binder.h"

#include <glib.h>

struct walk {
    struct binder *binder;
    const struct query *query; /* whose WITH it is */
    GHashTable *bound;
    unsigned depth;
};

bool bind_has_changes(const struct query *query)
{
    const struct query *inner = query->inner;

    while (inner && (inner->place != PLACE_WITH || !query_writes(inner)))
        inner = inner->next;
    return inner;
}

static void bind_asked(struct walk *walk, const struct query *by, bool returning);

static void bind_one(struct walk *walk, const struct query *with)
{
    if (!g_hash_table_add(walk->bound, (gpointer)with))
        return;
    bind_asked(walk, with, false);
    bind_inner(walk->binder, walk->query, with, NULL);
    bind_asked(walk, with, true);
}

/* What a query asks for before it writes, or with RETURNING. */
static void bind_asked(struct walk *walk, const struct query *by, bool returning)
{
    if (walk->depth == LOWER_DEPTH)
        return;
    walk->depth++;
    for (const struct range *range = returning ? NULL : by->ranges; range; range = range->next) {
        if (range_query(range) && range->query->place == PLACE_WITH &&
            range->query->parent == walk->query)
            bind_one(walk, range->query);
    }
    for (const struct query *inner = by->inner; inner; inner = inner->next) {
        bool returned = query_writes(by) && inner->place == PLACE_OUTPUT;
        if (returned == returning && (inner->place != PLACE_WITH || by != walk->query))
            bind_asked(walk, inner, false);
    }
    walk->depth--;
}

void bind_asked_changes(struct binder *binder, const struct query *query, GHashTable *bound)
{
    struct walk walk = {.binder = binder, .query = query, .bound = bound};

    bind_asked(&walk, query, false);
}

void bind_late_changes(struct binder *binder, const struct query *query, GHashTable *bound)
{
    struct walk walk = {.binder = binder, .query = query, .bound = bound};
    g_autoptr(GPtrArray) with = g_ptr_array_new();

    bind_asked(&walk, query, true);
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (inner->place == PLACE_WITH)
            g_ptr_array_add(with, (gpointer)inner);
    }
    for (guint i = with->len; i-- > 0;) {
        if (query_writes(with->pdata[i]))
            bind_one(&walk, with->pdata[i]);
    }
    for (guint i = 0; i < with->len; i++) /* a SELECT that nobody asks locks its tables */
        bind_one(&walk, with->pdata[i]);
}

void bind_set_off(struct binder *binder, const struct access *write)
{
    bind_triggers(binder, write, FIRES_EARLY);
    bind_foreign_keys(binder, write);
    bind_triggers(binder, write, FIRES_AFTER);
    bind_triggers(binder, write, FIRES_AT_END);
}

void bind_all_set_off(struct binder *binder, GPtrArray *writes)
{
    const struct via *via = binder->via;
    unsigned depth = binder->depth;

    for (guint i = 0; i < writes->len; i++) {
        const struct access *write = writes->pdata[i];
        binder->depth = depth;
        for (const struct via *each = write->via; each != via; each = each->outer)
            binder->depth++;
        binder->via = write->via;
        bind_set_off(binder, write);
    }
    binder->via = via;
    binder->depth = depth;
}
