#pragma once
/* Follows the sessions of a log and tells where their transactions begin and end. */

#include <glib.h>

#include "history/run.h"
#include "log/entry.h"

struct follow_options {
    const char *database, *user; /* NULL: all */
    int64_t since, until;        /* NO_TIME: from the beginning, to the end */
    bool tests;                  /* unwrap the transactions around tests */
    GHashTable *roles; /* char *: those that have settings of their own, so that their programs are
                          not those of others; NULL: none */
};

struct follow_counts {
    uint64_t entries, executions;
    uint64_t unread; /* statements that the grammar refuses */
    uint64_t noise;
    uint64_t lost;      /* transactions whose beginning or end the log does not have */
    uint64_t long_runs; /* with more than LIMIT_STATEMENTS */
    uint64_t evicted;   /* sessions beyond LIMIT_SESSIONS */
    uint64_t nameless;  /* errors without a statement */
    uint64_t unplaced;  /* 40001 and 40P01 of statements that are in no program */
    uint64_t stateless; /* errors without an SQLSTATE */
};

/* Takes a run that has ended; `before` is the one before it in its session, or NULL. */
typedef void follow_take(struct run *run, struct run *before, void *context);

struct follow;
struct lexed;

/* Gives each run that ends to `take`, with `context`; what is taken is a reference of the follower's.
 * `shapes` must outlive it, and the texts of `options`. Freed by follow_free. */
struct follow *follow_new(struct shapes *shapes, const struct follow_options *options,
                          follow_take *take, void *context);
/* The next entry of a log; `file`, its name, must outlive the runs. */
void follow_entry(struct follow *follow, const struct lexed *lexed, const char *file);

/* The log is over: what is still open is told. */
void follow_end(struct follow *follow);
void follow_free(struct follow *follow);

/* Owned by the follower. */
const struct follow_counts *follow_counts(const struct follow *follow);
