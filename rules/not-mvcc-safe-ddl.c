#include "lint/rule.h"

/* Another program that may look at the table with a snapshot from before. */
static const struct access *find_reader(const struct corpus *corpus, const struct access *access)
{
    const GPtrArray *accesses = corpus_accesses(corpus, access);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *reader = accesses->pdata[i];
        /* DDL is what comes while the application runs; another migration does not. */
        bool both = reader->transaction->concurrency != RUNS_CONCURRENTLY &&
                    access->transaction->concurrency != RUNS_CONCURRENTLY;
        if (!both && reader->transaction != access->transaction &&
            access_same_relation(reader, access) && reader->kind != ACCESS_INSERT &&
            reader->kind < ACCESS_TRUNCATE && transaction_has_one_snapshot(reader->transaction) &&
            !guard_table_lock(reader))
            return reader;
    }
    return NULL;
}

static void check_access(struct check *check, const struct access *access)
{
    bool truncates = access->kind == ACCESS_TRUNCATE;
    const struct access *reader = find_reader(check->corpus, access);
    if (!reader)
        return; /* true of every TRUNCATE, and pg_dump may be hurt by it: there is nothing to do about it */
    const char *name = access_relation_name(access);
    struct finding *finding =
        report_access(check, access,
                      truncates ? "%s %s empties the table for older snapshots too"
                                : "%s %s rewrites the table, so that older snapshots see no row",
                      access_verb(access), name);

    finding_label(check, finding,
                  "transactions at REPEATABLE READ and SERIALIZABLE see no row, and get no error");
    finding_related_access(check, finding, reader, "returns no row if it runs afterwards");
    if (truncates)
        finding_help(
            check, finding,
            "use DELETE FROM %s, which leaves the rows to transactions that may still see them",
            table_sql(check, access));
    else
        finding_help(check, finding,
                     "run it when no snapshot is open, or add a column and fill it in batches");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if ((access->kind == ACCESS_TRUNCATE ||
             access_rewrites(access, check->options->server_version)) &&
            !access_is_exempt(access) && !transaction_creates(transaction, access->relation))
            check_access(check, access);
    }
}

const struct rule rule_not_mvcc_safe_ddl = {
    .name = "not-mvcc-safe-ddl",
    .group = "snapshot",
    .summary = "TRUNCATE or a rewriting ALTER TABLE: older snapshots see an empty table",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"read-skew"},
    .kinds = 1U << ACCESS_TRUNCATE | 1U << ACCESS_DEFINE,
    .check_transaction = check,
};
