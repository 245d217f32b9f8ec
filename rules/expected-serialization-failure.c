#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;

    /* Who is ready for it has the failure left that nothing but the layout of a table causes. */
    if (structure->kind != STRUCTURE_FAILURE ||
        (structure->pivot->retried && !structure->by_rows_only))
        return;
    struct finding *finding = report_access(
        check, read,
        "40001 read/write dependencies: %s %s, while %s writes it and %s sees what is "
        "written here",
        access_verb(read), access_relation_name(read), program_name(check, structure->out),
        structure->link_in ? program_name(check, structure->in) : "the same program");
    finding_label(check, finding, "the pivot, which SERIALIZABLE aborts");
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    if (structure->by_rows_only)
        finding_help(check, finding,
                     "by columns nothing is wrong: SSI compares rows; a table of its own for "
                     "what is updated often would spare this");
}

const struct rule rule_expected_serialization_failure = {
    .name = "expected-serialization-failure",
    .group = "graph",
    .summary = "SERIALIZABLE programs of which one will at times be aborted because of two others",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .failure = FAILS_AS_PIVOT,
    .check_structure = check_structure,
};
