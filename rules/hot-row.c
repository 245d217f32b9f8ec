#include "lint/rule.h"

/* The same row in every run: a key that is written out, or all rows of a small table. */
static bool is_constant_row(const struct check *check, const struct access *update)
{
    bool described = update->relation && update->relation->described;
    enum row_set rows = access_rows(update);

    if (rows == ROWS_ALL ? !corpus_is_small(check->corpus, update)
                         : described && rows != ROWS_POINT)
        return false;
    for (const struct restriction *each = update->where; each; each = each->next) {
        if (each->term.condition->kind != CONDITION_COMPARE ||
            each->term.comparison != COMPARE_EQUAL || each->term.value->kind != OPERAND_CONSTANT)
            return false;
    }
    return !update->current;
}

/* Something new comes with each run, so there are many of them. */
static const struct access *find_insert(const struct access *update)
{
    for (const struct access *each = update->transaction->accesses; each && each != update;
         each = each->next) {
        if (each->kind == ACCESS_INSERT && !access_is_exempt(each) &&
            !access_same_relation(each, update))
            return each;
    }
    return NULL;
}

static const struct access *find_other(const struct check *check, const struct access *update)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, update);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *other = accesses->pdata[i];
        if (other->kind == ACCESS_UPDATE && other->transaction != update->transaction &&
            transaction_may_overlap(other->transaction, update->transaction) &&
            is_constant_row(check, other) && access_same_rows(other, update) == ANSWER_YES)
            return other;
    }
    return NULL;
}

static void check_update(struct check *check, const struct transaction *transaction,
                         const struct access *update)
{
    const struct access *insert = find_insert(update);
    const struct access *other = insert ? NULL : find_other(check, update);
    const char *table = access_relation_name(update);

    if (!insert && !other)
        return;
    struct finding *finding = report_access(
        check, update,
        "UPDATE %s at %s can fail with 40001 whenever two runs overlap: all of them update the "
        "same row",
        table, isolation_level_name(transaction_level(transaction)));
    finding_label(check, finding, "every run updates this row");
    if (insert)
        finding_related_access(check, finding, insert, "runs once for each inserted row");
    else
        finding_related_access(check, finding, other, "updates the same row");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "insert each amount as a row of its own, and compute the sum when it is read");
    finding_help(check, finding,
                 "or use READ COMMITTED, where the runs wait for each other instead of failing");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind == ACCESS_UPDATE && window_compares(access) && window_is_open(access) &&
            write_is_relative(access) && is_constant_row(check, access))
            check_update(check, transaction, access);
    }
}

const struct rule rule_hot_row = {
    .name = "hot-row",
    .group = "conflict",
    .summary =
        "Every run updates the same row at REPEATABLE READ or SERIALIZABLE: overlapping runs "
        "fail with 40001",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .needs_opponent = true,
    .levels = AT_ONE_SNAPSHOT,
    .check_transaction = check,
};
