#include "lint/rule.h"

/* A file that does nothing but set is meant to leave its settings behind, in the session that it
 * sets up. */
static bool only_sets(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind != STATEMENT_SET && each->kind != STATEMENT_PSQL)
            return false;
    }
    return true;
}

static const char *variable_of(const struct mode *mode)
{
    static const char *const names[] = {[MODE_ISOLATION] = "default_transaction_isolation",
                                        [MODE_READ_ONLY] = "default_transaction_read_only",
                                        [MODE_DEFERRABLE] = "default_transaction_deferrable"};

    return names[mode->kind];
}

/* The block that is all that follows, and the only thing that the setting is for. */
static const struct transaction *only_block(const struct script *script,
                                            const struct statement *set)
{
    const struct transaction *found = NULL;

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        const struct statement *first = transaction_first(each);
        if (each->kind == TRANSACTION_ROUTINE || each->kind == TRANSACTION_SEGMENT || !first ||
            first->span.start < set->span.start)
            continue;
        if (found || each->kind != TRANSACTION_BLOCK || each->uncertain || !each->begin ||
            each->begin->kind != STATEMENT_BEGIN)
            return NULL;
        found = each;
    }
    return found;
}

static void move_modes(struct check *check, struct finding *finding, const struct statement *set)
{
    const struct transaction *block = only_block(check->script, set);
    struct mode single;
    bool transaction;
    const struct mode *modes = statement_asks(set, &single, &transaction);
    const char *text = modes_text(&check->script->arena, modes);

    if (!block || !text || modes_overlap(block->begin->modes, modes))
        return;
    finding_delete(check, finding, set, false); /* what runs later on the connection may need it */
    finding_add_modes(check, finding, block->begin, text, false);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *last = NULL;

    if (only_sets(script) && !check->options->pooled)
        return;
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_DEFAULT_LEFT || notice->mode.value == MODE_UNKNOWN)
            continue;
        struct finding *finding = report(
            check, notice->statement->span, "every later transaction on this connection is %s",
            notice->mode.kind == MODE_ISOLATION
                ? isolation_level_name((enum isolation_level)notice->mode.value)
                : mode_text(&notice->mode));
        if (check->options->pooled)
            finding->severity = SEVERITY_WARNING;
        finding_label(check, finding, "not reset before the end of the file");
        finding_help(
            check, finding,
            "set the modes in BEGIN, or add RESET %s at the end: a connection pooler passes this "
            "setting to the next client",
            variable_of(&notice->mode));
        if (notice->statement != last)
            move_modes(check, finding, notice->statement);
        last = notice->statement;
    }
}

const struct rule rule_session_default_leak = {
    .name = "session-default-leak",
    .group = "declaration",
    .summary = "The session's default modes are changed and not reset",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .check_script = check_script,
};
