#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;

    if (structure->kind != STRUCTURE_ONE_SIDED || structure->middle ||
        check_has_found(check, structure->pivot, "anomaly", SEVERITY_NOTE))
        return;
    struct finding *finding = report_access(
        check, read,
        "write skew without an error: the row lock in %s does not protect SELECT %s here",
        program_name(check, read->kind == ACCESS_LOCK ? structure->pivot : structure->in),
        access_relation_name(read));
    finding_label(check, finding, "not locked, or only FOR KEY SHARE, and overwritten by %s",
                  program_name(check, structure->out));
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    if (structure->link_in && !transaction_has_one_snapshot(structure->pivot))
        finding_weaken(finding); /* as dangerous-structure does */
    finding_repair(check, finding, structure);
    finding_help(check, finding,
                 "a row lock ends with its transaction: it helps where the pivot reads, "
                 "not in the program that reads what the pivot writes");
}

const struct rule rule_one_sided_lock = {
    .name = "one-sided-lock",
    .group = "graph",
    .summary = "A row lock that is meant to prevent write skew is in the wrong program",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .check_structure = check_structure,
};
