#pragma once
/* isolint log --explain-errors: from each failure in a log to what caused it. */

#include <stdio.h>

#include "evidence/evidence.h"

/* Writes the failures in order of time, each with the finding that foretells it. `project` has been
 * linted, and its findings are those of `evidence`. */
void errors_text(const struct evidence *evidence, const struct project *project, FILE *out);

/* The same for programs. docs/logs.md has the fields. */
void errors_json(const struct evidence *evidence, const struct project *project, FILE *out);
