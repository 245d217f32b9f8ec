#include "lint/rule.h"

/* What becomes of two runs that count at once: the same key is 23505, SKIPPED inserts nothing,
 * NOT_HERE is 40001 or for check-then-insert. */
enum outcome { BOTH_INSERT, SAME_KEY, SKIPPED, NOT_HERE };

static enum outcome outcome_of(const struct access *read, const struct access *insert)
{
    bool upsert = access_is_upsert(insert);
    enum answer unique;

    if (access_shares_key(read, insert, &unique) && unique == ANSWER_YES && !upsert)
        return NOT_HERE;
    if (unique != ANSWER_YES && !key_depends(read, insert) &&
        !(read->query->only_min_max && access_may_meet_key(insert) == ANSWER_YES))
        return BOTH_INSERT;
    if (!upsert)
        return SAME_KEY;
    return transaction_has_one_snapshot(insert->transaction) || access_same_statement(read, insert)
               ? NOT_HERE
               : SKIPPED;
}

static bool counts(const struct access *read, const struct access *insert)
{
    /* FOR UPDATE locks the rows that are counted, not the one that another transaction adds. */
    return (read->kind == ACCESS_READ || read->kind == ACCESS_LOCK) && read->query &&
           !access_is_of_foreign_key(read) && flow_aggregates(read) &&
           access_same_relation(read, insert) && access_same_rows(read, insert) != ANSWER_NO &&
           outcome_of(read, insert) != NOT_HERE;
}

/* A trigger of the schema that raises: integrity-trigger-race tells it here. */
static bool is_told_elsewhere(const struct access *read)
{
    return read->via && read->via->kind == VIA_TRIGGER && !read->via->script->linted &&
           read->body && body_raises_on(read->body);
}

static struct finding *report_key(struct check *check, const struct access *insert, bool fails)
{
    struct finding *finding = report_access(
        check, insert,
        fails ? "INSERT %s can fail with 23505: two runs compute the same key"
              : "INSERT %s ON CONFLICT may insert nothing, without an error, after counting rows",
        access_relation_name(insert));

    finding->severity = SEVERITY_NOTE;
    finding_label(check, finding, "the second of two runs %s", fails ? "fails" : "inserts nothing");
    finding_help(check, finding,
                 fails ? "let a sequence or an identity number the rows, or be ready for 23505, as "
                         "INSERT … ON CONFLICT is"
                       : "use what the INSERT returns (RETURNING), not the count before it");
    return finding;
}

static struct finding *report_limit(struct check *check, const struct access *read,
                                    const struct access *insert)
{
    bool looked = read->query->only_min_max; /* for a row: there is one, or NULL */
    struct finding *finding =
        report_access(check, insert,
                      looked ? "INSERT %s can add a row that another run adds at the same time"
                             : "INSERT %s can exceed a limit that was checked by counting its rows",
                      access_relation_name(insert));

    if (access_same_rows(read, insert) != ANSWER_YES)
        finding_weaken(finding);
    finding_label(check, finding, "two runs at the same time both insert");
    finding_help(check, finding, "%s",
                 looked ? "add a UNIQUE constraint, and use INSERT … ON CONFLICT"
                 : transaction_has_one_snapshot(insert->transaction)
                     ? "update a parent row before counting: the snapshot is older than a lock"
                     : "lock a parent row before counting: SELECT … FOR NO KEY UPDATE");
    finding_help(check, finding, "or use SERIALIZABLE for all that writes %s, with retry",
                 access_relation_name(insert));
    return finding;
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert)
{
    enum outcome outcome = outcome_of(read, insert);
    struct finding *finding = outcome == BOTH_INSERT
                                  ? report_limit(check, read, insert)
                                  : report_key(check, insert, outcome == SAME_KEY);

    finding_predicts(finding, outcome == SAME_KEY ? "23505" : "phantom");
    if (!access_same_statement(read, insert))
        finding_related_access(check, finding, read, "does not count uncommitted rows");
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
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .yields = {"check-then-insert"},
    .check_transaction = check,
};
