#include "lint/rule.h"

/* What a client can send again from its beginning: not a part of a procedure, and not a routine
 * whose callers are elsewhere. */
static bool can_be_repeated(const struct transaction *transaction)
{
    return transaction->kind != TRANSACTION_ROUTINE && transaction->kind != TRANSACTION_SEGMENT;
}

static void report_transaction(struct check *check, const struct transaction *transaction,
                               const struct access *access)
{
    const char *level = isolation_level_name(transaction_level(transaction));
    struct finding *finding = report(check, transaction_span(transaction),
                                     "40001 reaches the user: %s at %s can fail, and nothing says "
                                     "that the transaction is repeated",
                                     access_verb(access), level);

    if (check->options->require_retry)
        finding->severity = SEVERITY_WARNING;
    finding_label(check, finding, "nothing says what repeats it");
    if (transaction->kind != TRANSACTION_STATEMENT)
        finding_related_access(check, finding, access, "%s", "this can fail");
    finding_level(check, finding, transaction);
    finding_help(check, finding,
                 "repeat the whole transaction from BEGIN, input read again, a few times with a "
                 "growing pause, on 40001 and on 40P01; then say so: -- isolint: retry");
}

/* A project that requires it is told each transaction, others are reminded once a file. */
static void check_script(struct check *check, const struct script *script)
{
    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        const struct access *access =
            transaction->retried || transaction->set_up || !can_be_repeated(transaction)
                ? NULL
                : window_exposed(transaction);
        if (!access)
            continue;
        report_transaction(check, transaction, access);
        if (!check->options->require_retry)
            return;
    }
}

const struct rule rule_retry_not_declared = {
    .name = "retry-not-declared",
    .group = "retry",
    .summary = "A transaction can fail with 40001, and nothing says that it is repeated",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .check_script = check_script,
};
