#include "lint/rule.h"

/* A loop over a query, what it read, and the end of a transaction in it. */
struct pair {
    const struct body_statement *loop, *end;
    const struct access *read;
    const char *column;
};

/* What was read again in the same round is not old. */
static bool is_read_again(const struct access *write, const struct body_statement *loop)
{
    const char *column;

    for (const struct access *read = write->transaction->accesses; read != write;
         read = read->next) {
        if (!access_is_write(read) && read->body && body_is_inside(read->body, loop) &&
            access_same_relation(read, write) &&
            value_depends(read, write, &column) == DEPENDS_SEEN)
            return true;
    }
    return false;
}

/* What the loop's query has read and the write puts back, computed or as it was. */
static bool find_read(const struct check *check, const struct access *write, struct pair *pair)
{
    const GPtrArray *accesses = corpus_body_accesses(check->corpus, pair->loop);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        pair->read = accesses->pdata[i];
        if ((pair->read->kind == ACCESS_READ || pair->read->kind == ACCESS_LOCK) &&
            access_same_relation(pair->read, write) &&
            value_depends(pair->read, write, &pair->column) == DEPENDS_SEEN &&
            !guard_rechecks(pair->read, write))
            return true;
    }
    return false;
}

static bool find_pair(const struct check *check, const struct access *write, struct pair *pair)
{
    pair->loop = write->body ? body_enclosing(write->body, BODY_FOR_QUERY) : NULL;
    for (; pair->loop; pair->loop = body_enclosing(pair->loop, BODY_FOR_QUERY)) {
        pair->end = loop_ends_transaction(pair->loop);
        if (pair->end && !is_read_again(write, pair->loop) && find_read(check, write, pair))
            return true;
    }
    return false;
}

static void add_help(struct check *check, struct finding *finding, const struct pair *pair)
{
    finding_help(check, finding, "compute the new value in the UPDATE: SET %s = %s …", pair->column,
                 pair->column);
    finding_help(
        check, finding,
        "or read only the keys in the query of the loop, and each row with SELECT … FOR UPDATE inside the loop");
    finding_help(
        check, finding,
        "avoid FOR UPDATE in the query of the loop, and a stricter level: neither helps, because "
        "locks and snapshot end with the first COMMIT");
}

static void check_body(struct check *check, const struct code *code)
{
    if (!code->body || !body_ends_transaction(code->body))
        return;
    for (const struct body_statement *each = code->body->statements; each; each = each->next) {
        const GPtrArray *accesses = corpus_body_accesses(check->corpus, each);
        for (guint i = 0; accesses && i < accesses->len; i++) {
            const struct access *write = accesses->pdata[i];
            struct pair pair;
            if (write->body != each || !find_pair(check, write, &pair))
                continue;
            struct finding *finding = report(
                check, pair.end->span,
                "%s %s may overwrite a concurrent change to %s: the loop keeps the rows from before the COMMIT",
                access_verb(write), access_relation_name(write), pair.column);
            finding_label(check, finding, "after the first %s the loop goes on with the old rows",
                          pair.end->kind == BODY_COMMIT ? "COMMIT" : "ROLLBACK");
            finding_related(check, finding, pair.loop->span, "%s is read here", pair.column);
            finding_related(check, finding, each->span,
                            "overwrites what another transaction has committed since");
            finding_writer(check, finding,
                           conflict_writer(check->corpus, pair.read, BY_COLUMN, pair.column),
                           pair.column);
            add_help(check, finding, &pair);
            break;
        }
    }
}

/* The procedure belongs to a schema that is read for the catalog alone. */
static void check_transaction(struct check *check, const struct transaction *transaction)
{
    for (const struct access *write = transaction->accesses; write; write = write->next) {
        struct pair pair;
        if (!write->via || write->via->script->linted || !find_pair(check, write, &pair))
            continue;
        struct finding *finding = report_access(
            check, write,
            "%s %s may overwrite a concurrent change to %s, which the loop read before a COMMIT",
            access_verb(write), access_relation_name(write), pair.column);
        add_help(check, finding, &pair);
        return;
    }
}

const struct rule rule_commit_in_cursor_loop = {
    .name = "commit-in-cursor-loop",
    .group = "routine",
    .summary = "A loop commits, then writes back values that its query read before the COMMIT",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update"},
    .since = 1100,
    .check_transaction = check_transaction,
    .check_body = check_body,
};
