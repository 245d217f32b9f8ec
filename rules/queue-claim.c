#include "lint/rule.h"

static void add_help(struct check *check, struct finding *finding, const struct access *read,
                     const struct access *write)
{
    const char *table = access_relation_name(write), *key = key_column(check, write);

    if (claim_depends_on_others(read))
        finding_help(
            check, finding,
            "lock what the workers share before picking, such as the row of the group or an advisory lock: which row of %s is next depends on other rows, so SKIP LOCKED could pick a wrong one",
            table);
    else if (!access_same_statement(read, write))
        finding_help(check, finding,
                     "add FOR UPDATE SKIP LOCKED to the SELECT, and keep the transaction open "
                     "until the row is marked");
    else if (access_most_rows(read) == 1)
        finding_help(
            check, finding,
            "pick the row with a lock: WHERE %s = (SELECT %s … LIMIT 1 FOR UPDATE SKIP LOCKED)",
            key, key);
    else
        finding_help(
            check, finding,
            "pick the rows with a lock: WHERE %s = ANY (ARRAY(SELECT %s … LIMIT n FOR UPDATE SKIP LOCKED))",
            key, key);
}

static bool picks(const struct check *check, const struct access *read, const struct access *write)
{
    (void)check;
    return claim_picks(read, write) && !guard_serializes(read) && !guard_queues(read);
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    const char *verb = access_verb(write), *table = access_relation_name(write);
    bool repeated = claim_is_repeated(read, write);
    struct finding *finding = report_access(
        check, write,
        repeated
            ? "%s %s can find no row although rows are waiting, when another run takes the same one"
            : "%s %s can take a row that another run takes at the same time",
        verb, table);

    if (repeated || claim_is_unseen(read, write))
        finding->severity = SEVERITY_NOTE;
    else if (!access_same_statement(read, write) || claim_depends_on_others(read))
        finding_weaken(finding);
    /* It plays no two transactions of one run. */
    finding->beyond_machine = read->transaction != write->transaction;
    finding_label(check, finding, "waits for the other run, then %s",
                  repeated ? "finds no row" : "takes the row again");
    finding_related(check, finding, read->span, "picks the row without a lock");
    finding_level(check, finding, write->transaction);
    add_help(check, finding, read, write);
}

static void report_mark(struct check *check, const struct access *claim, const struct access *write)
{
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write, "%s %s may mark a row that two runs have taken", access_verb(write), table);

    finding->severity = SEVERITY_WARNING;
    finding->beyond_machine = true;
    finding_label(check, finding, "does not check that the row is still waiting");
    finding_related_access(check, finding, claim,
                           "this lock ends with its transaction, before the row is marked");
    finding_help(check, finding,
                 "mark the row in the transaction that locks it, do the work, and then finish it");
    finding_help(
        check, finding,
        "or repeat the condition of the SELECT in the WHERE of the %s, and do the work only "
        "when it has found a row",
        access_verb(write));
}

/* Picked in one transaction, taken in the next, of the same program. */
static void check_sequence(struct check *check, const struct transaction *picking)
{
    const struct access *read = picking->accesses;
    const struct access *write = picking->next ? picking->next->accesses : NULL;

    if (picking->kind != TRANSACTION_STATEMENT || !read || !write || !claim_picks(read, write) ||
        write->kind != ACCESS_UPDATE)
        return;
    check_pair(check, read, write);
}

/* Claimed in one transaction, marked in the next. */
static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        const struct access *claim, *mark = claim_marked_late(each, &claim);
        if (mark)
            report_mark(check, claim, mark);
        else if (script_is_sequence(script))
            check_sequence(check, each);
    }
}

const struct rule rule_queue_claim = {
    .name = "queue-claim",
    .group = "anomaly",
    .summary = "The next row of a queue is picked without a lock: two runs can take the same row",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED,
    .reads = 1U << ACCESS_READ,
    .writes = 1U << ACCESS_UPDATE, /* the second DELETE of a row finds it gone */
    .is_pair = picks,
    .check_pair = check_pair,
    .check_script = check_script,
};
