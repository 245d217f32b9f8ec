#include "lint/rule.h"

/* Found while comments are applied, see lint/suppress.c. */
const struct rule rule_unknown_suppression = {
    .name = "unknown-suppression",
    .group = "input",
    .summary = "An isolint comment names a rule or a word that does not exist",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
};
