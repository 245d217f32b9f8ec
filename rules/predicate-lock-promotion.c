#include "lint/rule.h"

/* max_pred_locks_per_relation = -2: half of max_pred_locks_per_transaction = 64. The lock that
 * reaches it becomes one on the relation. Rows of one page count as one when they are three. */
enum { MOST_ROWS = 31 };

/* A range, or a long list of keys, that an index finds. Rows that are written are not kept. */
static bool reads_many(const struct access *access)
{
    uint64_t most = access_most_rows(access);
    enum row_set rows = access_rows(access);

    if (access->kind != ACCESS_READ && access->kind != ACCESS_LOCK)
        return false;
    return rows == ROWS_POINTS ? most > MOST_ROWS
                               : rows == ROWS_RANGE && (most == 0 || most > MOST_ROWS);
}

static bool has_unknown_limit(const struct access *access)
{
    return access->query && access->query->rest->limit &&
           access->query->rest->limit->kind != OPERAND_CONSTANT;
}

/* The writer of the table: the program itself, or another one. */
static const struct access *find_writer(const struct check *check,
                                        const struct transaction *transaction,
                                        const struct access *read)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_write(access) && access_same_relation(access, read))
            return access;
    }
    return corpus_writer(check->corpus, read);
}

static void check_read(struct check *check, const struct transaction *transaction,
                       const struct access *read)
{
    struct index_use use = index_use(read, &check->script->arena);
    const struct access *writer = find_writer(check, transaction, read);
    const char *table = access_relation_name(read);
    uint64_t most = access_most_rows(read);

    if (use.usable != ANSWER_YES || !writer)
        return;
    struct finding *finding = report_access(
        check, read, "%s %s by %s more than %d rows can end in 40001 with any writer of the table",
        access_verb(read), table,
        access_rows(read) == ROWS_POINTS ? "a list of"
        : most > MOST_ROWS               ? "a range of"
                                         : "a range that may have",
        MOST_ROWS);
    finding_label(
        check, finding,
        "after 31 predicate locks on rows or pages of %s the server locks the whole table instead",
        table);
    if (writer->transaction == transaction)
        finding_related_access(check, finding, writer, "writes the table, as other runs do");
    finding_level(check, finding, transaction);
    finding_help(check, finding, "read at most %d rows of the table in one transaction", MOST_ROWS);
    finding_help(
        check, finding,
        "or raise max_pred_locks_per_relation to the number of rows that a transaction reads");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction_read_only(transaction))
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->range && reads_many(access) && !has_unknown_limit(access) &&
            !access_is_exempt(access) && !guard_table_lock(access))
            check_read(check, transaction, access);
    }
}

const struct rule rule_predicate_lock_promotion = {
    .name = "predicate-lock-promotion",
    .group = "predicate-lock",
    .summary =
        "A SERIALIZABLE read of many rows, whose predicate locks become one on the whole table",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001", "performance"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
