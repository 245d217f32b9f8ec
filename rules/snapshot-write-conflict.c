#include "lint/rule.h"

/* What another rule says of this write: snapshot-read-modify-write when its rows have been read
 * before, whole-table-write-serializable when it names none. */
static bool is_reported_elsewhere(const struct access *write)
{
    bool serializable = transaction_level(write->transaction) == LEVEL_SERIALIZABLE;
    enum answer same;

    if (window_read(write, &same) && (same == ANSWER_YES || !serializable))
        return true;
    return serializable && !write->merge && access_rows(write) == ROWS_ALL;
}

/* Equal to what each run gives, or to something in a table of which nothing is known. */
static bool asks_for_some(const struct access *write)
{
    bool described = write->relation && write->relation->described;

    for (const struct restriction *each = write->where; each; each = each->next) {
        if (each->term.condition->kind == CONDITION_COMPARE &&
            each->term.comparison == COMPARE_EQUAL &&
            (!described || each->term.value->kind != OPERAND_CONSTANT))
            return true;
    }
    return false;
}

/* Many rows, found by what they are like: a long statement, the same rows in each run. */
static bool is_sweep(const struct access *write)
{
    return access_rows(write) < ROWS_POINTS && !access_most_rows(write) && !asks_for_some(write);
}

/* Such a DELETE is a job that meets a second run of itself; or another program surely writes rows
 * that are among these. */
static bool is_likely(const struct access *write, const struct access *writer)
{
    return is_sweep(write) && (write->kind == ACCESS_DELETE ||
                               (writer && access_same_rows(writer, write) == ANSWER_YES));
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    const char *verb = access_verb(write), *table = access_relation_name(write);
    const char *key = key_column(check, write);
    const struct access *writer = conflict_writer(check->corpus, write, BY_ROW, NULL);
    struct finding *finding = report_access(
        check, write, "%s %s can fail with 40001; at READ COMMITTED it would wait and succeed",
        verb, table);

    if (is_likely(write, writer))
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding,
                  window_is_late(write)
                      ? "fails if %s has changed one of these rows since the snapshot"
                      : "fails if %s is changing one of these rows",
                  writer_name(check, writer));
    if (window_is_late(write))
        finding_snapshot(check, finding, write);
    finding_writer(check, finding, writer, NULL);
    finding_level(check, finding, transaction);
    if (flow_picked_by(write))
        finding_help(
            check, finding,
            "use READ COMMITTED and lock the rows where they are picked: WHERE %s = ANY (ARRAY(SELECT %s … FOR UPDATE SKIP LOCKED))",
            key, key);
    else if (access_own_read(write)) /* its sub-SELECT would keep the old snapshot there */
        finding_help(
            check, finding,
            "retry the whole transaction from BEGIN: at READ COMMITTED its sub-SELECT would use old rows");
    else if (!is_sweep(write))
        finding_help(
            check, finding,
            "use READ COMMITTED if this statement does not depend on an earlier read: it then waits and uses the current row");
    else if (write->kind == ACCESS_DELETE)
        finding_help(
            check, finding,
            "use READ COMMITTED and delete in batches: WHERE %s = ANY (ARRAY(SELECT %s … LIMIT 1000 FOR UPDATE SKIP LOCKED))",
            key, key);
    else
        finding_help(check, finding,
                     "use READ COMMITTED, and update in batches to keep the waits short");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction->retried && check->options->all_serializable)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if ((access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE) &&
            window_compares(access) && window_is_open(access) && !is_reported_elsewhere(access))
            check_write(check, transaction, access);
    }
}

const struct rule rule_snapshot_write_conflict = {
    .name = "snapshot-write-conflict",
    .group = "conflict",
    .summary =
        "UPDATE or DELETE under one snapshot: 40001 where READ COMMITTED would wait and succeed",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_WRITING,
    .check_transaction = check,
};
