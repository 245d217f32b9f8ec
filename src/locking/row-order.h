#pragma once
/* In which order a write comes to its rows when there are several. Each is locked as it is found
 * and kept while the next one is waited for, so two runs that find the same rows in two orders
 * deadlock (manual, 13.3.4). */

#include "corpus/corpus.h"

enum row_order {
    ORDER_SINGLE, /* at most one row, or an order in which runs do not differ, or it is not known */
    ORDER_OF_PLAN, /* as the plan finds them: by one index or another, or as the table has them */
    ORDER_OF_NEW, /* DO NOTHING: as given, and it waits for rows alone that are not committed yet */
    ORDER_AS_GIVEN /* as the run brings them: unnest($1), VALUES ($1), ($2), a join with these, a
                      loop over an array */
};

/* For UPDATE, DELETE and INSERT … ON CONFLICT, and for what a loop locks row by row; ORDER_SINGLE
 * for all else. */
enum row_order access_row_order(const struct access *access);

/* Whether it is a sweep over some of the rows of a kind, and another statement of the transaction
 * updates a row of the table by its key: each of two runs may have that one in its sweep. */
bool access_sweeps_part(const struct access *write);

/* Whether it is a SELECT that locks several rows, and waits for them. */
bool access_locks_several(const struct access *access);

/* Whether it is an UPDATE or DELETE that may find several rows, which nothing has locked before. */
bool access_writes_several(const struct access *access);

/* Whether an earlier statement has locked the rows as much. */
bool access_is_held(const struct access *access);

/* Another SELECT that locks some of these rows in an order of its own, in a program that is before
 * this one. NULL without. */
const struct access *row_order_other(const struct corpus *corpus, const struct access *access);
