/* Routines: a body is walked in the order of its text, each branch once and each loop once. What a
 * variable was read from goes with it into the statements that use it; what a branch was chosen by
 * goes with everything inside it, and, when it leaves the routine, with everything behind it. */
#include "binding/binder.h"

#include <string.h>

#include <glib.h>

#include "facts/builtin.h"
#include "program/event.h"
#include "program/rows.h"

/* ------------------------------------------------------------------ control */

/* A part of a body that may be left in it: what decided that it was not decides about all that comes
 * after in this part. An arm says nothing of the other arms: what has been left there is kept for what
 * comes after the IF. */
struct scope {
    struct scope *outer;
    const struct body_statement *statement; /* an arm, or a loop; an IF, of arms that have ended */
    struct source *sources;
    struct source *all; /* what decides here, with that of the parts around it */
};

/* The part that a statement which leaves one leaves: after a loop CONTINUE decides nothing, and in a
 * loop a run comes to several arms. NULL: the body. */
static const struct body_statement *scope_of(const struct body_statement *leave)
{
    const struct body_statement *arm = body_enclosing(leave, BODY_ARM);

    if (leave->kind == BODY_CONTINUE && !leave->label)
        return body_loop(leave);
    while (arm && body_loop(arm))
        arm = body_enclosing(arm->parent, BODY_ARM);
    return arm;
}

/* From here on `sources` decide about what comes in the part. */
static void decide(struct binder *binder, struct frame *frame,
                   const struct body_statement *statement, struct source *sources)
{
    struct scope **at = &frame->scopes;

    for (; *at && (!statement ||
                   ((*at)->statement != statement && body_is_inside((*at)->statement, statement)));
         at = &(*at)->outer)
        (*at)->all = source_join(binder->arena, (*at)->all, sources);
    if (!statement) {
        frame->guards = source_join(binder->arena, frame->guards, sources);
        return;
    }
    if (!*at || (*at)->statement != statement) {
        struct scope *scope = arena_new(binder->arena, struct scope);
        *scope = (struct scope){
            .outer = *at, .statement = statement, .all = *at ? (*at)->all : frame->guards};
        *at = scope;
    }
    (*at)->sources = source_join(binder->arena, (*at)->sources, sources);
    if (statement->kind != BODY_IF)
        (*at)->all = source_join(binder->arena, (*at)->all, sources);
}

/* Ends the parts that the statement does not stand in. */
static void end_scopes(struct binder *binder, struct frame *frame,
                       const struct body_statement *statement)
{
    while (frame->scopes && !body_is_inside(statement, frame->scopes->statement)) {
        const struct scope *ended = frame->scopes;
        frame->scopes = ended->outer;
        if (ended->statement->kind == BODY_ARM)
            decide(binder, frame, ended->statement->parent, ended->sources);
        else if (ended->statement->kind == BODY_IF)
            decide(binder, frame, scope_of(ended->statement), ended->sources);
    }
}

/* The list, and what chose the branches in which the statement stands. */
static struct source *join_branches(struct binder *binder, const struct frame *frame,
                                    struct source *list, const struct body_statement *statement)
{
    bool any = g_hash_table_size(frame->control) > 0;

    for (const struct body_statement *outer = statement->parent; any && outer;
         outer = outer->parent)
        list = source_join(binder->arena, list, g_hash_table_lookup(frame->control, outer));
    return list;
}

static struct source *control_of(struct binder *binder, const struct body_statement *statement)
{
    const struct frame *frame = binder->frame;
    struct source *list =
        source_join(binder->arena, NULL, frame->scopes ? frame->scopes->all : frame->guards);

    return join_branches(binder, frame, list, statement);
}

/* What decided that a statement is run, but for what has left the routine before it. */
static struct source *branch_of(struct binder *binder, const struct frame *frame,
                                const struct body_statement *statement)
{
    return join_branches(binder, frame, NULL, statement);
}

/* What chose this branch also decided that everything behind it runs. */
static void leaves(struct binder *binder, struct frame *frame,
                   const struct body_statement *statement)
{
    struct source *chosen_by = branch_of(binder, frame, statement);

    if (chosen_by)
        decide(binder, frame, scope_of(statement), chosen_by);
}

/* Whether a handler of the routine, or of one that has called it, goes on after the error. */
static bool is_caught(const struct binder *binder, const struct body_statement *raise)
{
    const struct via *via = binder->via;

    while (via && !(via->body && body_subtransaction(via->body)))
        via = via->outer;
    return via || body_subtransaction(raise);
}

/* What chose the branch decides about what the callers do next, too. */
static void fails(struct binder *binder, struct frame *frame, const struct body_statement *raise)
{
    struct source *chosen_by = is_caught(binder, raise) ? NULL : branch_of(binder, frame, raise);

    leaves(binder, frame, raise);
    for (struct frame *caller = frame->outer; caller && chosen_by; caller = caller->outer)
        decide(binder, caller, NULL, chosen_by);
}

/* What was found decides about everything inside, and, in a chain of conditions, about the arms
 * that follow. */
static void choose(struct binder *binder, struct frame *frame, const struct body_statement *choice,
                   struct source *sources)
{
    sources = source_join(binder->arena, sources, g_hash_table_lookup(frame->control, choice));
    if (sources)
        g_hash_table_insert(frame->control, (gpointer)choice, sources);
}

static bool is_branch(const struct binder *binder, const struct body_statement *statement)
{
    if (statement->kind == BODY_ARM)
        return event_takes_arm(binder->frame->events, binder->frame->given, statement) !=
               ANSWER_YES;
    return statement->kind == BODY_HANDLER || body_is_loop(statement);
}

static void enter_statement(struct binder *binder, const struct body_statement *statement)
{
    if (binder->read_only_until && !body_is_inside(statement, binder->read_only_until)) {
        binder->read_only = false;
        binder->read_only_until = NULL;
    }
    binder->body = statement;
    binder->control = control_of(binder, statement);
    const struct body_statement *inner = statement;
    for (const struct body_statement *outer = statement->parent; outer; outer = outer->parent) {
        binder->undone |= outer->undone && inner->kind != BODY_HANDLER;
        inner = outer;
        binder->conditional |= is_branch(binder, outer);
        binder->repeated |= body_is_loop(outer);
    }
}

/* ------------------------------------------------------------------ transactions in procedures */

/* In a function or a trigger they fail, whoever calls it (manual, 43.8), and what a statement
 * accesses stays in one transaction. */
static bool may_end_transactions(const struct binder *binder)
{
    for (const struct frame *frame = binder->frame; frame; frame = frame->outer) {
        if (frame->routine && !frame->routine->procedure)
            return false;
    }
    return binder->transaction->kind == TRANSACTION_STATEMENT ||
           binder->transaction->kind == TRANSACTION_ROUTINE ||
           binder->transaction->kind == TRANSACTION_SEGMENT;
}

/* COMMIT and ROLLBACK begin another transaction, with the defaults of the session or, chained, with
 * the modes of the one that ends. */
static void end_transaction(struct binder *binder, const struct body_statement *statement)
{
    struct transaction *old = binder->transaction;

    if (!may_end_transactions(binder))
        return;
    const struct modes *first = old->rest->first_modes ? old->rest->first_modes : old->modes;
    struct transaction *next = transaction_new(old->script, TRANSACTION_SEGMENT, binder->arena);
    struct transaction_rest *rest = transaction_own_rest(next, binder->arena);
    next->next = old->next;
    next->modes = statement->chain ? old->modes : first;
    next->steps = old->steps;
    next->step_count = old->step_count;
    next->first_snapshot = old->first_snapshot;
    next->retried = old->retried;
    next->concurrency = old->concurrency;
    rest->first_modes = first;
    rest->segment = statement;
    old->next = next;
    bind_to(binder, next);
    binder->read_only = modes_refuse_writes(next->modes);
}

/* READ ONLY may be set at any time; the end of a block with an EXCEPTION part undoes it. */
static void set_read_only(struct binder *binder, const struct mode *mode)
{
    for (; mode; mode = mode->next) {
        if (mode->kind == MODE_READ_ONLY && mode->value == 1 && !binder->read_only) {
            binder->read_only = true;
            binder->read_only_until = body_subtransaction(binder->body);
        }
    }
}

/* SET TRANSACTION directly behind COMMIT or ROLLBACK holds for the transaction that begins. */
static void set_modes(struct binder *binder, const struct statement *statement)
{
    struct transaction *transaction = binder->transaction;
    struct modes *modes;
    struct mode single;
    bool own;
    const struct mode *mode = statement_asks(statement, &single, &own);

    if (!mode || !own)
        return;
    set_read_only(binder, mode);
    if (transaction->kind != TRANSACTION_SEGMENT || transaction->accesses)
        return;
    modes = arena_new(binder->arena, struct modes);
    *modes = *transaction->modes;
    for (; mode; mode = mode->next) {
        if (mode->value == MODE_DEFAULT)
            continue;
        modes->state[mode->kind].value =
            mode->kind == MODE_ISOLATION && mode->value == LEVEL_READ_UNCOMMITTED
                ? LEVEL_READ_COMMITTED
                : mode->value;
        modes->state[mode->kind].asked = mode->value;
        modes->state[mode->kind].provenance = FROM_EXPLICIT;
        modes->state[mode->kind].script = binder->via ? binder->via->script : binder->script;
        modes->state[mode->kind].span = mode->span;
    }
    transaction->modes = modes;
}

/* ------------------------------------------------------------------ bodies */

/* Runs the query or statement of one body statement and returns what it accessed. */
static struct source *run(struct binder *binder, const struct body_statement *statement)
{
    struct access **first = binder->accesses_end;
    struct source *accessed = NULL;
    const struct statement *outer = binder->statement;

    if (!statement->statement)
        return NULL;
    if (!binder->frame->routine || binder->frame->routine->volatility == VOLATILITY_VOLATILE)
        binder->statement = statement->statement; /* otherwise it keeps the caller's snapshot */
    bind_statement(binder, statement->statement);
    binder->statement = outer;
    for (const struct access *access = *first; access; access = access->next)
        accessed = source_add(binder->arena, accessed, access);
    if (statement->statement->query)
        accessed = source_join(binder->arena, accessed,
                               bind_query_sources(binder, statement->statement->query));
    return accessed;
}

/* INSERT … RETURNING id, which gives no id: the row has its default, wherever the rest was read. */
static bool is_default(const struct query *query, unsigned place)
{
    const struct output *output = query && query->kind == QUERY_INSERT ? query->outputs : NULL;
    const struct assignment *each = query && query->write ? query->write->assignments : NULL;

    while (output && --place > 0)
        output = output->next;
    if (!output || output->operand.kind != OPERAND_COLUMN || !output->operand.uses || !each ||
        query->write->conflict == CONFLICT_UPDATE)
        return false;
    while (each && each->column && g_strcmp0(each->column, output->operand.uses->name) != 0)
        each = each->next;
    return !each;
}

static struct source *without(struct binder *binder, const struct source *sources,
                              const struct source *others)
{
    struct source *left = NULL;

    for (; sources; sources = sources->next) {
        const struct source *other = others;
        while (other && other->access != sources->access)
            other = other->next;
        if (!other)
            left = source_add(binder->arena, left, sources->access);
    }
    return left;
}

bool bind_is_made(const struct binder *binder, const char *variable)
{
    const struct frame *frame = binder->frame;

    while (frame && !g_hash_table_contains(frame->variables, variable))
        frame = frame->outer;
    return frame && g_hash_table_contains(frame->made, variable);
}

/* i := gen_random_uuid(), SELECT nextval('s') INTO i */
static bool is_made(const struct query *query, unsigned place)
{
    const struct output *output = query && !query->ranges ? query->outputs : NULL;

    while (output && --place > 0)
        output = output->next;
    return output && output->operand.has_volatile;
}

static void assign(struct binder *binder, struct frame *frame,
                   const struct body_statement *statement, struct source *sources)
{
    /* A loop goes over many rows, each of which is read when the first one is. */
    bool one = statement->kind != BODY_FOR_QUERY && statement->statement;
    const struct query *query = one ? statement->statement->query : NULL;
    unsigned place = 1;

    for (const char **name = statement->into; name && *name; name++, place++) {
        bool once = query && bind_is_set_once(frame, *name);
        struct source *value = is_default(query, place)
                                   ? without(binder, sources, bind_query_sources(binder, query))
                                   : sources;
        bind_set_in_arm(binder, frame, *name);
        bind_set_variable(
            binder, *name,
            once && query->ranges ? source_returned(binder->arena, value, query, place) : value);
        if (once && is_made(query, place))
            g_hash_table_add(frame->made, g_strdup(*name));
    }
}

static void run_sql(struct binder *binder, struct frame *frame,
                    const struct body_statement *statement)
{
    if (statement->statement && statement->statement->kind == STATEMENT_SET) {
        set_modes(binder, statement->statement);
        return;
    }
    struct source *sources = run(binder, statement);
    assign(binder, frame, statement, sources);
    if (statement->name) /* a cursor, whose row WHERE CURRENT OF names */
        bind_set_variable(binder, statement->name, sources);
    struct source *found = source_found(binder->arena, sources);
    bind_set_variable(binder, "found", found);
    if (statement->strict && !is_caught(binder, statement))
        decide(binder, frame, scope_of(statement), found);
}

static void run_body_statement(struct binder *binder, struct frame *frame,
                               const struct body_statement *statement)
{
    struct source *sources;

    switch (statement->kind) {
    case BODY_SQL:
        run_sql(binder, frame, statement);
        break;
    case BODY_ASSIGN: /* of IF … THEN taken := true, and of n := n + 1, what has led there is kept */
        sources = run(binder, statement);
        assign(binder, frame, statement, sources);
        if (!sources)
            bind_set_by_arm(binder, frame, statement, branch_of(binder, frame, statement));
        break;
    case BODY_EXECUTE:
        if (!statement->statement)
            bind_unknown(binder, "EXECUTE of text made at run time");
        run_sql(binder, frame, statement);
        break;
    case BODY_OPEN:
        if (!statement->statement)
            bind_unknown(binder, "a cursor over a query made at run time");
        bind_set_variable(binder, statement->name, run(binder, statement));
        break;
    case BODY_FETCH:
        if (statement->name)
            assign(binder, frame, statement,
                   g_hash_table_lookup(frame->variables, statement->name));
        break;
    case BODY_FOR_QUERY:
        if (!statement->statement)
            bind_unknown(binder, "a loop over a query made at run time");
        sources = run(binder, statement);
        assign(binder, frame, statement, sources);
        if (statement->name)
            bind_set_variable(binder, statement->name, sources);
        g_hash_table_insert(frame->control, (gpointer)statement, sources);
        break;
    case BODY_ARM:
        choose(binder, frame, statement->parent, run(binder, statement));
        break;
    case BODY_HANDLER: /* SELECT … INTO STRICT has found no row */
        if (g_strv_contains(statement->conditions, "no_data_found"))
            choose(binder, frame, statement, g_hash_table_lookup(frame->variables, "found"));
        break;
    case BODY_IF:
    case BODY_LOOP:
        sources = run(binder, statement);
        assign(binder, frame, statement, sources);
        choose(binder, frame, statement, sources);
        break;
    case BODY_DIAGNOSTICS:
        assign(binder, frame, statement, g_hash_table_lookup(frame->variables, "found"));
        break;
    case BODY_RETURN:
    case BODY_EXIT:
    case BODY_CONTINUE:
        sources = run(binder, statement);
        if (statement->guarded)
            decide(binder, frame, scope_of(statement), sources);
        if (body_sets_found(statement))
            bind_set_variable(binder, "found", source_found(binder->arena, sources));
        if (!statement->more)
            leaves(binder, frame, statement);
        break;
    case BODY_RAISE:
        run(binder, statement);
        if (statement->error)
            fails(binder, frame, statement);
        break;
    case BODY_COMMIT:
    case BODY_ROLLBACK:
        end_transaction(binder, statement);
        break;
    default:
        break;
    }
}

/* NEW.state := 'paid' */
static bool changes_row(const struct body *body)
{
    for (const struct body_statement *each = body->statements; each; each = each->next) {
        for (const char **name = each->into; name && *name; name++) {
            if (strcmp(*name, "new") == 0 || g_str_has_prefix(*name, "new."))
                return true;
        }
    }
    return false;
}

/* Whether what is not run for the row that is given does something for others. */
static bool leaves_out(const struct frame *frame, const struct body_statement *statement)
{
    const struct query *query = statement->statement ? statement->statement->query : NULL;
    bool works = statement->kind == BODY_EXECUTE || (statement->statement && !query) ||
                 (query && (query->ranges || query->inner || query->write || query->rest->calls));

    return works && frame->given && event_comes_to(frame->events, NULL, statement);
}

void bind_body(struct binder *binder, struct frame *frame)
{
    const struct binder saved = *binder;
    bool over = false;

    frame->variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    frame->control = g_hash_table_new(NULL, NULL);
    frame->made = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    frame->given = frame->row && !changes_row(frame->body) ? frame->row : NULL;
    binder->frame = frame;
    for (const struct body_statement *statement = frame->body->statements; statement;
         statement = event_ends_at(frame->events, NULL, statement) ? NULL : statement->next) {
        if (over || !event_comes_to(frame->events, frame->given, statement)) {
            frame->in_part |= leaves_out(frame, statement);
            continue;
        }
        bind_leave_arms(binder, frame, statement);
        end_scopes(binder, frame, statement);
        enter_statement(binder, statement);
        if (frame->passed && !body_is_inside(statement, frame->passed))
            frame->passed = NULL;
        binder->as_passed |= frame->passed != NULL;
        run_body_statement(binder, frame, statement);
        if (!frame->passed && bind_is_over_passed(frame, statement))
            frame->passed = statement;
        binder->conditional = saved.conditional;
        binder->repeated = saved.repeated;
        binder->undone = saved.undone;
        binder->as_passed = saved.as_passed;
        over |= event_ends_at(frame->events, frame->given, statement);
    }
    g_hash_table_unref(frame->variables);
    g_hash_table_unref(frame->control);
    g_hash_table_unref(frame->made);
    g_clear_pointer(&frame->set_in_arms, g_hash_table_unref);
    g_clear_pointer(&frame->settings, g_hash_table_unref);
    binder->frame = saved.frame;
    binder->body = saved.body;
    binder->control = saved.control;
}

/* ------------------------------------------------------------------ calls */

static bool is_running(const struct binder *binder, const struct routine *routine)
{
    for (const struct frame *frame = binder->frame; frame; frame = frame->outer) {
        if (frame->routine == routine)
            return true;
    }
    return false;
}

static struct routine_run *add_run(struct binder *binder, const struct routine *routine)
{
    struct routine_run *run = arena_new(binder->arena, struct routine_run);

    run->routine = routine;
    run->step = binder->step;
    *binder->runs_end = run;
    binder->runs_end = &run->next;
    return run;
}

void bind_routine(struct binder *binder, const struct routine *routine, struct frame *frame,
                  const char *what, enum via_kind kind, struct span caller)
{
    bool read_only = binder->read_only;

    frame->outer = binder->frame;
    frame->routine = routine;
    frame->body = routine->body;
    if (is_running(binder, routine)) /* recursion adds nothing */
        return;
    struct via *via = bind_enter(binder, kind, what, routine->script, routine->span, caller);
    if (!via)
        return;
    via->trigger = frame->trigger;
    struct routine_run *run = add_run(binder, routine);
    binder->read_only |= routine_is_read_only(routine);
    bind_body(binder, frame);
    run->in_part = frame->in_part;
    if (routine_is_read_only(routine))
        binder->read_only = read_only;
    bind_leave(binder);
}

static int argument_count(const struct call *call)
{
    int count = 0;

    for (const struct operand_item *item = call->arguments; item; item = item->next)
        count++;
    return count;
}

bool bind_call(struct binder *binder, const struct call *call)
{
    const struct routine *routine =
        catalog_routine(binder->catalog, call->schema, call->name, argument_count(call));
    const struct statement *caller = binder->body ? binder->body->statement : binder->statement;
    struct frame frame = {.arguments = call->arguments};

    if (!routine)
        return false;
    if (routine->procedure && !(caller && caller->kind == STATEMENT_CALL))
        return true; /* a query fails at it before it does anything (42809) */
    if (routine->body)
        bind_routine(binder, routine, &frame,
                     arena_printf(binder->arena, "%s %s",
                                  routine->procedure ? "procedure" : "function", routine->name),
                     VIA_ROUTINE, call->span);
    else if (routine->volatility == VOLATILITY_VOLATILE)
        bind_unknown(binder, arena_printf(binder->arena, "%s()", routine->name));
    if (routine->outside || catalog_waits(binder->catalog, call->schema, call->name))
        bind_side_effect(binder, call, true);
    return true;
}
