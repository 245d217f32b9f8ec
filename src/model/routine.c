/* Routines in a trial: the statements in the bodies that a step runs, one after the other, as if the
 * step were all of them. Each has its own snapshot at READ COMMITTED (manual, 38.7). That holds for a
 * body without loops and handlers, which is called once for sure. Of branches, the machine has some:
 * see branch.c. */
#include <string.h>

#include <glib.h>

#include "program/side-effect.h"
#include "model/model.h"

/* ------------------------------------------------------------------ what is called */

/* The call of a routine, trigger or rule by which it came in. */
static const struct via *called_by(const struct via *via)
{
    while (via && via->kind == VIA_VIEW)
        via = via->outer;
    return via;
}

bool trial_is_of_statement(const struct trial_maker *maker, const struct access *access)
{
    return access->step == maker->step && access->body == maker->body &&
           !access_is_of_foreign_key(access) && called_by(access->via) == maker->via;
}

static bool comes_to_its_end(const struct body_statement *statement)
{
    switch (statement->kind) {
    case BODY_BLOCK:
        return !statement->handled;
    case BODY_SQL:
    case BODY_ASSIGN:
        return !statement->statement || statement->statement->kind == STATEMENT_QUERY ||
               statement->statement->kind == STATEMENT_CALL ||
               statement->statement->kind == STATEMENT_LOCK;
    case BODY_RETURN:
        return statement->more || !statement->next || statement->parent->kind == BODY_ARM;
    case BODY_RAISE:
        return !statement->error || statement->parent->kind == BODY_ARM;
    case BODY_DIAGNOSTICS:
        return true;
    case BODY_IF:
        return !statement->statement;
    case BODY_ARM:
        return trial_knows_arm(statement);
    default:
        return false;
    }
}

/* Whether all of its statements are run, one after the other. */
static bool is_straight(const struct body *body)
{
    const struct body_statement *statement = body ? body->statements : NULL;

    while (statement && comes_to_its_end(statement))
        statement = statement->next;
    return body && !statement;
}

/* SELECT f(1), SELECT * FROM f(1), PERFORM f(1), v := f(1) + 2: once for sure, and nothing else. */
static bool calls_once(const struct statement *statement)
{
    const struct query *query = statement->query;
    const struct call *call = query ? query->rest->calls : NULL;

    if (!call || call->next || query->inner || query->write || query->conditions ||
        query->aggregates || query->rest->limit)
        return false;
    if (statement->kind == STATEMENT_CALL)
        return true;
    if (query->ranges)
        return query->ranges->kind == RANGE_FUNCTION && !query->ranges->next;
    return call->output;
}

/* Whether the routine is called once for sure, and so are those that call it. */
static bool is_entered(const struct step *step, const struct via *via)
{
    for (; via; via = called_by(via->outer)) {
        if (via->kind != VIA_ROUTINE || (via->body && body_enclosing(via->body, BODY_ARM)) ||
            !calls_once(via->body ? via->body->statement : step->statement))
            return false;
    }
    return true;
}

static const struct body *own_body(const struct step *step)
{
    const struct routine *routine = step->transaction->routine;

    return step->statement->kind == STATEMENT_DO ? step->statement->block->body
           : routine                             ? routine->body
                                                 : NULL;
}

/* Whether the bodies that the step runs are straight. Sets `*stable` when one of them sees what the
 * statement sees that calls it, and `*leaves` when the one that there is may fail or return early. */
static bool are_straight(const struct trial_maker *maker, const struct step *step, bool *stable,
                         bool *leaves)
{
    const struct body *own = own_body(step);
    const struct routine *routine = step->transaction->routine;
    unsigned count = own != NULL;

    *stable = routine && routine->volatility != VOLATILITY_VOLATILE;
    *leaves = own && trial_may_leave(own);
    if (own && !is_straight(own))
        return false;
    for (const struct routine_run *run = maker->transaction->runs; run; run = run->next) {
        if (run->step != step || trial_is_filler(run->routine))
            continue;
        if (!is_straight(run->routine->body))
            return false;
        *stable |= run->routine->volatility != VOLATILITY_VOLATILE;
        *leaves |= trial_may_leave(run->routine->body);
        count++;
    }
    return !*leaves || count == 1;
}

/* ------------------------------------------------------------------ statement after statement */

static void add_result(struct trial_maker *maker, unsigned act)
{
    if (!maker->body || act + 1U != maker->program->count)
        return;
    maker->results[maker->result_count++] =
        (struct trial_result){.via = maker->via, .body = maker->body, .act = (uint8_t)act};
}

static bool take_one(struct trial_maker *maker, const struct via *via,
                     const struct body_statement *body)
{
    const struct statement *statement = body ? body->statement : maker->step->statement;
    unsigned act = maker->program->count;

    if (!statement || !is_entered(maker->step, via))
        return false;
    maker->via = via;
    maker->body = body;
    maker->arm = !body || body->kind == BODY_ARM ? body : body_enclosing(body, BODY_ARM);
    if (!trial_take_statement(maker, statement) || act == maker->program->count ||
        (maker->arm && !trial_take_branch(maker, act)))
        return false;
    maker->program->acts[act].called = act > maker->first;
    maker->program->acts[act].entered = body && act == maker->first;
    add_result(maker, act);
    return true;
}

/* What the step does next: an access or a call; both NULL behind the last one. */
struct deed {
    const struct access *access;
    const struct side_effect *call;
};

static void skip_others(struct deed *deed, const struct step *step)
{
    while (deed->access && (deed->access->step != step || access_is_of_foreign_key(deed->access)))
        deed->access = deed->access->next;
    while (deed->call && deed->call->step != step)
        deed->call = deed->call->next;
}

static void take_deed(struct deed *deed, const struct via **via, const struct body_statement **body)
{
    bool is_access = deed->access && (!deed->call || deed->access->order < deed->call->order);

    *via = called_by(is_access ? deed->access->via : deed->call->via);
    *body = is_access ? deed->access->body : deed->call->body;
    if (is_access)
        deed->access = deed->access->next;
    else
        deed->call = deed->call->next;
}

/* What may fail or return between two statements of the one body. */
static bool leave_before(struct trial_maker *maker, const struct via *via,
                         const struct body_statement *last, const struct body_statement *body)
{
    const struct body_statement *from = last ? last : body;

    if (!body)
        return maker->transaction->unfired; /* before a trigger function there is its row */
    while (!last && from->parent)
        from = from->parent;
    maker->via = via;
    return trial_take_leaving(maker, from, body);
}

/* Behind the last statement, nothing but a failure is left. */
static bool leave_at_end(struct trial_maker *maker, const struct body_statement *last)
{
    if (!last || !trial_take_leaving(maker, last, NULL))
        return false;
    for (unsigned i = maker->first; i < maker->program->count; i++) {
        struct act *act = &maker->program->acts[i];
        if (act->kind == ACT_RETURN)
            act->number = maker->program->count;
    }
    return true;
}

bool trial_take_step(struct trial_maker *maker, const struct step *step)
{
    struct deed deed = {maker->transaction->accesses, maker->transaction->calls};
    const struct via *last_via = NULL;
    const struct body_statement *last_body = NULL;
    unsigned count = 0;
    bool stable, leaves;

    maker->step = step;
    maker->first = maker->program->count;
    if (!are_straight(maker, step, &stable, &leaves))
        return false;
    for (skip_others(&deed, step); deed.access || deed.call; skip_others(&deed, step)) {
        const struct via *via;
        const struct body_statement *body;
        take_deed(&deed, &via, &body);
        if (trial_is_of_trigger(via))
            continue;
        if (count > 0 && via == last_via && body == last_body)
            continue;
        if ((count++ > 0 && stable) || (leaves && !leave_before(maker, via, last_body, body)) ||
            !take_one(maker, via, body))
            return false;
        last_via = via;
        last_body = body;
    }
    return count > 0 && (!leaves || leave_at_end(maker, last_body));
}

/* ------------------------------------------------------------------ variables */

/* "r" of "r.id", which is its field. */
static bool gives(const struct body_statement *statement, const char *variable)
{
    size_t length = strcspn(variable, ".");

    for (const char **into = statement->into; into && *into; into++) {
        if (strcspn(*into, ".") == length && strncmp(*into, variable, length) == 0)
            return true;
    }
    return false;
}

/* The last one before `body`, in its own routine, that gives the variable a value. */
static const struct body_statement *giver_before(const struct body_statement *body,
                                                 const char *variable)
{
    const struct body_statement *each = body, *found = NULL;

    while (each->parent)
        each = each->parent;
    for (; each && each != body; each = each->next) {
        if (gives(each, variable))
            found = each;
    }
    return found;
}

/* In the routine, or where it is called, with what its caller has passed on. */
static const struct body_statement *find_giver(const struct trial_maker *maker,
                                               const char *variable, const struct via **via)
{
    const struct body_statement *body = maker->body, *found = NULL;

    *via = maker->via;
    while (body && !(found = giver_before(body, variable)) && *via) {
        body = (*via)->body;
        *via = called_by((*via)->outer);
    }
    return found;
}

/* What a variable is behind the branch that gives it a value depends on the branch. */
static bool is_given_aside(const struct trial_maker *maker, const char *variable)
{
    const struct via *via;
    const struct body_statement *giver = find_giver(maker, variable, &via);
    const struct body_statement *arm = giver ? body_enclosing(giver, BODY_ARM) : NULL;

    return arm && (via != maker->via || !body_is_inside(maker->body, arm));
}

bool trial_knows_variables(const struct trial_maker *maker, const struct operand *operand)
{
    const struct column_use *use = operand->uses;

    for (uint32_t i = 0; maker->body && i < operand->use_count && use; i++, use = use->next) {
        if (use->variable && use->name && is_given_aside(maker, use->name))
            return false;
    }
    return true;
}

const struct body_statement *trial_given_by(const struct trial_maker *maker,
                                            const struct operand *operand)
{
    const struct column_use *use = operand->uses;
    const struct body_statement *last = NULL;
    const struct via *via;

    for (uint32_t i = 0; maker->body && i < operand->use_count && use; i++, use = use->next) {
        const struct body_statement *giver =
            use->variable && use->name ? find_giver(maker, use->name, &via) : NULL;
        if (giver && (!last || giver->span.start > last->span.start))
            last = giver;
    }
    return last;
}

/* The column whose value the variable has got from the result. */
static const char *column_given(const struct body_statement *giver, const char *variable)
{
    const struct query *query = giver->statement ? giver->statement->query : NULL;
    const struct output *output = query ? query->outputs : NULL;
    const char *field = strchr(variable, '.');

    if (field && giver->into[0] && !giver->into[1]) /* a record */
        return field + 1;
    for (const char **into = giver->into; *into && output; into++, output = output->next) {
        if (strcmp(*into, variable) == 0)
            return output->operand.kind == OPERAND_COLUMN && output->operand.uses
                       ? output->operand.uses->name
                       : NULL;
    }
    return NULL;
}

bool trial_take_result(struct trial_maker *maker, const struct operand *operand,
                       struct value *value)
{
    const struct via *via;
    const struct body_statement *giver =
        maker->body && operand->text ? find_giver(maker, operand->text, &via) : NULL;
    const char *name = giver ? column_given(giver, operand->text) : NULL;
    const struct trial_result *result = maker->results;

    while (name && result < maker->results + maker->result_count &&
           (result->via != via || result->body != giver))
        result++;
    if (!name || !trial_knows_variables(maker, operand) ||
        result == maker->results + maker->result_count)
        return false;
    return trial_take_found(maker->trial, maker->program, result->act, name, value);
}
