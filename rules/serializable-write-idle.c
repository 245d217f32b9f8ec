#include "lint/rule.h"

/* It takes part in the detection of conflicts from its first snapshot on. */
static bool takes_part(const struct transaction *transaction, const struct wait *wait)
{
    const struct step *first = transaction_first_snapshot(transaction);

    return first && first <= wait->step;
}

static void report_wait(struct check *check, const struct transaction *transaction,
                        const struct wait *wait)
{
    static const char message[] =
        "%s keeps a SERIALIZABLE READ WRITE transaction open, and its predicate locks";
    const struct step *first = transaction_first_snapshot(transaction);
    struct finding *finding = wait->call
                                  ? report_side_effect(check, wait->call, message, wait->what)
                                  : report(check, wait->step->statement->span, message, wait->what);

    finding_label(check, finding,
                  "DEFERRABLE transactions wait for it, and no predicate locks are freed");
    if (first != wait->step)
        finding_related(check, finding, first->statement->span,
                        "predicate locks are held from here on");
    finding_level(check, finding, transaction);
    finding_help(
        check, finding, "move the wait before BEGIN or after COMMIT%s",
        transaction_only_reads(transaction) ? "; add READ ONLY if the transaction only reads" : "");
}

static void check(struct check *check, const struct transaction *transaction)
{
    if (transaction_read_only(transaction))
        return;
    for (const struct wait *wait = transaction_waits(transaction, &check->script->arena); wait;
         wait = wait->next) {
        if (takes_part(transaction, wait)) {
            report_wait(check, transaction, wait);
            return;
        }
    }
}

const struct rule rule_serializable_write_idle = {
    .name = "serializable-write-idle",
    .group = "predicate-lock",
    .summary = "A SERIALIZABLE READ WRITE transaction waits for something outside",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"performance"},
    .since = 901,
    .needs_opponent = true,
    .needs_commit = true,
    .levels = AT_SERIALIZABLE,
    .blocks_only = true,
    .check_transaction = check,
};
