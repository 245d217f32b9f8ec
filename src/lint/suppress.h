#pragma once
/* Comments that allow findings. */

#include "lint/finding.h"
#include "lint/rule.h"

/* Marks the findings that a comment of the script allows, and appends findings about comments that
 * name an unknown rule (unknown-suppression) or allow nothing (unused-suppression). `selected`
 * says whether a rule was run at all: a comment about another is neither. */
void suppress(struct check *check, struct finding *findings, const bool *selected);

/* The comment of its script that allows the finding where it stands; NULL without. */
const struct directive *suppress_allows(const struct finding *finding);
