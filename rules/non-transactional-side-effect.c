#include "lint/rule.h"

/* What happens at once and is not undone with the transaction; NULL for anything else. setval is
 * reported by sequence-as-counter; NOTIFY waits for COMMIT. */
static const char *call_effect(const struct side_effect *call)
{
    switch (builtin_effect(call->call->builtin)) {
    case EFFECT_ADVISORY_SESSION:
        return "the lock lasts until the session ends, and a retry takes it a second time";
    case EFFECT_ADVISORY_TRY:
        return strstr(call->call->name, "_xact_") ? NULL : "the lock lasts until the session ends";
    case EFFECT_FILE:
        return "the file keeps what was written";
    case EFFECT_REMOTE:
        return call_writes_remotely(call->call) ? "runs in another session, which commits it"
                                                : NULL;
    case EFFECT_REQUEST:
        return call_writes_remotely(call->call) ? "the request has been sent" : NULL;
    default:
        return NULL;
    }
}

static const char *statement_effect(const struct statement *statement, const char **what)
{
    if (statement->kind == STATEMENT_PSQL && strcmp(statement->psql->command, "!") == 0) {
        *what = "\\!";
        return "the command has already run";
    }
    if (statement->kind != STATEMENT_COPY || statement->copy->from || !statement->copy->file)
        return NULL;
    *what = statement->copy->program ? "COPY TO PROGRAM" : "COPY TO a file";
    return statement->copy->program ? "the program has already received the rows"
                                    : "the file keeps what was written";
}

/* Whether what is left behind and what is undone belong together: the effect stands in a block, or
 * in a routine, with something that can be undone or repeated. */
static bool has_company(const struct check *check, const struct transaction *transaction, bool body)
{
    if (transaction_read_only(transaction)) /* read-only-side-effect reports it */
        return false;
    return transaction->retried || window_exposed(check->corpus, transaction) ||
           ((transaction_is_declared(transaction) || body) && transaction_may_write(transaction));
}

static void finish(struct check *check, struct finding *finding,
                   const struct transaction *transaction, const char *effect)
{
    if (!transaction->retried && !window_exposed(check->corpus, transaction))
        finding_weaken(finding);
    finding_label(check, finding, "%s", effect);
    finding_level(check, finding, transaction);
}

static const char *fate(const struct check *check, const struct transaction *transaction)
{
    return transaction->retried || window_exposed(check->corpus, transaction)
               ? "fails with 40001 and is retried"
               : "is rolled back";
}

static void check_call(struct check *check, const struct transaction *transaction,
                       const struct side_effect *call, const char *effect)
{
    const char *name = call->call->name;
    struct finding *finding = report_side_effect(
        check, call, "%s is not undone when the transaction %s", name, fate(check, transaction));
    char *xact = g_str_has_prefix(name, "pg_advisory_")
                     ? arena_printf(&check->script->arena, "pg_advisory_xact_%s",
                                    name + strlen("pg_advisory_"))
                     : NULL;

    finish(check, finding, transaction, effect);
    if (xact && !call->via && !call->call->schema)
        finding_edit(check, finding, call->call->span, xact, false);
    finding_help(
        check, finding,
        strstr(name, "advisory")
            ? "use pg_advisory_xact_lock, which ends with the transaction; or take the session "
              "lock before BEGIN and release it after COMMIT"
            : "move it after COMMIT, or write the task to an outbox table that another process "
              "reads");
}

static void check_statement(struct check *check, const struct transaction *transaction,
                            const struct statement *statement)
{
    const char *what = NULL, *effect = statement_effect(statement, &what);

    if (!effect || !has_company(check, transaction, false))
        return;
    struct finding *finding =
        report(check, statement->span, "%s is not undone when the transaction %s", what,
               fate(check, transaction));
    finish(check, finding, transaction, effect);
    finding_help(check, finding, "move it after COMMIT");
}

static void check(struct check *check, const struct transaction *transaction)
{
    for (size_t i = 0; i < transaction->step_count; i++)
        check_statement(check, transaction, transaction->steps[i].statement);
    for (const struct side_effect *call = transaction->calls; call; call = call->next) {
        const char *effect = call_effect(call);
        if (effect && has_company(check, transaction, call->body))
            check_call(check, transaction, call, effect);
    }
}

const struct rule rule_non_transactional_side_effect = {
    .name = "non-transactional-side-effect",
    .group = "retry",
    .summary = "A side effect that ROLLBACK does not undo stands in a transaction that may fail",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .not_plain = true,
    .check_transaction = check,
};
