/* Triggers: those of the rows that a statement writes, and those of DDL. Each runs its function, as a
 * call would. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "base/limits.h"
#include "facts/builtin.h"

/* ------------------------------------------------------------------ of a table */

static bool assigns_one_of(const struct access *write, const char *const *columns)
{
    for (; *columns; columns++) {
        if (access_assigns(write, *columns))
            return true;
    }
    return false;
}

/* Before a row is updated or deleted it is locked, and then its triggers run (ExecBRUpdateTriggers,
 * ExecBRDeleteTriggers in trigger.c); of a new row there is nothing to lock. Those AFTER it run in the
 * order of their names, and foreign keys are triggers of this name (CreateTrigger). */
static enum firing_time firing_time(const struct trigger *trigger, const struct access *write)
{
    if (trigger->before)
        return trigger->row && write->kind != ACCESS_INSERT ? FIRES_LOCKED : FIRES_BEFORE;
    if (trigger->instead)
        return FIRES_AFTER;
    if (!trigger->row)
        return FIRES_AT_END;
    return strcmp(trigger->name, "RI_ConstraintTrigger") < 0 ? FIRES_EARLY : FIRES_AFTER;
}

/* What a write is to the trigger, of enum trigger_event: an upsert is two things. 0: nothing. */
static unsigned events_of(const struct trigger *trigger, const struct access *write)
{
    unsigned event = write->kind == ACCESS_INSERT   ? TRIGGER_INSERT
                     : write->kind == ACCESS_DELETE ? TRIGGER_DELETE
                     : write->kind == ACCESS_UPDATE ? TRIGGER_UPDATE
                                                    : TRIGGER_TRUNCATE;
    bool upsert =
        write->query && write->query->write && write->query->write->conflict == CONFLICT_UPDATE;

    if (event == TRIGGER_UPDATE && trigger->columns &&
        !assigns_one_of(write, (const char *const *)trigger->columns))
        event = 0;
    return trigger->events & (event | (upsert ? (unsigned)TRIGGER_UPDATE : 0));
}

/* A function that is not known, and far from the statement, would leave nothing to be said of a DELETE
 * whose children are deleted with it. */
void bind_triggers(struct binder *binder, const struct access *write, enum firing_time when)
{
    const struct relation *relation = write->relation;

    for (const struct trigger *trigger = relation ? relation->triggers : NULL; trigger;
         trigger = trigger->next) {
        unsigned events = events_of(trigger, write);
        if (!events || firing_time(trigger, write) != when)
            continue;
        const struct routine *routine =
            catalog_routine(binder->catalog, trigger->function_schema, trigger->function, -1);
        const char *what = arena_printf(binder->arena, "trigger %s → function %s", trigger->name,
                                        trigger->function);
        struct frame frame = {.row = write, .events = events, .trigger = trigger};
        if (routine && routine->body)
            bind_routine(binder, routine, &frame, what, VIA_TRIGGER, write->span);
        else if (!builtin_find(NULL, trigger->function) && !access_is_of_foreign_key(write))
            bind_unknown(binder, what);
    }
}

/* ------------------------------------------------------------------ of a write that is not seen */

/* new.column, of a DELETE old.column, which is a variable of the trigger function. */
static struct operand value_of_row(struct binder *binder, struct query *query,
                                   const struct firing *firing, const char *column)
{
    struct column_use *use = arena_new(binder->arena, struct column_use);

    *use = (struct column_use){
        .next = query->uses,
        .name = arena_printf(binder->arena, "%s.%s",
                             firing->events == TRIGGER_DELETE ? "old" : "new", column),
        .variable = true,
    };
    query->uses = use;
    return (struct operand){
        .kind = OPERAND_VARIABLE, .text = use->name, .use_count = 1, .uses = use};
}

/* Of a table that no input creates it is "id", see access_find_rows. */
static const struct index_key *key_of_row(const struct relation *relation)
{
    static const struct index_key id = {.column = "id"};
    const struct index *key = relation_primary_key(relation);

    return key ? key->keys : relation->described ? NULL : &id;
}

static void ask_for_key(struct binder *binder, struct query *query, const struct firing *firing)
{
    struct condition **end = &query->conditions;

    for (const struct index_key *each = key_of_row(firing->relation); each; each = each->next) {
        struct condition *condition = *end = arena_new(binder->arena, struct condition);
        struct operand value = value_of_row(binder, query, firing, each->column);
        struct column_use *use = arena_new(binder->arena, struct column_use);
        *use =
            (struct column_use){.next = query->uses, .name = each->column, .range = query->ranges};
        query->uses = use;
        *condition = (struct condition){
            .comparison = COMPARE_EQUAL,
            .left = {.kind = OPERAND_COLUMN, .text = use->name, .use_count = 1, .uses = use},
            .right = value,
        };
        end = &condition->next;
    }
}

/* SELECT FROM t WHERE key = new.key FOR NO KEY UPDATE: what is known of any UPDATE or DELETE of the row. */
static struct query *query_of_row(struct binder *binder, const struct firing *firing)
{
    struct query *query = query_new(binder->arena);

    query->kind = QUERY_SELECT;
    query->resolved = binder->catalog->number;
    query->ranges = arena_new(binder->arena, struct range);
    *query->ranges = (struct range){
        .owner = query,
        .kind = RANGE_RELATION,
        .lock = firing->events & TRIGGER_DELETE ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE,
        .schema = firing->relation->schema,
        .name = firing->relation->name,
        .alias = firing->relation->name,
        .relation = firing->relation,
        .span = binder->statement->span,
    };
    ask_for_key(binder, query, firing);
    return query;
}

/* What NEW is of an INSERT, when that is done. */
static const struct access *new_row(struct binder *binder, const struct access *row)
{
    struct access *insert = arena_new(binder->arena, struct access);

    *insert = *row;
    insert->kind = ACCESS_INSERT;
    insert->query = NULL;
    insert->where = NULL;
    return insert;
}

const struct access *bind_fired_row(struct binder *binder, const struct routine *routine,
                                    struct statement *statement)
{
    const struct firing *firing = catalog_firing(binder->catalog, routine);

    if (!firing || !firing->rows || !key_of_row(firing->relation))
        return NULL;
    struct query *query = query_of_row(binder, firing);
    struct access *row = bind_range(binder, query, query->ranges, ACCESS_LOCK,
                                    bind_restrictions(binder, query, query->ranges));
    row->assumed = true;
    bind_link(binder, row);
    row->exempt |= firing->events == TRIGGER_INSERT; /* nobody can wait for it */
    statement->kind = STATEMENT_QUERY;
    statement->query = query;
    if (firing->events != TRIGGER_INSERT)
        return row;
    return firing->after ? new_row(binder, row) : NULL;
}

/* ------------------------------------------------------------------ of DDL */

/* The tag of a command is its verb, without what isolint adds to it. */
static bool has_tag(const struct event_trigger *trigger, const char *verb)
{
    static const char *const added[] = {"", " CONCURRENTLY", " …", NULL};

    for (const char **tag = trigger->tags; tag && *tag; tag++) {
        size_t length = strlen(*tag);
        for (size_t i = 0; strncmp(verb, *tag, length) == 0 && added[i]; i++) {
            if (i == 2 ? g_str_has_prefix(verb + length, added[i])
                       : strcmp(verb + length, added[i]) == 0)
                return true;
        }
    }
    return trigger->tags == NULL;
}

static bool drops_objects(const struct statement *statement)
{
    for (const struct change *change = statement->changes; change; change = change->next) {
        if ((change->kind == CHANGE_DROP && change->drop_kind != DROP_EVENT_TRIGGER) ||
            change->kind == CHANGE_DROP_COLUMN || change->kind == CHANGE_DROP_CONSTRAINT)
            return true;
    }
    return false;
}

/* Shared objects and event triggers themselves set none off. */
static bool is_of_database(const struct statement *statement)
{
    const struct change *change = statement->changes;

    if (g_str_has_suffix(statement->verb, "EVENT TRIGGER"))
        return false;
    return !change || change->kind != CHANGE_SETTING || change->holder == HOLDER_ROUTINE;
}

static bool fires_on(const struct event_trigger *trigger, const struct binder *binder,
                     const struct statement *statement, bool before)
{
    bool starts = strcmp(trigger->event, "ddl_command_start") == 0;
    bool later = trigger->script == binder->script && binder->step &&
                 binder->step->statement->span.start < trigger->span.start;

    if (starts != before || later || !has_tag(trigger, statement->verb))
        return false;
    return starts || strcmp(trigger->event, "ddl_command_end") == 0 ||
           (strcmp(trigger->event, "sql_drop") == 0 && drops_objects(statement));
}

/* Counts the run; whether BULK_ALIKE of the same function for the same statement came before, to
 * which another one adds nothing. */
static bool has_run_often(GHashTable *runs, const struct routine *routine)
{
    guint count = GPOINTER_TO_UINT(g_hash_table_lookup(runs, routine));

    g_hash_table_insert(runs, (gpointer)routine, GUINT_TO_POINTER(count + 1));
    return count >= BULK_ALIKE;
}

void bind_event_triggers(struct binder *binder, const struct statement *statement, bool before)
{
    const struct event_trigger *trigger = binder->catalog->event_triggers;

    if (!trigger || !is_of_database(statement))
        return;
    g_autoptr(GHashTable) runs = g_hash_table_new(NULL, NULL);
    for (; trigger; trigger = trigger->next) {
        if (!fires_on(trigger, binder, statement, before))
            continue;
        const struct routine *routine =
            catalog_routine(binder->catalog, trigger->function_schema, trigger->function, -1);
        if (has_run_often(runs, routine))
            continue;
        const char *what = arena_printf(binder->arena, "event trigger %s → function %s",
                                        trigger->name, trigger->function);
        struct frame frame = {0};
        if (routine && routine->body)
            bind_routine(binder, routine, &frame, what, VIA_TRIGGER, statement->span);
        else
            bind_unknown(binder, what);
    }
}
