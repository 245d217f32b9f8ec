#pragma once
/* First committer wins: under one snapshot the server compares the rows that a statement writes or
 * locks with the snapshot, and fails with 40001 when somebody has changed them since (manual,
 * 13.2.2; ExecUpdate, ExecDelete, ExecLockRows, ExecCheckTupleVisible in the executor). Questions
 * about who is exposed to that, and since when. */

#include "corpus/corpus.h"
#include "program/side-effect.h"

/* Whether the server makes the comparison: UPDATE, DELETE, row locks, MERGE, and the row that ON
 * CONFLICT meets. What it does itself for a foreign key is not meant. */
bool window_compares(const struct access *access);

/* Whether another transaction can have changed the rows, and the failure gets out: the table is
 * shared, was there before, neither it nor the rows nor a lock of the session were held, it does
 * not run alone, and no handler of a routine keeps the error. */
bool window_is_open(const struct access *access);

/* The plain read, in an earlier statement, that opened the window: of the same rows when `*same` is
 * yes, of rows that may be the same when it is unknown. NULL without. */
const struct access *window_read(const struct access *write, enum answer *same);

/* Whether a read of exactly these rows opened the window: snapshot-read-modify-write tells it. */
bool window_follows_read(const struct access *write);

/* Whether an earlier statement of the transaction has taken the snapshot. Otherwise the window is
 * the statement's own time, waits for locks included. */
bool window_is_late(const struct access *access);

/* The first access by which the transaction can fail with 40001 when others run at the same time;
 * NULL when there is none, as far as is seen. Under one snapshot these are the rows that it
 * compares and the keys that it checks; at SERIALIZABLE all that it reads as well, unless it is
 * READ ONLY DEFERRABLE. */
const struct access *window_exposed(const struct corpus *corpus,
                                    const struct transaction *transaction);
