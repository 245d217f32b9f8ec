#pragma once
/* What a finding is recognised by in another run: its file, its rule, the text of its line, and
 * which of several equal ones it is. Lines above and below may come and go. */

#include <stddef.h>

#include "lint/finding.h"
#include "facts/repository.h"

/* Gives each finding its fingerprint, "0123456789abcdef:1". The findings are all that were found,
 * in order of path, position and rule: which of several equal ones it is, is counted here. */
void fingerprint_findings(struct finding *const *findings, size_t count,
                          struct repository *repository);
