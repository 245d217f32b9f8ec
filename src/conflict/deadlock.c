/* A transaction comes to its locks one by one. Two transactions deadlock when each waits for what
 * the other holds. Which locks could do that is seen from what they are about; the machine then
 * runs both, over rows that are chosen so that these locks meet, and says whether it comes to 40P01
 * or something that both hold before keeps them apart. */
#include "conflict/deadlock.h"

#include <string.h>

#include <glib.h>

#include "conflict/lock-pairs.h"
#include "conflict/meeting.h"
#include "facts/body.h"
#include "facts/builtin.h"
#include "program/by-value.h"
#include "program/rows.h"

enum { OWN, OTHER }; /* the runs */

/* So many pairs of locks on two tables cost as much as one on the same. */
enum { CHEAP_PAIRS = 64 };

/* What a program locks, in order. */
struct plan {
    const struct transaction *transaction;
    struct lock *locks;
    size_t count;
    bool defines;               /* changes a table */
    unsigned *steps, *meetings; /* that are left for this one */
    GHashTable *pairs;          /* other plan → struct lock_pairs, of the one that is looked at */
};

/* It waits for one lock and holds the other; both may be one, of several rows. */
struct request {
    const struct plan *plan;
    size_t held, wanted;
};

static const struct lock *held_of(const struct request *request)
{
    return &request->plan->locks[request->held];
}

static const struct lock *wanted_of(const struct request *request)
{
    return &request->plan->locks[request->wanted];
}

/* ------------------------------------------------------------------ the four locks */

struct search {
    const struct corpus *corpus;
    struct arena *arena;
    struct plan *plans;
    size_t plan_count;
    GHashTable *plan_of;  /* a transaction → its plan */
    GHashTable *partners; /* accesses of one relation → the plans that make them, GPtrArray */
    GHashTable *pairs;    /* of the plan that is looked at */
    unsigned steps, meetings;
};

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

/* A routine that is called twice runs its statements twice. */
static bool same_statement(const struct lock *a, const struct lock *b)
{
    return step_of(a) == step_of(b) && statement_of(a) == statement_of(b);
}

static bool is_about_table(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE;
}

/* Waiting for a stronger lock on what it has locked already. That a statement locks the table a bit
 * more than the one before is no upgrade, unless one of them is about the table itself. */
static bool is_upgrade(const struct request *request)
{
    const struct lock *held = held_of(request), *wanted = wanted_of(request);

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

static const struct body_statement *body_of(const struct lock *lock)
{
    return lock->access ? lock->access->body : lock->call->body;
}

static const struct via *via_of(const struct lock *lock)
{
    return lock->access ? lock->access->via : lock->call->via;
}

/* One of the statements that lead to the lock stands in another branch than `body`. */
static bool leads_elsewhere(const struct lock *lock, const struct body_statement *body)
{
    const struct body_statement *own = body_of(lock);

    if (own && body && body_is_elsewhere(body, own))
        return true;
    for (const struct via *via = via_of(lock); body && via; via = via->outer) {
        if (via->body && body_is_elsewhere(body, via->body))
            return true;
    }
    return false;
}

/* No run comes to both: they are in two branches, or in routines that are called there. */
static bool are_apart(const struct lock *a, const struct lock *b)
{
    bool apart = leads_elsewhere(a, body_of(b));

    for (const struct via *via = via_of(b); via && !apart; via = via->outer)
        apart = leads_elsewhere(a, via->body);
    return apart;
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

/* Whether a run waits for one and has the other. */
static bool are_together(const struct lock *held, const struct lock *wanted)
{
    return !are_apart(held, wanted) && !is_released(held, wanted) &&
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

static bool is_one_statement(const struct request *request)
{
    return same_statement(held_of(request), wanted_of(request));
}

/* Of a join the plan decides which table comes first; what a statement writes comes in the order in
 * which it is written, and checks of foreign keys after it. What it is about is locked first. */
static bool writes_rows(const struct lock *lock)
{
    return lock->access && !is_about_table(lock) &&
           (access_is_write(lock->access) || access_is_of_foreign_key(lock->access));
}

/* Two tables, or two statements in an order that is seen: branches may be what puts keys in order.
 * Or one statement that comes to a row while it holds another. */
static bool is_ordered(const struct request *request)
{
    const struct lock *held = held_of(request), *wanted = wanted_of(request);

    if (held == wanted)
        return takes_several(held) && !is_conditional(held);
    if (is_one_statement(request))
        return (is_about_table(held) || (writes_rows(held) && writes_rows(wanted))) &&
               !same_kind(held, wanted);
    return !same_kind(held, wanted) || (!is_conditional(held) && !is_conditional(wanted));
}

/* ------------------------------------------------------------------ in the machine */

/* What another program cannot wait for, and does not wait for, is left out. */
static bool matters(const struct plan *plan, size_t index, const struct plan *other)
{
    for (size_t i = 0; i < other->count; i++) {
        if (lock_conflicts(&plan->locks[index], &other->locks[i]) != ANSWER_NO)
            return true;
    }
    return false;
}

/* Adds the locks up to the one that is wanted, but those of other branches. Returns the act at
 * which the run stops when it holds what it is to hold, and is about to want the rest. */
static unsigned add_locks(struct meeting *meeting, unsigned run, const struct request *request,
                          const struct plan *other)
{
    const struct lock *held = held_of(request), *wanted = wanted_of(request);
    unsigned stop = 0;

    for (size_t i = 0; i <= request->wanted; i++) {
        const struct lock *lock = &request->plan->locks[i];
        bool needed = lock == held || lock == wanted;
        bool full = meeting->programs[run].count + 2 >= WORLD_ACTS;
        if (!needed && (full || are_apart(lock, held) || are_apart(lock, wanted) ||
                        !matters(request->plan, i, other)))
            continue;
        if (is_one_statement(request) && !stop && same_statement(lock, wanted))
            stop = meeting->programs[run].count + 1U;
        meeting_add(meeting, run, lock);
        if (same_statement(lock, held) && !is_one_statement(request))
            stop = meeting->programs[run].count;
    }
    return is_one_statement(request) ? stop - 1 : stop;
}

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

/* Keys that are computed may come in the order of what they are computed from: least(a, b). */
static bool may_share_row(const struct request *a, const struct lock *own, const struct request *b,
                          const struct lock *other)
{
    if (!own->access || !other->access || lock_tables_conflict(own, other) ||
        (access_names_keys(own->access) && access_names_keys(other->access)))
        return true;
    return a->plan->transaction == b->plan->transaction &&
           (access_same_rows(own->access, other->access) == ANSWER_YES || may_contain(own, other) ||
            may_contain(other, own));
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
    struct meeting meeting;
    bool late = is_one_statement(other); /* the rows of one statement are found in this order */
    bool joined = true;

    meeting_start(&meeting, own->plan->transaction, other->plan->transaction);
    for (unsigned i = 0; i < 2 && joined; i++) {
        bool holds = (i == 0) != late;
        joined = meeting_join(&meeting, holds ? held_of(own) : wanted_of(own),
                              holds ? wanted_of(other) : held_of(other),
                              (absent >> (holds ? 0 : 1)) & 1);
    }
    if (!joined)
        return false;
    unsigned stops[] = {add_locks(&meeting, OWN, own, other->plan),
                        add_locks(&meeting, OTHER, other, own->plan)};
    return meeting_finish(&meeting) && ends_in_deadlock(&meeting, stops, late ? OTHER : OWN);
}

/* Two INSERTs meet in a key that neither finds; two upserts also in a row that is there. */
static bool meet(const struct request *own, const struct request *other)
{
    unsigned inserts = (both_insert(held_of(own), wanted_of(other)) ? 1 : 0) |
                       (both_insert(wanted_of(own), held_of(other)) ? 2 : 0);

    if ((is_one_statement(own) && is_one_statement(other)) ||
        !may_share_row(own, held_of(own), other, wanted_of(other)) ||
        !may_share_row(own, wanted_of(own), other, held_of(other)) || *own->plan->meetings == 0)
        return false;
    --*own->plan->meetings;
    return play(own, other, inserts) || (inserts && play(own, other, 0));
}

/* ------------------------------------------------------------------ the four locks */

static bool complete(const struct request *own, const struct request *other, bool upgrade,
                     struct deadlock *found)
{
    const struct lock *held = held_of(own), *wanted = wanted_of(own);

    if (!upgrade && (is_upgrade(other) || !is_ordered(other)))
        return false;
    if (!are_together(held_of(other), wanted_of(other)) || !meet(own, other))
        return false;
    *found = (struct deadlock){.transaction = own->plan->transaction,
                               .other = other->plan->transaction,
                               .held = *held,
                               .wanted = *wanted,
                               .other_held = *held_of(other),
                               .other_wanted = *wanted_of(other),
                               .upgrade = upgrade};
    found->certain = lock_conflicts(held, wanted_of(other)) == ANSWER_YES &&
                     lock_conflicts(wanted, held_of(other)) == ANSWER_YES;
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
static bool find_other(const struct request *own, const struct plan *there, bool upgrade,
                       struct deadlock *found)
{
    const struct lock_set wanted = *conflicts_of(own->plan, there, own->wanted);
    const struct lock_set held = *conflicts_of(own->plan, there, own->held);

    for (size_t i = lock_set_next(&wanted, 0); i < there->count;
         i = lock_set_next(&wanted, i + 1)) {
        for (size_t j = lock_set_next(&held, i); j < there->count;
             j = lock_set_next(&held, j + 1)) {
            struct request other = {.plan = there, .held = i, .wanted = j};
            if (*own->plan->steps < CHEAP_PAIRS)
                return false;
            *own->plan->steps -= CHEAP_PAIRS;
            if (there->locks[j].waits && complete(own, &other, upgrade, found))
                return true;
        }
    }
    return false;
}

static bool find_pair(const struct plan *own, const struct plan *there, size_t wanted, bool upgrade,
                      struct deadlock *found)
{
    if (lock_set_next(conflicts_of(own, there, wanted), 0) >= there->count)
        return false;
    for (size_t i = 0; i <= wanted; i++) {
        struct request request = {.plan = own, .held = i, .wanted = wanted};
        if ((upgrade ? is_upgrade(&request) : !is_upgrade(&request) && is_ordered(&request)) &&
            are_together(&own->locks[i], &own->locks[wanted]) &&
            find_other(&request, there, upgrade, found))
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

static GPtrArray *partners_by(const struct search *search, struct access_cursor cursor)
{
    GPtrArray *partners = g_ptr_array_new();
    const struct transaction *last = NULL;
    const struct access *access;

    for (size_t i = 0; !cursor.accesses && i < search->plan_count; i++) {
        if (!search->plans[i].transaction->surplus)
            g_ptr_array_add(partners, &search->plans[i]);
    }
    while ((access = access_next(&cursor))) {
        if (access->transaction == last)
            continue;
        last = access->transaction;
        struct plan *plan = g_hash_table_lookup(search->plan_of, last);
        if (plan)
            g_ptr_array_add(partners, plan);
    }
    return partners;
}

/* A lock of rows that are there conflicts with those of the same rows, and, when the row may go,
 * with INSERTs: these ask no column for a value. One of the table conflicts with that of any row. */
static struct access_cursor conflicting_with(const struct search *search, const struct lock *lock)
{
    struct access_cursor cursor = corpus_meeting(search->corpus, lock->access);

    if (lock->key || lock->row == LOCK_NONE || lock->table > TABLE_LOCK_ROW_EXCLUSIVE ||
        (lock->row == LOCK_UPDATE && cursor.inserts))
        return corpus_all(search->corpus, lock->access);
    return cursor;
}

/* Every program that may conflict with the lock, for the caller to unref. Those of a whole relation
 * are remembered. */
static GPtrArray *partners_of(const struct search *search, const struct lock *lock)
{
    struct access_cursor cursor = {0};

    if (lock->access)
        cursor = conflicting_with(search, lock);
    if (cursor.open)
        return partners_by(search, cursor);
    GPtrArray *partners = g_hash_table_lookup(search->partners, cursor.accesses);
    if (!partners) {
        partners = partners_by(search, cursor);
        g_hash_table_insert(search->partners, (gpointer)cursor.accesses, partners);
    }
    return g_ptr_array_ref(partners);
}

/* Of two orders it is the later one that deviates, but a migration from all programs. */
static bool deviates(const struct plan *plan, const struct plan *from)
{
    return plan->defines != from->defines ? plan->defines : from <= plan;
}

static bool find_among(const struct plan *plan, size_t wanted, const GPtrArray *partners,
                       bool upgrade, struct deadlock *found)
{
    for (guint i = 0; i < partners->len; i++) {
        const struct plan *other = partners->pdata[i];
        bool asked = upgrade ? other != plan : deviates(plan, other);
        if (asked && may_overlap(plan->transaction, other->transaction) &&
            find_pair(plan, other, wanted, upgrade, found))
            return true;
    }
    return false;
}

static bool find_in_itself(const struct plan *plan, size_t wanted, struct deadlock *found)
{
    return may_overlap(plan->transaction, plan->transaction) &&
           find_pair(plan, plan, wanted, true, found);
}

/* A copy of the program itself is the nearest partner, but DDL seldom has one. */
static bool find_upgrade(const struct plan *plan, size_t wanted, const GPtrArray *partners,
                         struct deadlock *found)
{
    const struct lock *lock = &plan->locks[wanted];
    bool defines = lock->access && lock->access->kind == ACCESS_DEFINE, upgrades = false;

    for (size_t i = 0; i < wanted && !upgrades; i++)
        upgrades = is_upgrade(&(struct request){plan, i, wanted});
    return upgrades && ((!defines && find_in_itself(plan, wanted, found)) ||
                        find_among(plan, wanted, partners, true, found) ||
                        (defines && find_in_itself(plan, wanted, found)));
}

static void add(struct arena *arena, struct deadlock ***end, const struct deadlock *found)
{
    struct deadlock *deadlock = arena_new(arena, struct deadlock);

    *deadlock = *found;
    **end = deadlock;
    *end = &deadlock->next;
}

/* Whether anything that is held by then makes the lock an upgrade or one of an order. */
static bool can_close(const struct plan *plan, size_t wanted, bool order_is_known)
{
    for (size_t i = 0; i <= wanted; i++) {
        const struct request request = {.plan = plan, .held = i, .wanted = wanted};
        if ((is_upgrade(&request) || (!order_is_known && is_ordered(&request))) &&
            are_together(&plan->locks[i], &plan->locks[wanted]))
            return true;
    }
    return false;
}

static void search_plan(struct search *search, const struct plan *plan)
{
    struct deadlock found, *first = NULL, **end = &first;
    bool order = plan->transaction->set_up;

    *plan->steps = MOST_LOCK_STEPS * CHEAP_PAIRS;
    *plan->meetings = MOST_MEETINGS;
    g_hash_table_remove_all(search->pairs);
    for (size_t i = 0; i < plan->count; i++) {
        if (!plan->locks[i].waits || !can_close(plan, i, order))
            continue;
        g_autoptr(GPtrArray) partners = partners_of(search, &plan->locks[i]);
        bool upgrade = find_upgrade(plan, i, partners, &found);
        bool ordered = !upgrade && !order && find_among(plan, i, partners, false, &found);
        if (upgrade || ordered)
            add(search->arena, &end, &found);
        order |= ordered;
    }
    if (first)
        g_hash_table_insert(search->corpus->deadlocks, (gpointer)plan->transaction, first);
}

static void add_plan(struct search *search, const struct transaction *transaction)
{
    struct lock locks[MOST_LOCKS + 1];
    size_t count = transaction_locks(transaction, locks, MOST_LOCKS + 1);
    struct plan *plan = &search->plans[search->plan_count];

    if (count == 0)
        return;
    if (count > MOST_LOCKS) {
        limit_reached(search->corpus->limits, LIMIT_LOCKS);
        count = MOST_LOCKS;
    }
    *plan = (struct plan){.transaction = transaction,
                          .count = count,
                          .steps = &search->steps,
                          .meetings = &search->meetings,
                          .pairs = search->pairs};
    plan->locks = arena_array(search->arena, struct lock, count);
    memcpy(plan->locks, locks, count * sizeof(struct lock));
    for (size_t i = 0; i < count; i++)
        plan->defines |= locks[i].access && locks[i].access->kind == ACCESS_DEFINE;
    g_hash_table_insert(search->plan_of, (gpointer)transaction, plan);
    search->plan_count++;
}

void deadlock_search(struct corpus *corpus, struct arena *arena, GHashTable *scripts)
{
    struct search search = {.corpus = corpus, .arena = arena};

    search.plans = g_new(struct plan, corpus->transactions->len);
    search.plan_of = g_hash_table_new(NULL, NULL);
    search.partners = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    search.pairs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    for (guint i = 0; i < corpus->transactions->len; i++)
        add_plan(&search, corpus->transactions->pdata[i]);
    for (size_t i = 0; i < search.plan_count; i++) {
        const struct transaction *transaction = search.plans[i].transaction;
        bool told = !scripts || g_hash_table_contains(scripts, transaction->script);
        if (told && !transaction->unknown) {
            search_plan(&search, &search.plans[i]);
            if (search.steps < CHEAP_PAIRS)
                limit_reached(corpus->limits, LIMIT_LOCK_STEPS);
            if (search.meetings == 0)
                limit_reached(corpus->limits, LIMIT_MEETINGS);
        }
    }
    g_hash_table_unref(search.partners);
    g_hash_table_unref(search.pairs);
    g_hash_table_unref(search.plan_of);
    g_free(search.plans);
}

const struct deadlock *deadlock_of(const struct corpus *corpus,
                                   const struct transaction *transaction)
{
    return g_hash_table_lookup(corpus->deadlocks, transaction);
}
