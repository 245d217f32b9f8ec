#include "lint/rule.h"

/* Found while comments are applied, see lint/suppress.c. */
const struct rule rule_unused_suppression = {
    .name = "unused-suppression",
    .group = "input",
    .summary = "An isolint comment allows something that is not found",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
};
