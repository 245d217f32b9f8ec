#include "lint/rule.h"

/* UPDATE or DELETE that names no rows: without WHERE, or with one that is always true. */
static bool writes_all_rows(const struct access *access)
{
    const struct condition *condition = access->query ? access->query->conditions : NULL;

    if ((access->kind != ACCESS_UPDATE && access->kind != ACCESS_DELETE) || !access->query ||
        access->merge || access->query->write->current_of || access_is_of_foreign_key(access))
        return false;
    for (; condition; condition = condition->next) {
        if (condition->kind != CONDITION_CONSTANT || !condition->left.text ||
            strcmp(condition->left.text, "true") != 0)
            return false;
    }
    for (const struct restriction *each = access->where; each; each = each->next) {
        if (each->condition->kind != CONDITION_CONSTANT)
            return false; /* of a view */
    }
    return true;
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const char *table = access_relation_name(write), *verb = access_verb(write);
    struct finding *finding = report_access(
        check, write, "40001 concurrent %s: %s %s without WHERE meets every writer of the table",
        write->kind == ACCESS_DELETE ? "delete" : "update", verb, table);

    finding_label(check, finding, "reads and writes every row of %s, and locks it as a whole",
                  table);
    finding_level(check, finding, transaction);
    if (!access_own_read(write)) /* which would keep the old snapshot there */
        finding_help(
            check, finding,
            "one %s is atomic at READ COMMITTED as well, where it waits instead of failing", verb);
    finding_help(check, finding,
                 "to keep the level, LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE directly behind "
                 "BEGIN, or write the rows by key, some at a time",
                 table);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (writes_all_rows(access) && !access_is_exempt(access) && !guard_table_lock(access) &&
            !(access->relation && transaction_creates(transaction, access->relation)))
            check_write(check, transaction, access);
    }
}

const struct rule rule_whole_table_write_serializable = {
    .name = "whole-table-write-serializable",
    .group = "predicate-lock",
    .summary = "UPDATE or DELETE without WHERE at SERIALIZABLE: 40001 with any other writer",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
