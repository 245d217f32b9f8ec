#include "lint/rule.h"

/* The word with what separates it from the mode before it; nothing when it would leave a SET
 * without modes. */
static void delete_word(struct check *check, struct finding *finding, struct span word)
{
    const char *bytes = check->script->bytes;
    struct span span = word;

    while (span.start > 0 && strchr(" \t\r\n,", bytes[span.start - 1]))
        span.start--;
    finding_edit(check, finding, span, "", true);
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *deferrable = &transaction->modes->state[MODE_DEFERRABLE];
    enum isolation_level level = transaction_level(transaction);
    bool read_only = transaction_read_only(transaction);

    if (deferrable->value != 1 || deferrable->provenance != FROM_EXPLICIT ||
        level == LEVEL_UNKNOWN || (level == LEVEL_SERIALIZABLE && read_only))
        return;
    struct finding *finding =
        report(check, deferrable->span, "no-op: DEFERRABLE at %s READ %s waits for nothing",
               isolation_level_name(level), read_only ? "ONLY" : "WRITE");
    finding_label(check, finding, "acts only in a SERIALIZABLE READ ONLY transaction");
    finding_level(check, finding, transaction);
    if (level == LEVEL_SERIALIZABLE)
        finding_help(check, finding,
                     "complete it to SERIALIZABLE READ ONLY DEFERRABLE, or delete "
                     "the word");
    else
        finding_help(check, finding, "delete the word; at %s no reader is ever aborted by SSI",
                     isolation_level_name(level));
    if (transaction->begin && span_contains(transaction->begin->span, deferrable->span.start))
        delete_word(check, finding, deferrable->span);
}

const struct rule rule_deferrable_no_effect = {
    .name = "deferrable-no-effect",
    .group = "read-only",
    .summary = "DEFERRABLE in a transaction that is not SERIALIZABLE READ ONLY",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .check_transaction = check,
};
