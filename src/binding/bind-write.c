/* A write goes through a view to the table below, or to the trigger or rule that stands for it;
 * triggers and foreign keys follow the write that sets them off. */
#include "binding/binder.h"

#include <glib.h>

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
void bind_link_write(struct binder *binder, struct access *write)
{
    if (bind_rules(binder, write))
        return;
    bind_triggers(binder, write, FIRES_BEFORE);
    bind_link(binder, write);
    bind_triggers(binder, write, FIRES_LOCKED);
    if (binder->set_off)
        g_ptr_array_add(binder->set_off, write);
    else
        bind_set_off(binder, write);
}

/* The actions for rows that are there, or those for rows that are not. */
static void bind_actions(struct binder *binder, const struct query *query,
                         const struct range *target, struct restriction *where, bool inserts)
{
    static const enum access_kind kinds[] = {[MERGE_INSERT] = ACCESS_INSERT,
                                             [MERGE_UPDATE] = ACCESS_UPDATE,
                                             [MERGE_DELETE] = ACCESS_DELETE};

    for (const struct merge_when *when = query->write->when; when; when = when->next) {
        if (when->action == MERGE_NOTHING || (when->action == MERGE_INSERT) != inserts)
            continue;
        struct access *access = bind_range(binder, query, target, kinds[when->action], where);
        access->assignments = bind_assignments(binder, query, when->assignments);
        access->merge = true;
        bind_link_write(binder, access);
    }
}

/* A row is looked for before one is inserted, whichever is written first. */
static void bind_merge(struct binder *binder, const struct query *query, const struct range *target,
                       struct restriction *where)
{
    bind_actions(binder, query, target, where, false);
    bind_actions(binder, query, target, where, true);
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

/* The outputs of a query by their names, the first of each. */
static GHashTable *outputs_by_name(const struct query *query)
{
    GHashTable *outputs = g_hash_table_new(g_str_hash, g_str_equal);

    for (const struct output *each = query->outputs; each; each = each->next) {
        if (each->name && !g_hash_table_contains(outputs, each->name))
            g_hash_table_insert(outputs, (gpointer)each->name, (gpointer)each);
    }
    return outputs;
}

static const struct assignment *below_view(struct binder *binder, const struct query *view,
                                           const struct assignment *assignments)
{
    struct assignment *first = NULL, **end = &first;
    g_autoptr(GHashTable) outputs = assignments ? outputs_by_name(view) : NULL;

    for (; assignments; assignments = assignments->next) {
        const struct output *output =
            assignments->column ? g_hash_table_lookup(outputs, assignments->column) : NULL;
        const struct column_use *column =
            output && output->operand.kind == OPERAND_COLUMN ? output->operand.uses : NULL;
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
    const struct relation *view = range_relation(target);
    enum access_kind kind = write_kind(query);
    struct range *base = updatable(view);
    struct access *access = bind_range(binder, query, target, kind, where);

    access->assignments = assignments;
    if (has_instead_trigger(view, event_of(kind))) {
        bind_triggers(binder, access, FIRES_AFTER);
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
        bind_restrict(binder, &below, each->term.condition);
    access = bind_range(binder, query, base, kind, below);
    access->assignments = below_view(binder, view->definition, assignments);
    bind_link_write(binder, access);
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

static const struct values_row *bind_rows(struct binder *binder, const struct query *query)
{
    struct values_row *first = NULL, **end = &first;

    for (const struct values_row *row = query->write->more; row; row = row->next) {
        *end = arena_new(binder->arena, struct values_row);
        (*end)->assignments = bind_assignments(binder, query, row->assignments);
        end = &(*end)->next;
    }
    return first;
}

void bind_write(struct binder *binder, const struct query *query)
{
    const struct range *target = query->write->target;
    struct restriction *where = bind_restrictions(binder, query, target);
    const struct assignment *assignments = query->write->assignments;

    if (binder->frame || binder->psql || binder->called || bind_has_nameless(binder))
        assignments = bind_assignments(binder, query, assignments);
    binder->called = NULL; /* what is set off has calls of its own */
    if (query->kind == QUERY_MERGE) {
        bind_merge(binder, query, target, where);
    } else if (range_is_view(target)) {
        bind_view_write(binder, query, target, where, assignments);
    } else {
        struct access *access = bind_range(binder, query, target, write_kind(query), where);
        const struct access *cursor = find_cursor(binder, access);
        access->assignments = assignments;
        if (query->kind == QUERY_INSERT && query->write->more)
            access_own_rest(access, binder->arena)->more = bind_rows(binder, query);
        access->current = query->write->current_of != NULL;
        if (cursor)
            bind_current(binder, access, cursor);
        bind_link_write(binder, access);
    }
}
