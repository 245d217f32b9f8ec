/* Settings that ALTER SYSTEM, DATABASE and ROLE store: a list in which the last comes first, and a
 * table, so that one of thousands is replaced without a look at the others. */
#include "catalog/replay.h"

#include <string.h>

static guint hash_text(const char *text)
{
    return text ? g_str_hash(text) : 0;
}

static guint hash_stored(gconstpointer key)
{
    const struct stored_setting *stored = key;

    return (hash_text(stored->owner) * 31 + hash_text(stored->database)) * 31 +
           hash_text(stored->setting->name);
}

static bool same_holder(const struct stored_setting *a, const struct stored_setting *b)
{
    return a->holder == b->holder && g_strcmp0(a->owner, b->owner) == 0 &&
           g_strcmp0(a->database, b->database) == 0;
}

static gboolean same_stored(gconstpointer a, gconstpointer b)
{
    const struct stored_setting *x = a, *y = b;

    return same_holder(x, y) && g_strcmp0(x->setting->name, y->setting->name) == 0;
}

GHashTable *catalog_stored_new(void)
{
    return g_hash_table_new(hash_stored, same_stored);
}

static void forget_setting(struct catalog *catalog, struct stored_setting *old)
{
    g_hash_table_remove(catalog->stored, old);
    *(old->before ? &old->before->next : &catalog->settings) = old->next;
    if (old->next)
        old->next->before = old->before;
}

void catalog_store_setting(struct catalog *catalog, const struct change *change,
                           const struct script *script)
{
    const struct setting *setting = change->setting;
    struct stored_setting wanted = {.holder = change->holder,
                                    .owner = change->object.name,
                                    .database = change->object.schema,
                                    .setting = setting,
                                    .script = script};
    struct stored_setting *old = g_hash_table_lookup(catalog->stored, &wanted), *next;

    if (change->holder == HOLDER_ROUTINE)
        return;
    if (setting->name && old)
        forget_setting(catalog, old);
    for (old = setting->name ? NULL : catalog->settings; old; old = next) {
        next = old->next;
        if (same_holder(old, &wanted))
            forget_setting(catalog, old);
    }
    if (!setting->value && !setting->unknown_value && !setting->modes)
        return;
    struct stored_setting *stored = arena_new(&catalog->arena, struct stored_setting);
    *stored = wanted;
    stored->next = catalog->settings;
    if (stored->next)
        stored->next->before = stored;
    catalog->settings = stored;
    g_hash_table_add(catalog->stored, stored);
}
