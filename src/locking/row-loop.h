#pragma once
/* What is done row by row: by a loop in a routine, or by a function that a query calls for each of its
 * rows. The rows are locked one after the other, in the order of what is gone through. */

#include "program/side-effect.h"

/* Whether a range brings rows in an order that the caller has chosen: those of a function, of VALUES,
 * or of a query of these. */
bool range_brings_rows(const struct range *range);

enum row_loop {
    LOOP_NONE,  /* it is not done for each item, or not to the row that the item names */
    LOOP_GIVEN, /* for each item that the caller passes, in the order of these */
    LOOP_FOUND  /* for each row that a query finds, in no order */
};

enum row_loop row_loop_of(const struct access *access);

/* The same of a call whose argument is the item, or is made of it: pg_advisory_xact_lock(hashtext(x)). */
enum row_loop row_loop_of_call(const struct side_effect *effect);
