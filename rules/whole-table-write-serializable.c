#include "lint/rule.h"

/* UPDATE or DELETE that names no rows: without WHERE, or with one that is always true. */
static bool writes_all_rows(const struct access *access)
{
    return (access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE) && access->query &&
           !access->merge && !access->query->write->current_of &&
           !access_is_of_foreign_key(access) && !access->query->conditions &&
           !access->where; /* of a view */
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const char *table = access_relation_name(write), *verb = access_verb(write);
    const struct access *other = corpus_writer(check->corpus, write);
    struct finding *finding = report_access(
        check, write,
        "%s %s without WHERE can fail with 40001 (concurrent %s) when %s writes the table", verb,
        table, write->kind == ACCESS_DELETE ? "delete" : "update", writer_name(check, other));

    finding_label(check, finding,
                  "reads and writes every row of %s, with a predicate lock on the whole table",
                  table);
    finding_writer(check, finding, other, NULL);
    finding_level(check, finding, transaction);
    if (!access_own_read(write)) /* which would keep the old snapshot there */
        finding_help(
            check, finding,
            "use READ COMMITTED: a single %s is atomic there too, and waits instead of failing",
            verb);
    finding_help(check, finding,
                 "lock the table right after BEGIN: LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE; or "
                 "write the rows by key in batches",
                 table_sql(check, write));
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
    .summary =
        "UPDATE or DELETE without WHERE at SERIALIZABLE: 40001 with any other writer of the table",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
