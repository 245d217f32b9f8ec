#pragma once
/* Whether what a statement demands of rows makes another condition true: what the planner must
 * prove before it uses a partial index (manual, 11.8; optimizer/util/predtest.c). */

#include "facts/condition.h"
#include "program/access.h"

/* "Yes" when the facts, taken together by AND, imply the condition by what is written; "unknown"
 * when it depends on a value that is filled in when the statement runs. */
enum answer condition_implied(const struct restriction *facts, const struct condition *wanted);

/* Whether the rows that an UPDATE leaves are all in a partial index: what it sets, or asks for and
 * leaves alone, makes the predicate true. "Yes" for an index of all rows. */
enum answer index_takes_updated(const struct index *index, const struct access *update);

/* Whether the rows that `read` looks at have a column in common, and the UPDATE brings its row into
 * a partial unique index on that column: of two that decide alike the second one gets 23505. No
 * other write does. */
bool index_keeps_apart(const struct access *read, const struct access *update);
