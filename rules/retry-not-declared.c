#include "lint/rule.h"

/* What a client can send again from its beginning: not a part of a procedure, and not a routine
 * whose callers are elsewhere. */
static bool can_be_repeated(const struct transaction *transaction)
{
    return transaction->kind != TRANSACTION_ROUTINE && transaction->kind != TRANSACTION_SEGMENT;
}

/* Whether its other runs write no row that it reads, and none that it needs is compared with a
 * snapshot: it adds rows to tables that it does not read. */
static bool only_adds(const struct check *check, const struct transaction *transaction)
{
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (window_compares(each) ||
            (access_is_of_foreign_key(each) && !conflict_spares_key(check->corpus, each)))
            return false;
        bool reads = false, writes = false;
        const struct access *peer = access_first_peer(each) == each ? each : NULL;
        for (; peer && !(reads && writes); peer = access_next_peer(peer)) {
            reads |= access_reads_rows(peer);
            writes |= access_is_write(peer);
        }
        if (reads && writes)
            return false;
    }
    return true;
}

/* It fails by what others write at SERIALIZABLE, and by nothing else. */
static bool is_spared(const struct check *check, const struct transaction *transaction)
{
    return (transaction_only_reads(transaction) || only_adds(check, transaction)) &&
           !transaction->unknown && !check->options->require_retry &&
           !check->options->all_serializable &&
           !corpus_has_serializable_writer(check->corpus, transaction);
}

static void report_transaction(struct check *check, const struct transaction *transaction,
                               const struct access *access)
{
    const char *level = isolation_level_name(transaction_level(transaction));
    struct finding *finding =
        report(check, transaction_span(transaction),
               "this %s transaction can fail with 40001 and is not marked as retried", level);

    finding->transaction = transaction;
    if (transaction->kind == TRANSACTION_STATEMENT && !check->options->require_retry)
        finding_weaken(finding);
    finding_label(check, finding, "no retry is declared for this transaction");
    if (transaction->kind != TRANSACTION_STATEMENT)
        finding_related_access(check, finding, access, "%s", "this can fail with 40001");
    finding_level(check, finding, transaction);
}

/* Of statements that stand alone one is named, as the level is the session's: a project that
 * requires each is reported. */
static void check_script(struct check *check, const struct script *script)
{
    bool any = false;

    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next) {
        const struct access *access =
            transaction->retried || transaction->set_up || !can_be_repeated(transaction)
                ? NULL
                : window_exposed(check->corpus, transaction);
        if (!access || is_spared(check, transaction))
            continue;
        bool alone = transaction->kind == TRANSACTION_STATEMENT;
        if (!alone || !any || check->options->require_retry)
            report_transaction(check, transaction, access);
        any = true;
    }
}

const struct rule rule_retry_not_declared = {
    .name = "retry-not-declared",
    .group = "retry",
    .summary = "A transaction can fail with 40001 and is not marked as retried",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_MEDIUM,
    .predicts = {"40001"},
    .failure = FAILS_SOMEHOW,
    .check_script = check_script,
};
