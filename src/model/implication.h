#pragma once
/* Whether what a statement demands of rows makes another condition true: what the planner must
 * prove before it uses a partial index (manual, 11.8; optimizer/util/predtest.c). */

#include "model/access.h"

/* "Yes" when the facts, taken together by AND, imply the condition by what is written; "unknown"
 * when it depends on a value that is filled in when the statement runs. */
enum answer condition_implied(const struct restriction *facts, const struct condition *wanted);

/* The comparison that holds when `comparison` does not, with the same operands; COMPARE_OTHER when
 * there is none. */
enum comparison comparison_negated(enum comparison comparison);

/* The comparison with its operands exchanged. */
enum comparison comparison_mirrored(enum comparison comparison);
