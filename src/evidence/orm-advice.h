#pragma once
/* Advice in the words of the ORM that sent a program: select_for_update() beside FOR UPDATE. */

#include "lint/finding.h"
#include "workload/program.h"

/* Adds the calls of the ORM that a program's statements look like to the help of a finding, in
 * front of it. Nothing is added when no ORM is recognised, or the rule is none of those that have
 * one. */
void advice_add(struct finding *finding, const struct program *program, struct arena *arena);
