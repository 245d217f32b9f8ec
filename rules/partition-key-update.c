#include "lint/rule.h"

/* A column that says where the row goes, unless the row has that value already. */
static const char *moves_by(const struct access *update)
{
    for (const struct assignment *each = update->assignments; each; each = each->next) {
        const struct operand *old = each->column ? access_equals(update, each->column) : NULL;
        if (each->column && relation_partitions_by(update->relation, each->column) &&
            !(old && operand_same_value(old, &each->value) == ANSWER_YES))
            return each->column;
    }
    return NULL;
}

static void check_update(struct check *check, const struct access *update, const char *column)
{
    const unsigned kinds = 1u << ACCESS_UPDATE | 1u << ACCESS_DELETE | 1u << ACCESS_LOCK;
    const struct access *other = corpus_find(check->corpus, update, kinds, true);
    const char *table = access_relation_name(update);
    struct finding *finding = report_access(
        check, update,
        "%s %s sets %s and can move the row to another partition: a transaction waiting for the "
        "row fails with 40001",
        access_verb(update), table, column);

    finding_label(check, finding, "deletes the row in one partition and inserts it in another");
    if (other)
        finding_related_access(check, finding, other, "fails if it waits for this row, %s",
                               "also at READ COMMITTED");
    finding_help(
        check, finding,
        "retry every transaction that updates, deletes or locks rows of %s on 40001, also at READ COMMITTED",
        table);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        const char *column;
        if (access->kind == ACCESS_UPDATE && access->relation && access->relation->partitioned &&
            !access_is_exempt(access) && !transaction->set_up && !guard_table_lock(access) &&
            (column = moves_by(access)))
            check_update(check, access, column);
    }
}

const struct rule rule_partition_key_update = {
    .name = "partition-key-update",
    .group = "conflict",
    .summary =
        "An UPDATE moves a row to another partition: a transaction waiting for the row fails "
        "with 40001 at every level",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .since = 1100,
    .needs_opponent = true,
    .kinds = 1U << ACCESS_UPDATE,
    .check_transaction = check,
};
