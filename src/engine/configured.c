#include "engine/configured.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "config/config-nested.h"
#include "lint/registry.h"

/* The patterns of a list of the configuration. */
struct scopes {
    struct ignore **patterns;
    unsigned count;
    struct ignore_index *index;
};

struct configured {
    struct config *config;
    struct ignore *exclude, *migrations;
    struct scopes overrides, roles;
    struct ignore **databases;
    bool nests;         /* it was searched for, so that those of directories below count */
    bool separated;     /* it lists databases itself */
    GHashTable *nested; /* the files below that are part of it */
};

/* ------------------------------------------------------------------ reading */

/* libcyaml counts, GLib ends with NULL. */
static char **list_of(char *const *texts, unsigned count)
{
    GPtrArray *list = g_ptr_array_new();

    for (unsigned i = 0; i < count; i++)
        g_ptr_array_add(list, g_strdup(texts[i]));
    g_ptr_array_add(list, NULL);
    return (char **)g_ptr_array_free(list, FALSE);
}

static struct ignore *patterns_of(const struct config *config, char *const *texts, unsigned count)
{
    g_auto(GStrv) list = list_of(texts, count);

    return ignore_patterns(config->directory, list);
}

/* A file that is found, and not named, may be anybody's: it is read when it belongs to the user, or
 * to whom the working directory belongs to, as in a container that runs as root. */
static bool is_trusted(const char *file, struct error *error)
{
    struct stat info, here;

    if (stat(file, &info) != 0 || info.st_uid == geteuid() ||
        (stat(".", &here) == 0 && info.st_uid == here.st_uid))
        return true;
    return error_set(error,
                     "%s: belongs to another user, so it is not read; name a "
                     "configuration with --config, or use --no-config",
                     file);
}

static struct scopes scopes_new(unsigned count)
{
    return (struct scopes){.patterns = g_new0(struct ignore *, count), .count = count};
}

static void scopes_index(struct scopes *scopes)
{
    scopes->index = ignore_index_new(scopes->patterns, scopes->count);
}

static void scopes_finish(struct scopes *scopes)
{
    ignore_index_free(scopes->index);
    for (unsigned i = 0; i < scopes->count; i++)
        ignore_leave(scopes->patterns[i]);
    g_free(scopes->patterns);
}

/* The places of those that match a path, in order; freed by the caller. */
static GArray *scopes_matching(const struct scopes *scopes, const char *path)
{
    g_autofree char *full = path && scopes->count > 0 ? g_canonicalize_filename(path, NULL) : NULL;

    return full ? ignore_index_matching(scopes->index, full)
                : g_array_new(FALSE, FALSE, sizeof(guint));
}

static void take_patterns(struct configured *configured)
{
    const struct config *config = configured->config;

    configured->exclude = patterns_of(config, config->exclude, config->exclude_count);
    configured->migrations = patterns_of(config, config->migrations, config->migrations_count);
    configured->overrides = scopes_new(config->overrides_count);
    for (unsigned i = 0; i < config->overrides_count; i++)
        configured->overrides.patterns[i] =
            patterns_of(config, config->overrides[i].paths, config->overrides[i].paths_count);
    scopes_index(&configured->overrides);
    configured->roles = scopes_new(config->roles_count);
    for (unsigned i = 0; i < config->roles_count; i++)
        configured->roles.patterns[i] =
            patterns_of(config, config->roles[i].paths, config->roles[i].paths_count);
    scopes_index(&configured->roles);
    configured->databases = g_new0(struct ignore *, config->databases_count);
    for (unsigned i = 0; i < config->databases_count; i++)
        configured->databases[i] =
            patterns_of(config, config->databases[i].paths, config->databases[i].paths_count);
}

static void drop_patterns(struct configured *configured)
{
    scopes_finish(&configured->overrides);
    scopes_finish(&configured->roles);
    for (unsigned i = 0; i < configured->config->databases_count; i++)
        ignore_leave(configured->databases[i]);
    g_free(configured->databases);
    configured->exclude = ignore_leave(configured->exclude); /* NULL: dropped */
    ignore_leave(configured->migrations);
}

struct configured *configured_by(struct config *config, char **settings, struct error *error)
{
    for (; config && settings && *settings; settings++) {
        if (!config_set(config, *settings, error)) {
            config_free(config);
            return NULL;
        }
    }
    if (!config)
        return NULL;
    struct configured *configured = g_new0(struct configured, 1);
    configured->config = config;
    configured->separated = config->databases_count > 0;
    configured->nested = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    take_patterns(configured);
    return configured;
}

struct configured *configured_read(const char *file, bool none, char **settings,
                                   struct error *error)
{
    g_autofree char *found = none || file ? g_strdup(file) : config_find(error);

    if (error->message || (found && !none && !file && !is_trusted(found, error)))
        return NULL;
    struct config *config = found && !none ? config_read(found, error) : config_none();
    struct error wrong = {0};
    struct configured *configured = configured_by(config, settings, &wrong);
    if (configured)
        configured->nests = !none && !file;
    if (wrong.message)
        error_set(error, "--set: %s", wrong.message);
    error_clear(&wrong);
    return configured;
}

const struct config *configured_config(const struct settings *settings)
{
    return settings->configured->config;
}

void configured_free(struct configured *configured)
{
    if (!configured)
        return;
    drop_patterns(configured);
    g_hash_table_unref(configured->nested);
    config_free(configured->config);
    g_free(configured);
}

/* ------------------------------------------------------------------ directories below */

/* The name of a configuration of `place`, as that of the project is named. */
static char *way_to(const struct config *config, const char *place)
{
    g_autofree char *above = config->file ? g_path_get_dirname(config->file) : g_strdup(".");

    return strcmp(above, ".") == 0 ? g_strconcat(place, "/", NULL)
                                   : g_strconcat(above, "/", place, "/", NULL);
}

static bool nest(struct configured *configured, const char *place, GPtrArray *remarks,
                 struct error *error)
{
    g_autofree char *way = way_to(configured->config, place);
    g_autofree char *file = config_in(way, error);

    if (!file || g_hash_table_contains(configured->nested, file))
        return !error->message;
    struct config *nested = is_trusted(file, error) ? config_read(file, error) : NULL;
    if (!nested)
        return false;
    if (configured->exclude)
        drop_patterns(configured);
    g_autofree char *left_out = config_nest(configured->config, nested, place);
    config_free(nested);
    if (left_out)
        g_ptr_array_add(remarks,
                        g_strdup_printf("%s: left out, because it holds for the whole run: %s; say "
                                        "it in the configuration of the project",
                                        file, left_out));
    g_hash_table_add(configured->nested, g_steal_pointer(&file));
    return true;
}

/* Adds the directories between the project's and a file, relative to the project's. */
static void add_places(const struct configured *configured, const char *file, GHashTable *places)
{
    g_autofree char *whole = g_canonicalize_filename(file, NULL);
    const char *root = configured->config->directory;
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);

    if (strncmp(whole, root, length) != 0 || whole[length] != '/')
        return;
    for (char *slash; (slash = strrchr(whole + length + 1, '/'));) {
        *slash = '\0';
        if (!g_hash_table_add(places, g_strdup(whole + length + 1)))
            return; /* and those above it */
    }
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

bool configured_nest(const struct settings *settings, const GPtrArray *files, GPtrArray *troubles,
                     GPtrArray *remarks)
{
    struct configured *configured = settings->configured;
    g_autoptr(GHashTable) set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint count, before = g_hash_table_size(configured->nested);

    for (guint i = 0; i < files->len && configured->nests; i++)
        add_places(configured, files->pdata[i], set);
    g_autofree char **places = (char **)g_hash_table_get_keys_as_array(set, &count);
    qsort(places, count, sizeof *places, compare_texts); /* those above first: the nearest wins */
    for (guint i = 0; i < count; i++) {
        struct error error = {0};
        if (!nest(configured, places[i], remarks, &error))
            g_ptr_array_add(troubles, error.message);
    }
    if (!configured->exclude)
        take_patterns(configured);
    return g_hash_table_size(configured->nested) > before;
}

/* ------------------------------------------------------------------ the project */

/* What a scope says of the keys of a place, unless it is given. */
static void take_words(struct effective *effective, uint64_t given, const void *scope,
                       enum key_place place)
{
    for (const struct config_key *key = config_keys; key->name; key++) {
        if (key->places & place && key->kind == KEY_WORD && !(given & effective_bit(key)))
            effective_take(effective, key,
                           *(const int *)((const char *)scope + config_key_offset(key, place)));
    }
}

void configured_complete(struct settings *settings)
{
    struct effective *effective = &settings->effective;

    take_words(effective, settings->given, settings->configured->config, IN_PROJECT);
    effective->session.server_version = effective->lint.server_version;
}

/* Paths of the file are relative to its directory. */
static char **inputs_of(const struct config *config, char *const *paths, unsigned count)
{
    g_autofree char *directory = config->file ? g_path_get_dirname(config->file) : NULL;
    char **inputs = list_of(paths, count);

    for (char **path = inputs; directory && strcmp(directory, ".") != 0 && *path; path++) {
        char *joined = g_path_is_absolute(*path) ? g_strdup(*path)
                       : strcmp(*path, ".") == 0 ? g_strdup(directory)
                                                 : g_build_filename(directory, *path, NULL);
        g_free(*path);
        *path = joined;
    }
    return inputs;
}

void configured_inputs(struct settings *settings)
{
    const struct config *config = settings->configured->config;

    if (!settings->paths && config->project.paths_count > 0)
        settings->paths = inputs_of(config, config->project.paths, config->project.paths_count);
    if (!settings->schemas && config->schema_count > 0)
        settings->schemas = inputs_of(config, config->schema, config->schema_count);
}

void configured_waits(const struct settings *settings, struct catalog *catalog)
{
    const struct config *config = settings->configured->config;

    for (unsigned i = 0; i < config->waits_count; i++)
        catalog_add_wait(catalog, config->waits[i]);
}

const struct ignore *configured_exclude(const struct settings *settings)
{
    const struct configured *configured = settings->configured;

    return configured->config->exclude_count > 0 ? configured->exclude : NULL;
}

/* ------------------------------------------------------------------ databases */

int configured_database(const struct settings *settings, const char *path)
{
    const struct configured *configured = settings->configured;
    g_autofree char *full = g_canonicalize_filename(path, NULL);

    for (unsigned i = 0; i < configured->config->databases_count; i++) {
        if (ignore_matches_full(configured->databases[i], full))
            return (int)i;
    }
    return NO_DATABASE;
}

int configured_database_named(const struct settings *settings, const char *name)
{
    const struct config *config = settings->configured->config;

    for (unsigned i = 0; i < config->databases_count; i++) {
        if (g_strcmp0(config->databases[i].name, name) == 0)
            return (int)i;
    }
    return NO_DATABASE;
}

bool configured_separated(const struct settings *settings)
{
    return settings->configured->separated;
}

unsigned configured_database_count(const struct settings *settings)
{
    return settings->configured->config->databases_count;
}

const char *configured_database_name(const struct settings *settings, int database)
{
    return database == NO_DATABASE ? NULL : settings->configured->config->databases[database].name;
}

char **configured_database_schema(const struct settings *settings, int database)
{
    const struct config *config = settings->configured->config;

    return inputs_of(config, config->databases[database].schema,
                     config->databases[database].schema_count);
}

static const char *find_role(const struct config *config, const struct config_role *roles,
                             unsigned count, const char *path)
{
    const char *found = NULL;

    for (unsigned i = 0; i < count; i++) {
        struct ignore *patterns = patterns_of(config, roles[i].paths, roles[i].paths_count);
        if (ignore_matches_way(patterns, path))
            found = roles[i].name;
        ignore_leave(patterns);
    }
    return found;
}

const char *configured_role(const struct settings *settings, int database, const char *path)
{
    const struct config *config = settings->configured->config;
    const struct config_database *own =
        database == NO_DATABASE ? NULL : &config->databases[database];
    const char *role = own ? find_role(config, own->roles, own->roles_count, path) : NULL;
    g_autoptr(GArray) places = scopes_matching(&settings->configured->roles, path);

    if (role || places->len == 0)
        return role;
    return config->roles[g_array_index(places, guint, places->len - 1)].name;
}

/* ------------------------------------------------------------------ single files */

/* The overrides that match a path, in order; ends with NULL. Freed by the caller. */
static const struct config_scope **overrides_of(const struct settings *settings, const char *path)
{
    const struct configured *configured = settings->configured;
    g_autoptr(GArray) places = scopes_matching(&configured->overrides, path);
    const struct config_scope **scopes = g_new(const struct config_scope *, places->len + 1);

    for (guint i = 0; i < places->len; i++)
        scopes[i] = &configured->config->overrides[g_array_index(places, guint, i)];
    scopes[places->len] = NULL;
    return scopes;
}

struct session_options configured_session(const struct settings *settings, const char *path)
{
    struct effective effective = settings->effective;
    g_autofree const struct config_scope **scopes = overrides_of(settings, path);

    for (const struct config_scope **each = scopes; *each; each++)
        take_words(&effective, settings->given, *each, IN_OVERRIDE);
    return effective.session;
}

int configured_kind(const struct settings *settings, const char *path)
{
    g_autofree const struct config_scope **scopes = overrides_of(settings, path);
    int kind = 0;

    for (const struct config_scope **each = scopes; *each; each++) {
        if ((*each)->kind)
            kind = (*each)->kind;
    }
    return kind;
}

void configured_runs(const struct settings *settings, struct script *script)
{
    const struct configured *configured = settings->configured;
    g_autofree const struct config_scope **scopes = overrides_of(settings, script->path);
    bool migration = configured->config->migrations_count > 0 &&
                     ignore_matches_way(configured->migrations, script->path);
    int runs = migration ? 1 + RUNS_ALONE : 0;

    for (const struct config_scope **each = scopes; *each; each++) {
        if ((*each)->runs)
            runs = (*each)->runs;
    }
    for (struct part *part = script->parts; runs && part; part = part->next)
        part->concurrency = (enum concurrency)(runs - 1);
}

/* ------------------------------------------------------------------ rules */

static void take_rules(int *rules, const struct config_scope *scope)
{
    for (size_t i = 0; i < rule_entry_count; i++) {
        enum rule_choice said = config_rule_of(scope, (unsigned)i);
        if (said)
            rules[i] = (int)said;
    }
}

bool configured_selection(struct selection *selection, const struct settings *settings,
                          const char *path, struct error *error)
{
    g_autofree int *rules = g_new0(int, rule_entry_count);
    g_autofree const struct config_scope **scopes = overrides_of(settings, path);

    take_rules(rules, &settings->configured->config->project);
    for (const struct config_scope **each = scopes; *each; each++)
        take_rules(rules, *each);
    return selection_init_from(selection, rules, settings->select, settings->extend_select,
                               settings->ignore, error);
}

bool configured_has_rules(const struct settings *settings, const char *path)
{
    g_autofree const struct config_scope **scopes = overrides_of(settings, path);

    for (const struct config_scope **each = scopes; *each; each++) {
        if ((*each)->rules)
            return true;
    }
    return false;
}
