#include "lint/rule.h"

static void advise(struct check *check, struct finding *finding, const struct statement *statement)
{
    const struct statement *begin = statement->next;
    struct mode single;
    bool transaction;
    const struct mode *modes = statement_asks(statement, &single, &transaction);
    const char *text = modes_text(&check->script->arena, modes);
    bool follows = begin && begin->kind == STATEMENT_BEGIN;

    if (follows)
        finding_help(check, finding, "move the modes into the BEGIN that follows");
    else
        finding_help(check, finding,
                     "set the modes in BEGIN, or for the session: SET SESSION CHARACTERISTICS AS "
                     "TRANSACTION …");
    if (!text)
        return;
    if (follows && !modes_overlap(begin->modes, modes)) {
        finding_delete(check, finding, statement, false); /* the modes were never in force */
        finding_add_modes(check, finding, begin, text, false);
    } else if (!follows) {
        const char *characteristics = arena_printf(
            &check->script->arena, "SET SESSION CHARACTERISTICS AS TRANSACTION %s", text);
        finding_edit(check, finding, statement->span, characteristics, false);
    }
}

/* SET TRANSACTION and SET LOCAL warn; a variable and set_config do not. */
static void check_notice(struct check *check, const struct notice *notice)
{
    const struct statement *statement = notice->statement;
    bool set = statement->kind == STATEMENT_SET;
    bool warned = set && (notice->local || statement->setting->scope == SCOPE_TRANSACTION);
    struct finding *finding =
        report(check, statement->span, "%s outside a transaction block has no effect%s",
               set ? statement->verb : "set_config()",
               warned ? " (WARNING 25P01)" : ", and gives no warning");

    if (!warned)
        finding_predicts(finding, "no-op");
    finding_label(check, finding, "applies to this statement alone");
    advise(check, finding, statement);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *last = NULL;

    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_MODE_NO_EFFECT || notice->statement == last)
            continue;
        last = notice->statement;
        check_notice(check, notice);
    }
}

const struct rule rule_set_transaction_no_effect = {
    .name = "set-transaction-no-effect",
    .group = "declaration",
    .summary = "SET TRANSACTION or SET LOCAL outside a transaction block changes nothing",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"no-op", "25P01"},
    .check_script = check_script,
};
