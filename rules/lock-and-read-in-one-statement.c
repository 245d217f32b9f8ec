#include "lint/rule.h"

static bool is_lock(const struct query *query, const struct output *output)
{
    for (const struct call *call = query->rest->calls; call; call = call->next) {
        if (call->output == output && call_is_advisory_lock(call))
            return true;
    }
    return false;
}

/* SELECT pg_advisory_lock(id) FROM t: rows are read only to know what to lock. */
static bool only_locks(const struct query *query)
{
    for (const struct output *output = query->outputs; output; output = output->next) {
        if (!is_lock(query, output))
            return false;
    }
    return query->outputs != NULL;
}

static bool feeds_only_locks(const struct query *query)
{
    for (; query; query = query->parent) {
        if (only_locks(query))
            return true;
    }
    return false;
}

/* A plain read that takes its rows from before the wait. */
static const struct access *find_read(const struct side_effect *call,
                                      const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_READ && access->step == call->step &&
            access->statement == call->statement && access->query && !access_is_exempt(access) &&
            !feeds_only_locks(access->query))
            return access;
    }
    return NULL;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct statement *reported = NULL; /* once, however many locks it takes */

    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        const struct access *read =
            call_is_advisory_lock(call->call) ? find_read(call, transaction) : NULL;
        if (!read || read->statement == reported)
            continue;
        reported = read->statement;
        struct finding *finding = report_side_effect(
            check, call,
            "%s waits for its lock too late: the statement reads %s with a snapshot from before the wait",
            call->call->name, access_relation_name(read));
        finding_label(check, finding, "the statement took its snapshot before it waited");
        if (!call->via)
            finding_related_access(check, finding, read,
                                   "returns rows as they were before the lock was granted");
        finding_help(
            check, finding,
            read->statement->kind == STATEMENT_QUERY && !call->via
                ? "take the lock in a statement of its own, then read: at READ COMMITTED the "
                  "second statement has a newer snapshot"
                : "declare the function VOLATILE: then each of its queries takes a new snapshot");
    }
}

const struct rule rule_lock_and_read_in_one_statement = {
    .name = "lock-and-read-in-one-statement",
    .group = "snapshot",
    .summary =
        "One statement waits for an advisory lock, and reads with the snapshot it took before "
        "the wait",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"stale-read"},
    .levels = AT_READ_COMMITTED,
    .kinds = CALLS,
    .check_transaction = check,
};
