#pragma once
/* What a trigger looks at before it raises an error, and whether another transaction can change
 * that meanwhile. Rows of the trigger's own table come by the very statements that fire it. A row
 * of another table that is found by its key, a parent or an entry of a list of kinds, is another
 * matter: it must be changed by a program of its own. */

#include "corpus/corpus.h"

/* Whether a concurrent transaction can make the answer wrong that `read`, in a run of the trigger
 * function `routine` (NULL: not known which), has got. */
bool trigger_check_can_race(const struct catalog *catalog, const struct corpus *corpus,
                            const struct routine *routine, const struct access *read);

/* IF NOT EXISTS (…) THEN RAISE, or SELECT … INTO v; IF v IS NULL THEN RAISE: whether the trigger wants
 * a row that `read` looks for, and raises for nothing else of it. Only a DELETE or an UPDATE makes that
 * answer wrong. */
bool trigger_wants_row(const struct access *read);

/* Whether what `read` looks for depends on the row for which the trigger is run. What does not is a
 * setting, or whether the user may do it: WHERE login = current_user. One that is taken away at that
 * moment might as well have been taken away just after. */
bool trigger_asks_of_row(const struct access *read);

/* The column of its new row to which a trigger function gives a number by what it has read of the
 * others, max(n) + 1; NULL when it gives none, or when the INSERTs that fire it are seen. */
const char *trigger_numbers(const struct catalog *catalog, const struct corpus *corpus,
                            const struct routine *routine, const struct access *read);
