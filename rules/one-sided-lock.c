#include "lint/rule.h"

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;
    bool locked = read->kind == ACCESS_LOCK;
    bool one_snapshot = transaction_has_one_snapshot(structure->pivot);

    /* At READ COMMITTED one does not expect a serial order of three. */
    if (structure->kind != STRUCTURE_ONE_SIDED || structure->middle ||
        (locked && read->lock > LOCK_KEY_SHARE) || (structure->link_in && !one_snapshot))
        return;
    struct finding *finding = report_access(
        check, read,
        "SELECT %s may act on a row that %s is changing: the row lock in %s does not prevent it",
        access_relation_name(read), opponent_name(check, structure->pivot, structure->out),
        program_name(check, structure->in));
    finding_label(check, finding,
                  locked ? "FOR KEY SHARE lets other transactions update the row"
                         : "this row is not locked");
    if (!one_snapshot)
        finding_weaken(finding);
    finding_structure(check, finding, structure);
    finding_level(check, finding, structure->pivot);
    finding_repair(check, finding, structure);
    finding_help(check, finding,
                 "move the row lock to the transaction that reads here: a lock in %s is released "
                 "before this transaction writes",
                 program_name(check, structure->in));
}

const struct rule rule_one_sided_lock = {
    .name = "one-sided-lock",
    .group = "graph",
    .summary = "A row lock that is meant to prevent write skew is in the wrong program",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .yields = {"anomaly"},
    .check_structure = check_structure,
};
