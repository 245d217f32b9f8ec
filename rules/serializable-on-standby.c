#include "lint/rule.h"

/* What works there, and sees what a report needs to see; the file may run on the primary too. */
static void replace(struct check *check, struct finding *finding, const struct statement *statement,
                    const struct mode *mode)
{
    struct mode *modes = statement_modes(statement);
    const struct mode *deferrable = modes_find(modes, MODE_DEFERRABLE);
    struct arena *arena = &check->script->arena;

    if (!modes) { /* SET default_transaction_isolation = … */
        const struct setting *setting = statement->setting;
        const char *local = setting->scope == SCOPE_LOCAL ? "LOCAL " : "";
        finding_edit(check, finding, statement->span,
                     arena_printf(arena, "SET %s%s = 'repeatable read'", local, setting->name),
                     false);
        return;
    }
    finding_edit(check, finding, mode->span, "ISOLATION LEVEL REPEATABLE READ", false);
    if (deferrable)
        finding_delete_mode(check, finding, statement, deferrable, false);
    if (!modes_find(modes, MODE_READ_ONLY))
        finding_add_modes(check, finding, statement, "READ ONLY", false);
}

static void report_mode(struct check *check, const struct statement *statement,
                        const struct mode *mode, bool transaction)
{
    struct span span = statement_modes(statement) ? mode->span : statement->span;
    struct finding *finding =
        report(check, span, "a hot standby refuses %s SERIALIZABLE (0A000)",
               transaction ? "a transaction that is" : "every query once the session's default is");

    finding_label(check, finding,
                  transaction ? "refused here" : "accepted here, refused at the next query");
    finding_help(check, finding, "use REPEATABLE READ READ ONLY, the highest level of a standby");
    replace(check, finding, statement, mode);
}

/* After a query or under a savepoint it is refused with 25001, on every server. */
static bool is_refused_anyway(const struct script *script, const struct statement *statement)
{
    const struct notice *notice = script->notices;

    while (notice && (notice->statement != statement || (notice->kind != NOTICE_MODE_TOO_LATE &&
                                                         notice->kind != NOTICE_MODE_IN_SAVEPOINT)))
        notice = notice->next;
    return notice;
}

/* BEGIN and SET of any kind. */
static void check_statement(struct check *check, const struct statement *statement)
{
    bool transaction = true;
    struct mode single;
    const struct mode *modes = statement_asks(statement, &single, &transaction);
    const struct mode *level =
        modes_find(modes ? modes : statement_modes(statement), MODE_ISOLATION);

    if (level && level->value == LEVEL_SERIALIZABLE && !is_refused_anyway(check->script, statement))
        report_mode(check, statement, level, transaction);
}

/* The default of the connection: reported once, where the first transaction has it. What writes is
 * meant for the primary. */
static void check_default(struct check *check, const struct script *script)
{
    const struct transaction *each = script->transactions;
    const struct mode_state *level = NULL;

    for (; each; each = each->next) {
        level = &each->modes->state[MODE_ISOLATION];
        if (level->value == LEVEL_SERIALIZABLE && each->kind != TRANSACTION_ROUTINE &&
            transaction_first_snapshot(each) && !transaction_may_write(each) &&
            (level->provenance == FROM_OPTION || level->provenance == FROM_PERSISTENT))
            break;
    }
    if (!each)
        return;
    struct finding *finding =
        report(check, transaction_first_snapshot(each)->statement->span,
               "a hot standby refuses every query with 0A000 while the default is SERIALIZABLE");
    finding_label(check, finding, "refused, like every query after it");
    finding_level(check, finding, each);
    finding_help(
        check, finding,
        "set default_transaction_isolation = 'repeatable read' for connections to standbys");
}

static void check_script(struct check *check, const struct script *script)
{
    if (!check_on_standby(check))
        return;
    for (const struct statement *each = script->statements; each; each = each->next)
        check_statement(check, each);
    check_default(check, script);
}

static void check_body(struct check *check, const struct code *code)
{
    const struct body_statement *each = code->body ? code->body->statements : NULL, *query;

    for (; each && check_on_standby(check); each = each->next) {
        if (each->kind == BODY_SQL && each->statement &&
            !body_has_snapshot(code->body, each, &query))
            check_statement(check, each->statement);
    }
}

const struct rule rule_serializable_on_standby = {
    .name = "serializable-on-standby",
    .group = "environment",
    .summary = "SERIALIZABLE on a hot standby, which refuses it in any form",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"0A000"},
    .since = 901,
    .check_script = check_script,
    .check_body = check_body,
};
