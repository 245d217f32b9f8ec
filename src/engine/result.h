#pragma once
/* What a run has found, copied out of it: texts and places, without the scripts. */

#include "engine/engine.h"
#include "engine/project.h"

struct isolint_result *result_of(const struct project *project);
