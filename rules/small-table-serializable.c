#include "lint/rule.h"

static bool writes_by_key(const struct access *access)
{
    return (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE) && !access->merge &&
           access_rows(access) >= ROWS_RANGE && access->query && !access->query->write->current_of;
}

static bool scans_are_off(const struct access *access)
{
    const char *value = step_setting(access->step, "enable_seqscan");

    return value && strcmp(value, "on") != 0 && strcmp(value, "true") != 0 &&
           strcmp(value, "1") != 0;
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write, "%s %s by key can end in 40001: a small table is read as a whole",
        access_verb(write), table);

    finding_label(check, finding, "conflicts with writers of other rows of %s", table);
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "retry, or accept it while the table is small: the planner reads a table of a few pages as a whole, whatever its indexes");
    finding_help(
        check, finding,
        "set enable_seqscan off in this transaction to make it use the key: SET LOCAL enable_seqscan = off");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (writes_by_key(access) && !access_is_exempt(access) && !guard_table_lock(access) &&
            corpus_is_small(check->corpus, access) && !scans_are_off(access))
            check_write(check, transaction, access);
    }
}

const struct rule rule_small_table_serializable = {
    .name = "small-table-serializable",
    .group = "predicate-lock",
    .summary = "Different rows of a small table are written at SERIALIZABLE: 40001 all the same",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
