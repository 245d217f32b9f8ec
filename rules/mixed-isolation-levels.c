#include "lint/rule.h"

/* The first of the three that is not SERIALIZABLE. */
static const struct transaction *odd_one(const struct structure *structure)
{
    const struct transaction *three[] = {structure->pivot, structure->out, structure->in};

    for (size_t i = 0; i < G_N_ELEMENTS(three); i++) {
        if (transaction_level(three[i]) != LEVEL_SERIALIZABLE)
            return three[i];
    }
    return structure->pivot;
}

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;
    const struct transaction *odd = odd_one(structure);

    if (structure->kind != STRUCTURE_MIXED || structure->repeats)
        return;
    const char *level = isolation_level_name(transaction_level(odd));
    struct finding *finding =
        odd == structure->pivot
            ? report_access(check, read,
                            "SERIALIZABLE in other transactions has no effect against this one, "
                            "which runs at %s: write skew is possible",
                            level)
            : report_access(check, read,
                            "SERIALIZABLE has no effect against %s, which runs at %s: write skew "
                            "is possible",
                            program_name(check, odd), level);
    finding_label(check, finding,
                  odd == structure->pivot ? "read without the checks of SERIALIZABLE"
                                          : "checked only against other SERIALIZABLE transactions");
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    finding_help(check, finding,
                 "run every transaction that reads or writes %s at SERIALIZABLE, or none",
                 access_relation_name(read));
}

const struct rule rule_mixed_isolation_levels = {
    .name = "mixed-isolation-levels",
    .group = "graph",
    .summary = "SERIALIZABLE has no effect against transactions at a lower level on the same rows",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .check_structure = check_structure,
};
