#include "lint/rule.h"

/* A log: its rows are not changed. Rows that are changed are listed page by page, and one that is
 * left out of a page is no loss. */
static bool is_log(const struct check *check, const struct access *read)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *each = accesses->pdata[i];
        if (each->kind == ACCESS_UPDATE && access_same_relation(each, read))
            return false;
    }
    return true;
}

static void report_read(struct check *check, const struct access *read, const struct access *insert,
                        const struct column *column, bool remembered)
{
    const char *table = access_relation_name(read), *name = column->name;
    bool number = !g_str_has_prefix(column->type, "timestamp");
    struct finding *finding =
        report_access(check, read,
                      "%s %s may skip rows for ever: %s follows the order of the INSERTs, not of "
                      "their COMMITs",
                      access_verb(read), table, name);

    if (!remembered)
        finding_weaken(finding);
    finding_label(check, finding, "never reads a smaller %s that is committed after a greater one",
                  name);
    finding_related_access(check, finding, insert,
                           "another run can take the next %s and commit before this one", name);
    finding_level(check, finding, read->transaction);
    finding_help(
        check, finding,
        "let one transaction insert at a time: SELECT pg_advisory_xact_lock() with one key "
        "before every INSERT %s",
        table);
    finding_help(check, finding,
                 "or add a column tx xid8 DEFAULT pg_current_xact_id(), and read only rows of "
                 "finished transactions: WHERE tx < pg_snapshot_xmin(pg_current_snapshot())");
    if (number)
        finding_help(check, finding,
                     "or stop at the first gap in %s, and pass it only when no transaction that is "
                     "older than the gap is open",
                     name);
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction->set_up || transaction->concurrency != RUNS_CONCURRENTLY)
        return;
    for (const struct access *read = transaction->accesses; read; read = read->next) {
        const struct column *column = sequence_polled(read);
        const struct access *insert =
            column ? sequence_unordered(check->corpus, read, column) : NULL;
        bool remembered = insert && sequence_is_remembered(read);
        if (remembered || (insert && is_log(check, read)))
            report_read(check, read, insert, column, remembered);
    }
}

const struct rule rule_sequence_order_is_not_commit_order = {
    .name = "sequence-order-is-not-commit-order",
    .group = "anomaly",
    .summary =
        "A log is read from the last number on: a lower number that is committed later is never read",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"stale-read"},
    .beyond_machine = true,
    .kinds = 1U << ACCESS_READ | 1U << ACCESS_LOCK,
    .check_transaction = check,
};
