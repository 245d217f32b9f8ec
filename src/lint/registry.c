#include "lint/registry.h"

#include <string.h>

#include <glib.h>

#include "lint/rule.h"

const struct rule_entry *rule_find(const char *name)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (strcmp(rule_entries[i].rule->name, name) == 0)
            return &rule_entries[i];
    }
    return NULL;
}

size_t rule_index(const struct rule *rule)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        if (rule_entries[i].rule == rule)
            return i;
    }
    g_assert_not_reached();
}

/* Edit distance, row by row (Wagner and Fischer, 1974). */
static size_t distance(const char *a, const char *b)
{
    size_t length = strlen(b);
    g_autofree size_t *row = g_new(size_t, length + 1);

    for (size_t j = 0; j <= length; j++)
        row[j] = j;
    for (size_t i = 0; a[i]; i++) {
        size_t diagonal = row[0]++;
        for (size_t j = 0; j < length; j++) {
            size_t changed = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(changed, MIN(diagonal, row[j]) + 1);
        }
    }
    return row[length];
}

const char *rule_suggest(const char *name)
{
    const char *best = NULL;
    size_t nearest = strlen(name) / 3 + 2;

    for (size_t i = 0; i < rule_entry_count; i++) {
        size_t far = distance(name, rule_entries[i].rule->name);
        if (far < nearest) {
            nearest = far;
            best = rule_entries[i].rule->name;
        }
    }
    return best;
}

const char *version_text(struct arena *arena, int version)
{
    return version >= 1000 ? arena_printf(arena, "%d", version / 100)
                           : arena_printf(arena, "%d.%d", version / 100, version % 100);
}
