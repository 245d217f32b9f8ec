/* What each kind of statement accesses: queries, the tables that DDL, LOCK, TRUNCATE and COPY name,
 * what was prepared, and what DO says. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "catalog/resolve.h"
#include "program/change.h"

static void bind_names(struct binder *binder, const struct statement *statement,
                       enum access_kind kind)
{
    for (const struct object_name *name = statement->names; name; name = name->next) {
        struct relation *relation = bind_relation(binder, name->schema, name->name);
        struct access *access =
            bind_new(binder, kind, name->schema, name->name, relation, name->span);
        access->table_lock = statement->table_lock;
        bind_link(binder, access);
    }
}

static bool creates(const struct statement *statement, const struct object_name *object)
{
    for (const struct change *change = statement->changes; change; change = change->next) {
        if (change->kind == CHANGE_CREATE_RELATION &&
            g_strcmp0(change->object.name, object->name) == 0)
            return true;
    }
    return false;
}

/* An access of a table that is changed; one for all changes of a statement, with the strongest lock
 * (manual, ALTER TABLE). */
static void bind_change(struct binder *binder, const struct statement *statement,
                        const struct object_name *object, enum table_lock lock,
                        struct access **first)
{
    struct access *access;

    if (!object->name || lock == TABLE_LOCK_NONE || creates(statement, object))
        return;
    for (access = *first; access; access = access->next) {
        if (access->kind == ACCESS_DEFINE && g_strcmp0(access->name, object->name) == 0 &&
            g_strcmp0(access->schema, object->schema) == 0) {
            access->table_lock = MAX(access->table_lock, lock);
            return;
        }
    }
    access = bind_new(binder, ACCESS_DEFINE, object->schema, object->name,
                      bind_relation(binder, object->schema, object->name), object->span);
    access->table_lock = lock;
    bind_link(binder, access);
}

/* IF NOT EXISTS may have created nothing; a temporary table is the session's own in any case. */
static void note_created(struct binder *binder, const struct change *change)
{
    if (change->kind != CHANGE_CREATE_RELATION || !change->object.name)
        return;
    if (change->relation->persistence != PERSISTENCE_TEMPORARY &&
        (change->tolerant || binder->conditional))
        return;
    if (!binder->created)
        binder->created = g_hash_table_new(g_str_hash, g_str_equal);
    g_hash_table_insert(binder->created, (char *)change->object.name,
                        (char *)(change->object.schema ? change->object.schema : ""));
}

/* What REFRESH MATERIALIZED VIEW reads, after it has locked the view. */
static void bind_refresh(struct binder *binder, const struct change *change)
{
    const struct object_name *object = &change->object;
    const struct relation *view = bind_relation(binder, object->schema, object->name);

    if (change->without_data || !view || view->kind != RELATION_MATERIALIZED_VIEW ||
        !view->definition)
        return;
    const char *what = arena_printf(binder->arena, "materialized view %s", view->name);
    if (!bind_enter(binder, VIA_VIEW, what, view->script, view->span, object->span))
        return;
    bind_query(binder, view->definition, NULL);
    bind_leave(binder);
}

/* The tables to which foreign keys of the table refer: the triggers that keep the keys are theirs, and
 * come and go with the table (RemoveTriggerById, CloneForeignKeyConstraints). */
static void bind_parents(struct binder *binder, const struct statement *statement,
                         const struct object_name *table, enum table_lock lock,
                         struct access **first)
{
    const struct relation *relation = bind_relation(binder, table->schema, table->name);

    for (const struct foreign_key *key = relation ? relation->foreign_keys : NULL; key;
         key = key->next) {
        struct object_name parent = key->parent;
        parent.span = table->span;
        if (!key->not_enforced)
            bind_change(binder, statement, &parent, lock, first);
    }
}

/* The tables that a change locks beside the one that it names. DROP INDEX names none. */
static void bind_concerned(struct binder *binder, const struct statement *statement,
                           const struct change *change, struct access **first)
{
    const struct relation *other = catalog_concerned(binder->catalog, change);
    const struct relation *created =
        change->kind == CHANGE_CREATE_RELATION ? change->relation : NULL;

    if (other) {
        struct object_name object = {
            .schema = other->schema, .name = other->name, .span = change->object.span};
        bind_change(binder, statement, &object, change_lock(statement, change), first);
    }
    if (created && created->partition_of.name) {
        bind_change(binder, statement, &created->partition_of, TABLE_LOCK_ACCESS_EXCLUSIVE, first);
        bind_parents(binder, statement, &created->partition_of, TABLE_LOCK_SHARE_ROW_EXCLUSIVE,
                     first);
    }
    if (change->kind == CHANGE_ATTACH_PARTITION || change->kind == CHANGE_DETACH_PARTITION) {
        bind_change(binder, statement, change->partition, TABLE_LOCK_ACCESS_EXCLUSIVE, first);
        bind_parents(binder, statement, &change->object, TABLE_LOCK_SHARE_ROW_EXCLUSIVE, first);
    }
    if (change->kind == CHANGE_DROP && change->drop_kind == DROP_RELATION)
        bind_parents(binder, statement, &change->object, TABLE_LOCK_ACCESS_EXCLUSIVE, first);
    if (change->kind == CHANGE_ADD_FOREIGN_KEY)
        bind_change(binder, statement, &change->foreign_key->parent, TABLE_LOCK_SHARE_ROW_EXCLUSIVE,
                    first);
}

static void bind_changes(struct binder *binder, const struct statement *statement)
{
    struct access **first = binder->accesses_end;

    for (const struct change *change = statement->changes; change; change = change->next) {
        if (change->kind != CHANGE_DROP || change->drop_kind != DROP_INDEX)
            bind_change(binder, statement, &change->object, change_lock(statement, change), first);
        if (change->kind == CHANGE_REFRESH)
            bind_refresh(binder, change);
        note_created(binder, change);
        bind_concerned(binder, statement, change, first);
    }
}

static void bind_copy(struct binder *binder, const struct copy *copy)
{
    const struct object_name *table = &copy->table;
    struct access *access;

    if (!table->name)
        return;
    access = bind_new(binder, copy->from ? ACCESS_INSERT : ACCESS_READ, table->schema, table->name,
                      bind_relation(binder, table->schema, table->name), table->span);
    access->copy = true;
    if (copy->from)
        bind_link_write(binder, access);
    else
        bind_link(binder, access);
}

static struct source *all_from(const struct binder *binder, const struct access *first)
{
    struct source *sources = NULL;

    for (; first; first = first->next)
        sources = source_add(binder->arena, sources, first);
    return sources;
}

/* SELECT … \gset: each output becomes a variable of psql. */
static void set_variables(struct binder *binder, const struct statement *statement,
                          struct source *sources)
{
    const char *prefix = statement_ending(statement)->arguments;

    if (!binder->psql)
        binder->psql = g_hash_table_new(g_str_hash, g_str_equal);
    const struct query *query = binder->branches ? NULL : statement->query;
    unsigned place = 1;
    for (const struct output *output = statement->query->outputs; output;
         output = output->next, place++) {
        if (output->name)
            g_hash_table_insert(binder->psql,
                                arena_printf(binder->arena, "%s%s", prefix, output->name),
                                source_returned(binder->arena, sources, query, place));
    }
}

static bool any_write(const struct query *query)
{
    if (query->write)
        return true;
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (any_write(inner))
            return true;
    }
    return false;
}

static void bind_executed(struct binder *binder, const struct statement *statement,
                          const struct query *query)
{
    struct access **first = binder->accesses_end;
    bool writes = binder->writes;
    struct source *data = binder->data;

    if (!query)
        return;
    binder->writes = any_write(query);
    if (binder->frame || binder->psql)
        binder->data = bind_query_sources(binder, query);
    bind_query(binder, query, NULL);
    binder->writes = writes;
    binder->data = data;
    if (statement_ends_with(statement, "gset"))
        set_variables(binder, statement, all_from(binder, *first));
    if (statement->kind == STATEMENT_DECLARE && statement->name)
        g_hash_table_insert(binder->cursors, (char *)statement->name, all_from(binder, *first));
}

/* EXECUTE of what PREPARE has named. */
static void bind_prepared(struct binder *binder, const struct statement *statement)
{
    const struct query *query = g_hash_table_lookup(binder->prepared, statement->name);

    if (query)
        bind_executed(binder, statement, query);
    else
        bind_unknown(binder, arena_printf(binder->arena, "EXECUTE %s", statement->name));
}

static void bind_do(struct binder *binder, const struct statement *statement)
{
    struct frame frame = {.outer = binder->frame, .body = statement->block->body};

    if (!frame.body) {
        bind_unknown(binder, "DO");
        return;
    }
    bind_body(binder, &frame);
}

/* A statement in a routine that leaves no access. */
static bool is_hidden(const struct binder *binder, const struct statement *statement)
{
    return binder->body && statement->kind != STATEMENT_QUERY &&
           statement->kind != STATEMENT_LOCK && statement->kind != STATEMENT_CALL;
}

/* Commands of psql that send statements which the script does not show. */
static bool runs_unknown(const struct psql *psql)
{
    static const char *const commands[] = {"bind_named",       "gexec", "i",         "include",
                                           "include_relative", "ir",    "lo_import", "lo_unlink",
                                           "password",         NULL};

    if (g_strv_contains(commands, psql->command))
        return true;
    if (strcmp(psql->command, "copy") != 0)
        return false;
    g_autofree char *lower = g_ascii_strdown(psql->arguments, -1);
    return strstr(lower, " from ") && *lower != '('; /* \copy (SELECT …) reads */
}

void bind_statement(struct binder *binder, const struct statement *statement)
{
    const struct psql *psql = statement_psql(statement);

    if (statement->query && !script_is_away(binder->script, statement))
        resolve_names(statement->query, binder->catalog, binder->script, bind_place(binder));
    if (is_hidden(binder, statement))
        bind_side_effect(binder, NULL, false);
    switch (statement->kind) {
    case STATEMENT_DEFINE:
        bind_event_triggers(binder, statement, true);
        bind_changes(binder, statement);
        bind_executed(binder, statement, statement->query);
        bind_event_triggers(binder, statement, false);
        break;
    case STATEMENT_QUERY:
    case STATEMENT_DECLARE:
    case STATEMENT_CALL:
        bind_executed(binder, statement, statement->query);
        break;
    case STATEMENT_COPY:
        bind_executed(binder, statement, statement->query);
        bind_copy(binder, statement->copy);
        break;
    case STATEMENT_EXPLAIN:
        if (statement->flags & STATEMENT_ANALYZE)
            bind_executed(binder, statement, statement->query);
        if (statement->flags & STATEMENT_ANALYZE && statement->name)
            bind_prepared(binder, statement);
        break;
    case STATEMENT_PREPARE:
        g_hash_table_insert(binder->prepared, (char *)statement->name, (gpointer)statement->query);
        break;
    case STATEMENT_EXECUTE:
        bind_executed(binder, statement, statement->query);
        bind_prepared(binder, statement);
        break;
    case STATEMENT_LOCK:
        bind_names(binder, statement, ACCESS_TABLE_LOCK);
        break;
    case STATEMENT_TRUNCATE:
        bind_names(binder, statement, ACCESS_TRUNCATE);
        break;
    case STATEMENT_DO:
        bind_do(binder, statement);
        break;
    case STATEMENT_REFUSED:
        bind_unknown(binder, "a statement that cannot be parsed");
        break;
    default:
        break;
    }
    if (psql && runs_unknown(psql))
        bind_unknown(binder, arena_printf(binder->arena, "\\%s", psql->command));
}
