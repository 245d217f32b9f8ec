#pragma once
/* Whether what is written depends on what was read. In routines and with \gset the flow of data is
 * seen; in a plain file of SQL it goes through the application and can only be assumed. */

#include "program/access.h"

enum dependence {
    DEPENDS_NOT,
    DEPENDS_ASSUMED,
    DEPENDS_SEEN,
};

/* The column of the row that an upsert brings, in SET column = EXCLUDED.column; NULL for anything
 * else. */
const char *assignment_excluded_column(const struct assignment *set);

/* Whether the new value of a column that `write` sets was computed from what `read` found in that
 * column: it is seen to be, or it is a number, a parameter or an expression that does not look at
 * the column itself. `*column` is set to the column's name when the answer is not DEPENDS_NOT. */
enum dependence value_depends(const struct access *read, const struct access *write,
                              const char **column);

/* The same of one of its assignments. */
enum dependence assignment_depends(const struct access *read, const struct access *write,
                                   const struct assignment *set);

/* Whether the insert gives a unique key a value that was computed from what the aggregates of
 * `read` found, max(n) + 1, so that two that find the same bring the same key. */
bool key_depends(const struct access *read, const struct access *insert);

/* Whether they are one statement, and all runs that read the same rows bring the same values into one
 * unique key: no parameter and no function that may change decides about these. */
bool key_is_alike(const struct access *read, const struct access *insert);

/* Whether all that decides which rows are read is the same in each run: constants, or nothing. */
bool read_is_alike(const struct access *read);

/* The column to which the insert gives a number that goes on from the greatest or least one that
 * `read` found in it, max(n) + 1; NULL when there is none. */
const char *number_depends(const struct access *read, const struct access *insert);

/* The column of an amount that the INSERT makes of the same column of the newest row, as a ledger keeps
 * a balance; NULL when there is none, or the column is the one that says which row is the newest. */
const char *amount_carried(const struct access *read, const struct access *insert);

/* Whether the update stores in its row what the aggregates of `read`, of an earlier statement,
 * found in another table by the same value, `order_id = $1` and `id = $1`: it is seen to; or, in
 * plain SQL, it is assumed of a number or a parameter. Not a flag, and not what is added to the old
 * value. */
enum dependence total_depends(const struct access *read, const struct access *write);

/* Whether the write as a whole was made dependent on the read: its values, its WHERE, or a branch
 * around it use what was read, or, in plain SQL, might. */
enum dependence write_depends(const struct access *read, const struct access *write);

/* Whether the row that `read` has found decided about the call of a routine, or the statement that fires a
 * trigger, by which the write came in: IF balance >= amount THEN PERFORM debit(id, amount). */
bool call_depends(const struct access *read, const struct access *write);

/* Whether the values that the access asks for, or writes, may be a whole unique key of the row that
 * `found` has found: no other row has them. */
bool access_takes_key(const struct access *access, const struct access *found);

/* Whether the write may go by this column of what `read` has returned: IF v.state <> 'open' does by state,
 * IF NOT FOUND by none. */
bool write_goes_by(const struct access *read, const struct access *write, const char *column);

/* The same of an application: `read`, a statement before, has returned rows with the key by which
 * the write names one of them, and with what it sets to a parameter or an expression; or it names
 * several, and what it sets is an expression of that key, a CASE. Assumed. */
bool write_is_of_list(const struct access *read, const struct access *write);

/* Whether the write asks for a value of a column of which the read says nothing, and which the read
 * has not brought: of the rows that were read it writes some, and another run may write others. */
bool write_picks(const struct access *write, const struct access *read);

/* Whether every new value is computed from the row's own columns: SET v = v - 1. */
bool write_is_relative(const struct access *write);

/* SELECT used, most; UPDATE SET used = used + 1: the read asks for the number that the write
 * changes and for another column to hold it against; for the number alone when the write takes from
 * it what the caller gives, as one looks whether there is enough. Or it asks for the state that the
 * write then sets to a constant. Not for the whole row, or for its key, as object mappers do. */
bool write_is_of_checked_value(const struct access *read, const struct access *write);

/* Whether one of the assignments gives a column a constant, or the time, where the INSERT or the
 * default brings another. */
bool assignments_mark_other(const struct assignment *set, const struct access *insert);

/* The same of an UPDATE of one row that keeps its key: the new row is no second attempt to write
 * the old one, but its successor. */
bool write_marks_other(const struct access *write, const struct access *insert);

/* SET rank = rank + 1 WHERE rank >= $1: a range of a column is moved, as before a row is put
 * between others, which is not one of those that the UPDATE has looked for. */
bool write_makes_room(const struct access *write);

/* DELETE … WHERE post = $1, then INSERT … SELECT $1, unnest($2): whether a routine puts the rows that its caller
 * gives it in place of all that it deletes. Rows that are computed of others are the same in all runs. */
bool write_replaces(const struct access *deleted, const struct access *insert);

/* SELECT …, used FROM code; UPDATE code SET used = true; INSERT …: the state that the read has
 * returned is set to a constant, and the transaction inserts what the row entitles to. Twice is no
 * harm to the row. */
bool write_spends(const struct access *read, const struct access *write);

/* Whether each column that the write sets and the read names gets a parameter, or keeps its value
 * where that is NULL: SET name = COALESCE(p_name, name). What the caller wants is written, whatever
 * was read. */
bool write_keeps_values(const struct access *read, const struct access *write);

/* Whether it is an INSERT, but no ON CONFLICT DO UPDATE of which it is seen that a value of the row that `read`
 * has found has decided about it, and not only whether there was one. */
bool upsert_is_undecided(const struct access *read, const struct access *write);

/* Whether the rows that it finds, or what it adds up of them, are written into another table or returned. */
bool read_is_kept(const struct access *read);

/* Whether it deletes rows that the statement of `read` has put into another table. */
bool write_is_of_moved(const struct access *read, const struct access *write);

/* Whether the write needs nothing but the rows it names as they are when it gets them, so that one
 * statement is right at READ COMMITTED: INSERT of values, UPDATE by key whose new values and whose
 * WHERE look at no other row. Sub-SELECTs are accesses of their own, which the caller looks at. */
bool write_is_atomic(const struct access *write);

/* What becomes of two that count at once. */
enum count_outcome {
    COUNT_BOTH_INSERT,
    COUNT_SAME_KEY, /* 23505 */
    COUNT_SKIPPED,  /* the second one inserts nothing, and has counted nothing */
    COUNT_NOT_HERE, /* 40001, or a check of one key */
};

/* Of an aggregate over rows of the table that the insert adds to. */
enum count_outcome count_outcome(const struct access *read, const struct access *insert);
