#pragma once
/* What the log has shown of a finding, as one sentence. */

#include "base/arena.h"
#include "lint/observed.h"

/* "transfer ran 3 times, and failed 2 times with 40P01 here, because of another run of it". Of the
 * arena. */
const char *observed_sentence(struct arena *arena, const struct observed *observed);
