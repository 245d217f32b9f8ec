#include "lint/rule.h"

static bool is_candidate(const struct access *write)
{
    return (write->kind == ACCESS_UPDATE || access_is_upsert(write)) && !access_is_exempt(write) &&
           !access_is_of_foreign_key(write);
}

/* The value was computed from what this access found in a transaction before. What a loop reads
 * before its COMMIT is reported by commit-in-cursor-loop. */
static bool is_stale(const struct access *read, const struct access *write)
{
    const char *column;

    return read->transaction != write->transaction && read->kind != ACCESS_INSERT &&
           !(read->body && write->body && body_is_inside(write->body, read->body)) &&
           value_depends(read, write, &column) == DEPENDS_SEEN &&
           access_same_rows(read, write) == ANSWER_YES && !guard_rechecks(read, write);
}

static const struct access *seen_read(const struct access *write)
{
    for (const struct source *source = write->rest->data; source; source = source->next) {
        if (is_stale(source->access, write))
            return source->access;
    }
    return NULL;
}

/* Whether the transaction looks at the rows itself before it writes them. */
static bool looks_again(const struct access *write)
{
    for (const struct access *each = write->transaction->accesses; each && each != write;
         each = each->next) {
        if (access_same_rows(each, write) != ANSWER_NO && !access_same_statement(each, write))
            return true;
    }
    return false;
}

/* A SELECT of the very row alone, and a block that sets what it has shown. */
static const struct access *assumed_read(const struct transaction *before,
                                         const struct access *write)
{
    const struct access *read = before ? before->accesses : NULL;
    const char *column;
    bool sequence = before && script_is_sequence(before->script);

    if (!read || before->kind != TRANSACTION_STATEMENT || read->kind != ACCESS_READ || read->body ||
        write->body || looks_again(write))
        return NULL;
    if (!sequence && write->transaction->kind != TRANSACTION_BLOCK)
        return NULL;
    return value_depends(read, write, &column) == DEPENDS_ASSUMED &&
                   (sequence || access_names_column(read, column)) &&
                   (access_rows(read) == ROWS_POINT ||
                    (sequence && access_rows(read) == ROWS_POINTS)) &&
                   access_same_rows(read, write) == ANSWER_YES && !guard_rechecks(read, write) &&
                   (sequence || !script_is_sent_by_program(before->script))
               ? read
               : NULL;
}

static void report_write(struct check *check, const struct access *read, const struct access *write,
                         bool seen)
{
    struct arena *arena = &check->script->arena;
    const char *column;
    enum dependence found = value_depends(read, write, &column);
    const char *columns = overwritten_columns(check, read, write, column, found);
    bool several = columns != column;
    struct finding *finding = report_access(
        check, write,
        "%s %s may overwrite a concurrent change to %s: %s from an earlier transaction",
        access_verb(write), access_relation_name(write), columns,
        several ? "their values come" : "its value comes");

    finding->read = read;
    if (!seen && !script_is_sequence(check->script))
        finding_weaken(finding);
    finding_label(check, finding, "overwrites what was committed since the read");
    finding_related_access(check, finding, read, "%s read here, in an earlier transaction",
                           several ? "they are" : arena_printf(arena, "%s is", column));
    if (transaction_has_one_snapshot(write->transaction))
        finding_help(
            check, finding,
            "put the read into the transaction: %s does not cover what was read before BEGIN",
            isolation_level_name(transaction_level(write->transaction)));
    advise_write_back(check, finding, write, column, several,
                      arena_printf(arena, "read the row in the transaction that writes it: %s",
                                   locking_read(check, read)));
}

static void check_script(struct check *check, const struct script *script)
{
    const struct transaction *before = NULL;

    for (const struct transaction *transaction = script->transactions; transaction;
         before = transaction, transaction = transaction->next) {
        for (const struct access *write = transaction->accesses; write; write = write->next) {
            const struct access *seen = is_candidate(write) ? seen_read(write) : NULL;
            const struct access *read =
                seen || !is_candidate(write) ? seen : assumed_read(before, write);
            if (read && !guard_session_lock(read))
                report_write(check, read, write, seen != NULL);
        }
    }
}

const struct rule rule_read_outside_transaction = {
    .name = "read-outside-transaction",
    .group = "retry",
    .summary =
        "A row is set to a value that an earlier transaction read: lost update at every level",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .beyond_machine = true,
    .check_script = check_script,
};
