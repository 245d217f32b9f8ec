#pragma once
/* What a trigger function does for the event that has set it off: IF TG_OP = 'INSERT'. `among`: the
 * events that it may be, of enum trigger_event; 0: not known. */

#include "catalog/catalog.h"
#include "facts/body.h"

/* Whether the branch is taken, as far as TG_OP decides. */
enum answer event_takes_arm(unsigned among, const struct body_statement *arm);

/* Whether the statement stands in no branch that is not taken. */
bool event_comes_to(unsigned among, const struct body_statement *statement);

/* Whether the function surely ends with the statement, perhaps in a branch that is taken. */
bool event_ends_at(unsigned among, const struct body_statement *statement);
