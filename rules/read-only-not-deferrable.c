#include "lint/rule.h"

/* Several reads, or one of all rows, or an aggregate: a report, which can afford to wait. */
static bool is_report(const struct transaction *transaction)
{
    unsigned reads = 0;
    bool wide = false;

    for (const struct access *access = transaction->accesses; access; access = access->next) {
        if (access->kind != ACCESS_READ || access_is_exempt(access))
            continue;
        if (access_rows(access) < ROWS_POINTS) {
            reads++;
            wide |= access_rows(access) == ROWS_ALL ||
                    (access->query && (access->query->aggregates || access->query->grouped));
        }
    }
    return wide || reads >= 2;
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct statement *begin = transaction->begin;

    if (!transaction_is_declared(transaction) || !transaction_read_only(transaction) ||
        transaction_deferrable(transaction) || !transaction_only_reads(transaction) ||
        !is_report(transaction))
        return;
    bool fails = check->options->all_serializable ||
                 corpus_has_serializable_writer(check->corpus, transaction);
    struct finding *finding = report(
        check, transaction_span(transaction),
        fails
            ? "this SERIALIZABLE READ ONLY report can still fail with 40001"
            : "this READ ONLY report can fail with 40001 once a SERIALIZABLE program writes its tables");
    finding->transaction = transaction;
    finding_predicts(finding, fails ? "40001" : "performance");
    finding_label(check, finding, "READ ONLY protects writers, not this transaction");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding,
        "add DEFERRABLE: the first query waits for a safe snapshot, and the report cannot fail");
    if (begin && begin->kind == STATEMENT_BEGIN && !modes_find(begin->modes, MODE_DEFERRABLE))
        finding_add_modes(check, finding, begin, "DEFERRABLE", false);
}

const struct rule rule_read_only_not_deferrable = {
    .name = "read-only-not-deferrable",
    .group = "read-only",
    .summary = "A SERIALIZABLE READ ONLY report is not DEFERRABLE",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .predicts = {"40001", "performance"},
    .levels = AT_SERIALIZABLE,
    .blocks_only = true,
    .failure = FAILS_READING,
    .check_transaction = check,
};
