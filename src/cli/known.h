#pragma once
/* The baseline of a run: what it knows is not shown, and --update-baseline makes it know what is
 * found. */

#include <glib.h>

#include "cli/options.h"
#include "engine/project.h"
#include "lint/baseline.h"

struct known {
    struct baseline baseline;
    const struct options *options;
};

/* Reads the file of --baseline, if there is one; --update-baseline needs none. Fails when it cannot
 * be read. Freed by known_finish, when it failed as well. */
bool known_init(struct known *known, const struct options *options, struct error *error);
void known_finish(struct known *known);

/* With --update-baseline: writes the file. Otherwise tells on standard error how many findings are
 * gone. `scripts` are those that were linted. */
bool known_update(struct known *known, const struct project *project,
                  const struct selection *selection, const GPtrArray *scripts, struct error *error);
