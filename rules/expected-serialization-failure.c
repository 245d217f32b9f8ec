#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;

    /* A transaction that is retried is left with the failure that only the layout of a table causes. */
    if (structure->kind != STRUCTURE_FAILURE ||
        (structure->pivot->retried && !structure->by_rows_only))
        return;
    const char *other = opponent_name(check, structure->pivot, structure->out);
    struct finding *finding =
        structure->link_in
            ? report_access(check, read,
                            "%s %s can end in 40001: %s changes what is read here, and %s runs at "
                            "the same time",
                            access_verb(read), access_relation_name(read), other,
                            opponent_name(check, structure->pivot, structure->in))
            : report_access(check, read,
                            "%s %s can end in 40001: %s changes what is read here at the same time",
                            access_verb(read), access_relation_name(read), other);
    finding_label(check, finding, "SERIALIZABLE makes this transaction fail (it is the pivot)");
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    if (structure->by_rows_only)
        finding_help(
            check, finding,
            "move the columns that are updated often into a table of their own: conflicts are by row, and these transactions use different columns");
}

const struct rule rule_expected_serialization_failure = {
    .name = "expected-serialization-failure",
    .group = "graph",
    .summary =
        "SERIALIZABLE programs of which one is sometimes aborted because of two others: 40001",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .failure = FAILS_AS_PIVOT,
    .check_structure = check_structure,
};
