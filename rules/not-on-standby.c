#include "lint/rule.h"

/* What READ ONLY allows on a primary, but not while the server recovers (calls of
 * PreventCommandDuringRecovery; COMMAND_OK_IN_RECOVERY in tcop/utility.c). */
static bool is_refused(const struct statement *statement)
{
    static const char *const verbs[] = {"LISTEN", "NOTIFY", "ANALYZE", "VACUUM", "CLUSTER", NULL};

    if (statement->kind == STATEMENT_PREPARE_TRANSACTION ||
        statement->kind == STATEMENT_COMMIT_PREPARED ||
        statement->kind == STATEMENT_ROLLBACK_PREPARED)
        return true;
    return statement->kind == STATEMENT_UTILITY && (g_strv_contains(verbs, statement->verb) ||
                                                    g_str_has_prefix(statement->verb, "REINDEX"));
}

static void finish(struct check *check, struct finding *finding, const char *state)
{
    finding_predicts(finding, state);
    finding_label(check, finding, "refused during recovery");
    finding_help(check, finding, "run it on the primary");
}

static void check_access(struct check *check, const struct access *access)
{
    bool row = access->kind == ACCESS_LOCK && !access->read_only; /* else write-in-read-only */
    bool table = access->kind == ACCESS_TABLE_LOCK && access->table_lock > TABLE_LOCK_ROW_EXCLUSIVE;
    struct finding *finding;

    if (table)
        finding =
            report_access(check, access, "a hot standby refuses LOCK TABLE %s IN %s MODE (25006)",
                          access_relation_name(access), table_lock_name(access->table_lock));
    else if (row && access->query && !query_writes(access->query) &&
             !access_is_of_foreign_key(access))
        finding =
            report_access(check, access, "a hot standby refuses the row lock of SELECT %s (25006)",
                          access_relation_name(access));
    else
        return;
    finish(check, finding, "25006");
    if (access->conditional)
        finding_weaken(finding);
}

static void check_call(struct check *check, const struct side_effect *call)
{
    enum effect effect = builtin_effect(call->call->builtin);

    if (effect != EFFECT_NOTIFY && effect != EFFECT_TRANSACTION_ID)
        return;
    struct finding *finding =
        report_side_effect(check, call, "a hot standby refuses %s() (25006)", call->call->name);
    finish(check, finding, "25006");
    if (call->conditional)
        finding_weaken(finding);
}

static void check_transaction(struct check *check, const struct transaction *transaction)
{
    if (!check_on_standby(check) || transaction->routine)
        return;
    for (const struct access *each = transaction->accesses; each; each = each->next)
        check_access(check, each);
    for (const struct side_effect *each = transaction->calls; each; each = each->next)
        check_call(check, each);
    for (const struct side_effect *each = transaction->hidden; each; each = each->next) {
        if (!is_refused(each->statement))
            continue;
        struct finding *finding = report(check, side_effect_span(each),
                                         "a hot standby refuses %s (25006)", each->statement->verb);
        finish(check, finding, "25006");
        if (each->conditional)
            finding_weaken(finding);
    }
}

static void check_read_write(struct check *check, const struct statement *statement)
{
    bool transaction = true;
    struct mode single;
    const struct mode *modes = statement_asks(statement, &single, &transaction);
    const struct mode *mode =
        modes_find(modes ? modes : statement_modes(statement), MODE_READ_ONLY);

    if (!mode || mode->value != 0 || !transaction)
        return;
    struct finding *finding =
        report(check, mode->span, "a hot standby refuses a READ WRITE transaction (0A000)");
    finish(check, finding, "0A000");
    if (statement_modes(statement))
        finding_delete_mode(check, finding, statement, mode, false);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *each = check_on_standby(check) ? script->statements : NULL;

    for (; each; each = each->next) {
        check_read_write(check, each);
        if (is_refused(each))
            finish(check, report(check, each->span, "a hot standby refuses %s (25006)", each->verb),
                   "25006");
    }
}

const struct rule rule_not_on_standby = {
    .name = "not-on-standby",
    .group = "environment",
    .summary = "A statement that READ ONLY allows on a primary, but a hot standby refuses",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"25006", "0A000"},
    .not_plain = true,
    .check_transaction = check_transaction,
    .check_script = check_script,
};
