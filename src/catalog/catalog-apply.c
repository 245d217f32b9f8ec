/* DDL replayed. A change to a relation that nobody created makes an entry that is not `described`:
 * what was said about it counts, what was not said stays unknown. A statement is judged by what it
 * says, not by what becomes of it, and it may be replayed again: what later ones change are
 * copies. */
#include "catalog/replay.h"

#include <string.h>

#include "base/lists.h"
#include "facts/body.h"
#include "facts/script.h"

static bool same(const char *a, const char *b)
{
    return g_strcmp0(a, b) == 0;
}

static void insert_relation(struct catalog *catalog, struct relation *relation)
{
    if (relation->dropped) /* it is only renamed */
        relation->dropped = false;
    else
        g_ptr_array_add(catalog->all, relation);
    relation->next = g_hash_table_lookup(catalog->relations, relation->name);
    g_hash_table_insert(catalog->relations, (char *)relation->name, relation);
    if (relation->persistence != PERSISTENCE_TEMPORARY)
        g_hash_table_replace(catalog->qualified, relation, relation);
}

/* What had the schema and the name before another one has them again. */
static void uncover(struct catalog *catalog, const struct relation *relation,
                    struct relation *first)
{
    if (g_hash_table_lookup(catalog->qualified, relation) != relation)
        return;
    g_hash_table_remove(catalog->qualified, relation);
    while (first && (first->persistence == PERSISTENCE_TEMPORARY ||
                     !catalog_same_schema(first->schema, relation->schema)))
        first = first->next;
    if (first)
        g_hash_table_replace(catalog->qualified, first, first);
}

static void unlink_relation(struct catalog *catalog, struct relation *relation)
{
    struct relation *first = g_hash_table_lookup(catalog->relations, relation->name);
    struct relation **link = &first;

    relation->dropped = true;
    while (*link && *link != relation)
        link = &(*link)->next;
    if (*link)
        *link = relation->next;
    if (first)
        g_hash_table_insert(catalog->relations, (char *)first->name, first);
    else
        g_hash_table_remove(catalog->relations, relation->name);
    uncover(catalog, relation, first);
}

/* What comes before this change in the replay still sees it. */
static void remove_relation(struct catalog *catalog, struct relation *relation)
{
    unlink_relation(catalog, relation);
    for (const struct index *index = relation->indexes; index; index = index->next) {
        if (g_hash_table_lookup(catalog->indexes, index->name) == relation)
            g_hash_table_remove(catalog->indexes, index->name);
    }
    relation->dropped_place = g_hash_table_size(catalog->places); /* the last one */
    relation->dropped_at = catalog->at;
    g_ptr_array_add(list_under(catalog->dropped, relation->name), relation);
}

/* The relation that a change speaks of; one that is not described when nobody created it. */
static struct relation *subject(struct catalog *catalog, const struct change *change,
                                const struct script *script)
{
    const struct object_name *object = &change->object;
    struct relation *relation =
        catalog_relation(catalog, object->schema, object->name, script, AT_THE_END);

    if (!relation && object->name) {
        relation = arena_new(&catalog->arena, struct relation);
        relation->schema = object->schema;
        relation->name = object->name;
        relation->script = script;
        relation->span = object->span;
        insert_relation(catalog, relation);
    }
    return relation;
}

/* What was said of a relation before its CREATE was seen, in a file that sorts earlier, counts. */
static void take_over(struct catalog *catalog, struct relation *relation,
                      const struct relation *old)
{
    struct column **end = &relation->columns;

    relation->indexes = old->indexes;
    relation->foreign_keys = old->foreign_keys;
    relation->unenforced = old->unenforced;
    relation->checks = old->checks;
    for (const struct index *index = old->indexes; index; index = index->next)
        g_hash_table_insert(catalog->indexes, (char *)index->name, relation);
    if (!old->columns)
        return;
    catalog_own_columns(catalog, relation);
    while (*end)
        end = &(*end)->next;
    for (const struct column *column = old->columns; column; column = column->next) {
        if (relation_column(relation, column->name))
            continue;
        *end = OWN(catalog, struct column, column);
        (*end)->next = NULL;
        end = &(*end)->next;
    }
}

/* False: it is there already, and nothing of the statement comes to pass. */
static bool create_relation(struct catalog *catalog, const struct change *change,
                            const struct script *script)
{
    struct relation *relation = OWN(catalog, struct relation, change->relation);
    struct relation *old =
        catalog_relation(catalog, relation->schema, relation->name, script, AT_THE_END);

    if (old && (old->persistence == PERSISTENCE_TEMPORARY) ==
                   (relation->persistence == PERSISTENCE_TEMPORARY)) {
        bool one = catalog_same_schema(old->schema, relation->schema);
        if (old->described && (change->tolerant || catalog->makes_sure) && one)
            return false;
        if (!old->described || change->replace || one) {
            relation->triggers = old->triggers;
            relation->rewrite_rules = old->rewrite_rules;
            remove_relation(catalog, old);
            if (!old->described)
                take_over(catalog, relation, old);
        }
    }
    insert_relation(catalog, relation);
    return true;
}

static void rename_reference(const struct catalog *catalog, struct object_name *reference,
                             const struct script *script, const struct relation *relation,
                             const char *name)
{
    if (same(reference->name, relation->name) &&
        catalog_relation(catalog, reference->schema, reference->name, script, AT_THE_END) ==
            relation)
        reference->name = name;
}

/* Keys and partitions know the relation, whatever it is called. */
static void rename_references(struct catalog *catalog, const struct relation *relation,
                              const char *name)
{
    for (guint i = 0; i < catalog->all->len; i++) {
        struct relation *child = catalog->all->pdata[i];
        struct foreign_key *lists[] = {child->foreign_keys, child->unenforced};
        if (child->dropped)
            continue;
        rename_reference(catalog, &child->partition_of, child->script, relation, name);
        for (size_t j = 0; j < G_N_ELEMENTS(lists); j++) {
            for (struct foreign_key *key = lists[j]; key; key = key->next)
                rename_reference(catalog, &key->parent, child->script, relation, name);
        }
    }
}

static void rename_relation(struct catalog *catalog, const struct change *change,
                            const struct script *script)
{
    if (catalog_rename_index(catalog, change->object.name, change->text))
        return;
    struct relation *relation = subject(catalog, change, script);
    rename_references(catalog, relation, change->text);
    unlink_relation(catalog, relation);
    relation->name = change->text;
    insert_relation(catalog, relation);
}

static void set_schema(struct catalog *catalog, struct relation *relation, const char *schema)
{
    unlink_relation(catalog, relation);
    relation->schema = schema;
    insert_relation(catalog, relation);
}

/* A script that begins anew drops what it makes. What other scripts have made is still there for the
 * programs: somebody runs those scripts after it. Migrations have an order. */
static void drop_schema(struct catalog *catalog, const char *schema, const struct script *script)
{
    GList *names = g_hash_table_get_keys(catalog->relations);

    for (GList *name = names; name; name = name->next) {
        struct relation *relation = g_hash_table_lookup(catalog->relations, name->data);
        while (relation) {
            struct relation *next = relation->next;
            if (relation->persistence != PERSISTENCE_TEMPORARY &&
                (relation->script == script || catalog_is_migration(script)) &&
                catalog_same_schema(relation->schema, schema))
                remove_relation(catalog, relation);
            relation = next;
        }
    }
    g_list_free(names);
}

static void drop(struct catalog *catalog, const struct change *change, const struct script *script)
{
    const struct object_name *object = &change->object;
    struct relation *relation =
        catalog_relation(catalog, object->schema, object->name, script, AT_THE_END);

    switch (change->drop_kind) {
    case DROP_RELATION:
        if (relation)
            remove_relation(catalog, relation);
        break;
    case DROP_INDEX:
        g_hash_table_insert(catalog->concerned, (gpointer)change,
                            g_hash_table_lookup(catalog->indexes, object->name));
        catalog_drop_index(catalog, object->name);
        break;
    case DROP_ROUTINE:
        catalog_drop_routine(catalog, change, script);
        break;
    case DROP_TRIGGER:
        for (struct trigger **link = relation ? &relation->triggers : NULL; link && *link;) {
            if (same((*link)->name, change->text))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
        break;
    case DROP_RULE:
        for (struct rewrite_rule **link = relation ? &relation->rewrite_rules : NULL;
             link && *link;) {
            if (same((*link)->name, change->text))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
        break;
    case DROP_EVENT_TRIGGER:
        for (struct event_trigger **link = &catalog->event_triggers; *link;) {
            if (same((*link)->name, object->name))
                *link = (*link)->next;
            else
                link = &(*link)->next;
        }
        break;
    case DROP_SCHEMA:
        drop_schema(catalog, object->name, script);
        break;
    case DROP_POLICY:
        break;
    }
}

static void attach_partition(struct catalog *catalog, const struct change *change,
                             const struct script *script)
{
    const struct object_name *name = change->partition;
    struct relation *partition =
        catalog_relation(catalog, name->schema, name->name, script, AT_THE_END);

    if (!partition)
        return;
    if (change->kind == CHANGE_ATTACH_PARTITION)
        partition->partition_of = change->object;
    else
        partition->partition_of = (struct object_name){0};
}

/* False: the rest of the statement is skipped. */
static bool apply(struct catalog *catalog, const struct change *change, const struct script *script)
{
    struct relation *relation;
    struct event_trigger *event_trigger;

    switch (change->kind) {
    case CHANGE_CREATE_RELATION:
        return create_relation(catalog, change, script);
    case CHANGE_CREATE_ROUTINE:
        catalog_create_routine(catalog, change->routine, change->replace);
        return true;
    case CHANGE_RENAME_ROUTINE:
        catalog_rename_routine(catalog, change);
        return true;
    case CHANGE_DROP:
        drop(catalog, change, script);
        return true;
    case CHANGE_RENAME_RELATION:
        rename_relation(catalog, change, script);
        return true;
    case CHANGE_CREATE_EVENT_TRIGGER:
        event_trigger = OWN(catalog, struct event_trigger, change->event_trigger);
        event_trigger->next = catalog->event_triggers;
        catalog->event_triggers = event_trigger;
        return true;
    case CHANGE_CREATE_TYPE:
    case CHANGE_ADD_ENUM_VALUE:
    case CHANGE_OTHER:
        return true;
    case CHANGE_SETTING:
        catalog_store_setting(catalog, change, script);
        return true;
    case CHANGE_ATTACH_PARTITION:
    case CHANGE_DETACH_PARTITION:
        attach_partition(catalog, change, script);
        return true;
    default:
        break;
    }

    relation = subject(catalog, change, script);
    if (relation && change->kind == CHANGE_SET_SCHEMA)
        set_schema(catalog, relation, change->text);
    else if (relation)
        catalog_change_table(catalog, relation, change, script);
    return true;
}

/* What a transaction has created is there up to its ROLLBACK. */
static void undo_creations(struct catalog *catalog, const struct statement *begin,
                           const struct statement *rollback, const struct script *script)
{
    catalog->at = rollback->span.start;
    for (const struct statement *statement = begin; statement != rollback;
         statement = statement->next) {
        for (const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes
                                                                               : NULL;
             change; change = change->next) {
            const struct relation *said = change->relation;
            struct relation *relation =
                change->kind == CHANGE_CREATE_RELATION
                    ? catalog_relation(catalog, said->schema, said->name, script, AT_THE_END)
                    : NULL;
            if (relation && relation->script == script && relation->span.start > begin->span.start)
                remove_relation(catalog, relation);
            if (change->kind == CHANGE_CREATE_ROUTINE)
                catalog_undo_routine(catalog, change->routine);
        }
    }
}

/* The BEGIN of the transaction that a statement is in, if any, when `begin` is that of the one before.
 * What some runs roll back is there in others. */
static const struct statement *follow_block(struct catalog *catalog, const struct script *script,
                                            const struct statement *begin,
                                            const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_BEGIN:
        return begin ? begin : statement;
    case STATEMENT_ROLLBACK:
        if (begin && !((begin->flags | statement->flags) & STATEMENT_CONDITIONAL))
            undo_creations(catalog, begin, statement, script);
        return statement->flags & STATEMENT_CHAIN ? statement : NULL;
    case STATEMENT_COMMIT:
        return statement->flags & STATEMENT_CHAIN ? statement : NULL;
    case STATEMENT_PREPARE_TRANSACTION:
        return NULL;
    default:
        return begin;
    }
}

/* Whether the transaction that begins with a statement ends in ROLLBACK, whatever happens. */
static bool is_rolled_back(const struct statement *begin)
{
    for (const struct statement *each = begin->next; each; each = each->next) {
        bool ends = each->kind == STATEMENT_COMMIT || each->kind == STATEMENT_ROLLBACK ||
                    each->kind == STATEMENT_PREPARE_TRANSACTION;
        if (ends)
            return each->kind == STATEMENT_ROLLBACK &&
                   !((begin->flags | each->flags) & STATEMENT_CONDITIONAL);
    }
    return false;
}

/* A change in a transaction that is rolled back: it creates something, which is there up to then, or is
 * one of what was created there. */
static bool is_of_new(const struct catalog *catalog, const struct change *change,
                      const struct script *script, const struct statement *begin)
{
    if (change->kind == CHANGE_CREATE_RELATION || change->kind == CHANGE_CREATE_ROUTINE)
        return true;
    const struct relation *relation =
        catalog_relation(catalog, change->object.schema, change->object.name, script, AT_THE_END);
    return relation && relation->script == script && relation->span.start > begin->span.start;
}

/* Whether it gives no name of a table's indexes and constraints away: then those that the table has
 * taken stay listed for the next statement. */
static bool keeps_names(const struct statement *statement)
{
    static const bool kept[] = {
        [CHANGE_ADD_COLUMN] = true,     [CHANGE_ADD_INDEX] = true,
        [CHANGE_ADD_CHECK] = true,      [CHANGE_ADD_FOREIGN_KEY] = true,
        [CHANGE_COLUMN_TYPE] = true,    [CHANGE_SET_NOT_NULL] = true,
        [CHANGE_SET_DEFAULT] = true,    [CHANGE_DROP_NOT_NULL] = true,
        [CHANGE_CREATE_RULE] = true,    [CHANGE_CREATE_TRIGGER] = true,
        [CHANGE_CREATE_TYPE] = true,    [CHANGE_CREATE_ROUTINE] = true,
        [CHANGE_ADD_ENUM_VALUE] = true,
    };
    const struct change *change = statement->changes;

    while (change && change->kind < G_N_ELEMENTS(kept) && kept[change->kind])
        change = change->next;
    return !change;
}

/* `undone`: the BEGIN of a transaction that is rolled back; NULL in any other. */
static void apply_changes(struct catalog *catalog, const struct statement *statement,
                          const struct script *script, const struct statement *undone)
{
    bool kept = keeps_names(statement);

    if (!kept)
        catalog->named = NULL;
    for (const struct change *change = statement->changes; change; change = change->next) {
        catalog->at = statement->span.start;
        if (undone && !is_of_new(catalog, change, script, undone))
            continue;
        if (!apply(catalog, change, script))
            break;
    }
    if (!kept)
        catalog->named = NULL;
}

/* Most blocks with DDL ask first whether it is needed, or handle that it was not. */
static void apply_block(struct catalog *catalog, const struct body *body,
                        const struct script *script, const struct statement *undone)
{
    const struct body_statement *each = NULL;

    catalog->makes_sure = true;
    while ((each = body_next_definition(body, each)))
        apply_changes(catalog, each->statement, script, undone);
    catalog->makes_sure = false;
}

void catalog_apply_script(struct catalog *catalog, const struct script *script)
{
    guint place = g_hash_table_size(catalog->places) + 1;
    const struct statement *begin = NULL, *undone = NULL;

    for (const struct statement *statement = script->statements; statement;
         statement = statement->next) {
        const struct statement *before = begin;
        catalog->adds_code |= (statement->flags & STATEMENT_ADDS_CODE) != 0;
        begin = follow_block(catalog, script, begin, statement);
        if (begin != before)
            undone = begin && is_rolled_back(begin) ? begin : NULL;
        const struct body *body = statement->kind == STATEMENT_DO ? statement->block->body : NULL;
        bool defines = statement->kind == STATEMENT_DEFINE && statement->changes;
        if (!(defines || body_next_definition(body, NULL)) || statement->flags & STATEMENT_UNDO ||
            script_is_away(script, statement))
            continue;
        if (g_hash_table_size(catalog->places) < place)
            g_hash_table_insert(catalog->places, (gpointer)script, GUINT_TO_POINTER(place));
        if (defines)
            apply_changes(catalog, statement, script, undone);
        else
            apply_block(catalog, body, script, undone);
    }
}
