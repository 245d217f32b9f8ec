#include "lint/rule.h"

/* What has looked for the unique key that the insert then brings: also an UPDATE that finds no row, and
 * MERGE itself. */
static const struct access *find_check(const struct access *insert)
{
    for (const struct access *read = access_first_peer(insert); read != insert;
         read = access_next_peer(read)) {
        enum answer unique;
        if (access_reads_rows(read) && !access_is_of_foreign_key(read) &&
            access_shares_key(read, insert, &unique) && unique == ANSWER_YES)
            return read;
    }
    return insert->merge && access_shared_index(insert, insert) ? insert : NULL;
}

/* SSI sees a conflict only between two that are SERIALIZABLE and that both have looked for the key:
 * 40001 then comes before 23505. */
static bool is_seen(const struct access *insert)
{
    return transaction_level(insert->transaction) == LEVEL_SERIALIZABLE && find_check(insert);
}

static const struct access *find_other(const struct check *check, const struct access *read)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, read);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *insert = accesses->pdata[i];
        if (insert->kind == ACCESS_INSERT && insert->transaction != read->transaction &&
            transaction_may_overlap(insert->transaction, read->transaction) &&
            access_may_meet_key(insert) == ANSWER_YES &&
            access_same_rows(read, insert) != ANSWER_NO && !is_seen(insert))
            return insert;
    }
    return NULL;
}

static void check_insert(struct check *check, const struct transaction *transaction,
                         const struct access *insert)
{
    bool looks = access_is_read_beside(insert) || insert->merge;
    const struct access *read = looks ? find_check(insert) : NULL;
    const struct access *other = read ? find_other(check, read) : NULL;

    if (!other)
        return;
    bool serializable = transaction_level(other->transaction) == LEVEL_SERIALIZABLE;
    struct finding *finding = report_access(
        check, insert,
        "%s %s at SERIALIZABLE can fail with 23505 instead of 40001, although it checked the key",
        access_verb(insert), access_relation_name(insert));
    finding_label(check, finding, "can fail with 23505 although the check found no row");
    if (!access_same_statement(read, insert))
        finding_related_access(check, finding, read, "checks the key");
    finding_related_access(check, finding, other, "inserts the same key %s",
                           serializable ? "without a check" : "below SERIALIZABLE");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "check the key before INSERT in every program, at SERIALIZABLE: then all of them fail "
        "with 40001; or retry on 23505 as well");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_INSERT && !access_is_exempt(access) &&
            !access_is_upsert(access) && !guard_table_lock(access))
            check_insert(check, transaction, access);
    }
}

const struct rule rule_unique_race_serializable = {
    .name = "unique-race-serializable",
    .group = "conflict",
    .summary = "A key is checked at SERIALIZABLE, and inserted unchecked elsewhere: 23505",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"23505"},
    .since = 906,
    .needs_opponent = true,
    .beyond_machine = true, /* it is the other program that gets 23505 */
    .levels = AT_SERIALIZABLE,
    .check_transaction = check,
};
