#include "lint/rule.h"

/* One row that is read and then written: lost-update and stale-check. */
static bool is_of_one_row(const struct structure *structure)
{
    return access_rows(structure->read) >= ROWS_POINTS && access_is_write(structure->back) &&
           access_same_rows(structure->read, structure->back) == ANSWER_YES;
}

/* At READ COMMITTED a pivot that only reads is what read-skew looks at, and what happens to one row
 * or inside one statement other rules. */
static bool is_told(const struct structure *structure)
{
    const struct access *cut = structure->cut;

    return !transaction_has_one_snapshot(structure->pivot) &&
           (!transaction_may_write(structure->pivot) || is_of_one_row(structure) ||
            (cut && access_same_statement(structure->read, cut)));
}

/* setval stands outside of transactions, and what is prepared keeps its conflicts to its end. */
static bool stands_outside(const struct transaction *transaction)
{
    for (const struct routine_call *call = transaction->calls; call; call = call->next) {
        if (builtin_effect(call->call->builtin) == EFFECT_SETVAL)
            return true;
    }
    return transaction->end && transaction->end->kind == STATEMENT_PREPARE_TRANSACTION;
}

static bool is_beyond_levels(const struct structure *structure)
{
    return stands_outside(structure->pivot) || stands_outside(structure->out) ||
           stands_outside(structure->in);
}

static void check_structure(struct check *check, const struct structure *structure)
{
    const struct access *read = structure->read;
    const char *level = isolation_level_name(transaction_level(structure->pivot));

    /* Four runs are so unlikely that only the graph shows them. */
    if (structure->kind != STRUCTURE_SILENT || structure->middle || is_told(structure))
        return;
    bool reader = !transaction_may_write(structure->in);
    struct finding *finding = report_access(
        check, read, "%s skew without an error: %s %s at %s, while %s writes it and %s %s",
        reader ? "read" : "write", access_verb(read), access_relation_name(read), level,
        program_name(check, structure->out),
        structure->link_in ? program_name(check, structure->in) : "the same program",
        access_is_write(structure->in_access) && !access_is_write(structure->back)
            ? "writes what is read later"
            : "sees what is written later");
    finding_label(check, finding, "the pivot: it reads what one writes, and writes what one reads");
    finding_structure(check, finding, structure);
    finding_predicts(finding, reader ? "read-skew" : "write-skew");
    finding_level(check, finding, structure->pivot);
    if (!transaction_has_one_snapshot(structure->pivot))
        finding_weaken(finding); /* nobody expects a serial order at READ COMMITTED */
    finding_repair(check, finding, structure);
    if (!is_beyond_levels(structure))
        finding_help(check, finding, "or SERIALIZABLE for all %s, with retry",
                     structure->link_in ? "three" : "of them");
}

const struct rule rule_dangerous_structure = {
    .name = "dangerous-structure",
    .group = "graph",
    .summary = "Programs that together can give a result that no serial order gives",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew", "read-skew"},
    .yields = {"anomaly"},
    .check_structure = check_structure,
};
