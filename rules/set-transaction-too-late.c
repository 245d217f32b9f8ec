#include "lint/rule.h"

/* Into BEGIN, where they would have been in time. */
static void move_modes(struct check *check, struct finding *finding, const struct notice *notice)
{
    const struct statement *statement = notice->statement;
    const struct transaction *transaction = notice->transaction;
    const struct statement *begin = transaction ? transaction->begin : NULL;
    const struct mode *modes = statement_modes(statement);
    const char *text = modes_text(&check->script->arena, modes);

    if (!begin || begin->kind != STATEMENT_BEGIN || statement->kind != STATEMENT_SET || !text ||
        transaction->uncertain || modes_overlap(begin->modes, modes))
        return;
    finding_delete(check, finding, statement, false); /* what fails today would run */
    finding_add_modes(check, finding, begin, text, false);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *moved = NULL;

    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_MODE_TOO_LATE)
            continue;
        struct finding *finding = report(
            check, notice->mode.span, "%s cannot be set after the first query: it fails with 25001",
            mode_subject(&notice->mode));
        finding_label(check, finding,
                      notice->transaction ? "refused, and the transaction is aborted" : "refused");
        if (notice->cause == notice->statement)
            finding_help(check, finding,
                         "use SET TRANSACTION: a SELECT of set_config is itself a query");
        else if (notice->cause)
            finding_related(check, finding, notice->cause->span,
                            "takes the snapshot; the modes are fixed from here on");
        finding_help(check, finding,
                     "set the modes in BEGIN, or before the first query; only LOCK TABLE, SET and "
                     "SAVEPOINT may come before");
        if (notice->statement != moved)
            move_modes(check, finding, notice);
        moved = notice->statement;
    }
}

static void check_mode(struct check *check, const struct code *code,
                       const struct body_statement *statement, const struct mode *mode,
                       const struct body_statement *query)
{
    const struct routine *routine = code->routine;

    if (!corpus_refuses_mode(check->corpus, code->routine, code->statement, mode))
        return;
    struct finding *finding = report(
        check, statement->span, "%s cannot be set in %s%s: it fails with 25001, because %s",
        mode_subject(mode),
        !routine             ? "DO"
        : routine->procedure ? "procedure "
                             : "function ",
        routine ? routine->name : "",
        query ? "a query comes before it" : "there is a snapshot from the first statement on");
    finding_label(check, finding, "refused, and the transaction is aborted");
    if (query && query != statement)
        finding_related(check, finding, query->span,
                        "takes the snapshot; the modes are fixed from here on");
    finding_help(
        check, finding,
        routine && !routine->procedure
            ? "set it before the first query of the calling transaction"
            : "add COMMIT before it: SET TRANSACTION right after COMMIT sets the modes of the "
              "new transaction");
}

static void check_settings(struct check *check, const struct code *code,
                           const struct body_statement *statement)
{
    const struct query *query = statement->statement->query;
    struct setting setting;
    struct mode mode;
    bool transaction;

    for (const struct call *call = query ? query->rest->calls : NULL; call; call = call->next) {
        if (call_setting(call, &setting) && setting_mode(&setting, &mode, &transaction) &&
            transaction)
            check_mode(check, code, statement, &mode, statement);
    }
}

static void check_body(struct check *check, const struct code *code)
{
    const struct body_statement *query;
    struct mode single;
    bool transaction;

    if (!code->body || (code->routine && code->routine->volatility != VOLATILITY_VOLATILE))
        return; /* there SET is refused as such: 0A000 */
    for (const struct body_statement *each = code->body->statements; each; each = each->next) {
        if (!each->statement)
            continue;
        check_settings(check, code, each);
        if (body_subtransaction(each))
            continue; /* reported by set-transaction-in-subtransaction */
        const struct mode *mode = statement_asks(each->statement, &single, &transaction);
        if (!mode || !transaction || !body_has_snapshot(code->body, each, &query))
            continue;
        for (; mode; mode = mode->next)
            check_mode(check, code, each, mode, query);
    }
}

const struct rule rule_set_transaction_too_late = {
    .name = "set-transaction-too-late",
    .group = "declaration",
    .summary = "Transaction modes are set after the first query of the transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001"},
    .check_script = check_script,
    .check_body = check_body,
};
