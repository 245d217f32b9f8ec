#include "lint/rule.h"

static bool counts(const struct access *read, const struct access *insert)
{
    return read->kind == ACCESS_READ && read->query && read->query->aggregates &&
           access_same_relation(read, insert) && access_same_rows(read, insert) != ANSWER_NO &&
           count_outcome(read, insert) != COUNT_NOT_HERE;
}

/* A trigger of the schema that raises: integrity-trigger-race tells it here. */
static bool is_told_elsewhere(const struct access *read)
{
    return read->via && read->via->kind == VIA_TRIGGER && !read->via->script->linted &&
           read->body && body_raises_on(read->body);
}

static struct finding *report_key(struct check *check, const struct access *insert, bool fails)
{
    const char *table = access_relation_name(insert);
    struct finding *finding = report_access(
        check, insert,
        fails ? "23505 unique violation: INSERT %s of a key that two compute alike"
              : "nothing inserted without an error: INSERT %s ON CONFLICT after counting its rows",
        table);

    finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, fails ? "23505" : "phantom");
    finding_label(check, finding,
                  fails ? "two that look at once bring the same key"
                        : "the second of two that count at once inserts nothing");
    finding_help(check, finding,
                 fails ? "let a sequence or an identity number the rows, or be ready for 23505"
                       : "go by what the INSERT says, RETURNING, not by the count before it");
    return finding;
}

/* max(n) + 1 is a number, all else is a limit. */
static struct finding *report_limit(struct check *check, const struct access *read,
                                    const struct access *insert)
{
    const char *table = access_relation_name(insert);
    bool number = read->query->only_min_max && !read->query->grouped;
    struct finding *finding =
        report_access(check, insert,
                      number ? "two runs can insert the same number into %s without an error"
                             : "limit exceeded without an error: INSERT %s after counting its rows",
                      table);

    finding_predicts(finding, "phantom");
    if (access_same_rows(read, insert) != ANSWER_YES)
        finding_weaken(finding);
    finding_label(check, finding,
                  number ? "brings the number that follows the one it has read"
                         : "two that count at once both insert");
    if (number)
        finding_help(check, finding,
                     "make the number UNIQUE, with what it is counted for, and retry on 23505");
    if (transaction_has_one_snapshot(insert->transaction))
        finding_help(check, finding,
                     "UPDATE a parent row in this transaction; to lock it is not enough, "
                     "the snapshot is older than the lock");
    else
        finding_help(check, finding,
                     "lock the parent row first: SELECT … FOR NO KEY UPDATE, then %s",
                     number ? "read the number" : "count");
    if (!number)
        finding_help(check, finding, "or SERIALIZABLE for everything that writes %s, with retry",
                     table);
    return finding;
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert)
{
    enum count_outcome outcome = count_outcome(read, insert);
    struct finding *finding = outcome == COUNT_BOTH_INSERT
                                  ? report_limit(check, read, insert)
                                  : report_key(check, insert, outcome == COUNT_SAME_KEY);

    if (!access_same_statement(read, insert))
        finding_related_access(check, finding, read, "does not count what is not committed");
    finding_level(check, finding, insert->transaction);
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
    .predicts = {"phantom", "23505"},
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .check_transaction = check,
};
