#include "lint/rule.h"

static bool is_refused(const struct check *check, const struct statement *statement)
{
    return refusal_in_block(statement, check->catalog, check->script,
                            check->options->server_version);
}

static const char *why(const struct transaction *transaction)
{
    if (transaction->kind == TRANSACTION_MESSAGE)
        return "when it is sent together with other statements: they run in one transaction block";
    if (transaction->kind == TRANSACTION_FILE)
        return "in the transaction that the migration tool opens for this file";
    return "in a transaction block";
}

static void advise(struct check *check, struct finding *finding,
                   const struct transaction *transaction)
{
    const char *outside = transaction->part ? transaction->part->outside : NULL;

    if (outside && !transaction->begin)
        finding_help(check, finding, "move it to a migration of its own%s%s", *outside ? ": " : "",
                     outside);
    else if (transaction->kind == TRANSACTION_FILE)
        finding_help(check, finding,
                     "move it to a migration that the tool runs outside a transaction");
    else
        finding_help(check, finding, "run it on its own, outside BEGIN … COMMIT");
}

/* The transaction is aborted at the first of them: the others are shown beside it. */
static void check_transaction(struct check *check, const struct transaction *transaction)
{
    bool block = transaction->kind == TRANSACTION_BLOCK ||
                 transaction->kind == TRANSACTION_MESSAGE || transaction->kind == TRANSACTION_FILE;
    struct finding *first = NULL;

    for (size_t i = 0; block && !transaction->uncertain && i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        if (!is_refused(check, statement) ||
            (transaction->steps[i].read_only && statement->flags & STATEMENT_REFUSED_READ_ONLY))
            continue; /* there 25006 comes first */
        if (first) {
            finding_related(check, first, statement->span, "%s would fail as well",
                            statement->verb);
            continue;
        }
        first = report(check, statement->span, "%s fails with 25001 %s", statement->verb,
                       why(transaction));
        finding_label(check, first, "refused, and the transaction is aborted");
        if (transaction->begin)
            finding_related(check, first, transaction->begin->span, "the block begins here");
        advise(check, first, transaction);
    }
}

/* Likewise: the first one of a block or branch is as far as it gets. */
static void check_body(struct check *check, const struct code *code)
{
    const struct body_statement *reached = NULL;
    struct finding *first = NULL;

    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (!each->statement || !is_refused(check, each->statement))
            continue;
        if (first && reached->parent == each->parent) {
            finding_related(check, first, each->span, "%s would fail as well",
                            each->statement->verb);
            continue;
        }
        reached = each;
        first = report(check, each->span, "%s fails with 25001 in %s", each->statement->verb,
                       !code->routine             ? "DO"
                       : code->routine->procedure ? "a procedure"
                                                  : "a function");
        finding_label(check, first, "refused, also after COMMIT");
        finding_help(check, first, "run it from a script, outside any transaction block");
    }
}

const struct rule rule_not_in_transaction_block = {
    .name = "not-in-transaction-block",
    .group = "declaration",
    .summary = "A statement that cannot run in a transaction block stands in one",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001"},
    .blocks_only = true,
    .check_transaction = check_transaction,
    .check_body = check_body,
};
