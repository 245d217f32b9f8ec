/* Whole scripts: the steps of every transaction in order, and, for each routine that nothing in the
 * inputs calls and nothing replaces, a transaction of its own, because somebody will. */
#include "binding/bind.h"

#include <string.h>

#include <glib.h>

#include "binding/binder.h"
#include "catalog/resolve.h"
#include "facts/builtin.h"
#include "session/bulk.h"

/* ------------------------------------------------------------------ definitions */

static const struct routine *defined_routine(const struct statement *statement)
{
    if (statement->kind != STATEMENT_DEFINE || !statement->changes ||
        statement->changes->kind != CHANGE_CREATE_ROUTINE)
        return NULL;
    return statement->changes->routine;
}

/* A migration calls what it defines to do its work, and nobody calls that again, unless it runs with the
 * rights of its owner: that is made for others. */
static bool is_helper(const struct routine *routine, const struct script *migration)
{
    return routine->script == migration && !routine->definer;
}

/* `migration` is the one that runs the query itself, and NULL elsewhere: it runs once, and of what it calls
 * only its helpers are not called by others as well. */
static void add_calls(GHashTable *routines, const struct catalog *catalog,
                      const struct query *query, const struct script *migration)
{
    for (const struct call *call = query->rest->calls; call; call = call->next) {
        const struct routine *routine = catalog_routine(catalog, call->schema, call->name, -1);
        if (routine && (!migration || is_helper(routine, migration)))
            g_hash_table_add(routines, (gpointer)routine);
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        add_calls(routines, catalog, inner, migration);
}

static const struct body *body_of(const struct statement *statement)
{
    const struct routine *routine = defined_routine(statement);

    return routine                           ? routine->body
           : statement->kind == STATEMENT_DO ? statement->block->body
                                             : NULL;
}

void bind_called(const struct catalog *catalog, const struct script *script, GHashTable *routines)
{
    const struct script *alone = catalog_is_migration(script) ? script : NULL;

    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct body *body = body_of(each);
        const struct script *migration = defined_routine(each) ? NULL : alone;
        for (const struct body_statement *inner = body ? body->statements : NULL; inner;
             inner = inner->next) {
            if (inner->statement && inner->statement->query)
                add_calls(routines, catalog, inner->statement->query, migration);
        }
        if (!body && each->query)
            add_calls(routines, catalog, each->query, migration);
    }
}

static void bind_routine_names(const struct catalog *catalog, const struct script *script,
                               const struct body *body, uint32_t at)
{
    for (const struct body_statement *each = body->statements; each; each = each->next) {
        if (!each->statement || !each->statement->query)
            continue;
        resolve_names(each->statement->query, catalog, script, at);
    }
}

void bind_bodies(const struct catalog *catalog, const struct script *script)
{
    for (const struct statement *each = script_first_of_code(script); each; each = each->next) {
        const struct body *body = body_of(each);
        if (body)
            bind_routine_names(catalog, script, body,
                               each->kind == STATEMENT_DO ? each->span.start : AT_THE_END);
    }
}

static void bind_relation_names(const struct catalog *catalog, struct relation *relation)
{
    if (relation->definition)
        resolve_names(relation->definition, catalog, relation->script, AT_THE_END);
    for (struct check_constraint *check = relation->checks; check; check = check->next)
        resolve_names(check->query, catalog, relation->script, AT_THE_END);
    for (struct rewrite_rule *rule = relation->rewrite_rules; rule; rule = rule->next) {
        for (const struct query *action = rule->actions; action; action = action->next)
            resolve_names(action, catalog, relation->script, AT_THE_END);
    }
}

static void note_firings(const struct catalog *catalog, struct relation *relation)
{
    for (const struct trigger *trigger = relation->triggers; trigger; trigger = trigger->next) {
        const struct routine *routine =
            catalog_routine(catalog, trigger->function_schema, trigger->function, -1);
        struct firing *firing = routine ? g_hash_table_lookup(catalog->firings, routine) : NULL;
        if (routine && !firing) {
            firing = g_new(struct firing, 1);
            *firing = (struct firing){.relation = relation, .rows = true, .after = true};
            g_hash_table_insert(catalog->firings, (gpointer)routine, firing);
        }
        if (!firing)
            continue;
        firing->several |= firing->relation != relation;
        firing->events |= trigger->events;
        firing->rows &= trigger->row;
        firing->after &= !trigger->before && !trigger->instead;
    }
}

void bind_definitions(struct catalog *catalog, struct script *const *scripts, size_t count)
{
    for (guint i = 0; i < catalog->all->len; i++) {
        bind_relation_names(catalog, catalog->all->pdata[i]);
        note_firings(catalog, catalog->all->pdata[i]);
    }
    for (const struct event_trigger *trigger = catalog->event_triggers; trigger;
         trigger = trigger->next) {
        const struct routine *routine =
            catalog_routine(catalog, trigger->function_schema, trigger->function, -1);
        if (routine)
            g_hash_table_add(catalog->called, (gpointer)routine);
    }
    for (size_t i = 0; i < count; i++) {
        bind_bodies(catalog, scripts[i]);
        bind_called(catalog, scripts[i], catalog->called);
    }
}

/* ------------------------------------------------------------------ transactions */

/* What the variables in the condition of an \if were read from. */
static struct source *condition_sources(const struct binder *binder, const char *condition,
                                        struct source *sources)
{
    static const char letters[] = G_CSET_a_2_z G_CSET_A_2_Z G_CSET_DIGITS "_";

    for (const char *at = strchr(condition, ':'); at && binder->psql; at = strchr(at, ':')) {
        at += 1 + strspn(at + 1, "'\"{?");
        g_autofree char *name = g_strndup(at, strspn(at, letters));
        sources = source_join(binder->arena, sources, g_hash_table_lookup(binder->psql, name));
    }
    return sources;
}

/* \set and \unset: a variable is no longer what was read. */
static void forget_variable(const struct binder *binder, const struct psql *psql)
{
    g_autofree char *name = g_strndup(psql->arguments, strcspn(psql->arguments, " \t"));

    g_hash_table_remove(binder->psql, name);
}

/* Opens and closes the branches of \if up to the statement. */
static void follow_branches(struct binder *binder, const struct statement *statement)
{
    for (; binder->reached && binder->reached != statement;
         binder->reached = binder->reached->next) {
        const struct psql *psql =
            binder->reached->kind == STATEMENT_PSQL ? binder->reached->psql : NULL;
        struct psql_branch *branch = binder->branches;
        if (!psql)
            continue;
        if (strcmp(psql->command, "if") == 0) {
            branch = arena_new(binder->arena, struct psql_branch);
            branch->outer = binder->branches;
            branch->control = condition_sources(binder, psql->arguments,
                                                branch->outer ? branch->outer->control : NULL);
            binder->branches = branch;
        } else if (branch && strcmp(psql->command, "elif") == 0) {
            branch->control = condition_sources(binder, psql->arguments, branch->control);
        } else if (branch && strcmp(psql->command, "endif") == 0) {
            binder->branches = branch->outer;
        } else if (binder->psql &&
                   (strcmp(psql->command, "set") == 0 || strcmp(psql->command, "unset") == 0)) {
            forget_variable(binder, psql);
        }
    }
}

static void bind_transaction(struct binder *binder, struct transaction *transaction,
                             struct bulk *bulk)
{
    bool long_one = transaction->step_count > BULK_ALIKE;
    size_t undone_to = 0;

    bind_to(binder, transaction);
    bulk_reset(bulk);
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (transaction->steps[i].statement->query)
            resolve_names(transaction->steps[i].statement->query, binder->catalog, binder->script,
                          transaction->steps[i].statement->span.start);
    }
    bind_parameters_begin(binder, transaction);
    for (size_t i = 0; i < transaction->step_count; i++) {
        if (!transaction->uncertain)
            undone_to = MAX(undone_to, transaction->steps[i].undone_to);
        if (transaction->steps[i].statement->flags & STATEMENT_ALIKE) {
            bind_alike(binder, transaction->steps[i].statement->query);
            continue;
        }
        if (long_one && bulk_is_more(bulk, binder->script, transaction->steps[i].statement))
            continue;
        binder->step = &transaction->steps[i];
        binder->statement = binder->step->statement;
        follow_branches(binder, binder->statement);
        binder->control = binder->branches ? binder->branches->control : NULL;
        binder->read_only = binder->step->read_only;
        binder->read_only_until = NULL;
        binder->undone = i < undone_to;
        bind_statement(binder, binder->statement);
    }
    binder->undone = false;
}

/* A call that no input makes, or a trigger function for itself. `*end` is a link of the list that it
 * joins, at or before its end, and stays near it. */
static void bind_uncalled(struct binder *binder, const struct routine *routine,
                          const struct modes *modes, struct transaction ***end)
{
    struct transaction *transaction =
        transaction_new(binder->script, TRANSACTION_ROUTINE, binder->arena);
    struct statement *call = arena_new(binder->arena, struct statement);
    struct frame frame = {.routine = routine, .body = routine->body};

    call->kind = STATEMENT_CALL;
    call->span = routine->span;
    call->flags = STATEMENT_SNAPSHOT;
    call->verb = routine->procedure ? "CALL" : "SELECT";
    transaction->routine = routine;
    transaction->modes = modes;
    transaction->steps = arena_new(binder->arena, struct step);
    transaction->steps->statement = call;
    transaction->steps->transaction = transaction;
    transaction->step_count = 1;
    while (**end)
        *end = &(**end)->next;
    **end = transaction;

    bind_to(binder, transaction);
    bind_parameters_begin(binder, NULL);
    binder->control = NULL;
    binder->step = transaction->steps;
    binder->statement = call;
    binder->read_only = routine_is_read_only(routine);
    binder->read_only_until = NULL;
    if (routine->returns_trigger) {
        const struct firing *firing = catalog_firing(binder->catalog, routine);
        frame.events = firing ? firing->events : 0;
        frame.row = bind_fired_row(binder, routine, call);
    }
    bind_body(binder, &frame);
}

static const struct side_effect *held_after(const struct transaction *transaction,
                                            const struct side_effect *held)
{
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        const struct builtin *builtin = call->call->builtin;
        enum effect effect = builtin ? builtin_effect(builtin) : EFFECT_NONE;
        if (effect == EFFECT_ADVISORY_SESSION && !g_str_has_suffix(call->call->name, "_shared"))
            held = call;
        else if (effect == EFFECT_ADVISORY_UNLOCK)
            held = NULL;
    }
    return held;
}

static void pass_on(struct transaction *transaction, const struct side_effect *held)
{
    if (held)
        transaction_own_rest(transaction, &transaction->script->arena)->session_lock = held;
}

static void pass_on_session_locks(struct script *script)
{
    const struct side_effect *held = NULL;

    for (struct transaction *each = script->transactions; each; each = each->next) {
        pass_on(each, held);
        held = held_after(each, held);
    }
    for (struct transaction *each = script->trigger_runs; each; each = each->next)
        pass_on(each, held);
}

void bind_script(struct script *script, const struct catalog *catalog, const struct modes *modes)
{
    struct binder binder = {
        .catalog = catalog,
        .script = script,
        .arena = &script->arena,
        .reached = script->statements,
        .prepared = g_hash_table_new(g_str_hash, g_str_equal),
        .cursors = g_hash_table_new(g_str_hash, g_str_equal),
    };
    struct modes *own = NULL;
    struct transaction **last = &script->transactions, **last_trigger_run = &script->trigger_runs;
    struct bulk within = {0};

    bulk_mark_alone(script);
    for (struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        if (transaction->kind == TRANSACTION_SEGMENT)
            continue; /* made while another was bound */
        bind_transaction(&binder, transaction, &within);
    }
    for (const struct statement *statement = script_first_of_code(script); statement;
         statement = statement->next) {
        const struct routine *routine =
            statement->flags & STATEMENT_UNDO ? NULL : defined_routine(statement);
        if (routine &&
            g_hash_table_contains(catalog->retired, routine)) /* nobody runs it any more */
            continue;
        if (routine && routine->body && !own) {
            own = arena_new(&script->arena, struct modes);
            *own = *modes;
        }
        if (routine && routine->body && routine->returns_trigger)
            bind_uncalled(&binder, routine, own, &last_trigger_run);
        else if (routine && routine->body && !g_hash_table_contains(catalog->called, routine))
            bind_uncalled(&binder, routine, own, &last);
    }
    pass_on_session_locks(script);
    bind_parameters_finish(&binder);
    bulk_finish(&within);
    g_hash_table_unref(binder.prepared);
    g_hash_table_unref(binder.cursors);
    g_clear_pointer(&binder.psql, g_hash_table_unref);
    g_clear_pointer(&binder.returned, g_hash_table_unref);
    g_clear_pointer(&binder.created, g_hash_table_unref);
    g_clear_pointer(&binder.implying, g_ptr_array_unref);
}
