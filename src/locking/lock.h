#pragma once
/* What a transaction locks, in the order in which it comes to it, and which locks of two
 * transactions exclude each other. Locks are held to the end, whatever the isolation level, so
 * their order alone decides about deadlocks (manual, 13.3.4). */

#include <stddef.h>

#include "program/side-effect.h"

struct lock {
    const struct access *access;    /* of a relation and its rows; NULL: an advisory lock */
    const struct side_effect *call; /* of an advisory lock; NULL otherwise */
    uint32_t order;                 /* among the accesses and calls of the transaction */
    enum table_lock table : 8;
    enum lock_strength row : 8; /* LOCK_NONE: no row that is there already */
    bool key; /* an INSERT: it enters a value into a unique index that another may enter as well */
    bool waits;       /* false for NOWAIT and SKIP LOCKED */
    uint32_t entered; /* of an INSERT that locks nothing else: its integer for the only key of the
                         table, in 32 bits; two that differ do not meet. 0: not known */
};

/* The lock on the relation that the access takes. */
enum table_lock access_table_lock(const struct access *access);

/* Whether READ ONLY refuses it with SQLSTATE 25006, which ends the transaction: it waits for nothing,
 * and nothing after it runs. LOCK TABLE is allowed (ClassifyUtilityCommandAsReadOnly in
 * tcop/utility.c). */
bool access_is_refused(const struct access *access);

/* Whether the statement surely fails for that: its transaction ends there, and leaves nothing. */
bool step_is_refused(const struct step *step);

/* The lock on each row that it finds; LOCK_NONE for a plain read and for new rows. */
enum lock_strength access_row_lock(const struct access *access);

/* The lock that it leaves on the rows that it replaces or deletes, as an older snapshot finds them:
 * its own, or a stronger one that its transaction has taken on them before. Behind LOCK_UPDATE the
 * FOR KEY SHARE of a foreign key fails with 40001 (compute_new_xmax_infomask in heapam.c). */
enum lock_strength access_left_lock(const struct access *access);

/* Whether a row-locking SELECT comes to its rows in an order that is fixed: there is only one, or
 * ORDER BY names a unique key. Unknown when the table's keys are. */
enum answer access_locks_in_order(const struct access *access);

/* Whether it waits for the newest row alone, ORDER BY … DESC LIMIT 1 or max(): who has waited gets
 * that row, and not one that has come after it. */
bool lock_is_of_newest(const struct access *access);

/* Whether both have the same ORDER BY. */
bool access_sorts_like(const struct access *a, const struct access *b);

/* Fills `locks` with the first `size` locks of the transaction, in order, but those of tables that
 * it holds already, and returns how many there are. Tables that nobody else can see are left out.
 */
size_t transaction_locks(const struct transaction *transaction, struct lock *locks, size_t size);

/* Whether who holds `held` has nothing to wait for when it asks for `asked` on the same table. */
bool table_lock_covers(enum table_lock held, enum table_lock asked);

/* Whether both are about one table or its rows. */
bool lock_same_table(const struct lock *a, const struct lock *b);

/* Whether two transactions cannot hold the locks that these take on one table. */
bool lock_tables_conflict(const struct lock *a, const struct lock *b);

/* Whether one may wait for what the other has done to a value of a unique index: an INSERT for an
 * INSERT, for a DELETE or a change of the key, and, with ON CONFLICT, for any change of the row. */
enum answer lock_keys_meet(const struct lock *a, const struct lock *b);

/* Whether they cannot hold those on rows: unknown when parameters decide whether a row is the same.
 */
enum answer lock_rows_conflict(const struct lock *a, const struct lock *b);

/* Whether one of them makes the other wait when two transactions, be they copies of one program,
 * take them: yes when it must be the same row, table or key, unknown when that depends on
 * parameters. */
enum answer lock_conflicts(const struct lock *a, const struct lock *b);

/* Whether what it is about, rows by their conditions, a new key or an advisory key, is written in
 * the program: every run asks for the same. */
bool lock_is_fixed(const struct lock *lock);
