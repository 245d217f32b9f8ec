#include "lint/rule.h"

/* BEGIN or SET TRANSACTION, whichever says so. */
static const struct statement *statement_of(const struct transaction *transaction, struct span mode)
{
    if (transaction->begin && span_contains(transaction->begin->span, mode.start))
        return transaction->begin;
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (span_contains(statement->span, mode.start) && statement_modes(statement))
            return statement;
    }
    return NULL;
}

/* Whether the text itself says a mode that leaves DEFERRABLE without effect: a default of the
 * database or of the connection may be another one tomorrow. */
static bool is_certain(const struct transaction *transaction)
{
    const struct mode_state *level = &transaction->modes->state[MODE_ISOLATION];
    const struct mode_state *access = &transaction->modes->state[MODE_READ_ONLY];

    return certainty_of_modes(transaction) &&
           ((level->provenance == FROM_EXPLICIT && level->value != LEVEL_SERIALIZABLE) ||
            (access->provenance == FROM_EXPLICIT && access->value == 0));
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *deferrable = &transaction->modes->state[MODE_DEFERRABLE];
    enum isolation_level level = transaction_level(transaction);
    bool read_only = transaction_read_only(transaction);
    const struct statement *statement;

    if (deferrable->value != 1 || deferrable->provenance != FROM_EXPLICIT ||
        level == LEVEL_UNKNOWN || (level == LEVEL_SERIALIZABLE && read_only) ||
        transaction_carries(transaction, MODE_DEFERRABLE))
        return;
    struct finding *finding =
        report(check, deferrable->span, "DEFERRABLE has no effect at %s READ %s",
               isolation_level_name(level), read_only ? "ONLY" : "WRITE");
    finding_label(check, finding, "works only in a SERIALIZABLE READ ONLY transaction");
    finding_level(check, finding, transaction);
    if (level == LEVEL_SERIALIZABLE)
        finding_help(check, finding,
                     "write SERIALIZABLE READ ONLY DEFERRABLE, or delete DEFERRABLE");
    else
        finding_help(check, finding, "delete DEFERRABLE: at %s a reader cannot fail with 40001",
                     isolation_level_name(level));
    statement = statement_of(transaction, deferrable->span);
    if (statement)
        finding_delete_mode(check, finding, statement, &(struct mode){.span = deferrable->span},
                            is_certain(transaction));
}

const struct rule rule_deferrable_no_effect = {
    .name = "deferrable-no-effect",
    .group = "read-only",
    .summary = "DEFERRABLE in a transaction that is not SERIALIZABLE READ ONLY",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .not_plain = true,
    .check_transaction = check,
};
