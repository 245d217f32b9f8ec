#pragma once
/* A run that waits: which locks of its program it can hold while it asks for another. */

#include <glib.h>

#include "conflict/lock-pairs.h"
#include "conflict/meeting.h"
#include "locking/lock.h"

/* Which locks of a program the one that it was last put beside can wait for, as far as asked. */
struct beside {
    const struct plan *other;
    struct lock_set known, met;
};

/* What a program locks, in order. */
struct plan {
    const struct transaction *transaction;
    struct lock *locks;
    size_t count;
    bool *fixed;  /* of each lock: what it is about is the same in all runs */
    bool defines; /* changes a table */
    const struct access *
        *looped;  /* of each lock: the query of the loop that finds its rows, or NULL … */
    bool loops;   /* … of some */
    bool single;  /* one statement takes all of them */
    bool deploys; /* and what it is made of: one step of a deployment */
    unsigned *steps, *meetings; /* that are left for this one */
    GHashTable *pairs;          /* other plan → struct lock_pairs, of the one that is looked at */
    struct beside *beside;      /* NULL where nothing is remembered */
};

/* It waits for one lock and holds the other; both may be one, of several rows. */
struct request {
    const struct plan *plan;
    size_t held, wanted;
};

static inline const struct lock *request_held(const struct request *request)
{
    return &request->plan->locks[request->held];
}

static inline const struct lock *request_wanted(const struct request *request)
{
    return &request->plan->locks[request->wanted];
}

/* Whether one statement takes both. */
bool request_is_one_statement(const struct request *request);

/* Waiting for a stronger lock on what it has locked already. That a statement locks the table a bit
 * more than the one before is no upgrade, unless one of them is about the table itself. */
bool request_is_upgrade(const struct request *request);

/* Two tables, or two statements in an order that is seen: branches may be what puts keys in order.
 * Or one statement that comes to a row while it holds another. `with_loops`: a loop that locks each
 * row of its query is no branch. */
bool request_is_ordered(const struct request *request, bool with_loops);

/* What the plan notes of a lock: the query of the loop that finds its rows, or NULL. */
const struct access *request_loop_read(const struct lock *lock);

/* Whether such a loop takes one of the two. */
bool request_is_of_loop(const struct request *request);

/* Whether one statement, ORDER BY id, asks for the row that the other run holds before it comes to
 * the one that the other wants, by the constants of both: then it holds nothing of the two. */
bool request_comes_first_to_held(const struct request *one, const struct request *other);

/* Whether both hold rows of loops over the same rows in all runs: the second one waits for the first of
 * these, and holds none. */
bool request_queues(const struct request *one, const struct request *other);

/* Whether a run comes to both, and still has the first when it asks for the second. */
bool request_is_possible(const struct request *request);

/* Whether what one run has locked may be what the other one asks for, as far as their keys say.
 * Keys that are computed may come in the order of what they are computed from: least(a, b). */
bool request_may_share_row(const struct request *a, const struct lock *own, const struct request *b,
                           const struct lock *other);

/* Whether two runs may have waited for one advisory lock before they hold anything: its key is
 * computed of several values, so that it is not known. */
bool request_may_take_turns(const struct request *a, const struct request *b);

/* Adds the locks up to the one that is wanted to a run of the meeting, but those of other branches
 * and those that conflict with no lock of `others`. Sets `*stop` to the act at which the run stops
 * when it holds what it is to hold, and is about to want the rest. Returns false when there was no
 * room for one of them. */
bool request_add(const struct request *request, struct meeting *meeting, unsigned run,
                 const struct plan *const *others, unsigned other_count, unsigned *stop);
