#pragma once
/* The baseline of a run: its findings are not shown, and --update-baseline records what is
 * found. */

#include <glib.h>

#include "cli/baseline.h"
#include "engine/project.h"
#include "options/options.h"

struct run_baseline {
    struct baseline baseline;
    const struct options *options;
};

/* Reads the file of --baseline, if there is one; --update-baseline needs none. Fails when it cannot
 * be read. Freed by run_baseline_finish, when it failed as well. */
bool run_baseline_init(struct run_baseline *run, const struct options *options,
                       struct error *error);
void run_baseline_finish(struct run_baseline *run);

/* With --update-baseline: writes the file. Otherwise says on standard error how many of its
 * findings are gone. `scripts` are those that were linted. */
bool run_baseline_update(struct run_baseline *run, const struct project *project,
                         const struct selection *selection, const GPtrArray *scripts,
                         struct error *error);
