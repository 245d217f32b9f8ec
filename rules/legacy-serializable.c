#include "lint/rule.h"

enum { FIRST_WITH_SSI = 901 };

/* It writes the very row that it has read: of two transactions that do so, one fails with 40001. */
static bool is_written(const struct access *read)
{
    const struct access *write = access_rows(read) >= ROWS_POINT ? read->next : NULL;

    while (write && !((write->kind == ACCESS_UPDATE || write->kind == ACCESS_DELETE) &&
                      access_same_relation(write, read) && access_covers(write, read)))
        write = write->next;
    return write != NULL;
}

/* Other transactions may change what it reads, and it writes something else or more. */
static const struct access *open_read(const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_READ && !access_is_exempt(access) &&
            !access_is_of_foreign_key(access) && !guard_table_lock(access) && !is_written(access))
            return access;
    }
    return NULL;
}

static const struct access *first_write(const struct transaction *transaction)
{
    const struct access *access = transaction->accesses;

    while (access && (!access_is_write(access) || access_is_exempt(access)))
        access = access->next;
    return access;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
    const struct access *read, *write;

    if (check->options->server_version >= FIRST_WITH_SSI || level->asked != LEVEL_SERIALIZABLE)
        return;
    read = open_read(transaction);
    write = first_write(transaction);
    if (!read || !write)
        return;
    bool here = level->script == check->script && level->provenance == FROM_EXPLICIT;
    struct finding *finding =
        report(check, here ? level->span : transaction_span(transaction),
               "SERIALIZABLE does not prevent write skew here: before PostgreSQL 9.1 it is what "
               "REPEATABLE READ is now");
    finding_label(check, finding, "one snapshot, without a check for conflicts");
    const struct access *writer = conflict_writer(check->corpus, read, BY_COLUMN, NULL);
    finding_related_access(check, finding, read, "%s may change these rows",
                           writer_name(check, writer));
    if (!access_same_statement(read, write))
        finding_related_access(check, finding, write, "this write succeeds all the same");
    finding_writer(check, finding, writer, NULL);
    if (!here)
        finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "make LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE the first statement, or lock every row "
        "that the decision reads with SELECT … FOR UPDATE",
        table_sql(check, read));
}

const struct rule rule_legacy_serializable = {
    .name = "legacy-serializable",
    .group = "environment",
    .summary = "SERIALIZABLE on a server before 9.1, which does not prevent write skew",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"write-skew"},
    .kinds = ACCESS_WRITES,
    .check_transaction = check,
};
