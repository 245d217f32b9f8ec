#include "corpus/by-value.h"
#include "lint/rule.h"

/* A column that the write's WHERE compares by a value that rows can gain and lose. */
static const char *compared_column(const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        if (each->term.column && each->term.comparison <= COMPARE_GREATER_EQUAL)
            return each->term.column;
    }
    return NULL;
}

/* Somebody changes that column of many rows, from its own old value. */
static const struct access *find_shift(const struct check *check, const struct access *write,
                                       const char *column)
{
    struct access_cursor cursor = corpus_shifting(check->corpus, write, column);
    const struct access *other;

    while ((other = access_next(&cursor))) {
        if (other->kind != ACCESS_UPDATE || access_rows(other) >= ROWS_POINTS ||
            !transaction_may_overlap(other->transaction, write->transaction))
            continue;
        const struct assignment *assignment = access_assigns(other, column);
        if (assignment && operand_has_columns(&assignment->value) &&
            access_same_relation(other, write))
            return other;
    }
    return NULL;
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (const struct access *write = transaction->accesses; write; write = write->next) {
        const struct access *other;
        const char *column;
        if ((write->kind != ACCESS_UPDATE && write->kind != ACCESS_DELETE) ||
            access_is_exempt(write) || access_rows(write) >= ROWS_POINTS ||
            !(column = compared_column(write)) || guard_table_lock(write) ||
            !(other = find_shift(check, write, column)))
            continue;
        struct finding *finding = report_access(
            check, write, "%s %s by %s can miss rows that %s changes at the same time",
            access_verb(write), access_relation_name(write), column,
            opponent_name(check, transaction, other->transaction));
        finding_label(check, finding,
                      "skips a row that matches both before and after the concurrent change");
        finding_related_access(check, finding, other, "changes %s of many rows", column);
        finding_level(check, finding, transaction);
        finding_help(check, finding,
                     "take LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE first if no row may be missed",
                     table_sql(check, write));
    }
}

const struct rule rule_write_misses_new_row = {
    .name = "write-misses-new-row",
    .group = "anomaly",
    .summary = "UPDATE or DELETE skips a row that matches before and after a concurrent UPDATE",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"stale-read"},
    .needs_opponent = true,
    .needs_commit = true,
    .beyond_machine = true, /* which does not add: there 9 + 1 is not 10 */
    .levels = AT_READ_COMMITTED | AT_REPEATABLE_READ,
    .kinds = 1U << ACCESS_UPDATE | 1U << ACCESS_DELETE,
    .check_transaction = check,
};
