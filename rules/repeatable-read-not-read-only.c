#include "lint/rule.h"

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction_read_only(transaction) || !transaction_only_reads(transaction))
        return;
    const struct statement *begin = transaction->begin;
    struct finding *finding =
        report(check, transaction_span(transaction),
               "not declared READ ONLY: a transaction at REPEATABLE READ that only reads");
    finding_label(check, finding, "nothing in it writes");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "add READ ONLY: it keeps later edits from writing, and a standby "
                 "takes it");
    finding_help(check, finding,
                 "DEFERRABLE would do nothing here: it acts only at SERIALIZABLE; "
                 "at REPEATABLE READ a reader is never aborted and aborts nobody");
    if (begin && begin->kind == STATEMENT_BEGIN &&
        transaction->modes->state[MODE_READ_ONLY].provenance != FROM_EXPLICIT)
        finding_edit(check, finding, (struct span){begin->span.end, begin->span.end}, " READ ONLY",
                     true);
}

const struct rule rule_repeatable_read_not_read_only = {
    .name = "repeatable-read-not-read-only",
    .group = "read-only",
    .summary = "A transaction at REPEATABLE READ only reads, but is not declared READ ONLY",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .levels = AT_REPEATABLE_READ,
    .blocks_only = true,
    .check_transaction = check,
};
