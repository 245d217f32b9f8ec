#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    if (structure->kind != STRUCTURE_REPORT)
        return;
    struct finding *finding = report_access(
        check, structure->read,
        "while this transaction and %s run, the report %s can see a state that no serial order "
        "has (read skew)",
        program_name(check, structure->out), program_name(check, structure->in));
    finding_label(check, finding, "the writers are SERIALIZABLE, the report is %s",
                  isolation_level_name(transaction_level(structure->in)));
    finding_structure(check, finding, structure);
    finding_help(
        check, finding,
        "run the report at SERIALIZABLE READ ONLY DEFERRABLE: it waits for a safe snapshot and "
        "then cannot fail");
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
