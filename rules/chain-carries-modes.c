#include "lint/rule.h"

/* Where the transaction began: COMMIT AND CHAIN in the script, or in a procedure. */
static struct span chain_span(const struct transaction *transaction)
{
    return transaction->rest->segment ? transaction->rest->segment->span : transaction->begin->span;
}

static void check_read_only(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *mode = &transaction->modes->state[MODE_READ_ONLY];
    g_autofree struct refusal *refusals =
        refusals_find(transaction, false, check->options->server_version);

    for (size_t i = 0; i < transaction->step_count; i++) {
        if (!refusals[i].step)
            continue;
        struct finding *finding =
            report(check, chain_span(transaction),
                   "AND CHAIN begins a READ ONLY transaction, which refuses %s with 25006",
                   refusal_text(check, &refusals[i]));
        finding_predicts(finding, "25006");
        if (refusals[i].conditional)
            finding_weaken(finding);
        finding_label(check, finding, "begins a READ ONLY transaction");
        finding_related(check, finding, mode->span, "READ ONLY is set here");
        finding_related(check, finding, transaction->steps[i].statement->span, "refused");
        finding_help(check, finding,
                     "remove AND CHAIN, or begin the next one with SET TRANSACTION READ WRITE");
        return;
    }
}

/* Nothing but writes that are as right at READ COMMITTED. */
static bool only_atomic_writes(const struct transaction *transaction)
{
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (!access_is_of_foreign_key(each) && !write_is_atomic(each))
            return false;
    }
    return transaction->accesses && !transaction->unknown && !transaction->calls;
}

static void check_level(struct check *check, const struct transaction *transaction)
{
    if (!transaction_has_one_snapshot(transaction) ||
        !transaction_carries(transaction, MODE_ISOLATION) || !only_atomic_writes(transaction) ||
        transaction->retried || check->options->all_serializable)
        return;
    struct finding *finding = report(
        check, chain_span(transaction),
        "AND CHAIN keeps %s for a transaction that only writes, which can then fail with 40001",
        isolation_level_name(transaction_level(transaction)));
    finding->severity = SEVERITY_NOTE;
    finding_predicts(finding, "40001");
    finding_label(check, finding, "the new transaction keeps the level of the one before");
    finding_level(check, finding, transaction);
    finding_help(check, finding, "remove AND CHAIN, or set the level of the next one");
}

static bool sets(const struct transaction *transaction, const char *name)
{
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (statement->kind == STATEMENT_SET && statement->setting->name &&
            strcmp(statement->setting->name, name) == 0)
            return true;
    }
    return false;
}

/* SET LOCAL of the transaction before is over; this one has something it might have been for. */
static void check_local(struct check *check, const struct transaction *before,
                        const struct transaction *transaction)
{
    for (size_t i = 0; i < before->step_count && transaction->accesses; i++) {
        const struct statement *statement = before->steps[i].statement;
        struct mode mode;
        bool own;
        if (statement->kind != STATEMENT_SET || statement->setting->scope != SCOPE_LOCAL ||
            setting_mode(statement->setting, &mode, &own) ||
            sets(transaction, statement->setting->name))
            continue;
        struct finding *finding =
            report(check, chain_span(transaction), "AND CHAIN does not keep SET LOCAL %s",
                   statement->setting->name);
        finding->severity = SEVERITY_NOTE;
        finding_predicts(finding, "no-op");
        finding_label(check, finding, "the new transaction begins without it");
        finding_related(check, finding, statement->span, "ends with its transaction");
        finding_help(check, finding, "repeat it in the chained transaction if it is needed there");
        return;
    }
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct transaction *next = transaction->next;

    if (transaction->end && next && next->begin == transaction->end)
        check_local(check, transaction, next);
    if (!transaction_is_chained(transaction))
        return;
    if (transaction_carries(transaction, MODE_READ_ONLY) && transaction_read_only(transaction))
        check_read_only(check, transaction);
    check_level(check, transaction);
}

const struct rule rule_chain_carries_modes = {
    .name = "chain-carries-modes",
    .group = "declaration",
    .summary = "COMMIT AND CHAIN keeps modes that do not fit the next transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25006", "40001", "no-op"},
    .since = 1200,
    .blocks_only = true,
    .check_transaction = check,
};
