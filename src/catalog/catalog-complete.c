/* What refers to names that may have come later: partitions, LIKE, foreign keys, triggers. */
#include "catalog/replay.h"

/* What LIKE and INHERITS copy: columns, never indexes unless INCLUDING says so, which is then
 * unknown rather than wrong. */
static void copy_columns(struct catalog *catalog, struct relation *relation,
                         const struct object_name *from)
{
    if (!from)
        return;
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    catalog_own_columns(catalog, relation);
    struct column **end = &relation->columns;
    for (; *end; end = &(*end)->next)
        g_hash_table_add(names, (gpointer)(*end)->name);
    for (; from; from = from->next) {
        const struct relation *source =
            catalog_relation(catalog, from->schema, from->name, relation->script, AT_THE_END);
        if (!source || !source->described) {
            relation->many_columns_unknown = true;
            continue;
        }
        for (const struct column *column = source->columns; column; column = column->next) {
            if (!g_hash_table_add(names, (gpointer)column->name))
                continue;
            *end = arena_new(&catalog->arena, struct column);
            **end = *column;
            (*end)->next = NULL;
            end = &(*end)->next;
        }
    }
}

static void collect_references(struct catalog *catalog, struct relation *child, GPtrArray *all)
{
    for (const struct foreign_key *key = child->foreign_keys; key; key = key->next) {
        struct reference *reference = arena_new(&catalog->arena, struct reference);
        reference->child = child;
        reference->key = key;
        g_ptr_array_add(all, reference);
    }
}

static int latest_first(const void *a, const void *b)
{
    const struct reference *const *x = a, *const *y = b;

    return (*x)->key->number < (*y)->key->number ? 1 : -1;
}

/* Tells every parent which foreign keys point to it. Their triggers run in the order of their names,
 * which end with a number that is given in turn (manual, 39.1 Overview of Trigger Behavior). */
static void link_references(struct catalog *catalog, GPtrArray *all)
{
    g_ptr_array_sort(all, latest_first);
    for (guint i = 0; i < all->len; i++) {
        struct reference *reference = all->pdata[i];
        const struct object_name *name = &reference->key->parent;
        struct relation *parent = catalog_relation(catalog, name->schema, name->name,
                                                   reference->child->script, AT_THE_END);
        if (!parent)
            continue;
        reference->next = parent->references;
        parent->references = reference;
    }
}

/* Tells it, and the tables that it is a part of, by what it is partitioned. One that knows a column
 * has told those above it. */
static void tell_routes(struct catalog *catalog, struct relation *relation)
{
    for (const char **column = relation->partition_key; column && *column; column++) {
        for (struct relation *each = relation; each && !relation_partitions_by(each, *column);
             each = each->parent) {
            struct route *route = arena_new(&catalog->arena, struct route);
            *route = (struct route){.next = each->routes, .column = *column};
            each->routes = route;
        }
    }
}

/* A trigger's function runs when its table is written. */
static void mark_trigger_functions(struct catalog *catalog, const struct relation *relation)
{
    for (const struct trigger *trigger = relation->triggers; trigger; trigger = trigger->next) {
        const struct routine *routine =
            catalog_routine(catalog, trigger->function_schema, trigger->function, -1);
        if (routine)
            g_hash_table_add(catalog->called, (gpointer)routine);
    }
}

void catalog_complete(struct catalog *catalog)
{
    g_autoptr(GPtrArray) references = g_ptr_array_new();

    for (guint i = 0; i < catalog->all->len; i++) {
        struct relation *relation = catalog->all->pdata[i];
        relation->number = i;
        if (relation->dropped) {
            /* What it was a copy of may be gone as well. */
            relation->many_columns_unknown |=
                relation->partition_of.name || relation->like || relation->inherits;
            continue;
        }
        if (relation->partition_of.name) {
            relation->parent =
                catalog_relation(catalog, relation->partition_of.schema,
                                 relation->partition_of.name, relation->script, AT_THE_END);
            if (relation->parent && relation->indexes)
                relation->parent->partitions_have_indexes = true;
            copy_columns(catalog, relation, &relation->partition_of);
        }
        copy_columns(catalog, relation, relation->like);
        copy_columns(catalog, relation, relation->inherits);
        collect_references(catalog, relation, references);
        mark_trigger_functions(catalog, relation);
    }
    link_references(catalog, references);
    for (guint i = 0; i < catalog->all->len; i++) {
        struct relation *relation = catalog->all->pdata[i];
        catalog_index_columns(catalog, relation);
        if (relation->partitioned && !relation->dropped)
            tell_routes(catalog, relation);
    }
}
