#include "config/config-nested.h"

#include <string.h>

#include <glib.h>

#include "config/config-key.h"

/* A name as a pattern: what would stand for other characters is escaped. */
static char *literal(const char *name)
{
    g_autoptr(GString) pattern = g_string_new(NULL);

    for (; *name; name++) {
        if (strchr("\\*?[", *name))
            g_string_append_c(pattern, '\\');
        g_string_append_c(pattern, *name);
    }
    return g_strdup(pattern->str);
}

/* A pattern without a slash but at its end matches at any depth. */
static char *pattern_below(const char *place, const char *pattern)
{
    g_autofree char *directory = literal(place);
    const char *not = *pattern == '!' ? "!" : "";
    const char *rest = pattern + strlen(not );
    const char *slash = strchr(rest, '/');

    return g_strdup_printf("%s/%s/%s%s", not, directory, slash && slash[1] ? "" : "**/",
                           *rest == '/' ? rest + 1 : rest);
}

static void place_patterns(const char *place, char **patterns, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *below = pattern_below(place, patterns[i]);
        g_free(patterns[i]);
        patterns[i] = below;
    }
}

static void place_paths(const char *place, char **paths, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *below = g_path_is_absolute(paths[i]) ? g_strdup(paths[i])
                                                   : g_build_filename(place, paths[i], NULL);
        g_free(paths[i]);
        paths[i] = below;
    }
}

static void place_roles(const char *place, struct config_role *roles, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        place_patterns(place, roles[i].paths, roles[i].paths_count);
}

/* Appends the elements of `from`, which has none afterwards; returns where the list is now. */
static void *append(void *list, unsigned *count, const void *from, unsigned *from_count,
                    size_t size)
{
    if (*from_count == 0)
        return list;
    char *longer = g_realloc_n(list, *count + *from_count, size);
    memcpy(longer + *count * size, from, *from_count * size);
    *count += *from_count;
    *from_count = 0;
    return longer;
}

#define MOVE(into, from, list)                                                \
    ((into)->list = append((into)->list, &(into)->list##_count, (from)->list, \
                           &(from)->list##_count, sizeof *(into)->list))

static char **all_below(const char *place)
{
    g_autofree char *directory = literal(place);
    char **paths = g_new0(char *, 1);

    paths[0] = g_strdup_printf("/%s/", directory);
    return paths;
}

/* Its own databases, then the rest of the directory as one without a name, then those before. */
static void nest_databases(struct config *config, struct config *nested, const char *place)
{
    struct config_database rest = {.paths = all_below(place), .paths_count = 1};
    unsigned count = 1;

    for (unsigned i = 0; i < nested->databases_count; i++) {
        struct config_database *database = &nested->databases[i];
        place_patterns(place, database->paths, database->paths_count);
        place_paths(place, database->schema, database->schema_count);
        place_roles(place, database->roles, database->roles_count);
    }
    place_roles(place, nested->roles, nested->roles_count);
    place_paths(place, nested->schema, nested->schema_count);
    MOVE(&rest, nested, schema);
    MOVE(&rest, nested, roles);
    nested->databases =
        append(nested->databases, &nested->databases_count, &rest, &count, sizeof rest);
    MOVE(nested, config, databases);
    g_free(config->databases);
    config->databases = g_steal_pointer(&nested->databases);
    config->databases_count = nested->databases_count;
    nested->databases_count = 0;
}

static void nest_overrides(struct config *config, struct config *nested, const char *place)
{
    struct config_scope whole = nested->project;
    unsigned count = 1;

    whole.paths = all_below(place);
    whole.paths_count = 1;
    nested->project.rules = NULL;
    for (unsigned i = 0; i < nested->overrides_count; i++)
        place_patterns(place, nested->overrides[i].paths, nested->overrides[i].paths_count);
    config->overrides =
        append(config->overrides, &config->overrides_count, &whole, &count, sizeof whole);
    MOVE(config, nested, overrides);
}

static bool is_given(const struct config *config, const struct config_key *key)
{
    const char *at = (const char *)config;

    return key->kind == KEY_WORD ? *(const int *)(at + key->offset) != 0
                                 : *(const unsigned *)(at + key->count_offset) > 0;
}

char *config_nest(struct config *config, struct config *nested, const char *place)
{
    g_autoptr(GString) left_out = g_string_new(NULL);

    for (const struct config_key *key = config_keys; key->name; key++) {
        if (key->whole_run && is_given(nested, key))
            g_string_append_printf(left_out, "%s%s", left_out->len ? ", " : "", key->name);
    }
    nest_overrides(config, nested, place);
    nest_databases(config, nested, place);
    place_patterns(place, nested->exclude, nested->exclude_count);
    place_patterns(place, nested->migrations, nested->migrations_count);
    MOVE(config, nested, exclude);
    MOVE(config, nested, migrations);
    return left_out->len ? g_strdup(left_out->str) : NULL;
}
