/* The queries of a statement are walked in the order in which the server runs them, and each item
 * of FROM and each target becomes an access. A view is walked in its place, and what the outer
 * query demands of its columns becomes a restriction of the tables below; triggers, rules and
 * foreign keys follow the write that sets them off. */
#include "model/bind.h"

#include <string.h>

#include <glib.h>

#include "model/binder.h"
#include "model/builtin.h"
#include "model/change.h"
#include "model/resolve.h"

/* ------------------------------------------------------------------ the binder */

struct source *source_add(struct arena *arena, struct source *list, const struct access *access)
{
    for (const struct source *each = list; each; each = each->next) {
        if (each->access == access)
            return list;
    }
    struct source *source = arena_new(arena, struct source);
    source->access = access;
    source->next = list;
    return source;
}

struct source *source_join(struct arena *arena, struct source *list, const struct source *other)
{
    for (; other; other = other->next)
        list = source_add(arena, list, other->access);
    return list;
}

void bind_to(struct binder *binder, struct transaction *transaction)
{
    binder->transaction = transaction;
    binder->accesses_end = &transaction->accesses;
    binder->calls_end = &transaction->calls;
    binder->runs_end = &transaction->runs;
    binder->hidden_end = &transaction->hidden;
}

void bind_unknown(struct binder *binder, const char *what)
{
    if (binder->transaction->unknown)
        return;
    binder->transaction->unknown = what;
    binder->transaction->unknown_step = binder->step;
}

struct access *bind_new(struct binder *binder, enum access_kind kind, const char *schema,
                        const char *name, struct relation *relation, struct span span)
{
    struct access *access = arena_new(binder->arena, struct access);

    access->kind = kind;
    access->transaction = binder->transaction;
    access->step = binder->step;
    access->statement = binder->statement;
    access->body = binder->body;
    access->schema = schema;
    access->name = name;
    access->relation = relation;
    access->data = binder->data;
    access->control = binder->control;
    access->conditional = binder->conditional;
    access->repeated = binder->repeated;
    access->read_only = binder->read_only;
    access->via = binder->via;
    access->span = binder->via ? binder->span : span;
    return access;
}

void bind_link(struct binder *binder, struct access *access)
{
    access->order = binder->order++;
    *binder->accesses_end = access;
    binder->accesses_end = &access->next;
}

bool bind_enter(struct binder *binder, enum via_kind kind, const char *what,
                const struct script *script, struct span span, struct span caller)
{
    struct via *via;

    if (binder->depth >= DEEPEST)
        return false;
    via = arena_new(binder->arena, struct via);
    via->outer = binder->via;
    via->kind = kind;
    via->what = what;
    via->script = script;
    via->body = binder->body;
    via->span = span;
    if (!binder->via)
        binder->span = caller;
    binder->via = via;
    binder->depth++;
    return true;
}

void bind_leave(struct binder *binder)
{
    binder->via = binder->via->outer;
    binder->depth--;
}

/* ------------------------------------------------------------------ queries */

static void bind_view(struct binder *binder, const struct range *range,
                      const struct restriction *where)
{
    const struct relation *view = range->relation;
    const struct range *outer = binder->locked;
    const char *what = arena_printf(binder->arena, "view %s", view->name);

    if (!bind_enter(binder, VIA_VIEW, what, view->script, view->span, range->span))
        return;
    binder->locked = range->lock ? range : outer;
    bind_query(binder, view->definition, bind_push_down(binder, range, view->definition, where));
    binder->locked = outer;
    bind_leave(binder);
}

static bool is_view(const struct range *range)
{
    return range->relation && range->relation->kind == RELATION_VIEW && range->relation->definition;
}

static struct access *new_access(struct binder *binder, const struct query *query,
                                 const struct range *range, enum access_kind kind,
                                 struct restriction *where)
{
    struct access *access =
        bind_new(binder, kind, range->schema, range->name, range->relation, range->span);

    access->query = query;
    access->range = range;
    access->where = where;
    access->lock = range->lock;
    access->wait = range->wait;
    access->inner = kind == ACCESS_READ && binder->writes;
    if (!range->name || range->placeholder)
        access->name = NULL;
    return access;
}

/* ------------------------------------------------------------------ writes */

static unsigned event_of(enum access_kind kind)
{
    return kind == ACCESS_INSERT   ? TRIGGER_INSERT
           : kind == ACCESS_DELETE ? TRIGGER_DELETE
                                   : TRIGGER_UPDATE;
}

/* CREATE RULE: its actions run beside the write, or instead of it. */
static bool bind_rules(struct binder *binder, const struct access *write)
{
    const struct relation *relation = write->relation;
    bool instead = false;

    for (const struct rewrite_rule *rule = relation ? relation->rewrite_rules : NULL; rule;
         rule = rule->next) {
        if (rule->event != event_of(write->kind))
            continue;
        const char *what = arena_printf(binder->arena, "rule %s", rule->name);
        instead |= rule->instead;
        if (!bind_enter(binder, VIA_RULE, what, relation->script, relation->span, write->span))
            continue;
        for (const struct query *action = rule->actions; action; action = action->next)
            bind_query(binder, action, NULL);
        bind_leave(binder);
    }
    return instead;
}

/* A write of a table with what it sets off. */
static void link_write(struct binder *binder, struct access *write)
{
    if (bind_rules(binder, write))
        return;
    bind_triggers(binder, write, true);
    bind_link(binder, write);
    bind_triggers(binder, write, false);
    bind_foreign_keys(binder, write);
}

static void bind_merge(struct binder *binder, const struct query *query, const struct range *target,
                       struct restriction *where)
{
    static const enum access_kind kinds[] = {[MERGE_INSERT] = ACCESS_INSERT,
                                             [MERGE_UPDATE] = ACCESS_UPDATE,
                                             [MERGE_DELETE] = ACCESS_DELETE};

    for (const struct merge_when *when = query->write->when; when; when = when->next) {
        if (when->action == MERGE_NOTHING)
            continue;
        struct access *access = new_access(binder, query, target, kinds[when->action], where);
        access->assignments = bind_assignments(binder, when->assignments);
        access->merge = true;
        link_write(binder, access);
    }
}

static enum access_kind write_kind(const struct query *query)
{
    return query->kind == QUERY_INSERT   ? ACCESS_INSERT
           : query->kind == QUERY_DELETE ? ACCESS_DELETE
                                         : ACCESS_UPDATE;
}

/* The one table that a view passes writes on to (manual, CREATE VIEW, "Updatable Views"). */
static struct range *updatable(const struct relation *view)
{
    const struct query *query = view->definition;

    if (!query || !query_is_plain(query) || !query->ranges || query->ranges->next ||
        query->ranges->kind != RANGE_RELATION)
        return NULL;
    return query->ranges;
}

static const struct assignment *below_view(struct binder *binder, const struct query *view,
                                           const struct assignment *assignments)
{
    struct assignment *first = NULL, **end = &first;

    for (; assignments; assignments = assignments->next) {
        const struct column_use *column = query_output_column(view, assignments->column);
        struct assignment *copy = arena_new(binder->arena, struct assignment);
        *copy = *assignments;
        copy->next = NULL;
        copy->column = column ? column->name : assignments->column;
        *end = copy;
        end = &copy->next;
    }
    return first;
}

static bool has_instead_trigger(const struct relation *view, unsigned event)
{
    for (const struct trigger *trigger = view->triggers; trigger; trigger = trigger->next) {
        if (trigger->instead && trigger->events & event)
            return true;
    }
    return false;
}

static void bind_view_write(struct binder *binder, const struct query *query,
                            const struct range *target, struct restriction *where,
                            const struct assignment *assignments)
{
    const struct relation *view = target->relation;
    enum access_kind kind = write_kind(query);
    struct range *base = updatable(view);
    struct access *access = new_access(binder, query, target, kind, where);

    access->assignments = assignments;
    if (has_instead_trigger(view, event_of(kind))) {
        bind_triggers(binder, access, false);
        return;
    }
    if (bind_rules(binder, access))
        return;
    if (!base || (base->relation && base->relation->kind == RELATION_VIEW)) {
        bind_unknown(binder, arena_printf(binder->arena, "a write of view %s", view->name));
        return;
    }
    const char *what = arena_printf(binder->arena, "view %s", view->name);
    if (!bind_enter(binder, VIA_VIEW, what, view->script, view->span, target->span))
        return;
    struct restriction *below = bind_push_down(binder, target, view->definition, where);
    for (const struct restriction *each = bind_restrictions(binder, view->definition, base); each;
         each = each->next)
        bind_restrict(binder, &below, each->condition);
    access = new_access(binder, query, base, kind, below);
    access->assignments = below_view(binder, view->definition, assignments);
    link_write(binder, access);
    bind_leave(binder);
}

/* The cursor's own access of the table. */
static const struct access *find_cursor(const struct binder *binder, const struct access *write)
{
    const char *name = write->query->write->current_of;
    const struct source *source = NULL;

    if (name && binder->frame)
        source = g_hash_table_lookup(binder->frame->variables, name);
    if (name && !source)
        source = g_hash_table_lookup(binder->cursors, name);
    for (; source; source = source->next) {
        if (!access_is_write(source->access) && source->access->range &&
            access_same_relation(source->access, write))
            return source->access;
    }
    return NULL;
}

static void bind_write(struct binder *binder, const struct query *query)
{
    const struct range *target = query->write->target;
    struct restriction *where = bind_restrictions(binder, query, target);
    const struct assignment *assignments = query->write->assignments;

    if (binder->frame || binder->psql)
        assignments = bind_assignments(binder, assignments);
    if (query->kind == QUERY_MERGE) {
        bind_merge(binder, query, target, where);
    } else if (is_view(target)) {
        bind_view_write(binder, query, target, where, assignments);
    } else {
        struct access *access = new_access(binder, query, target, write_kind(query), where);
        const struct access *cursor = find_cursor(binder, access);
        access->assignments = assignments;
        access->current = query->write->current_of != NULL;
        if (cursor)
            bind_current(binder, access, cursor);
        link_write(binder, access);
    }
}

/* ------------------------------------------------------------------ calls */

/* 'schema.name' as nextval takes it; names that need quotes are not looked for. */
static struct relation *named_sequence(struct binder *binder, const struct call *call)
{
    const struct operand *name = call->arguments ? &call->arguments->operand : NULL;
    enum effect effect = builtin_effect(call->builtin);

    if ((effect != EFFECT_NEXTVAL && effect != EFFECT_SETVAL && effect != EFFECT_SEQUENCE_READ) ||
        !name || name->kind != OPERAND_CONSTANT || name->literal != LITERAL_STRING)
        return NULL;
    g_auto(GStrv) parts = g_strsplit(name->text, ".", 2);
    return catalog_relation(binder->catalog, parts[1] ? parts[0] : NULL,
                            parts[1] ? parts[1] : parts[0], binder->script);
}

static void bind_calls(struct binder *binder, const struct query *query)
{
    for (const struct call *call = query->calls; call; call = call->next) {
        if (bind_call(binder, call))
            continue;
        if (!call->builtin || builtin_effect(call->builtin) == EFFECT_RUNS_TEXT) {
            bind_unknown(binder, arena_printf(binder->arena, "%s()", call->name));
            continue;
        }
        struct routine_call *copy = arena_new(binder->arena, struct routine_call);
        copy->order = binder->order++;
        copy->call = call;
        copy->step = binder->step;
        copy->statement = binder->statement;
        copy->body = binder->body;
        copy->via = binder->via;
        copy->sequence = named_sequence(binder, call);
        copy->conditional = binder->conditional;
        copy->read_only = binder->read_only;
        *binder->calls_end = copy;
        binder->calls_end = &copy->next;
    }
}

/* ------------------------------------------------------------------ the walk */

static const struct range *range_of(const struct query *query, const struct query *inner)
{
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->kind == RANGE_QUERY && range->query == inner)
            return range;
    }
    return NULL;
}

static unsigned count_references(const struct query *query, const struct query *with)
{
    unsigned count = 0;

    for (const struct range *range = query->ranges; range; range = range->next)
        count += range->query == with;
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        count += count_references(inner, with);
    return count;
}

/* A WITH query that is named once becomes a sub-SELECT in its place (manual, 7.8.3). */
static bool is_inlined(const struct query *query, const struct query *inner)
{
    return inner->place == PLACE_FROM ||
           (inner->place == PLACE_WITH && !inner->materialized && !query->write &&
            !query_writes(inner) && count_references(query, inner) == 1);
}

static void bind_inner(struct binder *binder, const struct query *query, const struct query *inner,
                       const struct restriction *demanded)
{
    const struct range *range = is_inlined(query, inner) ? range_of(query, inner) : NULL;

    if (range)
        demanded = bind_push_down(binder, range, inner, bind_restrictions(binder, query, range));
    else if (inner->place != PLACE_ARM)
        demanded = NULL;
    const struct range *locked = binder->locked;
    if (inner->place != PLACE_FROM)
        binder->locked = NULL;
    bind_query(binder, inner, demanded);
    binder->locked = locked;
}

static void bind_range(struct binder *binder, const struct query *query, const struct range *range,
                       struct restriction *where)
{
    const struct range *locking = range->lock ? range : binder->locked;
    struct access *access =
        new_access(binder, query, range, locking ? ACCESS_LOCK : ACCESS_READ, where);

    if (locking) {
        access->lock = locking->lock;
        access->wait = locking->wait;
    }
    bind_link(binder, access);
}

void bind_query(struct binder *binder, const struct query *query,
                const struct restriction *demanded)
{
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        bind_inner(binder, query, inner, demanded);
    for (const struct range *range = query->ranges; range; range = range->next) {
        if (range->kind != RANGE_RELATION || range->target)
            continue;
        struct restriction *where = bind_restrictions(binder, query, range);
        for (const struct restriction *each = demanded; each; each = each->next) {
            if (condition_uses(each->condition, range))
                bind_restrict(binder, &where, each->condition);
        }
        if (is_view(range))
            bind_view(binder, range, where);
        else
            bind_range(binder, query, range, where);
    }
    bind_calls(binder, query);
    if (query->write)
        bind_write(binder, query);
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

/* ------------------------------------------------------------------ statements */

static void bind_names(struct binder *binder, const struct statement *statement,
                       enum access_kind kind)
{
    for (const struct object_name *name = statement->names; name; name = name->next) {
        struct relation *relation =
            catalog_relation(binder->catalog, name->schema, name->name, binder->script);
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
    access =
        bind_new(binder, ACCESS_DEFINE, object->schema, object->name,
                 catalog_relation(binder->catalog, object->schema, object->name, binder->script),
                 object->span);
    access->table_lock = lock;
    bind_link(binder, access);
}

static void bind_changes(struct binder *binder, const struct statement *statement)
{
    struct access **first = binder->accesses_end;

    for (const struct change *change = statement->changes; change; change = change->next) {
        bind_change(binder, statement, &change->object, change_lock(statement, change), first);
        if (change->kind == CHANGE_ADD_FOREIGN_KEY)
            bind_change(binder, statement, &change->foreign_key->parent,
                        TABLE_LOCK_SHARE_ROW_EXCLUSIVE, first);
    }
}

static void bind_copy(struct binder *binder, const struct copy *copy)
{
    const struct object_name *table = &copy->table;
    struct access *access;

    if (!table->name)
        return;
    access = bind_new(binder, copy->from ? ACCESS_INSERT : ACCESS_READ, table->schema, table->name,
                      catalog_relation(binder->catalog, table->schema, table->name, binder->script),
                      table->span);
    access->copy = true;
    if (copy->from)
        link_write(binder, access);
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
    const char *prefix = statement->ending->arguments;

    if (!binder->psql)
        binder->psql = g_hash_table_new(g_str_hash, g_str_equal);
    for (const struct output *output = statement->query->outputs; output; output = output->next) {
        if (output->name)
            g_hash_table_insert(binder->psql,
                                arena_printf(binder->arena, "%s%s", prefix, output->name), sources);
    }
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
    if (statement->ending && strcmp(statement->ending->command, "gset") == 0)
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
static void bind_hidden(struct binder *binder, const struct statement *statement)
{
    struct hidden_statement *hidden;

    if (!binder->body || statement->kind == STATEMENT_QUERY || statement->kind == STATEMENT_LOCK ||
        statement->kind == STATEMENT_CALL)
        return;
    hidden = arena_new(binder->arena, struct hidden_statement);
    hidden->order = binder->order++;
    hidden->statement = statement;
    hidden->body = binder->body;
    hidden->step = binder->step;
    hidden->via = binder->via;
    hidden->conditional = binder->conditional;
    hidden->read_only = binder->read_only;
    *binder->hidden_end = hidden;
    binder->hidden_end = &hidden->next;
}

static bool runs_unknown(const char *command)
{
    static const char *const commands[] = {"i", "ir", "include", "include_relative", "gexec", NULL};

    return g_strv_contains(commands, command);
}

void bind_statement(struct binder *binder, const struct statement *statement)
{
    const struct psql *psql =
        statement->kind == STATEMENT_PSQL ? statement->psql : statement->ending;

    if (statement->query)
        resolve_names(statement->query, binder->catalog, binder->script);
    bind_hidden(binder, statement);
    switch (statement->kind) {
    case STATEMENT_DEFINE:
        bind_changes(binder, statement);
        G_GNUC_FALLTHROUGH;
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
        if (statement->flags & STATEMENT_ANALYZE && statement->name)
            bind_prepared(binder, statement);
        else if (statement->flags & STATEMENT_ANALYZE)
            bind_executed(binder, statement, statement->query);
        break;
    case STATEMENT_PREPARE:
        g_hash_table_insert(binder->prepared, (char *)statement->name, statement->query);
        break;
    case STATEMENT_EXECUTE:
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
    if (psql && runs_unknown(psql->command))
        bind_unknown(binder, arena_printf(binder->arena, "\\%s", psql->command));
}
