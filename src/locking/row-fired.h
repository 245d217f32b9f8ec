#pragma once
/* What a trigger does for the rows of the statement that fires it: the rows that a row trigger names by
 * the new or the old row, and those that a statement trigger joins with a transition table, are locked
 * in the order in which the statement writes its own. */

#include "locking/row-loop.h"

/* LOOP_GIVEN when the caller brings the rows of an INSERT … SELECT, LOOP_FOUND when a query
 * finds the rows that are written; LOOP_NONE when it is no such access, or each of them names one row. */
enum row_loop row_loop_of_fired(const struct access *access);
