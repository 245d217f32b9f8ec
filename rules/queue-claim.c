#include "lint/rule.h"

#include <string.h>

/* The program names the row, the database does not choose it: WHERE id = $1 LIMIT 21. */
static bool is_lookup(const struct access *read, const struct access *write)
{
    return access_rows(read) >= ROWS_POINT ||
           (!access_same_statement(read, write) && access_same_rows(read, write) == ANSWER_YES);
}

/* The write leaves every column as it is that the read asked for: an ORM sets all columns, and so
 * the name again that the row was looked up by. */
static bool keeps_condition(const struct access *read, const struct access *write)
{
    for (const struct restriction *each = read->where; each; each = each->next) {
        const struct condition *condition = each->condition;
        const struct operand *asked =
            condition->kind == CONDITION_COMPARE && condition->left.kind == OPERAND_COLUMN
                ? access_equals(read, condition->left.text)
                : NULL;
        const struct assignment *set = asked ? access_assigns(write, condition->left.text) : NULL;
        if (!asked ||
            (set && (set->value.kind != OPERAND_PARAMETER || asked->kind != OPERAND_PARAMETER ||
                     strcmp(set->value.text, asked->text) != 0)))
            return false;
    }
    return read->where != NULL && write->kind == ACCESS_UPDATE;
}

/* SELECT … LIMIT without a lock, in the statement that takes what it finds, or before it: who comes
 * later would pick another row. */
static bool picks(const struct access *read, const struct access *write)
{
    return read->kind == ACCESS_READ && read->query && read->query->limit &&
           !is_lookup(read, write) && !keeps_condition(read, write) &&
           access_same_relation(read, write) && access_same_rows(read, write) != ANSWER_NO &&
           conflict_read_write(read, write, BY_COLUMN);
}

static void check_pair(struct check *check, const struct access *read, const struct access *write)
{
    bool one_statement = access_same_statement(read, write);
    bool repeated = claim_is_repeated(read, write);
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

static void report_mark(struct check *check, const struct access *claim, const struct access *write)
{
    const char *table = access_relation_name(write);
    struct finding *finding = report_access(
        check, write, "%s %s may mark a row that two runs have taken", access_verb(write), table);

    finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "does not ask whether the row is still waiting");
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

/* Claimed in one transaction, marked in the next. */
static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        const struct access *claim, *mark = claim_marked_late(each, &claim);
        if (mark)
            report_mark(check, claim, mark);
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
    .check_script = check_script,
};
