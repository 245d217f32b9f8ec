#include "lint/rule.h"

/* A file that does nothing but set is meant to leave its settings behind. */
static bool only_sets(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind != STATEMENT_SET && each->kind != STATEMENT_PSQL)
            return false;
    }
    return true;
}

static const char *value_name(const struct mode *mode)
{
    if (mode->kind == MODE_ISOLATION)
        return isolation_level_name((enum isolation_level)mode->value);
    if (mode->kind == MODE_READ_ONLY)
        return mode->value ? "READ ONLY" : "READ WRITE";
    return mode->value ? "DEFERRABLE" : "NOT DEFERRABLE";
}

static const char *variable_of(const struct mode *mode)
{
    static const char *const names[] = {[MODE_ISOLATION] = "default_transaction_isolation",
                                        [MODE_READ_ONLY] = "default_transaction_read_only",
                                        [MODE_DEFERRABLE] = "default_transaction_deferrable"};

    return names[mode->kind];
}

static void check_script(struct check *check, const struct script *script)
{
    if (only_sets(script))
        return;
    for (const struct notice *notice = script->notices; notice; notice = notice->next) {
        if (notice->kind != NOTICE_DEFAULT_LEFT || notice->mode.value == MODE_UNKNOWN)
            continue;
        struct finding *finding =
            report(check, notice->statement->span,
                   "isolation mismatch: every later transaction on this connection is %s",
                   value_name(&notice->mode));
        finding_label(check, finding, "not undone by the end of the file");
        finding_help(check, finding,
                     "name the modes in BEGIN, or end the file with RESET %s; a pooler hands the "
                     "connection on as it is",
                     variable_of(&notice->mode));
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
