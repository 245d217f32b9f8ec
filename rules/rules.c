#include "lint/rule.h"

const struct rule rule_rules = {
    .name = "rules",
    .group = "declaration",
    .summary = "x",
    .severity = SEVERITY_WARNING,
};
