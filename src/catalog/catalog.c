/* Names are looked up in hash tables of names; what has the same name in another schema hangs
 * behind. */
#include "catalog/replay.h"

#include <stdlib.h>
#include <string.h>

#include "base/lists.h"
#include "facts/body.h"
#include "facts/condition.h"
#include "facts/script.h"

static guint hash_qualified(gconstpointer key)
{
    const struct relation *relation = key;

    return g_str_hash(relation->name) * 31 +
           g_str_hash(relation->schema ? relation->schema : "public");
}

static gboolean same_qualified(gconstpointer a, gconstpointer b)
{
    const struct relation *x = a, *y = b;

    return strcmp(x->name, y->name) == 0 && catalog_same_schema(x->schema, y->schema);
}

void catalog_init(struct catalog *catalog)
{
    static gint last;

    *catalog = (struct catalog){
        .number = (uint32_t)g_atomic_int_add(&last, 1) + 1,
        .all = g_ptr_array_new(),
        .relations = g_hash_table_new(g_str_hash, g_str_equal),
        .qualified = g_hash_table_new(hash_qualified, same_qualified),
        .dropped =
            g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref),
        .places = g_hash_table_new(NULL, NULL),
        .routines = g_hash_table_new(g_str_hash, g_str_equal),
        .current = g_hash_table_new(NULL, NULL),
        .defined =
            g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref),
        .retired = g_hash_table_new(NULL, NULL),
        .called = g_hash_table_new(NULL, NULL),
        .firings = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .transition_tables = g_hash_table_new(g_str_hash, g_str_equal),
        .temporary_tables = g_hash_table_new(g_str_hash, g_str_equal),
        .indexes = g_hash_table_new(g_str_hash, g_str_equal),
        .concerned = g_hash_table_new(NULL, NULL),
        .names = g_hash_table_new(g_str_hash, g_str_equal),
        .waits = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .stored = catalog_stored_new(),
    };
}

void catalog_finish(struct catalog *catalog)
{
    g_ptr_array_unref(catalog->all);
    g_hash_table_unref(catalog->relations);
    g_hash_table_unref(catalog->qualified);
    g_hash_table_unref(catalog->dropped);
    g_hash_table_unref(catalog->places);
    g_hash_table_unref(catalog->routines);
    g_hash_table_unref(catalog->current);
    g_hash_table_unref(catalog->defined);
    g_hash_table_unref(catalog->retired);
    g_hash_table_unref(catalog->called);
    g_hash_table_unref(catalog->firings);
    g_hash_table_unref(catalog->transition_tables);
    g_hash_table_unref(catalog->temporary_tables);
    g_hash_table_unref(catalog->indexes);
    g_hash_table_unref(catalog->concerned);
    g_hash_table_unref(catalog->names);
    g_hash_table_unref(catalog->waits);
    g_hash_table_unref(catalog->stored);
    arena_finish(&catalog->arena);
}

struct relation *catalog_concerned(const struct catalog *catalog, const struct change *change)
{
    struct relation *relation = g_hash_table_lookup(catalog->concerned, change);

    /* What only undoes another migration is not replayed: the index is still there. */
    if (!relation && change->kind == CHANGE_DROP && change->drop_kind == DROP_INDEX &&
        change->object.name)
        relation = g_hash_table_lookup(catalog->indexes, change->object.name);
    return relation;
}

void catalog_add_wait(struct catalog *catalog, const char *name)
{
    g_hash_table_add(catalog->waits, g_strdup(name));
}

bool catalog_waits(const struct catalog *catalog, const char *schema, const char *name)
{
    if (!name || g_hash_table_size(catalog->waits) == 0)
        return false;
    g_autofree char *qualified = schema ? g_strconcat(schema, ".", name, NULL) : NULL;
    return g_hash_table_contains(catalog->waits, name) ||
           (qualified && g_hash_table_contains(catalog->waits, qualified));
}

const char *expression_place(const char *expression, const char *column)
{
    size_t length = strlen(column);
    bool quote = false, word = false; /* what stands in quotes is no name */

    for (const char *c = expression; *c; c++) {
        if (*c == '\'')
            quote = !quote;
        bool part = g_ascii_isalnum(*c) || *c == '_';
        if (!quote && part && !word && strncmp(c, column, length) == 0 &&
            !g_ascii_isalnum(c[length]) && c[length] != '_' && c[length] != '(')
            return c;
        word = part;
    }
    return NULL;
}

bool expression_names(const char *expression, const char *column)
{
    return expression_place(expression, column) != NULL;
}

bool index_depends_on(const struct index *index, const char *column)
{
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (key->column ? strcmp(key->column, column) == 0
                        : key->expression && expression_names(key->expression, column))
            return true;
    }
    for (const struct condition *each = index->predicate; each; each = each->next) {
        if (condition_names(each, NULL, column))
            return true;
    }
    return false;
}

bool name_is_system(const char *schema, const char *name)
{
    if (schema)
        return strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "information_schema") == 0;
    return name && g_str_has_prefix(name, "pg_");
}

bool catalog_same_schema(const char *a, const char *b)
{
    return strcmp(a ? a : "public", b ? b : "public") == 0;
}

/* What the script of an extension creates without a schema lies in this one, which search_path names
 * while the script runs (manual, 38.17.2). */
static bool is_own_schema(const char *schema)
{
    return schema && strcmp(schema, "@extschema@") == 0;
}

static bool is_temporary_of(const struct relation *relation, const struct script *script)
{
    return relation->persistence == PERSISTENCE_TEMPORARY && relation->script == script;
}

static guint place_of(const struct catalog *catalog, const struct script *script)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(catalog->places, script));
}

/* What had the name at the place, and was dropped later. */
static struct relation *find_dropped(const struct catalog *catalog, const char *schema,
                                     const char *name, const struct script *script, uint32_t at)
{
    const GPtrArray *dropped = g_hash_table_lookup(catalog->dropped, name);
    guint first = 0, end = dropped ? dropped->len : 0,
          here = end > 0 ? place_of(catalog, script) : 0;

    if (here == 0)
        return NULL;
    while (first < end) {
        guint middle = first + (end - first) / 2;
        const struct relation *relation = dropped->pdata[middle];
        bool later = relation->dropped_place == here ? relation->dropped_at >= at
                                                     : relation->dropped_place > here;
        if (later)
            end = middle;
        else
            first = middle + 1;
    }
    for (; first < dropped->len; first++) {
        struct relation *relation = dropped->pdata[first];
        bool temporary = relation->persistence == PERSISTENCE_TEMPORARY;
        if (relation->unclear && relation->script != script)
            continue;
        if ((temporary ? is_temporary_of(relation, script)
                       : catalog_same_schema(schema, relation->schema)) &&
            (relation->script == script ? relation->span.start <= at
                                        : place_of(catalog, relation->script) < here))
            return relation;
    }
    return NULL;
}

/* Databases of many customers have the same tables in a schema for each. */
static struct relation *find_qualified(const struct catalog *catalog, const char *schema,
                                       const char *name, const struct script *script)
{
    const struct relation key = {.schema = schema, .name = name};
    struct relation *relation = g_hash_table_lookup(catalog->qualified, &key);

    return relation && relation->unclear && relation->script != script ? NULL : relation;
}

struct relation *catalog_relation(const struct catalog *catalog, const char *schema,
                                  const char *name, const struct script *script, uint32_t at)
{
    struct relation *first = name ? g_hash_table_lookup(catalog->relations, name) : NULL;
    struct relation *found = NULL;
    unsigned others = 0; /* in schemas that search_path may name */

    if (name && at != AT_THE_END)
        found = find_dropped(catalog, schema, name, script, at);
    if (found)
        return found;
    if (first && schema && strcmp(schema, "pg_temp") != 0) {
        found = find_qualified(catalog, schema, name, script);
        return found || !is_own_schema(schema) ? found
                                               : find_qualified(catalog, NULL, name, script);
    }
    for (struct relation *relation = first; relation; relation = relation->next) {
        if (relation->unclear && relation->script != script)
            return NULL;
        if (relation->persistence == PERSISTENCE_TEMPORARY) {
            if (is_temporary_of(relation, script))
                return relation;
            continue;
        }
        if (catalog_same_schema(schema, relation->schema))
            return relation;
        if (!schema && ++others == 2)
            return find_qualified(catalog, NULL, name, script);
        found = relation;
    }
    return others == 1 ? found : NULL;
}

/* What two routines of which one takes the other's place have in common. `name`: it may have been
 * created as another. */
static const char *signature(struct catalog *catalog, const char *name,
                             const struct routine *routine)
{
    g_autoptr(GString) text = g_string_new(routine->schema ? routine->schema : "public");

    g_string_append_c(text, '\n');
    g_string_append(text, name);
    for (int i = 0; i < routine->argument_count; i++) {
        g_string_append_c(text, '\n');
        g_string_append(text, routine->argument_types[i] ? routine->argument_types[i] : "");
    }
    return arena_strndup(&catalog->arena, text->str, text->len);
}

/* What CREATE OR REPLACE, or DROP and CREATE, put something else in the place of. A plain CREATE of
 * what is there already belongs to another database. Returns the latest that calls may mean, or NULL.
 * What has been dropped, or rolled back, comes last: DROP takes all of a signature. */
static struct overload *retire_routines(struct catalog *catalog, const struct routine *routine,
                                        bool replace)
{
    GPtrArray *all = list_under(catalog->defined, signature(catalog, routine->name, routine));
    struct overload *latest = NULL;

    for (guint i = all->len; i-- > 0;) { /* what is retired once stays so */
        const struct routine *old = all->pdata[i];
        struct overload *current = g_hash_table_lookup(catalog->current, old);
        latest = latest ? latest : current;
        if (current && !replace)
            break;
        g_hash_table_add(catalog->retired, (gpointer)old);
        g_ptr_array_remove_index(all, i);
    }
    g_ptr_array_add(all, (gpointer)routine);
    return latest;
}

static void add_overload(struct catalog *catalog, const char *name, const struct routine *routine)
{
    struct overload *added = arena_new(&catalog->arena, struct overload);

    *added = (struct overload){g_hash_table_lookup(catalog->routines, name), routine};
    g_hash_table_insert(catalog->routines, (char *)name, added);
    g_hash_table_insert(catalog->current, (gpointer)routine, added);
}

/* What it creates is there for the rest of the session, and so for the routines that run after it. */
static void note_temporary_tables(struct catalog *catalog, const struct routine *routine)
{
    const struct body_statement *each = routine->body ? routine->body->statements : NULL;

    for (; each; each = each->next) {
        const struct change *change = each->statement && each->statement->kind == STATEMENT_DEFINE
                                          ? each->statement->changes
                                          : NULL;
        if (change && change->kind == CHANGE_CREATE_RELATION &&
            change->relation->persistence == PERSISTENCE_TEMPORARY)
            g_hash_table_add(catalog->temporary_tables, (gpointer)change->relation->name);
    }
}

void catalog_create_routine(struct catalog *catalog, const struct routine *routine, bool replace)
{
    struct overload *old = retire_routines(catalog, routine, replace);

    note_temporary_tables(catalog, routine);
    if (!old || !replace) {
        add_overload(catalog, routine->name, routine);
        return;
    }
    g_hash_table_remove(catalog->current, old->routine);
    g_hash_table_insert(catalog->current, (gpointer)routine, old);
    old->routine = routine;
}

static bool has_types(const struct routine *routine, const char *types)
{
    for (int i = 0; types && i < routine->argument_count; i++) {
        const char *own = routine->argument_types[i];
        if ((i > 0 && *types++ != ',') || !own || !g_str_has_prefix(types, own))
            return false;
        types += strlen(own);
    }
    return !types || !*types;
}

static void remove_overload(struct catalog *catalog, struct overload **link)
{
    g_hash_table_remove(catalog->current, (*link)->routine);
    *link = (*link)->next;
}

static void set_overloads(struct catalog *catalog, const char *name, struct overload *first)
{
    if (first)
        g_hash_table_insert(catalog->routines, (char *)name, first);
    else if (name)
        g_hash_table_remove(catalog->routines, name);
}

static bool is_meant(const struct routine *routine, const struct change *change)
{
    return has_types(routine, change->text) &&
           (!change->object.schema || catalog_same_schema(routine->schema, change->object.schema));
}

const struct firing *catalog_firing(const struct catalog *catalog, const struct routine *routine)
{
    const struct firing *firing = g_hash_table_lookup(catalog->firings, routine);

    return firing && !firing->several ? firing : NULL;
}

bool catalog_is_migration(const struct script *script)
{
    return script->parts && script->parts->concurrency == RUNS_ALONE;
}

void catalog_drop_routine(struct catalog *catalog, const struct change *change,
                          const struct script *script)
{
    struct overload *first =
        change->object.name ? g_hash_table_lookup(catalog->routines, change->object.name) : NULL;
    struct overload **link = &first;

    while (*link) {
        const struct routine *routine = (*link)->routine;
        bool meant = is_meant(routine, change);
        if (meant && (catalog_is_migration(script) || routine->script == script))
            g_hash_table_add(catalog->retired, (gpointer)routine);
        if (meant)
            remove_overload(catalog, link);
        else
            link = &(*link)->next;
    }
    set_overloads(catalog, change->object.name, first);
}

void catalog_undo_routine(struct catalog *catalog, const struct routine *routine)
{
    struct overload *first = g_hash_table_lookup(catalog->routines, routine->name);

    for (struct overload **link = &first; *link; link = &(*link)->next) {
        if ((*link)->routine == routine) {
            g_hash_table_add(catalog->retired, (gpointer)routine);
            remove_overload(catalog, link);
            break;
        }
    }
    set_overloads(catalog, routine->name, first);
}

/* A trigger knows its function, whatever that is called. */
static void rename_in_triggers(struct catalog *catalog, const struct routine *routine,
                               const char *old, const char *name)
{
    for (guint i = 0; routine->returns_trigger && i < catalog->all->len; i++) {
        const struct relation *relation = catalog->all->pdata[i];
        for (struct trigger *trigger = relation->triggers; trigger; trigger = trigger->next) {
            if (strcmp(trigger->function, old) == 0 &&
                catalog_routine(catalog, trigger->function_schema, trigger->function, -1) ==
                    routine)
                trigger->function = name;
        }
    }
}

void catalog_rename_routine(struct catalog *catalog, const struct change *change)
{
    const char *name = change->object.name;
    struct overload *first = name ? g_hash_table_lookup(catalog->routines, name) : NULL;
    struct overload **link = &first;

    while (*link && !is_meant((*link)->routine, change))
        link = &(*link)->next;
    if (!*link)
        return;
    const struct routine *routine = (*link)->routine;
    rename_in_triggers(catalog, routine, name, change->new_text);
    remove_overload(catalog, link);
    set_overloads(catalog, name, first);
    add_overload(catalog, change->new_text, routine);
    /* It is not retired by what takes its old name. */
    g_ptr_array_remove(list_under(catalog->defined, signature(catalog, name, routine)),
                       (gpointer)routine);
    g_ptr_array_add(list_under(catalog->defined, signature(catalog, change->new_text, routine)),
                    (gpointer)routine);
}

const struct routine *catalog_routine(const struct catalog *catalog, const char *schema,
                                      const char *name, int argument_count)
{
    const struct routine *found = NULL;

    for (const struct overload *each = g_hash_table_lookup(catalog->routines, name); each;
         each = each->next) {
        const struct routine *routine = each->routine;
        if (schema && !catalog_same_schema(schema, routine->schema))
            continue;
        if (argument_count >= 0 && !routine->variadic &&
            (argument_count < routine->required_count || argument_count > routine->argument_count))
            continue;
        if (found)
            return NULL;
        found = routine;
    }
    return found || !is_own_schema(schema)
               ? found
               : catalog_routine(catalog, "public", name, argument_count);
}

bool routine_is_read_only(const struct routine *routine)
{
    bool transaction;
    struct mode mode;

    for (const struct routine_setting *each = routine->settings; each; each = each->next) {
        if (setting_mode(each->setting, &mode, &transaction) && transaction &&
            mode.kind == MODE_READ_ONLY && mode.value == 1)
            return true;
    }
    return false;
}

/* Fewer columns are looked through as fast. */
enum { LEAST_INDEXED = 16 };

static int compare_names(const void *a, const void *b)
{
    const struct column *const *x = a, *const *y = b;

    return strcmp((*x)->name, (*y)->name);
}

void catalog_index_columns(struct catalog *catalog, struct relation *relation)
{
    g_autoptr(GPtrArray) columns = g_ptr_array_new();

    for (struct column *column = relation->columns; column; column = column->next)
        g_ptr_array_add(columns, column);
    if (columns->len < LEAST_INDEXED)
        return;
    g_ptr_array_sort(columns, compare_names); /* stable: the first of one name stays the first */
    relation->by_name = arena_array(&catalog->arena, const struct column *, columns->len);
    memcpy(relation->by_name, columns->pdata, columns->len * sizeof *columns->pdata);
    relation->by_name_count = columns->len;
}

static const struct column *indexed_column(const struct relation *relation, const char *name)
{
    uint32_t from = 0, to = relation->by_name_count;

    while (from < to) {
        uint32_t middle = (from + to) / 2;
        if (strcmp(relation->by_name[middle]->name, name) < 0)
            from = middle + 1;
        else
            to = middle;
    }
    return from < relation->by_name_count && strcmp(relation->by_name[from]->name, name) == 0
               ? relation->by_name[from]
               : NULL;
}

const struct column *relation_column(const struct relation *relation, const char *name)
{
    if (relation->by_name)
        return indexed_column(relation, name);
    for (const struct column *column = relation->columns; column; column = column->next) {
        if (strcmp(column->name, name) == 0)
            return column;
    }
    return NULL;
}

bool column_is_amount(const struct relation *relation, const char *name)
{
    static const char *const types[] = {"int2",   "int4",   "int8",  "numeric",
                                        "float4", "float8", "money", NULL};
    const struct column *column = relation ? relation_column(relation, name) : NULL;

    return column && column->type && g_strv_contains(types, column->type);
}

bool column_is_flag(const struct relation *relation, const char *name)
{
    const struct column *column = relation ? relation_column(relation, name) : NULL;

    return column && g_strcmp0(column->type, "bool") == 0;
}

bool column_is_time(const struct relation *relation, const char *name)
{
    const struct column *column = relation ? relation_column(relation, name) : NULL;

    return column && column->type && g_str_has_prefix(column->type, "timestamp");
}

/* Columns that every table has (manual, 5.5 System Columns). */
static bool is_system_column(const char *name)
{
    static const char *const names[] = {"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid", NULL};

    return name && g_strv_contains(names, name);
}

enum answer relation_has_column(const struct relation *relation, const char *name)
{
    if (!relation)
        return ANSWER_UNKNOWN;
    if (relation_column(relation, name) || is_system_column(name))
        return ANSWER_YES;
    return relation->described && !relation->many_columns_unknown && relation->columns
               ? ANSWER_NO
               : ANSWER_UNKNOWN;
}

bool relation_partitions_by(const struct relation *relation, const char *column)
{
    const struct route *route = relation->routes;

    while (route && strcmp(route->column, column) != 0)
        route = route->next;
    return route != NULL;
}

const struct index *relation_primary_key(const struct relation *relation)
{
    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (index->primary)
            return index;
    }
    return NULL;
}
