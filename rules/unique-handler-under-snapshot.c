#include "lint/rule.h"

/* What the handler does with the row that is there, by the key that the INSERT has brought. */
static const struct access *find_instead(const struct access *insert,
                                         const struct body_statement *handler)
{
    for (const struct access *each = access_next_peer(insert); each;
         each = access_next_peer(each)) {
        enum answer unique;
        if (access_reads_rows(each) && each->body && body_is_inside(each->body, handler) &&
            access_shares_key(each, insert, &unique) && unique == ANSWER_YES)
            return each;
    }
    return NULL;
}

/* At SERIALIZABLE the INSERT of a key that was looked for fails with 40001. */
static bool is_looked_for(const struct access *insert)
{
    for (const struct access *each = access_first_peer(insert); each != insert;
         each = access_next_peer(each)) {
        enum answer unique;
        if (access_reads_rows(each) && access_shares_key(each, insert, &unique))
            return true;
    }
    return false;
}

static void report_handler(struct check *check, const struct access *insert,
                           const struct access *instead)
{
    struct finding *finding = report_access(
        check, instead,
        "%s %s in this handler does not find a row that another run has just inserted: the snapshot is older",
        access_verb(instead), access_relation_name(instead));

    finding_predicts(finding, access_is_write(instead) ? "lost-update" : "stale-read");
    finding_label(check, finding, "does not see the row that made the INSERT fail");
    finding_related_access(check, finding, insert, "fails with 23505, because that row is there");
    finding_level(check, finding, insert->transaction);
    finding_help(check, finding,
                 "use INSERT … ON CONFLICT without a handler: it fails with 40001 instead, so that "
                 "the transaction can be retried");
    finding_help(check, finding, "or use READ COMMITTED, where the handler sees the row");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *insert = transaction->accesses; insert; insert = insert->next) {
        const struct body_statement *handler =
            insert->kind == ACCESS_INSERT && insert->body && !access_is_exempt(insert)
                ? access_handler(insert, "unique_violation")
                : NULL;
        const struct access *instead = handler ? find_instead(insert, handler) : NULL;
        if (!instead || handler_retries(handler) || is_looked_for(insert) ||
            guard_serializes(insert) || access_may_meet_key(insert) == ANSWER_NO)
            continue;
        report_handler(check, insert, instead);
        return;
    }
}

const struct rule rule_unique_handler_under_snapshot = {
    .name = "unique-handler-under-snapshot",
    .group = "anomaly",
    .summary =
        "A handler of 23505 looks for the existing row with a snapshot that is older than the row",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"lost-update", "stale-read"},
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_ONE_SNAPSHOT,
    .kinds = 1U << ACCESS_INSERT,
    .check_transaction = check,
};
