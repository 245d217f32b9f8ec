#pragma once
/* What --verbose and --statistics report about a run, on standard error. */

#include "cli/changed.h"
#include "engine/project.h"

/* Which files were read, in order of path, and what is in them. */
void report_inputs(const struct project *project, const struct changed *changed,
                   const struct selection *selection);

/* How often each rule found something, most often first. `findings`: struct finding. */
void report_statistics(const GPtrArray *findings);
