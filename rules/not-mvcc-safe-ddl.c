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
    const char *name = access_relation_name(access);
    struct finding *finding = report_access(
        check, access,
        truncates ? "read skew: %s %s empties it for older snapshots as well"
                  : "read skew: %s %s writes every row anew, older snapshots see none",
        access_verb(access), name);

    finding_label(check, finding, "REPEATABLE READ and SERIALIZABLE see no row, and no error");
    if (reader)
        finding_related_access(check, finding, reader, "returns nothing when it comes too late");
    else
        finding_weaken(finding);
    if (truncates)
        finding_help(check, finding,
                     "DELETE FROM %s leaves the rows to those who may still see them", name);
    else
        finding_help(check, finding,
                     "run it when no snapshot is open, or add a column and fill it in batches");
    if (!reader)
        finding_help(check, finding,
                     "no transaction of these files reads it with one snapshot; pg_dump does");
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
    .check_transaction = check,
};
