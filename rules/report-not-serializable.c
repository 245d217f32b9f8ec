#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    if (structure->kind != STRUCTURE_REPORT)
        return;
    struct finding *finding = report_access(
        check, structure->read,
        "read skew without an error: the report %s sees a state between this program and %s",
        program_name(check, structure->in), program_name(check, structure->out));
    finding_label(check, finding, "its writers are SERIALIZABLE, the report is %s",
                  isolation_level_name(transaction_level(structure->in)));
    finding_structure(check, finding, structure);
    finding_help(check, finding,
                 "SERIALIZABLE READ ONLY DEFERRABLE for the report: it waits for a safe "
                 "snapshot, then cannot fail");
}

const struct rule rule_report_not_serializable = {
    .name = "report-not-serializable",
    .group = "graph",
    .summary = "A report below SERIALIZABLE sees a state that no serial order of its writers has",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"read-skew"},
    .check_structure = check_structure,
};
