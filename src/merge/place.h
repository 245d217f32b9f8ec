#pragma once
/* A fault in a function is found where the function is called, and reported where it stands: at the
 * statement of its body, with the call beside it. */

#include <glib.h>

#include "lint/finding.h"

/* Moves each finding (struct finding *) of an anomaly whose read and write one call of a routine makes
 * into the routine, where a comment may allow it, and puts `findings` in order of path and place again.
 * What an earlier statement of the caller or its isolation level has a part in stays with the caller, and
 * so does all where the routine's own file is not reported. `across`: also into other files. */
void places_settle(GPtrArray *findings, bool across);

/* Where the caller runs the routine of a finding, which that has been moved into; where it stands, for any
 * other. `*moved` says which. */
struct span place_of_call(const struct finding *finding, bool *moved);

/* Whether the place is part of that text of the script. */
bool place_is_in(const struct related *place, const struct script *script, struct span span);
