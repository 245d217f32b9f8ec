#pragma once
/* The reads without a transaction that have ended lately. An application takes a connection of its
 * pool for each statement, so that a write may follow its read in the session of another one. */

#include "history/run.h"

struct recent_reads;

/* Is given a run, the one before it in its session, or NULL, and the read that the run, if it writes,
 * belongs to: the last one of the same application that asked for a value that the run names, else
 * `before`, whatever that is. */
typedef void recent_reads_give(struct run *run, struct run *before, struct run *read,
                               void *context);

/* Freed by recent_reads_free. */
struct recent_reads *recent_reads_new(recent_reads_give *give, void *context);
void recent_reads_free(struct recent_reads *reads);

/* Takes a run in the order in which they end, and gives one on in the same order when LIMIT_LATE others
 * have ended: outside of a transaction the log shows no end before the session goes on. */
void recent_reads_take(struct recent_reads *reads, struct run *run, struct run *before);

/* All runs are there: those that wait are given on. */
void recent_reads_end(struct recent_reads *reads);

/* Whether `before` is one read without a transaction, and `run` one write of its table. */
bool is_sequence(const struct run *before, const struct run *run);
