#include "lint/rule.h"

/* Another program that writes what both reads see, in one transaction. */
static const struct access *find_writer(const struct check *check, const struct access *first,
                                        const struct access *second)
{
    const GPtrArray *accesses = corpus_accesses(check->corpus, first);

    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *write = accesses->pdata[i];
        if (!access_is_write(write) || write->transaction == first->transaction ||
            transaction_is_undone(write->transaction) ||
            !transaction_may_overlap(write->transaction, first->transaction) ||
            access_same_rows(write, first) == ANSWER_NO)
            continue;
        for (const struct access *other = write->transaction->accesses; other;
             other = other->next) {
            if (access_is_write(other) && access_same_relation(other, second) &&
                access_same_rows(other, second) != ANSWER_NO &&
                (!access_same_statement(other, write) || other != write))
                return write;
        }
    }
    return NULL;
}

static bool is_plain(const struct access *access)
{
    return access->kind == ACCESS_READ && !access_is_exempt(access);
}

static bool is_report(const struct transaction *transaction)
{
    unsigned aggregates = 0;

    for (const struct access *access = transaction->accesses; access; access = access->next)
        aggregates += is_plain(access) && access->query && access->query->aggregates;
    return transaction_read_only(transaction) && aggregates >= 2;
}

/* Without a known writer only a report is reported: it is what its SELECTs are in one transaction for.
 */
static void check_pair(struct check *check, const struct access *first, const struct access *second)
{
    const struct access *writer = find_writer(check, first, second);
    bool report = is_report(second->transaction);

    if (!writer && !report)
        return;
    struct finding *finding = report_access(
        check, second, "SELECT %s and SELECT %s can see two states of the data (read skew)",
        access_relation_name(first), access_relation_name(second));
    if (writer && report)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "sees what was committed since the other SELECT");
    finding_related_access(check, finding, first, "sees an earlier state");
    if (writer)
        finding_related_access(check, finding, writer, "writes both in one transaction");
    finding_help(
        check, finding,
        "use BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY: both see one snapshot, neither can fail, and no writer waits");
}

static bool changes_rows(const struct access *access)
{
    return access_is_write(access) || access->kind == ACCESS_LOCK;
}

/* Pairs of reads with nothing written in between, each second one reported once. */
static void check(struct check *check, const struct transaction *transaction)
{
    if (guard_any_table_lock(transaction))
        return;
    const struct access *reader = NULL, *other = NULL; /* the first that is not of its statement */

    for (const struct access *first = transaction->accesses; first; first = first->next) {
        if (!is_plain(first))
            continue;
        if (!reader || !access_same_statement(reader, first) ||
            (other && other->order <= first->order))
            other = first->next;
        reader = first;
        for (; other && access_same_statement(first, other); other = other->next) {
            if (changes_rows(other))
                return;
        }
        for (const struct access *second = other; second; second = second->next) {
            if (changes_rows(second))
                return;
            if (is_plain(second) && !access_same_statement(first, second) &&
                !(access_rows(first) == ROWS_POINT &&
                  access_same_rows(first, second) == ANSWER_YES)) {
                check_pair(check, first, second);
                return;
            }
        }
    }
}

const struct rule rule_read_skew = {
    .name = "read-skew",
    .group = "anomaly",
    .summary =
        "Two SELECTs of one READ COMMITTED transaction see two states of what is written together",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"read-skew"},
    .needs_opponent = true,
    .levels = AT_READ_COMMITTED,
    .blocks_only = true,
    .check_transaction = check,
};
