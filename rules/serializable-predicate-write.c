#include "lint/rule.h"

/* Whether a second copy of the transaction can write what this read looks at, although both do not
 * write the same row: then each reads around the other, which SSI does not allow. */
static bool can_invalidate(const struct access *read, const struct access *write)
{
    if (read->kind != ACCESS_READ && read->kind != ACCESS_LOCK)
        return false;
    if (!access_is_write(write) || access_same_rows(read, write) == ANSWER_NO)
        return false;
    if (write->kind == ACCESS_INSERT) /* a foreign key finds its row, or ends in 23503 */
        return !access_is_of_foreign_key(read) && !access_asks_for_made_value(read, write);
    /* Rows that are locked or known by key are compared one by one: snapshot-read-modify-write. */
    return read->kind == ACCESS_READ && access_rows(read) < ROWS_POINT &&
           !access_same_statement(write, read);
}

/* What is read is whether a key is there. The page of the index that would hold it is locked, the
 * whole index while it is empty (predicate.c, README-SSI). */
static void advise_key(struct check *check, struct finding *finding, const struct access *read,
                       bool unique)
{
    const char *columns = equal_columns(check, read);

    if (!unique && !columns)
        return;
    if (!unique) {
        finding_help(
            check, finding,
            "declare %s UNIQUE if there can be one row of it: the check then needs no SERIALIZABLE",
            columns);
        return;
    }
    finding_help(
        check, finding,
        "insert without the SELECT, and treat 23505 as the answer: the unique key makes the check");
    finding_help(
        check, finding,
        "expect 40001 for different keys too while %s is small: keys share an index page, and an empty index is locked as a whole",
        access_relation_name(read));
}

/* A row that every run writes before it reads makes the second run fail there, with "concurrent
 * update", whatever both read: the rules about that write report it. */
static bool is_queued(const struct access *read)
{
    const struct access *mutex = guard_mutex(read);

    return mutex && mutex->order < read->order;
}

static void check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    for (const struct access *read = transaction->accesses; read; read = read->next) {
        if (read == write || !can_invalidate(read, write) || is_queued(read))
            continue;
        struct finding *finding = report_access(
            check, write,
            "%s %s can fail with 40001 when two runs overlap: each changes what the %s of the other reads",
            access_verb(write), access_relation_name(write), access_verb(read));
        finding_label(check, finding,
                      "fails here if the other run has committed, otherwise at COMMIT");
        if (!access_same_statement(read, write))
            finding_related_access(check, finding, read, "reads what the other run writes");
        finding_level(check, finding, transaction);
        enum answer unique;
        if (write->kind == ACCESS_INSERT && access_shares_key(read, write, &unique))
            advise_key(check, finding, read, unique == ANSWER_YES);
        return;
    }
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction->retried)
        return;
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access_is_write(access) && !access_is_exempt(access) && !guard_table_lock(access))
            check_write(check, transaction, access);
    }
}

const struct rule rule_serializable_predicate_write = {
    .name = "serializable-predicate-write",
    .group = "conflict",
    .summary = "A SERIALIZABLE transaction writes rows that its own copies read: 40001",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .failure = FAILS_BY_PREDICATE,
    .check_transaction = check,
};
