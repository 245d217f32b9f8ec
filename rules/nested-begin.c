#include "lint/rule.h"

/* What comes after the transaction, before another begins, would be the COMMIT of the outer one. The
 * notices up to `*notice` come before it: transactions are asked about in their order. */
static bool has_second_end(const struct script *script, const struct transaction *transaction,
                           const struct notice **notice)
{
    uint32_t next = transaction->next && transaction->next->begin
                        ? transaction->next->begin->span.start
                        : script->size;

    while (*notice && ((*notice)->kind != NOTICE_NO_BLOCK ||
                       (*notice)->statement->span.start <= transaction->end->span.start))
        *notice = (*notice)->next;
    return *notice && (*notice)->statement->span.start < next;
}

/* Moves `*end` to the next COMMIT that no BEGIN of the script goes with, and says whether it ends the
 * transaction of the migration tool in which the notice was given. commit-outside-transaction then
 * speaks of both. */
static bool ends_that_of_tool(const struct notice *notice, const struct notice **end)
{
    while (*end && ((*end)->kind != NOTICE_NO_BLOCK ||
                    (*end)->statement->span.start < notice->statement->span.start))
        *end = (*end)->next;
    return *end && notice->transaction->kind == TRANSACTION_FILE &&
           (*end)->transaction == notice->transaction;
}

static void check_script(struct check *check, const struct script *script)
{
    const struct notice *second = script->notices, *end = script->notices;

    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_NESTED_BEGIN || ends_that_of_tool(notice, &end))
            continue;
        const struct transaction *transaction = notice->transaction;
        const struct statement *begin = notice->statement;
        struct finding *finding =
            report(check, begin->span,
                   "%s does not begin another transaction: one is open already (WARNING 25001)",
                   begin->verb);
        finding_label(check, finding, "%s",
                      begin->modes ? "its modes apply to the open transaction"
                                   : "the next COMMIT ends the outer transaction");
        if (notice->cause)
            finding_related(check, finding, notice->cause->span, "the transaction begins here");
        else if (transaction->kind == TRANSACTION_FILE)
            finding_help(
                check, finding,
                "remove it: the migration tool has opened a transaction for this file already");
        if (transaction->kind != TRANSACTION_FILE)
            finding_help(check, finding,
                         "use SAVEPOINT for a part that can be rolled back on its own, or add "
                         "COMMIT before it");
        if (notice->cause && !begin->modes && !transaction->uncertain && transaction->end &&
            !has_second_end(script, transaction, &second))
            finding_delete(check, finding, begin, true);
    }
}

const struct rule rule_nested_begin = {
    .name = "nested-begin",
    .group = "declaration",
    .summary = "BEGIN while a transaction block is open: there is no nested transaction",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25001", "no-op"},
    .check_script = check_script,
};
