#include "lint/rule.h"

/* SELECT last_value FROM a_sequence: the column tells when the catalog does not. */
static bool reads_last_value(const struct access *access)
{
    return access->kind == ACCESS_READ && access->query &&
           (access->relation ? access->relation->kind == RELATION_SEQUENCE
                             : !access_is_exempt(access)) &&
           access_reads_column(access, "last_value") &&
           (access->relation || !access_reads_column(access, "id"));
}

static const struct access *find_write(const struct access *read)
{
    for (const struct access *write = read->next; write; write = write->next) {
        if (access_is_write(write) && !access_is_exempt(write) &&
            !access_is_of_foreign_key(write) && write_depends(read, write) != DEPENDS_NOT)
            return write;
    }
    return NULL;
}

static void check_read(struct check *check, const struct access *read)
{
    const struct access *write = reads_last_value(read) ? find_write(read) : NULL;

    if (!write)
        return;
    struct finding *finding = report_access(
        check, read, "the last value of %s can change at any time: a sequence is no counter",
        access_relation_name(read));
    finding_label(check, finding, "counts numbers of transactions that may be rolled back");
    if (!access_same_statement(read, write))
        finding_related_access(check, finding, write, "uses what was read");
    finding_help(
        check, finding,
        "use nextval for a number that no other transaction gets, or update a row of a table for numbers without gaps");
}

/* Whether other statements share the fate of the call. */
static bool is_in_block(const struct transaction *transaction)
{
    return transaction->kind == TRANSACTION_BLOCK || transaction->kind == TRANSACTION_MESSAGE ||
           transaction->kind == TRANSACTION_SEGMENT ||
           (transaction->kind != TRANSACTION_STATEMENT &&
            transaction_has_one_snapshot(transaction));
}

/* One too great leaves a gap only. */
static bool check_setval(struct check *check, const struct transaction *transaction,
                         const struct side_effect *call)
{
    if (!is_in_block(transaction) || sequence_greatest(transaction, call))
        return false;
    bool fails = transaction_has_one_snapshot(transaction) || transaction->retried;
    struct finding *finding =
        report_side_effect(check, call, "setval is not undone when the transaction %s",
                           fails ? "fails with 40001 and is retried" : "is rolled back");
    if (fails)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "other transactions see it at once; ROLLBACK does not undo it");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "use ALTER SEQUENCE … RESTART, which ROLLBACK undoes, and which blocks nextval until COMMIT");
    return true;
}

/* max(id) knows of no number that an open transaction has taken, so the sequence may be set to one
 * that is in use. */
static bool check_greatest(struct check *check, const struct transaction *transaction,
                           const struct side_effect *call)
{
    const struct access *insert = sequence_taker(check->corpus, transaction, call);
    const char *table = insert ? access_relation_name(insert) : NULL;

    if (!insert)
        return false;
    struct finding *finding = report_side_effect(
        check, call,
        "setval may set the sequence back: other transactions have taken numbers above max() of %s",
        table);
    if (insert->transaction == transaction)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "nextval then returns numbers that are taken: 23505 on INSERT");
    finding_related_access(check, finding, insert,
                           "takes a number here, which max() sees only after COMMIT");
    finding_help(check, finding,
                 "take the number from the sequence in every INSERT: then it need not be set");
    finding_help(check, finding,
                 "or lock first: LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE in the same transaction",
                 table);
    return true;
}

static void check(struct check *check, const struct transaction *transaction)
{
    /* At SERIALIZABLE untracked-read-serializable reports the last value. */
    bool reads = transaction->concurrency == RUNS_CONCURRENTLY &&
                 transaction_level(transaction) != LEVEL_SERIALIZABLE;

    for (const struct access *each = transaction->accesses; each && reads; each = each->next)
        check_read(check, each);
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        if (builtin_effect(call->call->builtin) == EFFECT_SETVAL &&
            (check_greatest(check, transaction, call) || check_setval(check, transaction, call)))
            return;
    }
}

const struct rule rule_sequence_as_counter = {
    .name = "sequence-as-counter",
    .group = "snapshot",
    .summary = "A sequence is set or read as if it belonged to the transaction",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .kinds = 1U << ACCESS_READ | CALLS,
    .check_transaction = check,
};
