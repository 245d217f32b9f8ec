#include "lint/rule.h"
#include "locking/session-keeps.h"

/* COMMIT at the end of definitions alone: the script is written for several database systems, or for
 * a client that has autocommit turned off. No rows are changed by halves, and no migration is. NULL
 * without. */
static const struct statement *end_of_definitions(const struct script *script)
{
    const struct statement *each = script->statements;
    bool defines = false;

    for (; each && (each->kind == STATEMENT_DEFINE || each->kind == STATEMENT_SET ||
                    each->kind == STATEMENT_UTILITY);
         each = each->next)
        defines |= each->kind == STATEMENT_DEFINE;
    return defines && each && !each->next && each->kind == STATEMENT_COMMIT &&
                   !session_is_migration(script, each)
               ? each
               : NULL;
}

/* COMMIT; BEGIN; cuts the transaction of the tool in two, and is meant: the tool commits the rest. */
static bool is_begun_again(const struct transaction *wrapped)
{
    const struct transaction *each = wrapped->next;

    while (each && each->part == wrapped->part && !(each->begin && !each->end))
        each = each->next;
    return each && each->part == wrapped->part;
}

static bool begins_none(const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        if (each->begin)
            return false;
    }
    return true;
}

static void check_script(struct check *check, const struct script *script)
{
    /* Who ends many transactions and begins none has autocommit turned off, or writes for another
     * database system as well: the first warning says it. Two ends in a row are a slip anywhere. */
    const struct statement *said = NULL, *end = end_of_definitions(script);
    bool once = begins_none(script);

    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_NO_BLOCK)
            continue;
        const struct statement *statement = notice->statement;
        bool chain = statement->flags & STATEMENT_CHAIN;
        bool wrapped = notice->transaction && notice->transaction->kind == TRANSACTION_FILE;
        struct finding *finding;

        if (wrapped && is_begun_again(notice->transaction))
            continue;
        if (wrapped) {
            finding = report(check, statement->span,
                             "%s ends the transaction that the migration tool opened for this file",
                             statement->verb);
            finding_label(check, finding,
                          statement->next
                              ? "what follows runs outside that transaction"
                              : "the tool records the migration in another transaction");
            finding_help(check, finding,
                         "remove it, and its BEGIN: the tool ends the transaction after the file");
            finding->severity = statement->next ? SEVERITY_ERROR : SEVERITY_NOTE;
            continue;
        }
        finding = report(check, statement->span, "%s has no open transaction to end (%s 25P01)",
                         statement->verb, chain ? "ERROR" : "WARNING");
        if (chain)
            finding->severity = SEVERITY_ERROR;
        else if (statement == end || session_may_be_wrapped(script, statement) ||
                 (once && said && said->next != statement))
            finding->severity = SEVERITY_NOTE;
        said = statement;
        finding_help(check, finding, "delete it, or add the missing BEGIN");
        if (notice->transaction) {
            finding_label(check, finding, "ends the implicit transaction of the message");
            continue;
        }
        if (!chain && !session_may_be_wrapped(script, statement) &&
            statement->kind != STATEMENT_PREPARE_TRANSACTION &&
            !(statement->flags & STATEMENT_CONDITIONAL))
            finding_delete(check, finding, statement, true);
    }
}

const struct rule rule_commit_outside_transaction = {
    .name = "commit-outside-transaction",
    .group = "declaration",
    .summary = "COMMIT or ROLLBACK without an open transaction",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25P01", "no-op"},
    .check_script = check_script,
};
