#include "lint/rule.h"

/* A row that is locked so that whoever else locks it has to wait. */
static bool is_mutex(const struct access *access)
{
    return access->kind == ACCESS_LOCK && access->lock >= LOCK_NO_KEY_UPDATE &&
           access->wait != WAIT_SKIP && access_rows(access) >= ROWS_POINTS &&
           !access_is_exempt(access) && !access_is_of_foreign_key(access);
}

/* The first write of these rows by a program: a program that writes the row instead of only locking
 * it makes the others fail with 40001. */
static const struct access *find_update(const struct access *mutex,
                                        const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if ((access->kind == ACCESS_UPDATE || access->kind == ACCESS_DELETE) &&
            access_same_rows(access, mutex) != ANSWER_NO)
            return access;
    }
    return NULL;
}

/* A write of the transaction that puts in rows that a second holder of the lock does not see. */
static const struct access *find_hidden_write(const struct access *read)
{
    enum answer unique;

    for (const struct access *write = read->transaction->accesses; write; write = write->next) {
        if (!access_is_write(write) || write->order < read->order || access_is_exempt(write) ||
            access_same_rows(read, write) == ANSWER_NO)
            continue;
        if (write->kind == ACCESS_INSERT && access_shares_key(read, write, &unique) &&
            unique == ANSWER_YES)
            continue; /* 23505 */
        if (access_same_rows(read, write) == ANSWER_YES && access_rows(write) == ROWS_POINT)
            continue; /* 40001, because both write the row */
        if (write_depends(read, write) != DEPENDS_NOT)
            return write;
    }
    return NULL;
}

/* What the mutex seems to protect: a plain read of other rows that decides a write. */
static const struct access *find_read(const struct access *mutex, const struct access **write)
{
    for (const struct access *read = mutex->next; read; read = read->next) {
        if (read->kind == ACCESS_READ && !access_same_statement(read, mutex) &&
            !access_is_exempt(read) && access_same_rows(read, mutex) != ANSWER_YES &&
            !guard_table_lock(read) && !guard_mutex(read, NULL) &&
            (*write = find_hidden_write(read)))
            return read;
    }
    return NULL;
}

/* Another program that locks the row and writes it keeps this one out. */
static bool is_written_elsewhere(const struct corpus *corpus, const struct access *mutex)
{
    const GPtrArray *accesses = corpus_accesses(corpus, mutex);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other->transaction != mutex->transaction &&
            transaction_may_overlap(other->transaction, mutex->transaction) && is_mutex(other) &&
            access_same_relation(other, mutex) && find_update(other, other->transaction))
            return true;
    }
    return false;
}

static void check_mutex(struct check *check, const struct transaction *transaction,
                        const struct access *mutex)
{
    const struct access *write = NULL, *read = find_read(mutex, &write);
    const char *name = access_relation_name(mutex);

    if (!read || find_update(mutex, transaction))
        return;
    struct finding *finding = report_access(
        check, read,
        "the lock on a row of %s does not protect SELECT %s at REPEATABLE READ: write skew is possible",
        name, access_relation_name(read));
    if (is_written_elsewhere(check->corpus, mutex) || write_depends(read, write) != DEPENDS_SEEN)
        finding_weaken(finding);
    finding_label(check, finding, "does not see what the previous holder of the lock committed");
    finding_related_access(check, finding, mutex,
                           "the snapshot is taken before this lock is granted");
    finding_related_access(check, finding, write, "acts on an outdated result");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "update the row instead of locking it (UPDATE %s SET a column to itself): then the "
        "second transaction fails with 40001 and can be retried",
        name);
    finding_help(check, finding, "or use READ COMMITTED, where the lock is sufficient");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (is_mutex(access)) {
            check_mutex(check, transaction, access);
            return;
        }
    }
}

const struct rule rule_lock_row_as_mutex = {
    .name = "lock-row-as-mutex",
    .group = "snapshot",
    .summary = "At REPEATABLE READ, locking one row does not protect reads of other rows",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .levels = AT_REPEATABLE_READ,
    .blocks_only = true,
    .check_transaction = check,
};
