#include "lint/rule.h"

static const char *where(const struct routine *routine, enum termination termination)
{
    switch (termination) {
    case TERMINATION_FUNCTION:
        return routine->returns_trigger ? "a trigger function" : "a function";
    case TERMINATION_SQL:
        return "a procedure of LANGUAGE sql";
    case TERMINATION_SETTING:
        return "a procedure with a SET clause";
    case TERMINATION_DEFINER:
        return "a SECURITY DEFINER procedure";
    case TERMINATION_HANDLED:
        return "a block with EXCEPTION";
    case TERMINATION_EXECUTE:
        return "EXECUTE";
    default:
        return "a loop over what a write returns";
    }
}

static const char *advice(enum termination termination)
{
    switch (termination) {
    case TERMINATION_FUNCTION:
        return "make it a procedure and CALL it outside a transaction block";
    case TERMINATION_SETTING:
        return "remove the SET clause, and set the parameter in the body or in the calling session";
    case TERMINATION_DEFINER:
        return "end the transaction in a SECURITY INVOKER procedure";
    case TERMINATION_HANDLED:
        return "end the transaction after the block, or in its exception handler";
    case TERMINATION_IN_CURSOR:
        return "collect the rows first, or loop over a SELECT, which survives COMMIT";
    default:
        return "write CALL in a body of LANGUAGE plpgsql";
    }
}

static void report_statement(struct check *check, const struct code *code,
                             const struct body_statement *statement, enum termination termination)
{
    bool cursor = termination == TERMINATION_IN_CURSOR;
    const char *what = statement->kind == BODY_COMMIT ? "COMMIT"
                       : statement->kind == BODY_ROLLBACK
                           ? "ROLLBACK"
                           : "CALL of a procedure that ends transactions";
    struct finding *finding = report(check, statement->span, "%s in %s fails with %s", what,
                                     where(code->routine, termination), cursor ? "55000" : "2D000");
    const struct body_statement *block = body_subtransaction(statement);

    finding_predicts(finding, cursor ? "55000" : "2D000");
    finding_label(check, finding, "always fails here");
    if (termination == TERMINATION_HANDLED)
        finding_related(check, finding, block->span,
                        "its EXCEPTION part makes a subtransaction of the block");
    finding_help(check, finding, "%s", advice(termination));
}

static void check_body(struct check *check, const struct code *code)
{
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        enum termination termination = refusal_termination(code->routine, each);
        if (termination == TERMINATION_ALLOWED || !refusal_ends_transaction(each, check->catalog))
            continue;
        report_statement(check, code, each, termination);
        if (termination <= TERMINATION_DEFINER)
            return; /* so it is with all the others of this routine */
    }
}

static void check_transaction(struct check *check, const struct transaction *transaction)
{
    bool block = transaction->kind == TRANSACTION_BLOCK ||
                 transaction->kind == TRANSACTION_MESSAGE || transaction->kind == TRANSACTION_FILE;

    for (size_t i = 0; block && !transaction->uncertain && i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        const struct body_statement *end = refusal_call_ends(statement, check->catalog);
        if (!end)
            continue;
        struct finding *finding =
            report(check, statement->span, "%s runs %s, which fails with 2D000 in %s",
                   statement->verb, end->kind == BODY_COMMIT ? "COMMIT" : "ROLLBACK",
                   transaction->kind == TRANSACTION_BLOCK     ? "a transaction block"
                   : transaction->kind == TRANSACTION_MESSAGE ? "a message of several statements"
                                                              : "the transaction around this file");
        finding_predicts(finding, "2D000");
        if (transaction->begin)
            finding_related(check, finding, transaction->begin->span, "the block begins here");
        finding_help(check, finding, "run it on its own, outside BEGIN … COMMIT");
    }
}

const struct rule rule_transaction_control_in_atomic_context = {
    .name = "transaction-control-in-atomic-context",
    .group = "routine",
    .summary = "COMMIT or ROLLBACK in a routine where the server refuses to end the transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"2D000", "55000"},
    .since = 1100,
    .blocks_only = true,
    .check_transaction = check_transaction,
    .check_body = check_body,
};
