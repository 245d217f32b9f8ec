#include "engine/databases.h"

#include <string.h>

#include "engine/configured.h"
#include "engine/separation.h"
#include "facts/script.h"

/* ------------------------------------------------------------------ \connect */

/* The database that \connect names: "\c shop", "\c dbname=shop host=x", "\c
 * postgresql://host/shop". NULL when it stays the same or is filled in later. Owned by the caller.
 */
static char *connected(const struct psql *psql)
{
    g_auto(GStrv) words = g_strsplit_set(psql->arguments, " \t", -1);

    for (char **word = words; *word; word++) {
        g_autofree char *name = g_strdup(*word);
        g_strdelimit(name, "'\"", ' ');
        g_strstrip(name);
        if (!*name || g_str_has_prefix(name, "-reuse-previous"))
            continue;
        if (g_str_has_prefix(name, "dbname="))
            return g_strdup(name + strlen("dbname="));
        if (strstr(name, "://")) {
            char *path = strchr(strstr(name, "://") + 3, '/');
            g_auto(GStrv) parts = g_strsplit_set(path ? path + 1 : "", "?", 2);
            return parts[0] && *parts[0] ? g_strdup(parts[0]) : NULL;
        }
        if (strchr(name, '='))
            continue; /* host=… of a connection string */
        return strcmp(name, "-") == 0 || strchr(name, ':') ? NULL : g_strdup(name);
    }
    return NULL;
}

static bool is_connect(const struct statement *statement)
{
    return statement->kind == STATEMENT_PSQL && (strcmp(statement->psql->command, "c") == 0 ||
                                                 strcmp(statement->psql->command, "connect") == 0);
}

/* The first statement of a script that may have a \connect; NULL for any other. */
static const struct statement *first_of_psql(const struct script *script)
{
    return script_has(script, STATEMENT_PSQL) ? script->statements : NULL;
}

bool database_connects(const struct script *script)
{
    for (const struct statement *each = first_of_psql(script); each; each = each->next) {
        if (is_connect(each))
            return true;
    }
    return false;
}

/* The database that a script names before it does anything in one. */
static char *begins_in(const struct script *script)
{
    for (const struct statement *statement = first_of_psql(script); statement;
         statement = statement->next) {
        if (is_connect(statement))
            return connected(statement->psql);
        if (statement->changes && statement->kind == STATEMENT_DEFINE)
            return NULL;
    }
    return NULL;
}

/* Marks what the script does in other databases. */
static void mark_away(struct script *script, const char *name)
{
    struct away **end = &script->away, *open = NULL;

    for (const struct statement *each = first_of_psql(script); each; each = each->next) {
        g_autofree char *other = is_connect(each) ? connected(each->psql) : NULL;
        if (!other)
            continue;
        if (!name)
            return; /* which one the script begins in is not known */
        if (open)
            open->end = each->span.start;
        open = NULL;
        if (strcmp(other, name) != 0) {
            open = *end = arena_new(&script->arena, struct away);
            *open = (struct away){NULL, each->span.start, script->size};
            end = &open->next;
        }
    }
}

/* ------------------------------------------------------------------ databases */

static void database_free(void *data)
{
    struct database *database = data;

    g_ptr_array_unref(database->scripts);
    g_ptr_array_unref(database->unclear);
    corpus_finish(&database->corpus);
    arena_finish(&database->arena);
    catalog_finish(&database->catalog);
    g_free(database);
}

static struct database *add_database(GPtrArray *databases, const char *name, int configured)
{
    struct database *database = g_new0(struct database, 1);

    database->configured = configured;
    database->scripts = g_ptr_array_new();
    database->unclear = g_ptr_array_new_with_free_func(g_free);
    catalog_init(&database->catalog);
    corpus_init(&database->corpus);
    database->name = name ? arena_strdup(&database->arena, name) : NULL;
    g_ptr_array_add(databases, database);
    return database;
}

static struct database *find_database(GPtrArray *databases, const char *name, int configured)
{
    for (guint i = 0; i < databases->len; i++) {
        struct database *database = databases->pdata[i];
        if (database->configured == configured &&
            (configured != NO_DATABASE || g_strcmp0(database->name, name) == 0))
            return database;
    }
    return add_database(databases, name, configured);
}

static void place_script(GPtrArray *databases, struct script *script,
                         const struct settings *settings)
{
    g_autofree char *begins = begins_in(script);
    int configured = begins ? configured_database_named(settings, begins) : NO_DATABASE;
    const char *name = begins;

    if (script->database > 0) /* its schema is of that one */
        configured = (int)script->database - 1;
    else if (configured == NO_DATABASE)
        configured = configured_database(settings, script->path);
    if (configured != NO_DATABASE)
        name = configured_database_name(settings, configured);
    g_ptr_array_add(find_database(databases, name, configured)->scripts, script);
}

/* A project that connects to one database only is about that one. */
static void join_unnamed(GPtrArray *databases)
{
    struct database *unnamed = NULL, *named = NULL;

    for (guint i = 0; i < databases->len; i++) {
        struct database *database = databases->pdata[i];
        if (database->configured != NO_DATABASE || (database->name && named))
            return;
        *(database->name ? &named : &unnamed) = database;
    }
    if (!unnamed || !named)
        return;
    unnamed->name = arena_strdup(&unnamed->arena, named->name);
    g_ptr_array_extend(unnamed->scripts, named->scripts, NULL, NULL);
    g_ptr_array_remove(databases, named);
}

/* The first statement of a script that may have an ALTER DATABASE; NULL for any other. */
static const struct statement *first_of_settings(const struct script *script)
{
    return script_changes(script, CHANGE_SETTING) ? script->statements : NULL;
}

/* The only database that ALTER DATABASE speaks of; NULL when there are several. */
static const char *altered(const struct database *database)
{
    const char *name = NULL;

    for (guint i = 0; i < database->scripts->len; i++) {
        const struct script *script = database->scripts->pdata[i];
        for (const struct statement *each = first_of_settings(script); each; each = each->next) {
            for (const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes
                                                                              : NULL;
                 change; change = change->next) {
                const char *other =
                    change->kind != CHANGE_SETTING      ? NULL
                    : change->holder == HOLDER_DATABASE ? change->object.name
                    : change->holder == HOLDER_ROLE || change->holder == HOLDER_ALL_ROLES
                        ? change->object.schema
                        : NULL;
                if (name && other && strcmp(name, other) != 0)
                    return NULL;
                name = other ? other : name;
            }
        }
    }
    return name;
}

/* The path up to a folder of this name; NULL when there is none on the way. Owned by the caller. */
static char *folder_called(const char *path, const char *name)
{
    size_t length = strlen(name);

    for (const char *at = path; at; at = strchr(at, '/') ? strchr(at, '/') + 1 : NULL) {
        if (strncmp(at, name, length) == 0 && at[length] == '/')
            return g_strndup(path, (gsize)(at - path) + length + 1);
    }
    return NULL;
}

static void move_below(struct database *from, struct database *to, const char *folder)
{
    for (guint i = 0; i < from->scripts->len;) {
        struct script *script = from->scripts->pdata[i];
        if (g_str_has_prefix(script->path, folder))
            g_ptr_array_add(to->scripts, g_ptr_array_remove_index(from->scripts, i));
        else
            i++;
    }
}

/* The database that a script alters, when the script lies in a folder that is called like it. */
static const char *altered_in(const struct script *script, char **folder)
{
    for (const struct statement *each = first_of_settings(script); each; each = each->next) {
        for (const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
             change; change = change->next) {
            if (change->kind == CHANGE_SETTING && change->holder == HOLDER_DATABASE &&
                (*folder = folder_called(script->path, change->object.name)))
                return change->object.name;
        }
    }
    return NULL;
}

/* billing/setup.sql with ALTER DATABASE billing is about what lies below billing/. */
static void split_by_name(GPtrArray *databases, struct database *database)
{
    for (guint i = 0; i < database->scripts->len && !database->name; i++) {
        g_autofree char *folder = NULL;
        const char *name = altered_in(database->scripts->pdata[i], &folder);
        if (!name)
            continue;
        struct database *other = add_database(databases, name, NO_DATABASE);
        move_below(database, other, folder);
        i = (guint)-1; /* from the beginning, without those that have moved */
    }
}

static int compare_places(const void *a, const void *b, gpointer data)
{
    GHashTable *places = data;
    guint x = GPOINTER_TO_UINT(g_hash_table_lookup(places, *(void *const *)a));
    guint y = GPOINTER_TO_UINT(g_hash_table_lookup(places, *(void *const *)b));

    return x < y ? -1 : x > y;
}

/* Each folder that separates is a database; the other scripts go with the one that creates most. */
static void separate(GPtrArray *databases, struct database *database, GPtrArray *remarks)
{
    g_autoptr(GPtrArray) parts = separation_of(database->scripts, database->unclear, remarks);

    for (guint i = 1; i < parts->len; i++) {
        struct database *other = add_database(databases, database->name, NO_DATABASE);
        g_ptr_array_extend(other->scripts, parts->pdata[i], NULL, NULL);
    }
    if (parts->len > 1) {
        g_ptr_array_set_size(database->scripts, 0);
        g_ptr_array_extend(database->scripts, parts->pdata[0], NULL, NULL);
    }
}

/* Nobody has said what belongs to it. */
static bool is_open(const struct database *database, const struct settings *settings)
{
    return database->configured == NO_DATABASE && !configured_separated(settings);
}

GPtrArray *databases_of(const GPtrArray *scripts, const struct settings *settings,
                        GPtrArray *remarks)
{
    GPtrArray *databases = g_ptr_array_new_with_free_func(database_free);
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < scripts->len; i++) {
        place_script(databases, scripts->pdata[i], settings);
        g_hash_table_insert(places, scripts->pdata[i], GUINT_TO_POINTER(i));
    }
    if (databases->len == 0)
        add_database(databases, NULL, NO_DATABASE);
    join_unnamed(databases);
    for (guint i = 0, count = databases->len; i < count; i++) {
        struct database *database = databases->pdata[i];
        if (is_open(database, settings))
            split_by_name(databases, database);
    }
    for (guint i = 0, count = databases->len; i < count; i++) {
        if (is_open(databases->pdata[i], settings))
            separate(databases, databases->pdata[i], remarks);
    }
    for (guint i = 0; i < databases->len; i++) {
        struct database *database = databases->pdata[i];
        g_ptr_array_sort_with_data(database->scripts, compare_places, places);
        for (guint j = 0; j < database->scripts->len; j++) {
            struct script *script = database->scripts->pdata[j];
            mark_away(script, database->name);
            script->database = i;
        }
        if (!database->name)
            database->name = altered(database);
    }
    return databases;
}

void database_mark_unclear(struct database *database)
{
    const struct catalog *catalog = &database->catalog;

    for (guint i = 0; i < database->unclear->len; i++) {
        const char *name = database->unclear->pdata[i];
        const GPtrArray *dropped = g_hash_table_lookup(catalog->dropped, name);
        struct relation *relation = g_hash_table_lookup(catalog->relations, name);
        for (; relation; relation = relation->next)
            relation->unclear = true;
        for (guint j = 0; dropped && j < dropped->len; j++)
            ((struct relation *)dropped->pdata[j])->unclear = true;
    }
}
