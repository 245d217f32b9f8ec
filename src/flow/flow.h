#pragma once
/* How what one sub-query of a statement finds reaches the rest of it: as the rows that are written,
 * or only as a value. `WITH due AS (SELECT id … LIMIT 10) DELETE … WHERE id IN (SELECT id FROM
 * due)` deletes what `due` found; a WITH query that nothing of the write mentions has no part in
 * it. */

#include "program/access.h"

/* Whether the write's rows are those that `read`, a sub-query of the same statement, has picked,
 * and no other sub-query locks them in between. */
bool flow_picks_rows(const struct access *read, const struct access *write);

/* Whether another sub-query has locked what `read` has picked, without asking again for more than
 * that it was picked, and the write's rows are those. */
bool flow_picked_and_locked(const struct access *read, const struct access *write);

/* Whether the row that is written is one that was read: picked by `read`, or named by the same key. */
bool flow_is_same_row(const struct access *read, const struct access *write);

/* Whether the read stands in RETURNING of the write: it goes to whoever asked, not into the row. */
bool flow_is_returned(const struct access *read, const struct access *write);

/* The sub-query of its own table that has picked the rows of the write: after a wait it is not
 * asked again. NULL without. */
const struct access *flow_picked_by(const struct access *write);

/* Whether `read` decides whether the row is inserted, because it found none or counted: in a branch
 * of a routine, or in the statement by WHERE NOT EXISTS (…), NOT IN, LEFT JOIN … IS NULL, WHERE
 * (SELECT count(*) …) < 5. What only supplies a value decides nothing. In plain SQL of two
 * statements it is assumed. */
bool flow_decides_insert(const struct access *read, const struct access *insert);

/* Of such a read, whether it is seen that the program succeeds all the same when it finds the row:
 * the statement inserts none, the routine does not raise an exception, or in plain SQL the read
 * takes several columns of it or locks it. There a savepoint before the INSERT says that the program handles
 * its failure. */
bool flow_succeeds_without(const struct access *read, const struct access *insert);

/* Whether what `read` has counted is only asked for being 0, wherever its routine goes by it: IF n = 0,
 * IF n > 0. */
bool flow_asks_for_any(const struct access *read);

/* The column of which `read` takes the greatest value by ORDER BY … DESC LIMIT 1; NULL without. */
const char *flow_newest(const struct access *read);

/* Whether what `read` finds is counted or summed up on its way to the rest of its statement, by its
 * own query or by one that selects from it. */
bool flow_aggregates(const struct access *read);

/* Whether the statement of the write goes by this column of `read`: the read's own WHERE names it,
 * or it is selected and then used. `column` is one of the table's. */
bool flow_uses_column(const struct access *read, const struct access *write, const char *column);

/* Whether a parameter or variable whose name fits is part of the query, sub-queries included; and
 * whether any is. */
typedef bool parameter_fits(const char *name, const void *data);
bool query_has_parameter(const struct query *query, parameter_fits *fits, const void *data);
bool query_takes_parameters(const struct query *query);
