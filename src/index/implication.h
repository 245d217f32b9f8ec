#pragma once
/* Whether what a statement demands of rows makes another condition true: what the planner must
 * prove before it uses a partial index (manual, 11.8; optimizer/util/predtest.c). */

#include "facts/condition.h"
#include "program/access.h"

/* "Yes" when the facts, taken together by AND, imply the condition by what is written; "unknown"
 * when it depends on a value that is filled in when the statement runs. */
enum answer condition_implied(const struct restriction *facts, const struct condition *wanted);
