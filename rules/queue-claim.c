#include "lint/rule.h"

/* SELECT … LIMIT without a lock, in the statement that takes what it finds, or before it: who comes
 * later would pick another row. */
static bool picks(const struct access *read, const struct access *write)
{
    return read->kind == ACCESS_READ && read->query && read->query->limit &&
           access_same_relation(read, write) && access_same_rows(read, write) != ANSWER_NO &&
           conflict_read_write(read, write, BY_COLUMN);
}

/* The write asks once more for the state that the sub-SELECT asked for. */
static bool repeats_state(const struct access *read, const struct access *write)
{
    return guard_rechecks(read, write) || guard_repeats(read, write);
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    bool one_statement = access_same_statement(read, write);
    bool repeated = repeats_state(read, write);
    struct finding *finding = report_access(
        check, write,
        repeated
            ? "nothing taken although rows are waiting: %s %s takes the row that another has taken"
            : "taken twice without an error: %s %s takes a row that another takes at once",
        access_verb(write), access_relation_name(write));

    if (repeated)
        finding->severity = SEVERITY_NOTE;
    else if (!one_statement)
        finding_weaken(finding);
    finding_label(check, finding, "waits for the other, then %s",
                  repeated ? "finds nothing" : "takes it again");
    finding_related(check, finding, read->span, "picks the row without a lock");
    finding_level(check, finding, write->transaction);
    finding_help(check, finding, "SELECT … LIMIT … FOR UPDATE SKIP LOCKED where the row is picked");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *write = transaction->accesses; write; write = write->next) {
        if ((write->kind != ACCESS_UPDATE && write->kind != ACCESS_DELETE) ||
            access_is_exempt(write))
            continue;
        for (const struct access *read = transaction->accesses; read != write; read = read->next) {
            if (!picks(read, write) || guard_serializes(read) || guard_queues(read) ||
                (!access_same_statement(read, write) && write_depends(read, write) == DEPENDS_NOT))
                continue;
            check_pair(check, read, write);
            break;
        }
    }
}

const struct rule rule_queue_claim = {
    .name = "queue-claim",
    .group = "anomaly",
    .summary = "The next row of a queue is picked without a lock: two take the same",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .levels = AT_READ_COMMITTED,
    .check_transaction = check,
};
