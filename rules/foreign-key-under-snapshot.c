#include "lint/rule.h"

enum { NEW = 1 << ACCESS_INSERT, GONE = 1 << ACCESS_DELETE, CHANGED = 1 << ACCESS_UPDATE };

/* Another program that makes a change of these kinds to the rows; an UPDATE that locks as DELETE does
 * counts as both. */
static const struct access *find_writer(const struct check *check, const struct access *keeper,
                                        unsigned kinds)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, keeper);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *write = accesses->pdata[i];
        bool rekeys =
            write->kind == ACCESS_UPDATE && (access_left_lock(write) == LOCK_UPDATE ||
                                             conflict_read_write(keeper, write, BY_COLUMN));
        if ((rekeys || kinds & 1u << write->kind) && write->transaction != keeper->transaction &&
            transaction_may_overlap(write->transaction, keeper->transaction) &&
            access_same_rows(write, keeper) != ANSWER_NO)
            return write;
    }
    return NULL;
}

/* The transaction has put a row into the parent itself, before. */
static bool inserts_parent(const struct access *keeper)
{
    for (const struct access *each = keeper->transaction->accesses; each && each != keeper;
         each = each->next) {
        if (each->kind == ACCESS_INSERT && !access_same_statement(each, keeper) &&
            access_same_rows(each, keeper) != ANSWER_NO)
            return true;
    }
    return false;
}

static struct finding *report_child(struct check *check, const struct access *keeper)
{
    const char *verb = keeper->statement->verb, *parent = access_relation_name(keeper);
    const struct access *writer = find_writer(check, keeper, GONE);
    const char *lock = "";
    struct finding *finding;

    /* The parent of a partitioned table is looked up with a new snapshot. */
    if (inserts_parent(keeper) || (keeper->relation && keeper->relation->partitioned))
        return NULL;
    if (writer) {
        finding = report_access(
            check, keeper,
            "%s can fail with 40001: the row of %s that it refers to may have been %s since the snapshot",
            verb, parent, writer->kind == ACCESS_UPDATE ? "changed" : "deleted");
        finding_predicts(finding, "40001");
        if (writer->kind == ACCESS_UPDATE && access_row_lock(writer) != LOCK_UPDATE) {
            lock = ", which it has locked FOR UPDATE";
            finding_help(check, finding, "lock %s there FOR NO KEY UPDATE, not FOR UPDATE", parent);
        }
    } else if (window_is_late(keeper) && (writer = find_writer(check, keeper, NEW))) {
        finding = report_access(
            check, keeper,
            "%s can fail with 23503: the row of %s that it refers to may be newer than the "
            "snapshot",
            verb, parent);
        finding_predicts(finding, "23503");
        finding_help(check, finding, "retry on 23503 as on 40001: a new transaction sees the row");
    } else {
        return NULL;
    }
    finding_related_access(check, finding, writer, "writes %s%s", parent, lock);
    return finding;
}

static struct finding *report_parent(struct check *check, const struct access *keeper)
{
    const struct access *writer = find_writer(check, keeper, NEW | GONE | CHANGED);
    const char *child = access_relation_name(keeper);

    if (keeper->kind == ACCESS_LOCK || !writer)
        return NULL; /* NO ACTION: 23503 is right then, at every level */
    struct finding *finding = report_access(
        check, keeper,
        "%s can fail with 40001: it also changes rows of %s, which may be new or changed since "
        "the snapshot",
        keeper->statement->verb, child);
    finding_predicts(finding, "40001");
    finding_related_access(check, finding, writer, "writes %s", child);
    return finding;
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (!access_is_of_foreign_key(access) || !window_is_open(access) ||
            guard_held_rows(access, LOCK_KEY_SHARE))
            continue;
        struct finding *finding = access_checks_parent(access) ? report_child(check, access)
                                                               : report_parent(check, access);
        if (!finding)
            continue;
        finding_label(check, finding,
                      access->rest->key->initially_deferred
                          ? "checks the foreign key at COMMIT, with the old snapshot"
                          : "checks the foreign key with the old snapshot");
        finding_level(check, finding, transaction);
        finding_help(check, finding, "use READ COMMITTED, or retry the whole transaction");
    }
}

const struct rule rule_foreign_key_under_snapshot = {
    .name = "foreign-key-under-snapshot",
    .group = "conflict",
    .summary =
        "A foreign key is checked with an old snapshot: 40001, or a 23503 that a retry cures",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001", "23503"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .failure = FAILS_BY_KEY,
    .check_transaction = check,
};
