#pragma once
/* The contents of the tables over which the programs of a trial are run. */

#include "model/model.h"

enum { TRIAL_WORLDS = 100 };

/* Makes the rows of world number `at`, and the programs with these values in the place of
 * parameters. */
void trial_make_world(const struct trial *trial, unsigned at, struct world *world,
                      struct program *programs, int16_t parameters[static TRIAL_PARAMETERS]);

/* "account has (id = x); run 1 has $1 = x": the rows of this world in the words of the programs.
 * Owned by the caller. */
char *trial_start(const struct trial *trial, const struct world *world, const int16_t *parameters);
