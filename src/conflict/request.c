#include "conflict/request.h"

#include "facts/body.h"
#include "facts/builtin.h"
#include "facts/number.h"
#include "corpus/by-value.h"
#include "flow/loop-read.h"
#include "flow/unify.h"
#include "program/rows.h"

/* Of several rows that are locked with others together, a row that is written may be one. */
static bool may_contain(const struct lock *lock, const struct lock *row)
{
    return lock->access->kind == ACCESS_LOCK && lock->row < LOCK_NO_KEY_UPDATE &&
           access_rows(lock->access) < ROWS_POINT &&
           access_same_rows(lock->access, row->access) != ANSWER_NO;
}

static bool same_object(const struct lock *held, const struct lock *wanted, bool rows)
{
    if (held->call || wanted->call)
        return held->call && wanted->call && lock_conflicts(held, wanted) == ANSWER_YES;
    return access_same_relation(held->access, wanted->access) &&
           (!rows || access_same_rows(held->access, wanted->access) == ANSWER_YES ||
            may_contain(held, wanted));
}

static const struct statement *statement_of(const struct lock *lock)
{
    return lock->access ? lock->access->statement : lock->call->statement;
}

static const struct step *step_of(const struct lock *lock)
{
    return lock->access ? lock->access->step : lock->call->step;
}

static const struct via *via_of(const struct lock *lock)
{
    return lock->access ? lock->access->via : lock->call->via;
}

/* A routine that is called twice runs its statements twice. */
static bool same_statement(const struct lock *a, const struct lock *b)
{
    return step_of(a) == step_of(b) && statement_of(a) == statement_of(b) &&
           via_same_call(via_of(a), via_of(b));
}

static bool is_about_table(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE;
}

bool request_is_upgrade(const struct request *request)
{
    const struct lock *held = request_held(request), *wanted = request_wanted(request);

    if (same_statement(held, wanted))
        return false; /* the actions of one MERGE */
    if (held->row != LOCK_NONE && wanted->row > held->row && same_object(held, wanted, true))
        return true;
    return (is_about_table(held) || is_about_table(wanted)) && same_object(held, wanted, false) &&
           !table_lock_covers(held->table, wanted->table);
}

static bool is_conditional(const struct lock *lock)
{
    return lock->access ? lock->access->conditional : lock->call->conditional;
}

/* What a loop locks of each row that its query finds is as sure as the query. */
static bool is_sure(const struct plan *plan, size_t lock, bool with_loops)
{
    const struct access *read = with_loops ? plan->looped[lock] : NULL;

    return read ? !read->conditional : !is_conditional(&plan->locks[lock]);
}

const struct access *request_loop_read(const struct lock *lock)
{
    return lock->access ? flow_loop_read(lock->access) : NULL;
}

bool request_is_of_loop(const struct request *request)
{
    return request->plan->looped[request->held] || request->plan->looped[request->wanted];
}

static const struct body_statement *body_of(const struct lock *lock)
{
    return lock->access ? lock->access->body : lock->call->body;
}

/* No run comes to both: they, or the statements by which they come, stand in one run of a routine in two
 * branches, or one is in a branch that leaves the routine before the other. */
static bool are_apart(const struct lock *a, const struct lock *b)
{
    const struct body_statement *one = step_of(a) == step_of(b) ? body_of(a) : NULL;
    const struct body_statement *other = body_of(b);
    const struct via *call = via_of(a), *other_call = via_of(b);
    unsigned depth = via_depth(call), other_depth = via_depth(other_call);

    for (; depth > other_depth; depth--, call = call->outer)
        one = one ? call->body : NULL;
    for (; other_depth > depth; other_depth--, other_call = other_call->outer)
        other = other_call->body;
    while (one) {
        if (other && (body_is_elsewhere(one, other) || body_is_elsewhere(other, one)) &&
            via_same_call(call, other_call))
            return true;
        if (!call)
            return false;
        one = call->body;
        other = other_call->body;
        call = call->outer;
        other_call = other_call->outer;
    }
    return false;
}

/* An advisory lock of the session that is given back in between. */
static bool is_released(const struct lock *held, const struct lock *wanted)
{
    const struct side_effect *call = held->call;

    for (; call && call->order < wanted->order; call = call->next) {
        if (builtin_effect(call->call->builtin) == EFFECT_ADVISORY_UNLOCK)
            return true;
    }
    return false;
}

/* NO ACTION and RESTRICT look for children and fail when they find one, so that no row of these is
 * held by a transaction that goes on; they do wait for one that another is deleting. */
static bool holds_nothing(const struct lock *held)
{
    return held->access && held->access->kind == ACCESS_LOCK &&
           access_is_of_foreign_key(held->access) && !access_checks_parent(held->access);
}

bool request_is_possible(const struct request *request)
{
    const struct lock *held = request_held(request), *wanted = request_wanted(request);

    return !holds_nothing(held) && !are_apart(held, wanted) && !is_released(held, wanted) &&
           !step_is_undone(step_of(held), step_of(wanted));
}

static bool same_kind(const struct lock *a, const struct lock *b)
{
    return a->access && b->access ? access_same_relation(a->access, b->access) : a->call && b->call;
}

/* One statement that comes to several rows. */
static bool takes_several(const struct lock *lock)
{
    return lock->access && lock->row != LOCK_NONE && access_most_rows(lock->access) != 1;
}

bool request_is_one_statement(const struct request *request)
{
    return same_statement(request_held(request), request_wanted(request));
}

/* FOR UPDATE of a join locks the row of each table in the order of FROM; FOR UPDATE OF b, a in that
 * of its list (preprocess_rowmarks in optimizer/plan/planner.c, ExecLockRows). */
static bool locks_in_order(const struct lock *held, const struct lock *wanted)
{
    const struct access *first = held->access, *second = wanted->access;
    const struct range *range;

    if (!first || !second || first->kind != ACCESS_LOCK || second->kind != ACCESS_LOCK ||
        !first->query || first->query != second->query || !first->range || !second->range ||
        first->range->lock_named || second->range->lock_named)
        return false;
    for (range = first->range->next; range && range != second->range;)
        range = range->next;
    return range;
}

/* What a statement writes comes in the order in which it is written, and checks of foreign keys
 * after it. What it is about is locked first. */
static bool writes_rows(const struct lock *lock)
{
    return lock->access && !is_about_table(lock) &&
           (access_is_write(lock->access) || access_is_of_foreign_key(lock->access));
}

bool request_is_ordered(const struct request *request, bool with_loops)
{
    const struct lock *held = request_held(request), *wanted = request_wanted(request);

    if (held == wanted)
        return takes_several(held) && !is_conditional(held);
    if (request_is_one_statement(request))
        return (is_about_table(held) || (writes_rows(held) && writes_rows(wanted)) ||
                locks_in_order(held, wanted)) &&
               !same_kind(held, wanted);
    return !same_kind(held, wanted) || (is_sure(request->plan, request->held, with_loops) &&
                                        is_sure(request->plan, request->wanted, with_loops));
}

bool request_queues(const struct request *one, const struct request *other)
{
    const struct access *read = one->plan->looped[one->held];
    const struct access *found = other->plan->looped[other->held];

    return read && found && binding_must_meet(read, found);
}

static bool is_integer(const struct relation *relation, const char *name)
{
    static const char *const types[] = {"int2", "int4", "int8", NULL};
    const struct column *column = relation ? relation_column(relation, name) : NULL;

    return column && column->type && g_strv_contains(types, column->type);
}

/* The constant that the lock asks for in a column of integers; NULL without. */
static const char *integer_asked(const struct lock *lock, const char *column)
{
    const struct operand *value = access_equals(lock->access, column);

    return value && value->kind == OPERAND_CONSTANT && is_integer(lock->access->relation, column)
               ? value->text
               : NULL;
}

bool request_comes_first_to_held(const struct request *one, const struct request *other)
{
    const struct lock *sorted = request_held(one);
    const struct access *access = sorted == request_wanted(one) ? sorted->access : NULL;
    /* the lock of a foreign key has no query */
    const struct sort *sort =
        access && access->kind == ACCESS_LOCK && access->query ? access->query->rest->order : NULL;
    const struct column_use *column = sort ? sort->operand.uses : NULL;
    int order;

    if (!column || sort->operand.kind != OPERAND_COLUMN || !column->name ||
        column->range != access->range || !request_held(other)->access ||
        !request_wanted(other)->access)
        return false;
    const char *held = integer_asked(request_held(other), column->name);
    const char *wanted = integer_asked(request_wanted(other), column->name);
    return held && wanted && number_compare(held, wanted, &order) &&
           (sort->descending ? order > 0 : order < 0);
}

/* ------------------------------------------------------------------ in the machine */

static bool conflicts_with(const struct lock *lock, const struct plan *other)
{
    for (size_t i = 0; i < other->count; i++) {
        if (lock_conflicts(lock, &other->locks[i]) != ANSWER_NO)
            return true;
    }
    return false;
}

/* The same, remembered where the plan has room for it: two programs meet in many pairs of locks. */
static bool meets(const struct plan *plan, size_t lock, const struct plan *other)
{
    struct beside *beside = plan->beside;

    if (!beside)
        return conflicts_with(&plan->locks[lock], other);
    if (beside->other != other)
        *beside = (struct beside){.other = other};
    if (!lock_set_has(&beside->known, lock)) {
        lock_set_add(&beside->known, lock);
        if (conflicts_with(&plan->locks[lock], other))
            lock_set_add(&beside->met, lock);
    }
    return lock_set_has(&beside->met, lock);
}

/* What another program cannot wait for, and does not wait for, is left out. */
static bool matters(const struct plan *plan, size_t lock, const struct plan *const *others,
                    unsigned count)
{
    for (unsigned at = 0; at < count; at++) {
        if (meets(plan, lock, others[at]))
            return true;
    }
    return false;
}

bool request_add(const struct request *request, struct meeting *meeting, unsigned run,
                 const struct plan *const *others, unsigned other_count, unsigned *stop)
{
    const struct lock *held = request_held(request), *wanted = request_wanted(request);
    const struct program *program = &meeting->programs[run];
    bool one = request_is_one_statement(request), complete = true;

    *stop = 0;
    for (size_t i = 0; i <= request->wanted; i++) {
        const struct lock *lock = &request->plan->locks[i];
        bool needed = lock == held || lock == wanted;
        if (!needed && (are_apart(lock, held) || are_apart(lock, wanted) ||
                        !matters(request->plan, i, others, other_count)))
            continue;
        if (!needed && program->count + 2 >= WORLD_ACTS) {
            complete = false;
            continue;
        }
        if (one && !*stop && same_statement(lock, wanted))
            *stop = program->count + 1U;
        complete &= meeting_add(meeting, run, lock);
        if (same_statement(lock, held) && !one)
            *stop = program->count;
    }
    *stop -= one;
    return complete;
}

static bool is_computed(const struct lock *lock)
{
    const struct operand_item *key = lock->access ? NULL : lock->call->call->arguments;

    while (key && !operand_is_of_several(&key->operand))
        key = key->next;
    return lock->access ? lock->access->computed : key != NULL;
}

static bool has_waited(const struct request *request)
{
    const struct lock *lock = request->plan->locks, *held = request_held(request);

    while (lock != held && !(lock->call && is_computed(lock) && lock->waits))
        lock++;
    return lock != held;
}

bool request_may_take_turns(const struct request *a, const struct request *b)
{
    return a->plan->transaction == b->plan->transaction && has_waited(a) && has_waited(b);
}

bool request_may_share_row(const struct request *a, const struct lock *own, const struct request *b,
                           const struct lock *other)
{
    if (!is_computed(own) && !is_computed(other))
        return true;
    if (!own->access || !other->access)
        return false;
    if (lock_tables_conflict(own, other))
        return true;
    return a->plan->transaction == b->plan->transaction &&
           (access_same_rows(own->access, other->access) == ANSWER_YES || may_contain(own, other) ||
            may_contain(other, own));
}
