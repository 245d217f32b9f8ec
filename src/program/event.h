#pragma once
/* What a trigger function does for the event that has set it off: IF TG_OP = 'INSERT', IF NEW.state = 'paid'.
 * `among`: the events that it may be, of enum trigger_event; 0: not known. `row`: the write that it is; NULL:
 * not known, or the function changes NEW. */

#include "catalog/catalog.h"
#include "facts/body.h"
#include "program/access.h"

/* What the write gives new.x, or what its WHERE says that x is; of old.x only the latter. No operand (NULL) when
 * that is not known, or the name is another one. */
const struct operand *event_row_value(const struct access *row, const char *name);

/* Whether the branch is taken, as far as TG_OP and the row decide. */
enum answer event_takes_arm(unsigned among, const struct access *row,
                            const struct body_statement *arm);

/* Whether the statement stands in no branch that is not taken. */
bool event_comes_to(unsigned among, const struct access *row,
                    const struct body_statement *statement);

/* Whether the function surely ends with the statement, perhaps in a branch that is taken. */
bool event_ends_at(unsigned among, const struct access *row,
                   const struct body_statement *statement);
