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
    struct finding *finding = report_access(
        check, read,
        "write skew without an error: SERIALIZABLE protects nobody here, because %s is %s",
        program_name(check, odd), isolation_level_name(transaction_level(odd)));
    finding_label(check, finding, "SSI sees only SERIALIZABLE transactions");
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    finding_help(check, finding, "SERIALIZABLE for all programs that read or write %s",
                 access_relation_name(read));
}

const struct rule rule_mixed_isolation_levels = {
    .name = "mixed-isolation-levels",
    .group = "graph",
    .summary =
        "Some programs on the same rows are SERIALIZABLE, others are not: nobody is protected",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .check_structure = check_structure,
};
