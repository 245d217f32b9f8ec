#pragma once
/* What a trigger that runs before the row is written makes of what it has read, for a column of that
 * row: SELECT max(no) + 1 INTO NEW.no, NEW.no := (SELECT …), or by a variable. The row is written with
 * it, whatever the INSERT said (manual, 39.1 Overview of Trigger Behavior). */

#include "program/access.h"

/* The value that the trigger of `insert` by which `read` came in gives the column; NULL for any other
 * read. */
const struct operand *trigger_gives(const struct access *read, const struct access *insert,
                                    const char *column);

/* The first column of the new row that it gives one; NULL when it fills none. */
const char *trigger_fills(const struct access *read, const struct access *insert);

/* The column that a trigger function gives a number by what `read` has found in its table: it goes on
 * from the greatest or the newest one, or it is a count as a part of a text, 'P' || n; a count alone may
 * be kept as a count. NULL when it gives none. */
const char *trigger_gives_number(const struct access *read);

/* max(n), or the n of ORDER BY n DESC LIMIT 1. */
bool access_finds_extreme(const struct access *read);

/* Whether a column can number rows: no time, no flag. */
bool column_may_number(const struct relation *relation, const char *name);

/* Whether a statement inserts a row in WITH, and `read` of the same statement finds the row that was
 * there: WITH made AS (INSERT …) SELECT … FROM made UNION ALL SELECT … FROM the table. */
bool access_reads_instead(const struct access *read, const struct access *insert);

/* Whether a routine asks for a row by key and makes it where there is none, both into one variable, and
 * goes on without a look at what came of the insert: SELECT id INTO v …; IF NOT FOUND THEN
 * INSERT … ON CONFLICT DO NOTHING RETURNING id INTO v. */
bool insert_may_return_nothing(const struct access *read, const struct access *insert);
