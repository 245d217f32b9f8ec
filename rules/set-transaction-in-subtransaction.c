#include "lint/rule.h"

static bool is_read_only(const struct mode *mode)
{
    return mode->kind == MODE_READ_ONLY && mode->value == 1;
}

static struct finding *report_refused(struct check *check, struct span span,
                                      const struct mode *mode)
{
    struct finding *finding =
        report(check, span, "%s cannot be set in a subtransaction: it fails with 25001",
               mode_subject(mode));

    finding_predicts(finding, "25001");
    finding_label(check, finding, "refused, and the transaction is aborted");
    return finding;
}

static struct finding *report_undone(struct check *check, struct span span, const char *by)
{
    struct finding *finding =
        report(check, span, "READ ONLY set in a subtransaction is undone by %s", by);

    finding_predicts(finding, "no-op");
    finding_label(check, finding, "accepted, then undone without an error or warning");
    finding->severity = SEVERITY_WARNING;
    return finding;
}

static void check_script(struct check *check, const struct script *script)
{
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        bool read_only = is_read_only(&notice->mode);
        if (notice->kind != NOTICE_MODE_IN_SAVEPOINT || (read_only && !notice->undone))
            continue;
        struct finding *finding =
            read_only ? report_undone(check, notice->mode.span, notice->undone->verb)
                      : report_refused(check, notice->mode.span, &notice->mode);
        finding_related(check, finding, notice->cause->span, "the subtransaction begins here");
        if (read_only)
            finding_related(check, finding, notice->undone->span, "READ WRITE again from here on");
        finding_help(check, finding, "set the modes in BEGIN, or before the first SAVEPOINT");
    }
}

/* BEGIN SET transaction_read_only = on; EXECUTE q; EXCEPTION …: it is meant for what follows in the block. */
static bool is_used(const struct body_statement *set, const struct body_statement *block)
{
    const struct body_statement *each = set->next;

    while (each && !(body_subtransaction(each) == block &&
                     (each->kind == BODY_EXECUTE || (each->statement && each->statement->query))))
        each = each->next;
    return each != NULL;
}

/* `call` is where a routine is run whose own script is not linted; NULL at home. */
static void check_statements(struct check *check, const struct code *code,
                             const struct statement *call)
{
    struct mode single;
    bool transaction;

    if (!code->body || (code->routine && code->routine->volatility != VOLATILITY_VOLATILE))
        return; /* there SET is refused as such: 0A000 */
    for (const struct body_statement *each = code->body->statements; each; each = each->next) {
        const struct body_statement *block = each->statement ? body_subtransaction(each) : NULL;
        const struct mode *mode =
            block ? statement_asks(each->statement, &single, &transaction) : NULL;
        struct span span = call ? call->span : each->span;
        for (; mode && transaction; mode = mode->next) {
            struct finding *finding = NULL;
            if (is_read_only(mode) && !call && !is_used(each, block))
                finding = report_undone(check, span, "the end of its block");
            else if (corpus_refuses_mode(check->corpus, code->routine, code->statement, mode))
                finding = report_refused(check, span, mode);
            if (finding && call)
                finding_help(check, finding, "it is %s that does so, under an EXCEPTION part",
                             code->routine->name);
            else if (finding)
                finding_related(check, finding, block->span,
                                "its EXCEPTION part makes a subtransaction of the block");
        }
    }
}

static void check_body(struct check *check, const struct code *code)
{
    check_statements(check, code, NULL);
}

static void check_transaction(struct check *check, const struct transaction *transaction)
{
    for (const struct routine_run *run = transaction->runs; run; run = run->next) {
        struct code code = {.body = run->routine->body, .routine = run->routine};
        if (!run->routine->script->linted)
            check_statements(check, &code, run->step->statement);
    }
}

const struct rule rule_set_transaction_in_subtransaction = {
    .name = "set-transaction-in-subtransaction",
    .group = "declaration",
    .summary = "Transaction modes are set under a savepoint, or in a block with EXCEPTION",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001", "no-op"},
    .not_plain = true,
    .check_transaction = check_transaction,
    .check_script = check_script,
    .check_body = check_body,
};
