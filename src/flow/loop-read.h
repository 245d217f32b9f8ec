#pragma once
/* A loop over a query whose rounds each write the row that was found: together they write what one
 * statement with the condition of the query would write. */

#include "program/access.h"

/* The read of `FOR r IN SELECT id … LOOP UPDATE … WHERE id = r.id`: the write changes each row that it
 * has found. NULL when the write is in no such loop, asks for more, or is left out in some round. */
const struct access *flow_loop_read(const struct access *write);

/* The same under one snapshot, where the rows are still as they were found. */
const struct access *flow_kept_loop_read(const struct access *write);

/* Whether the write is of the row that `read` has found: by the same condition, or as an UPDATE in the loop
 * over it that names the row of the round by its key, FOR r IN SELECT … LOOP UPDATE … WHERE id = r.id,
 * where nothing has locked that row in the loop, and the round does more than to set it. */
bool flow_is_found_row(const struct access *read, const struct access *write);

/* Whether the write stands in a loop over what `read` finds and uses its row: each row is written
 * as it was found, and what decides about it is the row itself. Never with aggregates. */
bool write_is_of_loop(const struct access *read, const struct access *write);
