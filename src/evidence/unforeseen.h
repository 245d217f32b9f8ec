#pragma once
/* Failures that a log shows and no rule has foretold. A deadlock of two programs that the log names
 * is a finding all the same: what they held before is not in the log, or is not seen, but that they
 * deadlock is no question. */

#include "evidence/evidence.h"

/* Adds those of a program to the findings of the project, which are no longer in order then, or to the
 * evidence's list. */
void unforeseen_find(struct evidence *evidence, struct project *project,
                     const struct selection *selection, const struct composed *composed);
