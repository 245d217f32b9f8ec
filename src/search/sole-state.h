#pragma once
/* A state that one row of a group has at a time: the default address of a user, the price that is valid. A
 * program takes it from the row that has it, and gives it to another one. */

#include "catalog/catalog.h"
#include "program/access.h"

struct sole_state {
    const char *column;
    const struct operand *value; /* that the row is given */
};

/* Whether an UPDATE takes a state from the rows of a group:
 *
 *     SET current = false WHERE owner = $1 AND current, SET current = false WHERE owner = $1 */
bool takes_state(const struct access *unset);

/* Whether `set`, an INSERT or UPDATE after `unset`, gives to one row of the group the state that `unset`
 * takes, so that two runs at the same time leave two rows with it. They do not where a unique index or
 * an exclusion constraint knows of the state, and where each run waits for the rows of the other one. */
bool finds_sole_state(const struct access *unset, const struct access *set,
                      struct sole_state *state);

/* The same for a trigger function whose row is the one that is given the state:
 *
 *     IF NEW.current THEN UPDATE … SET current = false WHERE owner = NEW.owner AND id <> NEW.id; END IF */
bool finds_sole_state_of_new(const struct catalog *catalog, const struct routine *routine,
                             const struct access *unset, struct sole_state *state);

/* The condition that it is: current = true, state = 'valid', ended IS NULL. Freed by the caller. */
char *sole_state_sql(const struct sole_state *state);
