#include "lint/rule.h"

/* One row that is read and then written: lost-update and stale-check. */
static bool is_of_one_row(const struct structure *structure)
{
    return access_rows(structure->read) >= ROWS_POINTS && access_is_write(structure->back) &&
           access_same_rows(structure->read, structure->back) == ANSWER_YES;
}

/* At READ COMMITTED a pivot that only reads is what read-skew looks at, and what happens to one row
 * or inside one statement other rules. */
static bool is_reported_elsewhere(const struct structure *structure)
{
    const struct access *cut = structure->cut;

    return !transaction_has_one_snapshot(structure->pivot) &&
           (!transaction_may_write(structure->pivot) || is_of_one_row(structure) ||
            checks_in_trigger(structure->read) ||
            (cut && access_same_statement(structure->read, cut)));
}

/* setval stands outside of transactions. */
static bool sets_sequence(const struct transaction *transaction)
{
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        if (builtin_effect(call->call->builtin) == EFFECT_SETVAL)
            return true;
    }
    return false;
}

static bool serializable_is_enough(const struct check *check, const struct structure *structure)
{
    return serializable_helps(check, structure->read) &&
           serializable_helps(check, structure->overwrite) &&
           serializable_helps(check, structure->in_access) && !sets_sequence(structure->pivot) &&
           !sets_sequence(structure->out) && !sets_sequence(structure->in);
}

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;
    const char *level = isolation_level_name(transaction_level(structure->pivot));

    /* Four runs are so unlikely that only the graph shows them. */
    if (structure->kind != STRUCTURE_SILENT || structure->middle ||
        is_reported_elsewhere(structure))
        return;
    bool reader = !transaction_may_write(structure->in);
    const char *other = opponent_name(check, structure->pivot, structure->out);
    const char *skew = reader ? "read skew" : "write skew";
    const char *third = opponent_name(check, structure->pivot, structure->in);
    struct finding *finding =
        !structure->link_in
            ? report_access(check, read,
                            "%s %s at %s can miss a change that %s makes at the same time: both "
                            "commit (%s)",
                            access_verb(read), access_relation_name(read), level, other, skew)
        : reader ? report_access(check, read,
                                 "%s %s at %s can miss a change that %s makes, while %s sees it "
                                 "but not what is written here (%s)",
                                 access_verb(read), access_relation_name(read), level, other, third,
                                 skew)
                 : report_access(check, read,
                                 "%s %s at %s can miss a change that %s makes while %s runs too: "
                                 "all three commit (%s)",
                                 access_verb(read), access_relation_name(read), level, other, third,
                                 skew);
    finding_label(check, finding, "what is read here can change before this transaction commits");
    finding_structure(check, finding, structure);
    finding_predicts(finding, reader ? "read-skew" : "write-skew");
    finding_level(check, finding, structure->pivot);
    if (!transaction_has_one_snapshot(structure->pivot))
        finding_weaken(finding); /* one does not expect a serial order at READ COMMITTED */
    finding_repair(check, finding, structure);
    if (serializable_is_enough(check, structure))
        finding_help(check, finding, "%srun %s at SERIALIZABLE, with retry",
                     structure->repair == REPAIR_NONE ? "" : "or ",
                     structure->link_in ? "all three transactions" : "both transactions");
}

static void check_reached(struct check *check, const struct reached *reached)
{
    static const char *const names[] = {[ANOMALY_READ_SKEW] = "read skew",
                                        [ANOMALY_LOST_UPDATE] = "lost update",
                                        [ANOMALY_WRITE_SKEW] = "write skew"};
    static const char *const predictions[] = {[ANOMALY_READ_SKEW] = "read-skew",
                                              [ANOMALY_LOST_UPDATE] = "lost-update",
                                              [ANOMALY_WRITE_SKEW] = "write-skew"};
    const struct transaction *transaction = reached->runs[0], *other = reached->runs[1];
    const struct access *access = reached_access(reached);

    if (!access)
        return;
    struct finding *finding = report_access(
        check, access,
        "%s %s at %s can interleave with %s: both commit, with a result that no serial order gives (%s)",
        access_verb(access), access_relation_name(access),
        isolation_level_name(transaction_level(transaction)),
        opponent_name(check, transaction, other), names[reached->anomaly]);
    if (!reached_is_grave(reached))
        finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, predictions[reached->anomaly]);
    finding_level(check, finding, transaction);
    finding_reached(check, finding, reached);
}

const struct rule rule_dangerous_structure = {
    .name = "dangerous-structure",
    .group = "graph",
    .summary = "Programs that together can give a result that no serial order gives",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew", "read-skew", "lost-update"},
    .yields = {"anomaly"},
    .check_structure = check_structure,
    .reaches = REACHED_ANOMALY,
    .check_reached = check_reached,
};
