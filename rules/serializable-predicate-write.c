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

/* A row that every run writes before it reads makes the second run fail there, with "concurrent
 * update", whatever both read: the rules about that write report it. */
static bool is_queued(const struct access *read)
{
    const struct access *mutex = guard_mutex(read, NULL);

    return mutex && mutex->order < read->order;
}

static bool check_write(struct check *check, const struct transaction *transaction,
                        const struct access *write)
{
    for (const struct access *read = access_first_peer(write); read;
         read = access_next_peer(read)) {
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
        advise_key(check, finding, read, write);
        return true;
    }
    return false;
}

/* A foreign key's check locks the page of the parent's index where the key stands. Each run adds a
 * key there: of three the one in the middle has a conflict in and one out. */
static bool check_page(struct check *check, const struct access *insert)
{
    for (const struct access *keeper = access_first_peer(insert); keeper;
         keeper = access_next_peer(keeper)) {
        if (!access_is_of_foreign_key(keeper) || !access_checks_parent(keeper) ||
            keeper->rest->key->initially_deferred || !access_same_relation(insert, keeper) ||
            is_queued(keeper))
            continue;
        const char *parent = access_relation_name(insert);
        struct finding *finding = report_access(
            check, keeper,
            "%s can fail with 40001 when three runs overlap: its foreign key check locks an index page of %s, to which the others add keys",
            keeper->statement->verb, parent);
        finding->beyond_machine = true;
        finding_label(check, finding, "checks the foreign key; fails here or at COMMIT");
        if (!access_same_statement(keeper, insert))
            finding_related_access(check, finding, insert, "adds a key of %s", parent);
        finding_level(check, finding, insert->transaction);
        finding_help(
            check, finding,
            "use READ COMMITTED if nothing else needs SERIALIZABLE here: foreign keys hold at every level");
        finding_help(
            check, finding,
            "or declare the foreign key DEFERRABLE INITIALLY DEFERRED: it is then checked at COMMIT, and few runs insert after that");
        return true;
    }
    return false;
}

static bool may_fail(const struct access *access)
{
    return access_is_write(access) && access_is_read_beside(access) && !access_is_exempt(access) &&
           !guard_table_lock(access);
}

static void check(struct check *check, const struct transaction *transaction)
{
    bool found = transaction->retried;

    for (const struct access *each = transaction->accesses; each && !transaction->retried;
         each = each->next)
        found |= may_fail(each) && check_write(check, transaction, each);
    for (const struct access *each = transaction->accesses; each && !found; each = each->next)
        found = each->kind == ACCESS_INSERT && may_fail(each) && check_page(check, each);
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
