/* A transaction comes to its locks one by one: of each statement first the one on the table, then
 * those on rows. Two transactions deadlock when each waits for what the other holds, and nothing
 * that both hold by then would have kept them apart. Rows that parameters name are bound so that
 * these two pairs meet, and no more. */
#include "model/deadlock.h"

#include <string.h>

#include <glib.h>

#include "model/binding.h"
#include "model/body.h"
#include "model/builtin.h"

/* A program that locks more is looked at so far, and compared with others so often. */
enum { MOST_LOCKS = 32, MOST_STEPS = 50000 };

enum { OWN, OTHER }; /* the runs */

/* What a program locks, in order. */
struct plan {
    const struct transaction *transaction;
    struct lock *locks;
    size_t count;
    bool defines;    /* changes a table */
    unsigned *steps; /* that are left for this one */
};

/* What it waits for: the table of a lock, or, later, its rows. All locks before it are held. */
struct request {
    const struct plan *plan;
    size_t index;
    bool row;
};

struct pair {
    const struct plan *own, *other;
    struct binding binding;
};

/* ------------------------------------------------------------------ values */

/* Whether both are surely about a common row, as the binding stands. */
static bool share_row(const struct pair *pair, const struct lock *own, const struct lock *other)
{
    return lock_rows_conflict(own, other) == ANSWER_YES ||
           binding_forces(&pair->binding, own->access, OWN, other->access, OTHER);
}

/* Of several rows that are locked with others together, a row that is written may be one. */
static bool may_contain(const struct lock *lock, const struct lock *row)
{
    return lock->access->kind == ACCESS_LOCK && lock->row < LOCK_NO_KEY_UPDATE &&
           access_rows(lock->access) < ROWS_POINT &&
           access_same_rows(lock->access, row->access) != ANSWER_NO;
}

/* Two copies of one program may have the same parameters. */
static bool can_share_rows(const struct pair *pair, const struct lock *own,
                           const struct lock *other)
{
    if (pair->own->transaction == pair->other->transaction &&
        (access_same_rows(own->access, other->access) == ANSWER_YES || may_contain(own, other) ||
         may_contain(other, own)))
        return true;
    return share_row(pair, own, other) && access_names_keys(own->access) &&
           access_names_keys(other->access);
}

/* ------------------------------------------------------------------ locks */

static bool meet_keys(struct pair *pair, const struct lock *own, const struct lock *other)
{
    const struct operand_item *a = own->call->call->arguments;
    const struct operand_item *b = other->call->call->arguments;

    for (; a && b; a = a->next, b = b->next) {
        if (!binding_unify(&pair->binding, &a->operand, OWN, &b->operand, OTHER))
            return false;
    }
    return true;
}

static bool share_keys(const struct pair *pair, const struct lock *own, const struct lock *other)
{
    const struct operand_item *a = own->call->call->arguments;
    const struct operand_item *b = other->call->call->arguments;

    for (; a && b; a = a->next, b = b->next) {
        if (!binding_equal(&pair->binding, &a->operand, OWN, &b->operand, OTHER))
            return false;
    }
    return true;
}

/* Whether both can be about one row, table or key; they are from then on. `rows` is false when one
 * of them waits for the table. */
static bool meet(struct pair *pair, const struct lock *own, const struct lock *other, bool rows)
{
    if (own->call)
        return lock_conflicts(own, other) != ANSWER_NO && meet_keys(pair, own, other);
    if (!rows)
        return lock_tables_conflict(own, other);
    return lock_rows_conflict(own, other) != ANSWER_NO &&
           binding_meet(&pair->binding, own->access, OWN, other->access, OTHER) &&
           can_share_rows(pair, own, other);
}

/* Of rows that another holds it locks none, and goes on. */
static bool passes_over(const struct lock *lock)
{
    return lock->access->kind == ACCESS_LOCK && lock->access->wait == WAIT_SKIP;
}

/* Whether both cannot be held at the same time. `rows` is false when one of them is only the lock
 * of the table so far. */
static bool exclude(const struct pair *pair, const struct lock *own, const struct lock *other,
                    bool rows)
{
    if (own->call || other->call)
        return lock_conflicts(own, other) == ANSWER_YES ||
               (lock_conflicts(own, other) == ANSWER_UNKNOWN && share_keys(pair, own, other));
    if (lock_tables_conflict(own, other))
        return true;
    return rows && !passes_over(own) && !passes_over(other) &&
           lock_rows_conflict(own, other) != ANSWER_NO && share_row(pair, own, other);
}

/* ------------------------------------------------------------------ requests */

/* Who waits for rows holds the lock of their table. */
static size_t held_count(const struct request *request)
{
    return request->index + (request->row ? 1 : 0);
}

static bool waits(const struct request *request)
{
    const struct lock *lock = &request->plan->locks[request->index];
    bool for_table = lock->access && lock->access->kind == ACCESS_TABLE_LOCK;

    if (request->row)
        return lock->access && lock->row != LOCK_NONE && lock->waits;
    return for_table || lock->call ? lock->waits : true;
}

/* The rows of the last lock are not held while they are waited for. */
static bool rows_are_held(const struct request *request, size_t index)
{
    return index < request->index;
}

static bool is_reachable(const struct pair *pair, const struct request *own,
                         const struct request *other)
{
    for (size_t i = 0; i < held_count(own); i++) {
        for (size_t j = 0; j < held_count(other); j++) {
            if (exclude(pair, &pair->own->locks[i], &pair->other->locks[j],
                        rows_are_held(own, i) && rows_are_held(other, j)))
                return false;
        }
    }
    return true;
}

/* Whether the request waits for the held lock: rows for rows, anything else for the table or key.
 */
static bool meet_request(struct pair *pair, const struct lock *own, bool own_rows,
                         const struct lock *other, bool other_rows, bool for_rows)
{
    if ((own->call == NULL) != (other->call == NULL) || (for_rows && !(own_rows && other_rows)))
        return false;
    return meet(pair, own, other, for_rows);
}

/* ------------------------------------------------------------------ the four locks */

struct search {
    const struct corpus *corpus;
    struct arena *arena;
    struct plan *plans;
    size_t plan_count;
    GHashTable *plan_of;   /* a transaction → its plan */
    GHashTable *partners;  /* accesses of one relation → the plans that make them, GPtrArray */
    struct deadlock **end; /* of those of one transaction */
    unsigned steps;
};

static bool same_object(const struct lock *held, const struct lock *wanted, bool rows)
{
    if (held->call || wanted->call)
        return held->call && wanted->call && lock_conflicts(held, wanted) == ANSWER_YES;
    return access_same_relation(held->access, wanted->access) &&
           (!rows || access_same_rows(held->access, wanted->access) == ANSWER_YES ||
            may_contain(held, wanted));
}

static bool is_about_table(const struct lock *lock)
{
    return lock->access && lock->access->kind >= ACCESS_TRUNCATE;
}

static const struct statement *statement_of(const struct lock *lock)
{
    return lock->access ? lock->access->statement : lock->call->statement;
}

/* Waiting for a stronger lock on what it has locked already. That a statement locks the table a bit
 * more than the one before is no upgrade, unless one of them is about the table itself. */
static bool is_upgrade(const struct request *request, const struct lock *held)
{
    const struct lock *wanted = &request->plan->locks[request->index];

    if (statement_of(held) == statement_of(wanted))
        return false; /* the actions of one MERGE */
    if (request->row)
        return held->row != LOCK_NONE && same_object(held, wanted, true);
    return (is_about_table(held) || is_about_table(wanted)) && same_object(held, wanted, false);
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
    const struct routine_call *call = held->call;

    for (; call && call->order < wanted->order; call = call->next) {
        if (builtin_effect(call->call->builtin) == EFFECT_ADVISORY_UNLOCK)
            return true;
    }
    return false;
}

/* Whether a run waits for one and has the other. */
static bool are_together(const struct lock *held, const struct lock *wanted)
{
    return !are_apart(held, wanted) && !is_released(held, wanted);
}

static bool same_kind(const struct lock *a, const struct lock *b)
{
    return a->access && b->access ? access_same_relation(a->access, b->access) : a->call && b->call;
}

/* Two statements, in an order that is seen: branches may be what puts keys in order. */
static bool is_ordered(const struct lock *held, const struct lock *wanted)
{
    if (held == wanted || statement_of(held) == statement_of(wanted))
        return false;
    return !same_kind(held, wanted) || (!is_conditional(held) && !is_conditional(wanted));
}

static bool complete(struct pair *pair, const struct request *own, size_t own_held,
                     const struct request *other, size_t other_held, struct deadlock *found)
{
    const struct lock *held = &pair->own->locks[own_held];
    const struct lock *wanted = &pair->own->locks[own->index];
    const struct lock *held_there = &pair->other->locks[other_held];
    const struct lock *wanted_there = &pair->other->locks[other->index];
    struct pair trial = *pair;
    bool upgrade = is_upgrade(own, held), upgrade_there = is_upgrade(other, held_there);

    if (!upgrade && (upgrade_there || !is_ordered(held_there, wanted_there)))
        return false;
    if (!meet_request(&trial, held, rows_are_held(own, own_held), wanted_there, true, other->row) ||
        !meet_request(&trial, wanted, true, held_there, rows_are_held(other, other_held),
                      own->row) ||
        !are_together(held_there, wanted_there) || !is_reachable(&trial, own, other))
        return false;
    *found = (struct deadlock){.transaction = pair->own->transaction,
                               .other = pair->other->transaction,
                               .held = *held,
                               .wanted = *wanted,
                               .other_held = *held_there,
                               .other_wanted = *wanted_there,
                               .upgrade = upgrade};
    found->certain = lock_conflicts(held, wanted_there) == ANSWER_YES &&
                     lock_conflicts(wanted, held_there) == ANSWER_YES;
    return true;
}

/* The locks that can be waited for there, and the requests behind them. */
static bool find_other(struct pair *pair, const struct request *own, size_t own_held,
                       struct deadlock *found)
{
    const struct plan *there = pair->other;
    const struct lock *held = &pair->own->locks[own_held];
    const struct lock *wanted = &pair->own->locks[own->index];

    for (size_t i = 0; i < there->count; i++) {
        if (lock_conflicts(wanted, &there->locks[i]) == ANSWER_NO)
            continue;
        for (size_t j = i; j < there->count; j++) {
            struct request other = {.plan = there, .index = j};
            if (*pair->own->steps == 0)
                return false;
            --*pair->own->steps;
            if (lock_conflicts(held, &there->locks[j]) == ANSWER_NO)
                continue;
            if (j > i && waits(&other) && complete(pair, own, own_held, &other, i, found))
                return true;
            other.row = true;
            if (waits(&other) && complete(pair, own, own_held, &other, i, found))
                return true;
        }
    }
    return false;
}

static bool find_pair(const struct plan *own, const struct plan *there,
                      const struct request *request, bool upgrade, struct deadlock *found)
{
    struct pair pair = {.own = own, .other = there};

    for (size_t i = 0; i < held_count(request); i++) {
        if (is_upgrade(request, &own->locks[i]) == upgrade && find_other(&pair, request, i, found))
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

static GPtrArray *partners_by(const struct search *search, const GPtrArray *accesses)
{
    GPtrArray *partners = g_ptr_array_new();
    const struct transaction *last = NULL;

    for (size_t i = 0; !accesses && i < search->plan_count; i++)
        g_ptr_array_add(partners, &search->plans[i]);
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        if (access->transaction == last)
            continue;
        last = access->transaction;
        struct plan *plan = g_hash_table_lookup(search->plan_of, last);
        if (plan)
            g_ptr_array_add(partners, plan);
    }
    return partners;
}

/* Every program that may conflict with the lock. */
static const GPtrArray *partners_of(const struct search *search, const struct lock *lock)
{
    const GPtrArray *accesses = lock->access ? corpus_accesses(search->corpus, lock->access) : NULL;
    GPtrArray *partners = g_hash_table_lookup(search->partners, accesses);

    if (!partners) {
        partners = partners_by(search, accesses);
        g_hash_table_insert(search->partners, (gpointer)accesses, partners);
    }
    return partners;
}

/* Of two orders it is the later one that deviates, but a migration from all programs. */
static bool deviates(const struct plan *plan, const struct plan *from)
{
    return plan->defines != from->defines ? plan->defines : from <= plan;
}

static bool find_among(const struct plan *plan, const struct request *request,
                       const GPtrArray *partners, bool upgrade, struct deadlock *found)
{
    for (guint i = 0; i < partners->len; i++) {
        const struct plan *other = partners->pdata[i];
        bool asked = upgrade ? other != plan : other->count > 1 && deviates(plan, other);
        if (asked && may_overlap(plan->transaction, other->transaction) &&
            find_pair(plan, other, request, upgrade, found))
            return true;
    }
    return false;
}

static bool find_in_itself(const struct plan *plan, const struct request *request,
                           struct deadlock *found)
{
    return may_overlap(plan->transaction, plan->transaction) &&
           find_pair(plan, plan, request, true, found);
}

/* A copy of the program itself is the nearest partner, but DDL seldom has one. */
static bool find_upgrade(const struct plan *plan, const struct request *request,
                         const GPtrArray *partners, struct deadlock *found)
{
    const struct lock *wanted = &plan->locks[request->index];
    bool defines = wanted->access && wanted->access->kind == ACCESS_DEFINE, upgrades = false;

    for (size_t i = 0; i < request->index && !upgrades; i++)
        upgrades = is_upgrade(request, &plan->locks[i]);
    return upgrades && ((!defines && find_in_itself(plan, request, found)) ||
                        find_among(plan, request, partners, true, found) ||
                        (defines && find_in_itself(plan, request, found)));
}

static void add(struct search *search, const struct deadlock *found)
{
    struct deadlock *deadlock = arena_new(search->arena, struct deadlock);

    *deadlock = *found;
    *search->end = deadlock;
    search->end = &deadlock->next;
}

/* Whether anything that is held by then makes the lock an upgrade or one of an order. */
static bool can_close(const struct plan *plan, size_t index, bool order_is_known)
{
    const struct request table = {.plan = plan, .index = index};
    const struct request row = {.plan = plan, .index = index, .row = true};

    for (size_t i = 0; i < index; i++) {
        const struct lock *held = &plan->locks[i], *wanted = &plan->locks[index];
        bool upgrade = is_upgrade(&table, held) || is_upgrade(&row, held);
        if ((upgrade || (!order_is_known && is_ordered(held, wanted))) &&
            are_together(held, wanted))
            return true;
    }
    return false;
}

static void search_plan(struct search *search, const struct plan *plan)
{
    struct deadlock found;
    bool order = plan->transaction->set_up;

    *plan->steps = MOST_STEPS;

    for (size_t i = 0; i < plan->count; i++) {
        if (!can_close(plan, i, order))
            continue;
        const GPtrArray *partners = partners_of(search, &plan->locks[i]);
        struct request requests[] = {{.plan = plan, .index = i},
                                     {.plan = plan, .index = i, .row = true}};
        bool upgrade = false, ordered = false;
        for (unsigned row = 0; row <= 1 && !upgrade; row++)
            upgrade = waits(&requests[row]) && find_upgrade(plan, &requests[row], partners, &found);
        for (unsigned row = 0; row <= 1 && !upgrade && !order && !ordered; row++)
            ordered =
                waits(&requests[row]) && find_among(plan, &requests[row], partners, false, &found);
        if (upgrade || ordered)
            add(search, &found);
        order |= ordered;
    }
}

static void add_plan(struct search *search, const struct transaction *transaction)
{
    struct lock locks[MOST_LOCKS];
    size_t count = transaction_locks(transaction, locks, MOST_LOCKS);
    struct plan *plan = &search->plans[search->plan_count];

    if (count == 0)
        return;
    *plan = (struct plan){.transaction = transaction, .count = count, .steps = &search->steps};
    plan->locks = arena_array(search->arena, struct lock, count);
    memcpy(plan->locks, locks, count * sizeof(struct lock));
    for (size_t i = 0; i < count; i++)
        plan->defines |= locks[i].access && locks[i].access->kind == ACCESS_DEFINE;
    g_hash_table_insert(search->plan_of, (gpointer)transaction, plan);
    search->plan_count++;
}

void deadlock_search(struct corpus *corpus, struct arena *arena)
{
    struct deadlock *first; /* of one transaction */
    struct search search = {.corpus = corpus, .arena = arena};

    search.plans = g_new(struct plan, corpus->transactions->len);
    search.plan_of = g_hash_table_new(NULL, NULL);
    search.partners = g_hash_table_new_full(NULL, NULL, NULL, (GDestroyNotify)g_ptr_array_unref);
    for (guint i = 0; i < corpus->transactions->len; i++)
        add_plan(&search, corpus->transactions->pdata[i]);
    for (size_t i = 0; i < search.plan_count; i++) {
        const struct transaction *transaction = search.plans[i].transaction;
        first = NULL;
        search.end = &first;
        if (search.plans[i].count > 1 && !transaction->unknown)
            search_plan(&search, &search.plans[i]);
        if (first)
            g_hash_table_insert(corpus->deadlocks, (gpointer)transaction, first);
    }
    g_hash_table_unref(search.partners);
    g_hash_table_unref(search.plan_of);
    g_free(search.plans);
}

const struct deadlock *deadlock_of(const struct corpus *corpus,
                                   const struct transaction *transaction)
{
    return g_hash_table_lookup(corpus->deadlocks, transaction);
}
