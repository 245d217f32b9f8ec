#pragma once
/* What keeps other transactions out between a read and a write. Each function answers for the level
 * of the access's own transaction: what protects at READ COMMITTED may protect nothing under one
 * snapshot, because the snapshot is older than the lock (manual, 13.2.2 and 13.3). */

#include "program/side-effect.h"

/* A lock of the whole table that keeps its writers out and was taken early enough: before the
 * access at READ COMMITTED, before the first snapshot at the levels above. NULL without. */
const struct access *guard_table_lock(const struct access *access);

/* An earlier access of the transaction that holds the very rows of `access` against change: a row
 * lock of at least `strength`, a write, an insert. NULL without. */
const struct access *guard_held_rows(const struct access *access, enum lock_strength strength);

/* An exclusive advisory lock that is taken in a statement before, at whatever level; one that is tried,
 * where a copy that does not get it does not come to the access. NULL without. */
const struct side_effect *guard_advisory_call(const struct access *access);

/* An advisory lock that is taken, in a statement before, by every copy of the program. At the
 * levels above READ COMMITTED it protects when it is the session's and was taken before the
 * transaction. NULL without. */
const struct side_effect *guard_advisory_lock(const struct access *access);

/* An advisory lock of the session, taken in an earlier statement of the script: COMMIT does not
 * release it, so it protects across transactions. NULL without. */
const struct side_effect *guard_session_lock(const struct access *access);

/* Whether the write sets the column only where it is NULL still: it overwrites no value. */
bool guard_fills_null(const struct access *write, const char *column);

/* Whether each run that makes `access` makes `other` as well: that one is in no branch or loop, or in
 * one that `access` is in as well. */
bool guard_comes_with(const struct access *other, const struct access *access);

/* Another row, or another table, that makes copies of the program wait for each other before they
 * make `access`: at READ COMMITTED one that is locked (FOR NO KEY UPDATE, FOR UPDATE) or updated
 * before it, at the levels above one that is updated anywhere, as two that write one row do not both
 * commit, or before `failing`, where one of them fails otherwise. None in a branch that `access` is not
 * in. NULL without. */
const struct access *guard_mutex(const struct access *access, const struct access *failing);

/* An INSERT … ON CONFLICT of the transaction that has brought the same key before `insert`, or found it
 * there; before MERGE, any INSERT that has. NULL without. */
const struct access *guard_upserted(const struct access *insert);

/* Whether every run brings the same unique key: of two copies one fails with 23505, or finds the
 * row. */
bool guard_has_fixed_key(const struct access *insert);

/* A lock of a table, an advisory lock or guard_mutex(): copies of the program do not overlap where
 * `access` reads. */
bool guard_locks_out(const struct access *access);

/* The same, or a trigger function that reads the row for which it is run, named by its whole key, and
 * whose other runs for that row have waited for the row already. */
bool guard_serializes(const struct access *access);

/* The same, where one of two copies fails at `failing` unless it has failed before: see
 * guard_mutex(). NULL: at none. */
bool guard_serializes_before(const struct access *access, const struct access *failing);

/* Whether copies of the program wait for each other before they make `access`, whatever they see
 * then: an exclusive lock of a table, an advisory lock, or an explicit lock of a row of another
 * table; with NOWAIT all but one fail. It keeps two copies from deadlocking behind it, at every
 * level. */
bool guard_queues(const struct access *access);

/* The write's WHERE repeats a column besides its key that the read has read: an optimistic check
 * of a version or of the old value; or it asks for a version that it was given, and sets another. */
bool guard_rechecks(const struct access *read, const struct access *write);

/* The same, of a write that sets `written` to a value that the read has led to: it asks for the old
 * value itself, for a version that it was given, or for a state that it ends. `balance >= 80` is
 * true of many balances, so it does not count. */
bool guard_rechecks_value(const struct access *read, const struct access *write,
                          const char *written);

/* Whether both ask for a state that the write ends: of two copies the second finds nothing to write. */
bool guard_takes_turns(const struct access *read, const struct access *write);

/* The write's WHERE has a condition that the read's WHERE has, besides the key: what was looked for
 * is asked for once more. */
bool guard_repeats(const struct access *read, const struct access *write);

/* The read asks for the row by values that it was given, and all that the write takes from it is which
 * row that is: it finds the id to a name. The row is the wrong one only when the name has changed. */
bool guard_only_names_row(const struct access *read, const struct access *write);

/* All that the read does with the column is to ask for a value of it, and the write asks its row
 * for the same: when the row is another one by then, it is not written. */
bool guard_asks_again(const struct access *read, const struct access *write, const char *column);

/* Whether a query between the two, of the same statement, locks the rows that are written and asks
 * again for the value of `column` that `read` has asked for. */
bool guard_locked_again(const struct access *read, const struct access *write, const char *column);

/* All that the write depends on is that the read has found a row, or what it found it by, and the
 * write looks for the row by the same conditions: when the row is gone, nothing is written. */
bool guard_finds_again(const struct access *read, const struct access *write);

/* The row is deleted by who may: the read asks whose it is, by columns that refer to other rows,
 * and the transaction neither inserts nor changes a row beside, but for what triggers and foreign
 * keys do. A run that finds the row gone does nothing that matters. */
bool guard_deletes_own(const struct access *read, const struct access *write);

/* Whether each run that makes the write adds a row with one and the same unique key: of two copies one
 * fails with 23505, and takes back what it has written. */
bool guard_adds_once(const struct access *write);

/* Whether the transaction locks any table against writers. */
bool guard_any_table_lock(const struct transaction *transaction);
