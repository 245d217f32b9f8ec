#pragma once
/* The configuration of a directory that lies below the project's: what it says becomes overrides
 * and databases of the project's configuration. */

#include "config/config.h"

/* Moves to `config` what `nested` says of the files below `place`, a directory relative to that of
 * `config`. It is stronger than what is there. `nested` is left to be freed by config_free. Returns
 * the keys that hold for a whole run only and are left out, "a, b"; NULL for none. Owned by the
 * caller. */
char *config_nest(struct config *config, struct config *nested, const char *place);
