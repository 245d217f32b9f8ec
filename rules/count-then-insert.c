#include "lint/rule.h"

static bool counts(const struct access *read, const struct access *insert)
{
    enum answer unique;

    return read->kind == ACCESS_READ && read->query && read->query->aggregates &&
           access_same_relation(read, insert) && access_same_rows(read, insert) != ANSWER_NO &&
           !(access_shares_key(read, insert, &unique) && unique == ANSWER_YES);
}

/* A trigger of the schema that raises: integrity-trigger-race tells it here. */
static bool is_told_elsewhere(const struct access *read)
{
    return read->via && read->via->kind == VIA_TRIGGER && !read->via->script->linted &&
           read->body && body_raises_on(read->body);
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert)
{
    const char *table = access_relation_name(insert);
    bool one_snapshot = transaction_has_one_snapshot(insert->transaction);
    struct finding *finding = report_access(
        check, insert, "limit exceeded without an error: INSERT %s after counting its rows", table);

    if (access_same_rows(read, insert) != ANSWER_YES)
        finding_weaken(finding);
    finding_label(check, finding, "two that count at once both insert");
    if (!access_same_statement(read, insert))
        finding_related_access(check, finding, read, "does not count what is not committed");
    finding_level(check, finding, insert->transaction);
    if (one_snapshot)
        finding_help(check, finding,
                     "UPDATE a parent row in this transaction; to lock it is not enough, "
                     "the snapshot is older than the lock");
    else
        finding_help(check, finding,
                     "lock the parent row first: SELECT … FOR NO KEY UPDATE, then count");
    finding_help(check, finding, "or SERIALIZABLE for everything that writes %s, with retry",
                 table);
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *insert = transaction->accesses; insert; insert = insert->next) {
        if (insert->kind != ACCESS_INSERT || access_is_exempt(insert))
            continue;
        for (const struct access *read = transaction->accesses; read != insert; read = read->next) {
            if (!counts(read, insert) || is_told_elsewhere(read) || guard_serializes(read) ||
                write_depends(read, insert) == DEPENDS_NOT)
                continue;
            check_pair(check, read, insert);
            break;
        }
    }
}

const struct rule rule_count_then_insert = {
    .name = "count-then-insert",
    .group = "anomaly",
    .summary = "Rows are counted or summed, then one is added: two do it at once",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"phantom"},
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .check_transaction = check,
};
