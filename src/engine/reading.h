#pragma once
/* From what the settings name to scripts that are parsed. */

#include "engine/project.h"

/* Fills the scripts of a project, and says in its troubles what could not be read. `texts` and `made`
 * are as for project_run_with. */
void read_all(struct project *project, const struct settings *settings, GHashTable *texts,
              const GPtrArray *made);
