#include "lint/registry.h"

#include <string.h>

#include <glib.h>

#include "base/nearest.h"
#include "lint/rule.h"

const struct rule_entry *rule_find(const char *name)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (strcmp(rule_entries[i].rule->name, name) == 0)
            return &rule_entries[i];
    }
    return NULL;
}

char *rule_page_address(const struct rule *rule)
{
    return g_strdup_printf("https://github.com/isolint/isolint/blob/main/rules/%s.md", rule->name);
}

size_t rule_index(const struct rule *rule)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (rule_entries[i].rule == rule)
            return i;
    }
    g_assert_not_reached();
}

const char *rule_suggest(const char *name)
{
    struct nearest nearest = nearest_to(name);

    for (size_t i = 0; i < rule_entry_count; i++)
        nearest_try(&nearest, rule_entries[i].rule->name);
    return nearest.best;
}

const char *version_text(struct arena *arena, int version)
{
    return version >= 1000 ? arena_printf(arena, "%d", version / 100)
                           : arena_printf(arena, "%d.%d", version / 100, version % 100);
}
