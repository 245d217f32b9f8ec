/* Two services of a repository have a table "accounts" each. What one folder makes of a table, with
 * all that it adds, drops and renames, is compared with what another makes of it, so that a dump
 * agrees with the migrations that lead to it. Folders are told apart below the deepest directory
 * that both lie in: services/billing and services/users. A file beside a folder, schema.sql and
 * migrations/, is of the same database.
 *
 * A table that is dropped before it is created again has a history and no double, unless the script
 * only makes sure that it is not there yet (DROP TABLE IF EXISTS): the first migration of each of two
 * services may, the second one of a folder replaces the table. */
#include "engine/separation.h"

#include <string.h>

#include "base/arena.h"
#include "catalog/catalog.h"
#include "facts/definition.h"
#include "facts/script.h"

enum { DEEPEST = 8 };

struct creation {
    struct script *script;
    const struct relation *relation;
    bool tolerant; /* IF NOT EXISTS */
};

struct facts {
    GHashTable *creations; /* name → GArray of struct creation */
    GHashTable *replaced;  /* names that are dropped for certain, or renamed */
    GHashTable *renewed;   /* names that a migration drops if they are there */
};

static const struct change *changes_of(const struct statement *statement)
{
    bool counts = statement->kind == STATEMENT_DEFINE && !(statement->flags & STATEMENT_UNDO);

    return counts ? statement->changes : NULL;
}

/* "public.accounts" and "accounts" are most likely the same. */
static char *key_of(const char *schema, const char *name)
{
    return g_strconcat(schema ? schema : "public", ".", name, NULL);
}

static bool is_comparable(const struct relation *relation)
{
    return relation->kind == RELATION_TABLE && relation->persistence != PERSISTENCE_TEMPORARY &&
           relation->described && relation->columns && !relation->many_columns_unknown &&
           !relation->like && !relation->inherits && !relation->partition_of.name;
}

static void add_creation(struct facts *facts, struct script *script, const struct change *change)
{
    struct creation creation = {script, change->relation, change->tolerant};
    char *key = key_of(change->relation->schema, change->relation->name);
    GArray *list = g_hash_table_lookup(facts->creations, key);

    if (!list) {
        list = g_array_new(FALSE, FALSE, sizeof(struct creation));
        g_hash_table_insert(facts->creations, key, list);
    } else {
        g_free(key);
    }
    g_array_append_val(list, creation);
}

static void gather(struct facts *facts, const GPtrArray *scripts)
{
    facts->creations =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    facts->replaced = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    facts->renewed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        if (!kind_is_replayed(script->kind) || !script_has(script, STATEMENT_DEFINE))
            continue;
        for (const struct statement *each = script->statements; each; each = each->next) {
            for (const struct change *change = changes_of(each); change; change = change->next) {
                bool drops = change->kind == CHANGE_DROP && change->drop_kind == DROP_RELATION;
                if (change->kind == CHANGE_CREATE_RELATION && is_comparable(change->relation))
                    add_creation(facts, script, change);
                else if ((drops && !change->tolerant) || change->kind == CHANGE_RENAME_RELATION)
                    g_hash_table_add(facts->replaced,
                                     key_of(change->object.schema, change->object.name));
                else if (drops && catalog_is_migration(script))
                    g_hash_table_add(facts->renewed,
                                     key_of(change->object.schema, change->object.name));
            }
        }
    }
}

static void facts_finish(struct facts *facts)
{
    g_hash_table_unref(facts->creations);
    g_hash_table_unref(facts->replaced);
    g_hash_table_unref(facts->renewed);
}

/* ------------------------------------------------------------------ folders */

static bool is_below(const char *path, const char *folder)
{
    size_t length = strlen(folder);

    return strncmp(path, folder, length) == 0 && (length == 0 || path[length] == '/');
}

static bool same_folder(const char *a, const char *b)
{
    g_autofree char *x = g_path_get_dirname(a), *y = g_path_get_dirname(b);

    return strcmp(x, y) == 0;
}

/* The folders below the deepest directory that both lie in; NULL when one lies in it itself. */
static char **folders_of(const char *a, const char *b)
{
    size_t common = 0;

    for (size_t i = 0; a[i] && a[i] == b[i]; i++) {
        if (a[i] == '/')
            common = i + 1;
    }
    const char *x = strchr(a + common, '/'), *y = strchr(b + common, '/');
    if (!x || !y)
        return NULL;
    char **folders = g_new0(char *, 3);
    folders[0] = g_strndup(a, (gsize)(x - a));
    folders[1] = g_strndup(b, (gsize)(y - b));
    return folders;
}

/* ------------------------------------------------------------------ columns */

static void apply(GHashTable *columns, const struct change *change)
{
    switch (change->kind) {
    case CHANGE_ADD_COLUMN:
        g_hash_table_add(columns, (gpointer)change->column->name);
        break;
    case CHANGE_DROP_COLUMN:
        g_hash_table_remove(columns, change->text);
        break;
    case CHANGE_RENAME_COLUMN:
        if (g_hash_table_remove(columns, change->text))
            g_hash_table_add(columns, (gpointer)change->new_text);
        break;
    default:
        break;
    }
}

/* The columns that the scripts below a folder, or one script alone, make of a table. */
static GHashTable *columns_of(const GPtrArray *scripts, const char *folder,
                              const struct script *alone, const struct creation *creation)
{
    GHashTable *columns = g_hash_table_new(g_str_hash, g_str_equal);
    g_autofree char *key = key_of(creation->relation->schema, creation->relation->name);

    for (const struct column *each = creation->relation->columns; each; each = each->next)
        g_hash_table_add(columns, (gpointer)each->name);
    for (guint i = 0; i < scripts->len; i++) {
        const struct script *script = scripts->pdata[i];
        if (folder ? !is_below(script->path, folder) : script != alone)
            continue;
        for (const struct statement *each = script->statements; each; each = each->next) {
            for (const struct change *change = changes_of(each); change; change = change->next) {
                g_autofree char *other =
                    change->object.name ? key_of(change->object.schema, change->object.name) : NULL;
                if (other && strcmp(other, key) == 0)
                    apply(columns, change);
            }
        }
    }
    return columns;
}

static bool same_columns(GHashTable *a, GHashTable *b)
{
    GHashTableIter iter;
    gpointer name;

    if (g_hash_table_size(a) != g_hash_table_size(b))
        return false;
    g_hash_table_iter_init(&iter, a);
    while (g_hash_table_iter_next(&iter, &name, NULL)) {
        if (!g_hash_table_contains(b, name))
            return false;
    }
    return true;
}

static bool differ(const GPtrArray *scripts, char *const *folders, const struct creation *a,
                   const struct creation *b)
{
    g_autoptr(GHashTable) x = columns_of(scripts, folders ? folders[0] : NULL, a->script, a);
    g_autoptr(GHashTable) y = columns_of(scripts, folders ? folders[1] : NULL, b->script, b);

    return !same_columns(x, y);
}

/* ------------------------------------------------------------------ doubles */

struct doubles {
    GPtrArray *folders;                    /* char *, owned: that separate, the highest first */
    GPtrArray *unclear;                    /* char *, owned: the names of tables */
    const struct creation *first, *second; /* of the first that is unclear */
};

static void add_once(GPtrArray *list, const char *text)
{
    if (!g_ptr_array_find_with_equal_func(list, text, g_str_equal, NULL))
        g_ptr_array_add(list, g_strdup(text));
}

static void compare(struct doubles *doubles, const struct facts *facts, const GPtrArray *scripts,
                    const char *key, const GArray *list)
{
    const struct creation *a = &g_array_index(list, struct creation, 0);

    for (guint i = 1; i < list->len; i++) {
        const struct creation *b = &g_array_index(list, struct creation, i);
        g_auto(GStrv) folders =
            a->script == b->script ? NULL : folders_of(a->script->path, b->script->path);
        bool history = g_hash_table_contains(facts->replaced, key) ||
                       (!folders &&
                        (a->tolerant || b->tolerant || g_hash_table_contains(facts->renewed, key)));
        if (a->script == b->script || history ||
            (!folders && !same_folder(a->script->path, b->script->path)) ||
            !differ(scripts, folders, a, b))
            continue;
        if (folders) {
            add_once(doubles->folders, folders[0]);
            add_once(doubles->folders, folders[1]);
        } else {
            add_once(doubles->unclear, a->relation->name);
            if (!doubles->first) {
                doubles->first = a;
                doubles->second = b;
            }
        }
    }
}

static int compare_depths(const void *a, const void *b)
{
    const char *x = *(char *const *)a, *y = *(char *const *)b;
    int depth = 0;

    for (const char *c = x; *c; c++)
        depth += *c == '/';
    for (const char *c = y; *c; c++)
        depth -= *c == '/';
    return depth ? depth : strcmp(x, y);
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(a, b);
}

static void find_doubles(struct doubles *doubles, const struct facts *facts,
                         const GPtrArray *scripts)
{
    GList *keys = g_list_sort(g_hash_table_get_keys(facts->creations), compare_keys);

    *doubles = (struct doubles){.folders = g_ptr_array_new_with_free_func(g_free),
                                .unclear = g_ptr_array_new_with_free_func(g_free)};
    for (GList *key = keys; key; key = key->next)
        compare(doubles, facts, scripts, key->data,
                g_hash_table_lookup(facts->creations, key->data));
    g_ptr_array_sort(doubles->folders, compare_depths);
    g_list_free(keys);
}

static void doubles_finish(struct doubles *doubles)
{
    g_ptr_array_unref(doubles->folders);
    g_ptr_array_unref(doubles->unclear);
}

/* ------------------------------------------------------------------ parts */

static guint count_tables(const GPtrArray *scripts)
{
    guint count = 0;

    for (guint i = 0; i < scripts->len; i++) {
        const struct script *script = scripts->pdata[i];
        const struct statement *each =
            script_changes(script, CHANGE_CREATE_RELATION) ? script->statements : NULL;
        for (; each; each = each->next) {
            for (const struct change *change = changes_of(each); change; change = change->next)
                count += change->kind == CHANGE_CREATE_RELATION;
        }
    }
    return count;
}

/* Scripts in no folder that separates go with the part that creates most tables. */
static GPtrArray *part_by(const GPtrArray *scripts, const GPtrArray *folders)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
    g_autoptr(GPtrArray) rest = g_ptr_array_new();
    g_autoptr(GHashTable) by_folder = g_hash_table_new(g_str_hash, g_str_equal);
    GPtrArray *largest = NULL;

    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        const char *folder = NULL;
        for (guint j = 0; j < folders->len && !folder; j++) {
            if (is_below(script->path, folders->pdata[j]))
                folder = folders->pdata[j];
        }
        GPtrArray *part = folder ? g_hash_table_lookup(by_folder, folder) : rest;
        if (!part) {
            part = g_ptr_array_new();
            g_ptr_array_add(parts, part);
            g_hash_table_insert(by_folder, (gpointer)folder, part);
        }
        g_ptr_array_add(part, script);
    }
    for (guint i = 0; i < parts->len; i++) {
        if (!largest || count_tables(parts->pdata[i]) > count_tables(largest))
            largest = parts->pdata[i];
    }
    g_ptr_array_extend(largest, rest, NULL, NULL);
    return parts;
}

static void report_unclear(const struct doubles *doubles, GPtrArray *unclear, GPtrArray *remarks)
{
    const struct creation *a = doubles->first, *b = doubles->second;
    guint others = doubles->unclear->len - 1;
    g_autofree char *more =
        others ? g_strdup_printf(" (and %u more such table%s)", others, others == 1 ? "" : "s")
               : g_strdup("");

    g_ptr_array_add(
        remarks,
        g_strdup_printf("%s:%u and %s:%u create table %s with different columns%s; say with "
                        "`databases` in the configuration which files belong together",
                        a->script->path, script_line_number(a->script, a->relation->span.start),
                        b->script->path, script_line_number(b->script, b->relation->span.start),
                        a->relation->name, more));
    for (guint i = 0; i < doubles->unclear->len; i++)
        add_once(unclear, doubles->unclear->pdata[i]);
}

static void separate(GPtrArray *done, const GPtrArray *scripts, GPtrArray *unclear,
                     GPtrArray *remarks, int depth)
{
    struct doubles doubles;
    struct facts facts;

    gather(&facts, scripts);
    find_doubles(&doubles, &facts, scripts);
    if (doubles.folders->len > 0 && depth < DEEPEST) {
        g_autoptr(GPtrArray) parts = part_by(scripts, doubles.folders);
        for (guint i = 0; i < parts->len; i++)
            separate(done, parts->pdata[i], unclear, remarks, parts->len > 1 ? depth + 1 : DEEPEST);
    } else {
        GPtrArray *part = g_ptr_array_new();
        g_ptr_array_extend(part, (GPtrArray *)scripts, NULL, NULL);
        g_ptr_array_add(done, part);
        if (doubles.first)
            report_unclear(&doubles, unclear, remarks);
    }
    doubles_finish(&doubles);
    facts_finish(&facts);
}

GPtrArray *separation_of(const GPtrArray *scripts, GPtrArray *unclear, GPtrArray *remarks)
{
    GPtrArray *parts = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

    separate(parts, scripts, unclear, remarks, 0);
    return parts;
}
