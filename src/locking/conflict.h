#pragma once
/* When two accesses of different transactions conflict, and when one has to wait for the other. */

#include "program/side-effect.h"
#include "corpus/corpus.h"
#include "flow/unify.h"

/* How finely reads and writes are compared. Anomalies go by columns; what SERIALIZABLE aborts goes
 * by rows, because SIREAD locks know no columns. */
enum granularity {
    BY_COLUMN,
    BY_ROW,
};

/* Whether it looks for rows that are there: SELECT, with or without a lock, UPDATE, DELETE and MERGE,
 * also where that only inserts. */
bool access_reads_rows(const struct access *access);

/* SET a = a, and SET key = EXCLUDED.key after ON CONFLICT (key): a new version of the row that says
 * the same. */
bool assignment_keeps_value(const struct access *write, const struct assignment *assignment);

/* Whether it does that with each column: ON CONFLICT (key) DO UPDATE SET key = EXCLUDED.key RETURNING …,
 * which returns the row that is there. */
bool write_changes_nothing(const struct access *write);

/* Whether the write can change what the reader has read: their rows are left to the binding. */
bool conflict_read_write(const struct access *read, const struct access *write,
                         enum granularity granularity);

/* Whether both change rows that are there. Two rows with the same unique key end in 23505 or 40001,
 * which is no order of the two. */
bool conflict_write_write(const struct access *a, const struct access *b);

/* Whether one waits for the row that the other has written or locked. */
bool conflict_on_lock(const struct access *a, const struct access *b);

/* Whether two UPDATEs of one row leave the same and tell the same in either order: they set other
 * columns, or add to the same ones, and look at nothing that the other one changes. */
bool conflict_commutes(const struct access *a, const struct access *b);

/* Whether the program that locks these rows, and then updates them, takes from a column of one and
 * adds to that of the other, as a transfer does; or is a routine with an argument for each: which
 * row is which is what it is called for, so that no caller can put the two in order. Either may be
 * NULL. */
bool conflict_is_transfer(const struct access *held, const struct access *wanted);

/* Whether an INSERT … ON CONFLICT goes by what the other has done to its key: it waits for it, and
 * does nothing, or updates the row it finds then. Whether the keys are the same is left to the
 * binding. */
bool conflict_on_key(const struct access *insert, const struct access *other);

/* Whether a transaction that has made `held` makes another one wait at `wanted`, as far as the
 * binding tells. */
bool conflict_blocks(const struct binding *binding, const struct access *held, unsigned run_held,
                     const struct access *wanted, unsigned run_wanted);

/* Whether `first`, under one snapshot, fails when the other has made `other` and committed since:
 * first committer wins. */
bool conflict_fails_later(const struct binding *binding, const struct access *first,
                          unsigned run_first, const struct access *other, unsigned run_other);

/* Whether it is a write or a lock of which conflict_refuses() may be true at all. */
bool conflict_may_refuse(const struct access *later);

/* Whether `later` ends in an error, at any level, when the other has made `other` and committed:
 * the same unique key, a parent that is gone, or a child that keeps its parent. */
bool conflict_refuses(const struct binding *binding, const struct access *later, unsigned run_later,
                      const struct access *other, unsigned run_other);

/* Whether `own`, of the same run as `read`, writes or locks all rows that `read` has found, in a
 * mode that conflicts with `overwrite`: who changes what was read has then changed what is written.
 * Rows that come into the range of the read are not among them. Keys that can be the same, as when a
 * driver numbers parameters anew, count as the same: then nothing is claimed. */
bool conflict_covers(const struct access *own, const struct access *read,
                     const struct access *overwrite);

/* Whether the transaction of the read writes itself all rows that were found: under one snapshot it does
 * not commit beside one that has made `overwrite`. */
bool conflict_is_held(const struct access *read, const struct access *overwrite);

/* Whether ON CONFLICT of the insert decides about the key that `read` asked for: there is an index
 * of it, which may be a partial one or one of expressions. `unique` is what access_shares_key says
 * of the two. */
bool conflict_decides_key(const struct access *insert, const struct access *read,
                          enum answer unique);

/* The UPDATE, DELETE or upsert of another program that can overlap and change rows that `access`
 * reads or writes: surely the same ones if there is such a program, else perhaps. With a column, it
 * sets that column. NULL when no input has one; runs of the same code are no other program. */
const struct access *conflict_writer(const struct corpus *corpus, const struct access *access,
                                     enum granularity granularity, const char *column);

/* The same for one that keeps the row and changes a column that `access` reads. */
const struct access *conflict_updater(const struct corpus *corpus, const struct access *access);

/* The same for an INSERT of another program into the table of `insert`, whose constants are not those
 * of another key, and whose row `read` finds: surely if there is such a program, else perhaps.
 * Without `read` (NULL), only the keys count. */
const struct access *conflict_inserter(const struct corpus *corpus, const struct access *insert,
                                       const struct access *read);

/* Whether no program but its own inserts a row that `read` may find, and every run of that one
 * brings the same unique key: no second row is added, but one of two runs fails. */
bool conflict_meets_copies(const struct corpus *corpus, const struct access *insert,
                           const struct access *read);

/* Whether all runs that insert add one and the same row, so that of two one fails or adds nothing, and no
 * other program changes what `read` has counted. */
bool conflict_counts_alone(const struct corpus *corpus, const struct access *insert,
                           const struct access *read);

/* Whether the access locks rows FOR KEY SHARE, as the check of a foreign key does, and all programs
 * that write them let it: they delete none and change no key, nor have they locked it FOR UPDATE.
 * Where no input writes them, this is so for the check of a foreign key alone: parents seldom go. */
bool conflict_spares_key(const struct corpus *corpus, const struct access *access);
