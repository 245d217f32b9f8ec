/* Routines in a trial: the statements in the bodies that a step runs, one after the other, as if the
 * step were all of them. Each has its own snapshot at READ COMMITTED (manual, 38.7). That holds for a
 * body without handlers, which is called once for sure. Of branches, the machine has some: see branch.c.
 * A loop over a query is its statements again for each row, of which there are up to two. */
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
    bool looped = body_enclosing(statement, BODY_FOR_QUERY);

    switch (statement->kind) {
    case BODY_BLOCK:
        return !statement->handled;
    case BODY_SQL:
    case BODY_ASSIGN:
        return !statement->statement || statement->statement->kind == STATEMENT_QUERY ||
               statement->statement->kind == STATEMENT_CALL ||
               statement->statement->kind == STATEMENT_LOCK;
    case BODY_RETURN:
        return statement->more ||
               (!looped && (!statement->next || statement->parent->kind == BODY_ARM));
    case BODY_RAISE:
        return !statement->error || (!looped && statement->parent->kind == BODY_ARM);
    case BODY_DIAGNOSTICS:
        return true;
    case BODY_IF:
        return !statement->statement;
    case BODY_ARM:
        return trial_knows_arm(statement);
    case BODY_FOR_QUERY: /* of a cursor, the next row is read when it is asked for */
        return !looped && !statement->name && statement->statement;
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
        if (via->kind != VIA_ROUTINE ||
            (via->body &&
             (body_enclosing(via->body, BODY_ARM) || body_enclosing(via->body, BODY_FOR_QUERY))) ||
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

/* Of one act, or of a SELECT of two tables, whose last act has all that it finds. */
static void add_result(struct trial_maker *maker, unsigned act)
{
    unsigned last = maker->program->count - 1U;

    if (!maker->body || (act != last && !maker->program->acts[last].outer))
        return;
    maker->results[maker->result_count++] =
        (struct trial_result){.via = maker->via, .body = maker->body, .act = (uint8_t)last};
}

static bool take_one(struct trial_maker *maker, const struct via *via,
                     const struct body_statement *body)
{
    const struct statement *statement = body ? body->statement : maker->step->statement;
    unsigned act = maker->program->count;

    if (!statement || !is_entered(maker->step, via) ||
        (body && body_enclosing(body, BODY_FOR_QUERY) != maker->loop))
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

/* The next one that no trigger makes. Returns false behind the last one. */
static bool next_deed(struct deed *deed, const struct step *step, const struct via **via,
                      const struct body_statement **body)
{
    do {
        skip_others(deed, step);
        if (!deed->access && !deed->call)
            return false;
        take_deed(deed, via, body);
    } while (trial_is_of_trigger(*via));
    return true;
}

/* ------------------------------------------------------------------ loops */

/* Whether the act is a SELECT of which each row is one of the table. */
static bool gives_rows(const struct act *act, const struct query *query)
{
    return act->kind == ACT_SELECT && query && query->kind == QUERY_SELECT && !query->aggregates &&
           !query->grouped && !query->distinct;
}

/* The acts that find the rows of the loop, one each: the server fetches the first ten before it runs
 * any statement for them (exec_for_query). A run that finds one more, for which there are no acts, is
 * not tried any further. Returns how many; 0: not understood. */
static unsigned take_loop_rows(struct trial_maker *maker, const struct via *via,
                               const struct body_statement *loop)
{
    struct program *program = maker->program;
    unsigned first = program->count;

    if (!take_one(maker, via, loop) || program->count != first + 1 ||
        !gives_rows(&program->acts[first], loop->statement->query))
        return 0;
    maker->result_count--;
    if (trial_most_rows(maker, maker->accesses[first], first) == 1)
        return 1;
    if (program->count == WORLD_ACTS)
        return 0;
    struct act *next = &program->acts[program->count];
    *next = program->acts[first];
    program->acts[first].loops = program->acts[first].limit == 0;
    program->acts[first].limit = TRIAL_PASSES + (program->acts[first].loops ? 1 : 0);
    next->nth = 1;
    next->limit = TRIAL_PASSES - 1;
    next->joined = next->quiet = true;
    next->called = next->entered = false;
    maker->accesses[program->count++] = maker->accesses[first];
    return TRIAL_PASSES;
}

/* The statements in the loop, for the row that the act has found. Moves the deed to the last of them. */
static bool take_pass(struct trial_maker *maker, const struct via *via,
                      const struct body_statement *loop, struct deed *deed, unsigned found)
{
    const struct body_statement *last = loop, *body;
    struct deed ahead = *deed;
    const struct via *inner;

    if (maker->result_count == WORLD_ACTS)
        return false;
    maker->results[maker->result_count++] =
        (struct trial_result){.via = via, .body = loop, .act = (uint8_t)found};
    while (next_deed(&ahead, maker->step, &inner, &body) && inner == via && body &&
           (body == loop || body_is_inside(body, loop))) {
        struct act guard = {.guard_count = 0};
        unsigned act = maker->program->count;
        *deed = ahead;
        act_depend(&guard, WHEN_FOUND, found);
        if (body != last && (!take_one(maker, via, body) || !trial_add_guards(maker, act, &guard)))
            return false;
        last = body;
    }
    return true;
}

static bool take_loop(struct trial_maker *maker, const struct via *via,
                      const struct body_statement *loop, struct deed *deed)
{
    unsigned first = maker->program->count, rows = take_loop_rows(maker, via, loop);
    struct deed last = *deed;
    bool taken = rows > 0;

    maker->loop = loop;
    for (maker->pass = 0; maker->pass < rows && taken; maker->pass++) {
        last = *deed;
        taken = take_pass(maker, via, loop, &last, first + maker->pass);
    }
    *deed = last;
    maker->loop = NULL;
    maker->pass = 0;
    return taken;
}

/* ------------------------------------------------------------------ a step */

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
    const struct via *via, *last_via = NULL;
    const struct body_statement *body, *last_body = NULL;
    unsigned count = 0;
    bool stable, leaves;

    maker->step = step;
    maker->first = maker->program->count;
    if (!are_straight(maker, step, &stable, &leaves))
        return false;
    while (next_deed(&deed, step, &via, &body)) {
        bool loops = body && body->kind == BODY_FOR_QUERY;
        if (count > 0 && via == last_via && body == last_body)
            continue;
        if (((loops || count > 0) && stable) ||
            (leaves && !leave_before(maker, via, last_body, body)) ||
            !(loops ? take_loop(maker, via, body, &deed) : take_one(maker, via, body)))
            return false;
        count++;
        last_via = via;
        last_body = body;
    }
    return count > 0 && (!leaves || leave_at_end(maker, last_body));
}

bool trial_returns_nothing(const struct trial_maker *maker)
{
    const struct body_statement *first = maker->body;
    const struct routine_run *run = maker->transaction->runs;
    const struct routine *own = maker->transaction->routine;

    while (first->parent)
        first = first->parent;
    while (run && (!run->routine->body || run->routine->body->statements != first))
        run = run->next;
    if (run)
        own = run->routine;
    return !own || !routine_returns_value(own);
}

/* ------------------------------------------------------------------ variables */

const struct trial_result *trial_result_of(const struct trial_maker *maker, const struct via *via,
                                           const struct body_statement *body)
{
    for (unsigned i = maker->result_count; i-- > 0;) {
        if (maker->results[i].via == via && maker->results[i].body == body)
            return &maker->results[i];
    }
    return NULL;
}

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

/* The statement of that kind that it is, or that encloses it. */
static const struct body_statement *innermost(const struct body_statement *statement,
                                              enum body_kind kind)
{
    return statement->kind == kind ? statement : body_enclosing(statement, kind);
}

/* Whether a statement of the loop, the one that is made or a later one, gives the variable a value: the
 * next pass begins with that. */
static bool is_given_later(const struct trial_maker *maker, const char *variable)
{
    const struct body_statement *each = maker->loop ? maker->body : NULL;

    while (each && (each == maker->body || body_is_inside(each, maker->loop)) &&
           !gives(each, variable))
        each = each->next;
    return each && body_is_inside(each, maker->loop);
}

/* What a variable is behind the branch or loop that gives it a value depends on that. */
static bool is_given_aside(const struct trial_maker *maker, const char *variable)
{
    const struct via *via;
    const struct body_statement *giver = find_giver(maker, variable, &via);

    for (unsigned i = 0; giver && i < 2; i++) {
        const struct body_statement *around = innermost(giver, i ? BODY_FOR_QUERY : BODY_ARM);
        if (around && (via != maker->via || !body_is_inside(maker->body, around)))
            return true;
    }
    return is_given_later(maker, variable);
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

/* What the field of a record is made of; NULL when it is not known. */
static const struct output *output_of_record(const struct output *output, const char *field)
{
    while (output && !output_is_star(output) && g_strcmp0(output->name, field) != 0)
        output = output->next;
    return output;
}

/* What the variable has got of the result. */
static const struct output *output_given(const struct body_statement *giver, const char *variable)
{
    const struct query *query = giver->statement ? giver->statement->query : NULL;
    const struct output *output = query ? query->outputs : NULL;
    const char *field = strchr(variable, '.');

    if (field && giver->into[0] && !giver->into[1]) /* a record */
        return output_of_record(output, field + 1);
    for (const char **into = giver->into; *into && output; into++, output = output->next) {
        if (strcmp(*into, variable) == 0)
            return output;
    }
    return NULL;
}

/* The act that has found the row of the range, when the result is that of two tables. */
static bool find_side(const struct trial_maker *maker, const struct range *range, uint8_t *act)
{
    uint8_t outer = maker->program->acts[*act].outer;

    if (!outer || (range && range == maker->accesses[*act]->range))
        return true;
    *act = outer - 1;
    return range && range == maker->accesses[*act]->range;
}

/* The column that the variable, or the field that it names, has got. */
static bool take_given(const struct trial_maker *maker, const struct trial_result *result,
                       const struct output *output, const char *variable, struct value *value)
{
    const struct column_use *use = output->operand.uses;
    const char *field = strchr(variable, '.');
    bool star = output_is_star(output);
    uint8_t act = result->act;

    if (star ? !field || maker->program->acts[act].outer
             : !trial_is_column(&output->operand) || !find_side(maker, use->range, &act))
        return false;
    return trial_take_found(maker->trial, maker->program, act, star ? field + 1 : use->name, value);
}

bool trial_take_result(struct trial_maker *maker, const struct operand *operand,
                       struct value *value)
{
    bool sum = operand->kind == OPERAND_EXPRESSION && operand->sum && operand->summand &&
               operand->use_count == 1 && operand->uses->variable;
    const char *variable = sum ? operand->uses->name : operand->text;
    bool made = operand->kind != OPERAND_VARIABLE && !sum;
    const struct via *via;
    const struct body_statement *giver =
        maker->body && variable && !made ? find_giver(maker, variable, &via) : NULL;
    const struct output *output = giver ? output_given(giver, variable) : NULL;
    const struct trial_result *result = output ? trial_result_of(maker, via, giver) : NULL;

    if (!result || !trial_knows_variables(maker, operand) ||
        !take_given(maker, result, output, variable, value))
        return false;
    value->number = sum ? operand->summand : 0;
    return true;
}

const struct trial_result *trial_counted(const struct trial_maker *maker,
                                         const struct operand *operand)
{
    const struct via *via;
    const struct body_statement *giver =
        operand->kind == OPERAND_VARIABLE ? find_giver(maker, operand->text, &via) : NULL;
    const struct query *query = giver && giver->statement ? giver->statement->query : NULL;

    return query && trial_counts(query) && trial_knows_variables(maker, operand)
               ? trial_result_of(maker, via, giver)
               : NULL;
}
