#include "lint/rule.h"

/* A count of rows that may be many is count-then-insert's; of a key it is a check. */
static bool is_check(const struct access *read, const struct access *insert, enum answer *unique)
{
    if (read->kind != ACCESS_READ && read->kind != ACCESS_LOCK)
        return false;
    if (access_is_of_foreign_key(read) || !access_shares_key(read, insert, unique) ||
        lock_is_of_newest(read)) /* lock-on-moving-target tells that */
        return false;
    return !read->query || !read->query->aggregates || *unique == ANSWER_YES;
}

/* ON CONFLICT decides by the index; without one there is nothing that it could meet. */
static bool skips_conflict(const struct access *insert, enum answer unique)
{
    return access_is_upsert(insert) && unique != ANSWER_NO;
}

static void check_pair(struct check *check, const struct access *read, const struct access *insert,
                       enum answer unique)
{
    const char *table = access_relation_name(insert);
    bool one_statement = access_same_statement(read, insert);
    struct finding *finding;

    if (unique == ANSWER_YES) {
        finding = report_access(check, insert,
                                "23505 unique violation: INSERT %s after a check that the "
                                "key is not there",
                                table);
        finding->severity = SEVERITY_NOTE;
        finding_predicts(finding, "23505");
    } else {
        finding = report_access(
            check, insert,
            "duplicate row%s: INSERT %s after a check that finds "
            "nothing keeps nobody out",
            unique == ANSWER_NO ? "" : ", or 23505 when a unique index is there", table);
        finding_predicts(finding, "phantom");
    }
    finding_label(check, finding, "two that check at once both insert");
    if (!one_statement)
        finding_related_access(check, finding, read,
                               read->kind == ACCESS_LOCK ? "finds nothing, so it locks nothing"
                                                         : "sees nothing of what is not committed");
    finding_level(check, finding, insert->transaction);
    if (unique != ANSWER_YES)
        finding_help(check, finding,
                     "a UNIQUE (or EXCLUDE) constraint on the key, and INSERT … ON "
                     "CONFLICT DO NOTHING at READ COMMITTED");
    else
        finding_help(check, finding,
                     "INSERT … ON CONFLICT DO NOTHING at READ COMMITTED needs no check; "
                     "or be ready for 23505");
}

/* The read of the transaction before, in a program that sends one after the other. */
static void check_sequence(struct check *check, const struct transaction *transaction)
{
    const struct transaction *before = check->script->transactions;
    enum answer unique;

    if (before == transaction || !script_is_sequence(check->script))
        return;
    while (before->next != transaction)
        before = before->next;
    const struct access *read = before->accesses;
    for (const struct access *insert = transaction->accesses; insert && read;
         insert = insert->next) {
        if (insert->kind == ACCESS_INSERT && !access_is_exempt(insert) &&
            is_check(read, insert, &unique) && !skips_conflict(insert, unique)) {
            check_pair(check, read, insert, unique);
            return;
        }
    }
}

static void check(struct check *check, const struct transaction *transaction)
{
    check_sequence(check, transaction);
    for (const struct access *insert = transaction->accesses; insert; insert = insert->next) {
        if (insert->kind != ACCESS_INSERT || access_is_exempt(insert))
            continue;
        for (const struct access *read = transaction->accesses; read != insert; read = read->next) {
            enum answer unique;
            if (!is_check(read, insert, &unique) || skips_conflict(insert, unique) ||
                guard_serializes(read) || write_depends(read, insert) == DEPENDS_NOT)
                continue;
            check_pair(check, read, insert, unique);
            break;
        }
    }
}

const struct rule rule_check_then_insert = {
    .name = "check-then-insert",
    .group = "anomaly",
    .summary = "A key is checked to be absent, then inserted: two do it at once",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"phantom", "23505"},
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .check_transaction = check,
};
