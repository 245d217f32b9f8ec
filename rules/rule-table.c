#include "lint/rule.h"

const struct rule rule_rule_table = {
    .name = "rule-table",
    .group = "declaration",
    .summary = "x",
    .severity = SEVERITY_WARNING,
};
