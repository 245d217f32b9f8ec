/* A transaction comes to its locks one by one. Two transactions deadlock when each waits for what
 * the other holds. Which locks could do that is seen from what they are about; the machine then
 * runs both, over rows that are chosen so that these locks meet, and says whether it comes to 40P01
 * or something that both hold before keeps them apart. */
#include "conflict/deadlock.h"

#include <string.h>

#include <glib.h>

#include "conflict/lock-pairs.h"
#include "conflict/partners.h"
#include "conflict/request.h"
#include "program/change.h"

enum { OWN, OTHER }; /* the runs */

/* So many pairs of locks on two tables cost as much as one on the same. */
enum { CHEAP_PAIRS = 64 };

/* From so many on it is asked who waits for what is held. */
enum { MANY_PARTNERS = 64 };

struct search {
    const struct corpus *corpus;
    struct arena *arena;
    struct arena own; /* what is not needed behind the search */
    struct plans plans;
    GHashTable *pairs; /* of the plan that is looked at */
    unsigned share;    /* of ALL_LOCK_STEPS, for each program */
    unsigned steps, meetings;
};

/* ------------------------------------------------------------------ in the machine */

/* Lets the run go on up to an act; returns how the last step ended. */
static enum answer_kind run_until(struct machine *machine, unsigned run, unsigned stop)
{
    enum answer_kind answer = STEP_PASSES;

    while (answer == STEP_PASSES && machine->runs[run].pc < stop)
        answer = machine_step(machine, run);
    return answer;
}

/* One goes up to where it holds its lock, the other does, and both go on. When one holds its lock
 * in the statement in which it waits, the other one must be there before. */
static bool ends_in_deadlock(const struct meeting *meeting, const unsigned *stops, unsigned first)
{
    const struct program *programs[] = {&meeting->programs[0], &meeting->programs[1]};
    unsigned second = !first;
    struct machine machine;

    machine_start(&machine, &meeting->world, programs, 2);
    return run_until(&machine, second, stops[second]) == STEP_PASSES &&
           run_until(&machine, first, stops[first]) == STEP_PASSES &&
           run_until(&machine, first, programs[first]->count) == STEP_WAITS &&
           run_until(&machine, second, programs[second]->count) == STEP_FAILS &&
           machine.runs[second].failure == FAIL_DEADLOCK && !machine.overflow;
}

static bool both_insert(const struct lock *a, const struct lock *b)
{
    return a->access && b->access && a->access->kind == ACCESS_INSERT &&
           b->access->kind == ACCESS_INSERT;
}

/* Plays both when what they hold and want meets; `absent` (bits) says which of the two meetings is
 * in a key that is not there yet. */
static bool play(const struct request *own, const struct request *other, unsigned absent)
{
    const struct transaction *runs[] = {own->plan->transaction, other->plan->transaction};
    struct meeting meeting;
    bool late = request_is_one_statement(other); /* its rows are found in this order */
    bool joined = true;
    unsigned stops[2];

    meeting_start(&meeting, runs, 2);
    for (unsigned i = 0; i < 2 && joined; i++) {
        bool holds = (i == 0) != late;
        joined = meeting_join(&meeting, OWN, holds ? request_held(own) : request_wanted(own), OTHER,
                              holds ? request_wanted(other) : request_held(other),
                              (absent >> (holds ? 0 : 1)) & 1);
    }
    if (!joined)
        return false;
    request_add(own, &meeting, OWN, &other->plan, 1, &stops[OWN]);
    request_add(other, &meeting, OTHER, &own->plan, 1, &stops[OTHER]);
    return meeting_finish(&meeting) && ends_in_deadlock(&meeting, stops, late ? OTHER : OWN);
}

/* Two INSERTs meet in a key that neither finds; two upserts also in a row that is there. */
static bool meet(const struct request *own, const struct request *other)
{
    unsigned inserts = (both_insert(request_held(own), request_wanted(other)) ? 1 : 0) |
                       (both_insert(request_wanted(own), request_held(other)) ? 2 : 0);

    if ((request_is_one_statement(own) && request_is_one_statement(other)) ||
        request_queues(own, other) || request_may_take_turns(own, other) ||
        request_comes_first_to_held(own, other) || request_comes_first_to_held(other, own) ||
        !request_may_share_row(own, request_held(own), other, request_wanted(other)) ||
        !request_may_share_row(own, request_wanted(own), other, request_held(other)) ||
        *own->plan->meetings == 0)
        return false;
    --*own->plan->meetings;
    return play(own, other, inserts) || (inserts && play(own, other, 0));
}

/* ------------------------------------------------------------------ the four locks */

/* All runs ask for the same, in two statements: what no parameter decides. */
static bool is_written_order(const struct request *request)
{
    return request->plan->fixed[request->held] && request->plan->fixed[request->wanted] &&
           !request_is_one_statement(request);
}

/* Two programs of which each asks for the same in every run: where one of them takes its rows in an
 * order that is written, and the other in the order in which it finds them, the rows decide, and no
 * parameter. */
static bool is_written(const struct request *own, const struct request *other)
{
    const bool *fixed = own->plan->fixed, *there = other->plan->fixed;

    return own->plan != other->plan && fixed[own->held] && fixed[own->wanted] &&
           there[other->held] && there[other->wanted] &&
           (is_written_order(own) || is_written_order(other));
}

static bool is_definition(const struct lock *lock)
{
    return lock->access && lock->access->kind == ACCESS_DEFINE;
}

/* DDL, and a statement that stands alone in the same script: one comes after the other. */
static bool are_steps(const struct request *definition, const struct request *step)
{
    const struct transaction *transaction = step->plan->transaction;

    return definition->plan->deploys && transaction->kind == TRANSACTION_STATEMENT &&
           !transaction->name && transaction->script == definition->plan->transaction->script &&
           (is_definition(request_held(definition)) || is_definition(request_wanted(definition)));
}

/* Whether both can have locked the row of which they want more. Of a table they have other locks. */
static bool may_share(const struct request *own, const struct request *other)
{
    enum lock_strength held = request_held(own)->row, there = request_held(other)->row;

    return request_wanted(own)->row == LOCK_NONE || held == LOCK_NONE || there == LOCK_NONE ||
           !row_lock_conflicts(held, there);
}

/* Which deadlocks are looked for. */
enum wish {
    WISH_UPGRADE, /* one waits for a stronger lock on what it has locked */
    WISH_CERTAIN, /* two orders in which no parameter has a say */
    WISH_ORDER,
    WISH_LOOP, /* an order in which a loop takes part */
};

static bool complete(const struct request *own, const struct request *other, enum wish wish,
                     struct deadlock *found)
{
    const struct lock *held = request_held(own), *wanted = request_wanted(own);
    bool upgrade = wish == WISH_UPGRADE;

    if (!upgrade && (request_is_upgrade(other) || !request_is_ordered(other, wish == WISH_LOOP)))
        return false;
    if (!upgrade && (are_steps(own, other) || are_steps(other, own)))
        return false;
    if ((upgrade && !may_share(own, other)) || !request_is_possible(other) || !meet(own, other))
        return false;
    *found = (struct deadlock){.transaction = own->plan->transaction,
                               .other = other->plan->transaction,
                               .held = *held,
                               .wanted = *wanted,
                               .other_held = *request_held(other),
                               .other_wanted = *request_wanted(other),
                               .upgrade = upgrade};
    found->certain = (lock_conflicts(held, request_wanted(other)) == ANSWER_YES &&
                      lock_conflicts(wanted, request_held(other)) == ANSWER_YES) ||
                     is_written(own, other);
    return true;
}

static const struct lock_set *conflicts_of(const struct plan *own, const struct plan *there,
                                           size_t lock)
{
    unsigned asked;
    struct lock_pairs *pairs = lock_pairs_with(own->pairs, there, own->count);
    const struct lock_set *set =
        lock_pairs_of(pairs, own->locks, lock, there->locks, there->count, &asked);

    *own->steps -= MIN(*own->steps, asked);
    return set;
}

/* The locks that can be waited for there, and the requests behind them. */
static bool find_other(const struct request *own, const struct plan *there, enum wish wish,
                       struct deadlock *found)
{
    const struct lock_set wanted = *conflicts_of(own->plan, there, own->wanted);
    const struct lock_set held = *conflicts_of(own->plan, there, own->held);

    for (size_t i = lock_set_next(&wanted, 0); i < there->count;
         i = lock_set_next(&wanted, i + 1)) {
        for (size_t j = lock_set_next(&held, i); j < there->count;
             j = lock_set_next(&held, j + 1)) {
            struct request other = {.plan = there, .held = i, .wanted = j};
            if (wish == WISH_CERTAIN && !is_written_order(&other))
                continue;
            if (*own->plan->steps < CHEAP_PAIRS)
                return false;
            *own->plan->steps -= CHEAP_PAIRS;
            if (there->locks[j].waits && complete(own, &other, wish, found) &&
                (wish != WISH_CERTAIN || found->certain))
                return true;
        }
    }
    return false;
}

static bool is_wished(const struct request *request, enum wish wish)
{
    bool upgrade = request_is_upgrade(request);

    if (wish == WISH_UPGRADE)
        return upgrade;
    if (wish == WISH_LOOP && !request_is_of_loop(request))
        return false;
    return !upgrade && request_is_ordered(request, wish == WISH_LOOP) &&
           (wish != WISH_CERTAIN || is_written_order(request));
}

static bool find_pair(const struct plan *own, const struct plan *there, size_t wanted,
                      enum wish wish, struct deadlock *found)
{
    if ((own->single && there->single) || /* see meet */
        lock_set_next(conflicts_of(own, there, wanted), 0) >= there->count)
        return false;
    for (size_t i = 0; i <= wanted; i++) {
        struct request request = {.plan = own, .held = i, .wanted = wanted};
        if (is_wished(&request, wish) && request_is_possible(&request) &&
            find_other(&request, there, wish, found))
            return true;
    }
    return false;
}

/* ------------------------------------------------------------------ programs */

/* What sets up tables runs once; a script runs from its beginning to its end. */
static bool may_overlap(const struct transaction *transaction, const struct transaction *other)
{
    if (transaction->concurrency != RUNS_CONCURRENTLY || other->concurrency != RUNS_CONCURRENTLY)
        return transaction_may_overlap(transaction, other);
    return !other->set_up || (transaction->set_up && transaction->script != other->script);
}

/* Of two orders it is the later one that deviates, but a migration from all programs. */
static bool deviates(const struct plan *plan, const struct plan *from)
{
    return plan->defines != from->defines ? plan->defines : from <= plan;
}

/* The scripts that install and change a database run one after the other; that two of them come to
 * the same tables in another order is nothing to act on. */
static bool may_meet(const struct plan *plan, const struct plan *other, enum wish wish)
{
    return (wish == WISH_UPGRADE || !(plan->deploys && other->deploys)) &&
           may_overlap(plan->transaction, other->transaction);
}

/* Behind a bound no pair is looked at any more, see find_other and meet. */
static bool may_go_on(const struct plan *plan)
{
    return *plan->steps >= CHEAP_PAIRS && *plan->meetings > 0;
}

static bool find_among(const struct plan *plan, size_t wanted, const GPtrArray *partners,
                       enum wish wish, struct deadlock *found)
{
    for (guint i = 0; i < partners->len && may_go_on(plan); i++) {
        const struct plan *other = partners->pdata[i];
        --*plan->steps;
        bool asked = (other != plan || wish >= WISH_ORDER) &&
                     (wish == WISH_UPGRADE || deviates(plan, other));
        if (asked && may_meet(plan, other, wish) && find_pair(plan, other, wanted, wish, found))
            return true;
    }
    return false;
}

static bool find_in_itself(const struct plan *plan, size_t wanted, enum wish wish,
                           struct deadlock *found)
{
    return may_overlap(plan->transaction, plan->transaction) &&
           find_pair(plan, plan, wanted, wish, found);
}

/* A program that is like others is not among the partners, but meets itself. */
static bool find_order(const struct plan *plan, size_t wanted, const GPtrArray *partners,
                       enum wish wish, struct deadlock *found)
{
    return find_among(plan, wanted, partners, wish, found) ||
           (plan->transaction->alike && !plan->deploys &&
            find_in_itself(plan, wanted, wish, found));
}

/* A copy of the program itself is the nearest partner, but DDL seldom has one. */
static bool find_upgrade(const struct plan *plan, size_t wanted, const GPtrArray *partners,
                         struct deadlock *found)
{
    const struct lock *lock = &plan->locks[wanted];
    bool defines = lock->access && lock->access->kind == ACCESS_DEFINE, upgrades = false;

    for (size_t i = 0; i < wanted && !upgrades; i++)
        upgrades = request_is_upgrade(&(struct request){plan, i, wanted});
    return upgrades && ((!defines && find_in_itself(plan, wanted, WISH_UPGRADE, found)) ||
                        find_among(plan, wanted, partners, WISH_UPGRADE, found) ||
                        (defines && find_in_itself(plan, wanted, WISH_UPGRADE, found)));
}

static void add(struct arena *arena, struct deadlock ***end, const struct deadlock *found)
{
    struct deadlock *deadlock = arena_new(arena, struct deadlock);

    *deadlock = *found;
    **end = deadlock;
    *end = &deadlock->next;
}

/* Whether what is held by then makes the lock an upgrade or one of an order, in any wish. */
static bool may_be_wished(const struct request *request)
{
    return (request_is_upgrade(request) || request_is_ordered(request, false) ||
            request_is_ordered(request, true)) &&
           request_is_possible(request);
}

/* Who may close a cycle in which the plan wants this lock: who may wait for it, or, where these are many,
 * for one of those that are held by then. Of a thousand programs that write a row of their own and then
 * the same counter, none waits for another's row. */
static GPtrArray *who_may_close(const struct search *search, const struct plan *plan, size_t wanted)
{
    g_autoptr(GPtrArray) waiting = partners_of(&search->plans, plan, wanted);
    g_autoptr(GPtrArray) closing = g_ptr_array_new();

    if (waiting->len < MANY_PARTNERS)
        return g_steal_pointer(&waiting);
    for (size_t i = wanted + 1; i-- > 0;) {
        if (!may_be_wished(&(struct request){plan, i, wanted}))
            continue;
        g_autoptr(GPtrArray) held = partners_of(&search->plans, plan, i);
        if (closing->len + held->len >= waiting->len)
            return g_steal_pointer(&waiting);
        GPtrArray *both = partners_merge(closing, held);
        g_ptr_array_unref(closing);
        closing = both;
    }
    return g_steal_pointer(&closing);
}

/* Whether anything that is held by then makes the lock an upgrade or one of an order. */
static bool can_close(const struct plan *plan, size_t wanted, bool order_is_known)
{
    for (size_t i = 0; i <= wanted; i++) {
        const struct request request = {.plan = plan, .held = i, .wanted = wanted};
        if ((request_is_upgrade(&request) ||
             (!order_is_known && request_is_ordered(&request, false))) &&
            request_is_possible(&request))
            return true;
    }
    return false;
}

/* The lock at which the first deadlock is found that no parameter decides; MOST_LOCKS without. */
static size_t find_certain(struct search *search, const struct plan *plan, struct deadlock *found)
{
    size_t fixed = 0;

    for (size_t i = 0; i < plan->count; i++) {
        fixed += plan->fixed[i];
        if (!plan->fixed[i] || fixed < 2 || !plan->locks[i].waits)
            continue;
        g_autoptr(GPtrArray) partners = who_may_close(search, plan, i);
        if (find_among(plan, i, partners, WISH_CERTAIN, found))
            return i;
    }
    return MOST_LOCKS;
}

/* Where there is no other order, one in which a loop takes part. */
static bool find_with_loops(struct search *search, const struct plan *plan, struct deadlock *found)
{
    for (size_t i = 0; plan->loops && i < plan->count; i++) {
        if (!plan->locks[i].waits)
            continue;
        g_autoptr(GPtrArray) partners = who_may_close(search, plan, i);
        if (find_order(plan, i, partners, WISH_LOOP, found))
            return true;
    }
    return false;
}

static void search_plan(struct search *search, const struct plan *plan)
{
    struct deadlock found, certain, *first = NULL, **end = &first;
    bool order = plan->transaction->set_up;

    *plan->steps = search->share * CHEAP_PAIRS;
    *plan->meetings = MOST_MEETINGS;
    g_hash_table_remove_all(search->pairs);
    size_t at = order ? MOST_LOCKS : find_certain(search, plan, &certain);
    order |= at < MOST_LOCKS;
    for (size_t i = 0; i < plan->count; i++) {
        if (i == at)
            add(search->arena, &end, &certain);
        if (!plan->locks[i].waits || !can_close(plan, i, order))
            continue;
        g_autoptr(GPtrArray) partners = who_may_close(search, plan, i);
        bool upgrade = find_upgrade(plan, i, partners, &found);
        bool ordered = !upgrade && !order && find_order(plan, i, partners, WISH_ORDER, &found);
        if (upgrade || ordered)
            add(search->arena, &end, &found);
        order |= ordered;
    }
    if (!order && find_with_loops(search, plan, &found))
        add(search->arena, &end, &found);
    if (first)
        g_hash_table_insert(search->corpus->deadlocks, (gpointer)plan->transaction, first);
}

static void add_plan(struct search *search, const struct transaction *transaction)
{
    struct lock locks[MOST_LOCKS + 1];
    size_t count = transaction_locks(transaction, locks, MOST_LOCKS + 1);
    struct plan *plan = &search->plans.all[search->plans.count];

    if (count == 0 || transaction->kind == TRANSACTION_SENT) /* it may hold nothing in between */
        return;
    if (count > MOST_LOCKS) {
        limit_reached(search->corpus->limits, LIMIT_LOCKS);
        count = MOST_LOCKS;
    }
    *plan = (struct plan){.transaction = transaction,
                          .count = count,
                          .steps = &search->steps,
                          .meetings = &search->meetings,
                          .pairs = search->pairs,
                          .beside = arena_new(&search->own, struct beside)};
    plan->locks = arena_array(&search->own, struct lock, count);
    memcpy(plan->locks, locks, count * sizeof(struct lock));
    plan->fixed = arena_array(&search->own, bool, count);
    plan->looped = arena_array(&search->own, const struct access *, count);
    plan->single = true;
    for (size_t i = 0; i < count; i++) {
        const struct access *access = locks[i].access;
        plan->fixed[i] = lock_is_fixed(&locks[i]);
        plan->looped[i] = request_loop_read(&locks[i]);
        plan->loops |= plan->looped[i] != NULL;
        plan->single &= request_is_one_statement(&(struct request){plan, 0, i});
        plan->defines |= access && access->kind == ACCESS_DEFINE;
        plan->deploys |= access && access_changes_structure(access);
    }
    search->plans.of[transaction->number] = plan;
    search->plans.count++;
}

void deadlock_search(struct corpus *corpus, struct arena *arena, GHashTable *scripts)
{
    struct search search = {.corpus = corpus, .arena = arena};

    plans_start(&search.plans, corpus);
    search.pairs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (guint i = 0; i < corpus->transactions->len; i++)
        add_plan(&search, corpus->transactions->pdata[i]);
    search.share = CLAMP(ALL_LOCK_STEPS / (unsigned)MAX(search.plans.count, 1), LEAST_LOCK_STEPS,
                         MOST_LOCK_STEPS);
    for (size_t i = 0; i < search.plans.count; i++) {
        const struct transaction *transaction = search.plans.all[i].transaction;
        bool told = !scripts || g_hash_table_contains(scripts, transaction->script);
        if (told && !transaction->unknown) {
            search_plan(&search, &search.plans.all[i]);
            if (search.steps < CHEAP_PAIRS)
                limit_reached(corpus->limits, LIMIT_LOCK_STEPS);
            if (search.meetings == 0)
                limit_reached(corpus->limits, LIMIT_MEETINGS);
        }
    }
    g_hash_table_unref(search.pairs);
    plans_finish(&search.plans);
    arena_finish(&search.own);
}

const struct deadlock *deadlock_of(const struct corpus *corpus,
                                   const struct transaction *transaction)
{
    return g_hash_table_lookup(corpus->deadlocks, transaction);
}
