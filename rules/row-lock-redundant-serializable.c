#include "lint/rule.h"

static bool is_row_lock(const struct access *access)
{
    return access->kind == ACCESS_LOCK && access->wait == WAIT_BLOCK;
}

/* LOCK TABLE before the snapshot makes transactions go one after the other, so that none fails. */
static bool is_table_lock(const struct access *access)
{
    return access->kind == ACCESS_TABLE_LOCK && !(access->statement->flags & STATEMENT_NOWAIT) &&
           (access->step->after_snapshot || access->body);
}

static void report_lock(struct check *check, const struct transaction *transaction,
                        const struct access *lock)
{
    const char *verb = access_verb(lock), *table = access_relation_name(lock);
    struct finding *finding = report_access(
        check, lock, "%s %s takes a lock that is not needed when every writer is SERIALIZABLE",
        verb, table);

    finding_label(check, finding, "makes other transactions wait, and can deadlock");
    finding_level(check, finding, transaction);
    if (lock->kind == ACCESS_TABLE_LOCK) {
        finding_help(
            check, finding,
            "remove it; or move it right after BEGIN, where it makes other runs wait instead of "
            "failing");
        return;
    }
    finding_help(check, finding,
                 "use a plain SELECT: SERIALIZABLE already detects the conflict, and one of the "
                 "transactions fails with 40001");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (!check->options->all_serializable)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if ((is_row_lock(access) || is_table_lock(access)) && !access_is_exempt(access) &&
            !access_is_of_foreign_key(access) && !guard_table_lock(access))
            report_lock(check, transaction, access);
    }
}

const struct rule rule_row_lock_redundant_serializable = {
    .name = "row-lock-redundant-serializable",
    .group = "predicate-lock",
    .summary = "Rows or tables are locked although every writer is SERIALIZABLE",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"performance"},
    .since = 901,
    .needs_opponent = true,
    .levels = AT_SERIALIZABLE,
    .blocks_only = true,
    .check_transaction = check,
};
