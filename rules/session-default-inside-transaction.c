#include "lint/rule.h"

/* Directly before COMMIT, with more to follow, it is plainly meant for what follows. A chained
 * transaction does not ask for it. */
static bool is_for_the_next(const struct notice *notice)
{
    const struct transaction *open = notice->transaction;
    const struct statement *end = open->end;

    return open->step_count > 0 &&
           open->steps[open->step_count - 1].statement == notice->statement && end &&
           end->kind == STATEMENT_COMMIT && !(end->flags & STATEMENT_CHAIN) && open->next &&
           open->next->kind != TRANSACTION_ROUTINE;
}

static void advise(struct check *check, struct finding *finding, const struct notice *notice)
{
    const struct step *first = transaction_first_snapshot(notice->transaction);
    const struct mode *modes;
    struct mode single;
    bool transaction;

    if (notice->local)
        finding_help(
            check, finding,
            "remove it: SET LOCAL of a default is undone before any transaction begins with it");
    else
        finding_help(check, finding,
                     "set it before BEGIN for later transactions; ROLLBACK would undo it here");
    finding_help(check, finding,
                 "use SET TRANSACTION %s before the first query of this transaction",
                 mode_text(&notice->mode));
    modes = statement_asks(notice->statement, &single, &transaction);
    if (modes && (!first || notice->statement->span.start < first->statement->span.start))
        finding_edit(check, finding, notice->statement->span,
                     arena_printf(&check->script->arena, "SET TRANSACTION %s",
                                  modes_text(&check->script->arena, modes)),
                     false);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *last = NULL;

    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_DEFAULT_IN_BLOCK || notice->mode.value < 0 ||
            (notice->same && !notice->local) || notice->statement == last ||
            (!notice->local && is_for_the_next(notice)))
            continue;
        last = notice->statement;
        struct finding *finding =
            report(check, notice->statement->span,
                   notice->local ? "%s never takes effect, not even in a chained transaction"
                                 : "%s does not change the open transaction, only the next one",
                   mode_text(&notice->mode));
        if (notice->local)
            finding->severity = SEVERITY_ERROR;
        finding_label(check, finding, "changes the default for later transactions");
        if (notice->cause)
            finding_related(check, finding, notice->cause->span,
                            "this transaction keeps its modes");
        advise(check, finding, notice);
    }
}

const struct rule rule_session_default_inside_transaction = {
    .name = "session-default-inside-transaction",
    .group = "declaration",
    .summary = "The session's default modes are set while a transaction is open",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op"},
    .check_script = check_script,
};
