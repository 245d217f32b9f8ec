#include "lint/rule.h"

/* What another run, that holds the same lock, can make untrue before this one writes. A unique
 * index keeps the second row out. */
static bool is_outdated_by(const struct access *read, const struct access *write)
{
    enum answer unique = ANSWER_NO;

    if (access_same_rows(read, write) == ANSWER_NO || access_is_upsert(write))
        return false;
    if (write->kind != ACCESS_INSERT)
        return conflict_read_write(read, write, BY_COLUMN);
    return (access_shares_key(read, write, &unique) || access_rows(read) == ROWS_ALL) &&
           unique != ANSWER_YES;
}

/* A plain read after the lock and what it decides. Under one snapshot the second UPDATE of a row
 * fails with 40001, and loses nothing. */
static const struct access *find_write(const struct access *lock, const struct access **read)
{
    bool snapshot = transaction_has_one_snapshot(lock->transaction);

    for (const struct access *each = lock->next; each; each = each->next) {
        if (each->kind != ACCESS_READ || !access_same_relation(each, lock) ||
            guard_serializes(each))
            continue;
        for (const struct access *write = each->next; write; write = write->next) {
            if (is_outdated_by(each, write) && !access_same_statement(each, write) &&
                (!snapshot || write->kind == ACCESS_INSERT) &&
                write_depends(each, write) != DEPENDS_NOT && !guard_rechecks(each, write)) {
                *read = each;
                return write;
            }
        }
    }
    return NULL;
}

/* A lock of the table with which this one does not go together. */
static bool is_kept_out(const struct access *write, enum table_lock mode)
{
    for (const struct access *each = write->transaction->accesses; each != write;
         each = each->next) {
        if (each->kind == ACCESS_TABLE_LOCK && access_same_relation(each, write) &&
            table_lock_conflicts(each->table_lock, mode))
            return true;
    }
    return false;
}

/* Another program that writes what was read without asking for the lock. */
static const struct access *find_writer(const struct corpus *corpus, const struct access *read,
                                        enum table_lock mode)
{
    const GPtrArray *accesses = corpus_accesses(corpus, read);
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *write = accesses->pdata[i];
        if (write->transaction != read->transaction &&
            transaction_may_overlap(write->transaction, read->transaction) &&
            is_outdated_by(read, write) && !is_kept_out(write, mode))
            return write;
    }
    return NULL;
}

static void check_lock(struct check *check, const struct access *lock)
{
    bool itself = table_lock_conflicts(lock->table_lock, lock->table_lock);
    const char *table = access_relation_name(lock);
    const struct access *read, *write = find_write(lock, &read), *writer = NULL;

    if (!write || (itself && !(writer = find_writer(check->corpus, read, lock->table_lock))))
        return;
    bool inserts = write->kind == ACCESS_INSERT;
    struct finding *finding =
        report_access(check, lock, "LOCK TABLE %s IN %s MODE does not keep out a %s: %s", table,
                      table_lock_name(lock->table_lock), itself ? "writer" : "second run",
                      inserts ? "a duplicate row is possible" : "a lost update is possible");
    finding_predicts(finding, inserts ? "phantom" : "lost-update");
    finding_label(check, finding,
                  itself ? "conflicts with this mode, but not with INSERT or UPDATE"
                         : "two transactions can hold this lock at the same time");
    finding_related_access(check, finding, read, "reads what another transaction may change");
    finding_related_access(check, finding, write, "uses the result, which may be out of date");
    if (writer)
        finding_related_access(check, finding, writer, "writes without taking this lock");
    finding_level(check, finding, lock->transaction);
    finding_help(check, finding, "use LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE%s",
                 table_sql(check, lock),
                 transaction_has_one_snapshot(lock->transaction) ? ", as the first statement" : "");
    finding_lock_mode(check, finding, lock, TABLE_LOCK_SHARE_ROW_EXCLUSIVE);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_TABLE_LOCK && !access_is_exempt(access) &&
            !table_lock_conflicts(access->table_lock, TABLE_LOCK_ROW_EXCLUSIVE))
            check_lock(check, access);
    }
}

const struct rule rule_lock_mode_not_self_exclusive = {
    .name = "lock-mode-not-self-exclusive",
    .group = "lock",
    .summary = "LOCK TABLE in a mode that does not keep a second run out",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update", "phantom"},
    .needs_opponent = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .kinds = 1U << ACCESS_TABLE_LOCK,
    .check_transaction = check,
};
