#include "lint/rule.h"

static void check(struct check *check, const struct transaction *transaction)
{
    const struct statement *begin = transaction->begin;
    const char *doubt;

    if (!transaction_is_declared(transaction) || transaction_read_only(transaction) ||
        !transaction_only_reads(transaction))
        return;
    struct finding *finding =
        report(check, transaction_span(transaction),
               "this REPEATABLE READ transaction only reads and is not declared READ ONLY");
    finding_label(check, finding, "no statement in it writes");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "add READ ONLY: later edits cannot write by mistake, and it can run on a standby");
    doubt = certainty_doubt(transaction, check->catalog);
    if (doubt)
        finding_help(check, finding, "%s", doubt);
    finding_help(check, finding,
                 "leave out DEFERRABLE: at REPEATABLE READ a reader cannot fail with 40001 and "
                 "makes no other transaction fail");
    if (!doubt && begin && begin->kind == STATEMENT_BEGIN &&
        !modes_find(begin->modes, MODE_READ_ONLY))
        finding_add_modes(check, finding, begin, "READ ONLY",
                          certainty_of_reads(transaction, check->catalog));
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
