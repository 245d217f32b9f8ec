#include "lint/rule.h"

/* The statement asks for modes by SET TRANSACTION, which warns, or by a variable, which does not.
 */
static void check_notice(struct check *check, const struct notice *notice)
{
    const struct statement *statement = notice->statement;
    const struct setting *setting = statement->kind == STATEMENT_SET ? statement->setting : NULL;
    bool warned = notice->local || (setting && setting->scope == SCOPE_TRANSACTION);
    struct finding *finding =
        report(check, statement->span, "no-op%s: %s outside a transaction block changes nothing",
               warned ? ", WARNING 25P01" : " without a warning", statement->verb);

    finding_label(check, finding, "the transaction it speaks of is this statement alone");
    if (statement->next && statement->next->kind == STATEMENT_BEGIN)
        finding_help(check, finding, "write the modes into the BEGIN that follows");
    else
        finding_help(check, finding,
                     "write the modes into BEGIN, or set them for the session: "
                     "SET SESSION CHARACTERISTICS AS TRANSACTION …");
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
