#include "lint/rule.h"

/* The forms that wait until all older snapshots are gone (WaitForOlderSnapshots in
 * commands/indexcmds.c). DROP INDEX CONCURRENTLY and DETACH PARTITION CONCURRENTLY wait for
 * transactions that have locked the table, which a session that waits here has not. */
static bool waits_for_snapshots(const struct statement *statement)
{
    if (!(statement->flags & STATEMENT_CONCURRENTLY))
        return false;
    return statement->kind == STATEMENT_UTILITY ||
           (statement->changes && statement->changes->kind == CHANGE_ADD_INDEX);
}

static void report_statement(struct check *check, const struct statement *statement,
                             const struct side_effect *lock)
{
    struct finding *finding =
        report(check, statement->span,
               "%s can fail with 40P01 here: it waits for another session that waits for %s()",
               statement->verb, lock->call->name);

    finding_label(check, finding, "waits until all older snapshots are gone");
    finding_related_side_effect(
        check, finding, lock,
        "another run of this script waits here, and its SELECT keeps a snapshot");
    finding_help(
        check, finding,
        "use pg_try_advisory_lock() and try again after a pause: between two attempts the other session has no snapshot");
    finding_help(check, finding, "or run %s without holding the lock", statement->verb);
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        if (each->kind == TRANSACTION_STATEMENT && each->rest->session_lock &&
            waits_for_snapshots(each->steps->statement))
            report_statement(check, each->steps->statement, each->rest->session_lock);
    }
}

const struct rule rule_concurrently_waits_for_own_lock = {
    .name = "concurrently-waits-for-own-lock",
    .group = "lock",
    .summary = "An index is built CONCURRENTLY under an advisory lock that other sessions wait for",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40P01"},
    .check_script = check_script,
};
