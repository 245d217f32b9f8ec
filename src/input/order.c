#include "input/order.h"

#include "facts/script.h"

struct place {
    struct script *script;
    guint first; /* the place of its plan, or its own */
    guint own;
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->script->extension != y->script->extension)
        return x->script->extension ? -1 : 1;
    if (x->script->repeatable != y->script->repeatable)
        return x->script->repeatable ? 1 : -1;
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->script->planned != y->script->planned)
        return x->script->planned < y->script->planned ? -1 : 1;
    return x->own < y->own ? -1 : 1;
}

GPtrArray *order_scripts(const GPtrArray *scripts)
{
    g_autoptr(GHashTable) plans = g_hash_table_new(g_str_hash, g_str_equal);
    g_autoptr(GArray) places = g_array_new(FALSE, FALSE, sizeof(struct place));
    GPtrArray *ordered = g_ptr_array_new();

    for (guint i = 0; i < scripts->len; i++) {
        struct place place = {.script = scripts->pdata[i], .first = i, .own = i};
        const char *plan = place.script->plan;
        gpointer first;
        if (plan && g_hash_table_lookup_extended(plans, plan, NULL, &first))
            place.first = GPOINTER_TO_UINT(first);
        else if (plan)
            g_hash_table_insert(plans, (gpointer)plan, GUINT_TO_POINTER(i));
        g_array_append_val(places, place);
    }
    g_array_sort(places, compare);
    for (guint i = 0; i < places->len; i++)
        g_ptr_array_add(ordered, g_array_index(places, struct place, i).script);
    return ordered;
}
