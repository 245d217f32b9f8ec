#include "lint/rule.h"

/* What READ ONLY lets pass, although it changes something that others see. */
static const char *effect_of_statement(const struct statement *statement)
{
    static const struct {
        const char *verb, *effect;
    } effects[] = {
        {"REINDEX", "rewrites an index"},
        {"CLUSTER", "rewrites a table"},
        {"ANALYZE", "writes statistics"},
        {"NOTIFY", "sends a notification"},
        {"VACUUM", "removes dead rows"},
        {"ALTER SYSTEM", "changes the configuration"},
        {"CHECKPOINT", "writes dirty buffers to disk"},
    };

    if (statement->kind == STATEMENT_COPY)
        return statement->copy->program && !statement->copy->from ? "runs a program" : NULL;
    if (statement->kind != STATEMENT_UTILITY && statement->kind != STATEMENT_DEFINE)
        return NULL;
    for (size_t i = 0; i < sizeof effects / sizeof *effects; i++) {
        if (strcmp(effects[i].verb, statement->verb) == 0)
            return effects[i].effect;
    }
    return NULL;
}

static const char *effect_of_call(const struct check *check, const struct call *call)
{
    switch (builtin_effect(call->builtin)) {
    case EFFECT_NOTIFY:
        return "sends a notification";
    case EFFECT_TRANSACTION_ID:
        return "assigns a transaction id";
    case EFFECT_LARGE_OBJECT_WRITE:
        return check->options->server_version < 1600 ? "writes a large object" : NULL;
    case EFFECT_REMOTE:
        return call_writes_remotely(call) ? "writes in another session" : NULL;
    default:
        return NULL;
    }
}

static void report_effect(struct check *check, const struct transaction *transaction,
                          struct span span, const char *what, const char *effect)
{
    struct finding *finding = report(check, span, "READ ONLY does not refuse %s", what);

    finding_label(check, finding, "%s", effect);
    finding_related(check, finding, transaction->modes->state[MODE_READ_ONLY].span,
                    "READ ONLY is set here");
    finding_help(
        check, finding,
        "remove READ ONLY, or move the statement to a transaction of its own; a hot standby "
        "refuses most of these");
}

static void check(struct check *check, const struct transaction *transaction)
{
    const struct mode_state *mode = &transaction->modes->state[MODE_READ_ONLY];
    const char *effect;

    if (mode->value != 1 || mode->provenance != FROM_EXPLICIT || mode->script != check->script)
        return;
    for (size_t i = 0; i < transaction->step_count; i++) {
        const struct statement *statement = transaction->steps[i].statement;
        effect = effect_of_statement(statement);
        if (effect)
            report_effect(check, transaction, statement->span, statement->verb, effect);
    }
    for (const struct side_effect *each = transaction->hidden; each; each = each->next) {
        effect = effect_of_statement(each->statement);
        if (effect)
            report_effect(check, transaction, each->step->statement->span, each->statement->verb,
                          effect);
    }
    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (each->kind == ACCESS_TABLE_LOCK && each->table_lock > TABLE_LOCK_ROW_EXCLUSIVE &&
            !access_is_exempt(each))
            report_effect(check, transaction, access_statement_span(each),
                          arena_printf(&check->script->arena, "LOCK TABLE %s IN %s MODE",
                                       access_relation_name(each),
                                       table_lock_name(each->table_lock)),
                          "blocks other transactions on the table");
    }
    for (const struct side_effect *each = transaction->calls; each; each = each->next) {
        effect = effect_of_call(check, each->call);
        if (effect)
            report_effect(check, transaction, side_effect_span(each),
                          arena_printf(&check->script->arena, "%s()", each->call->name), effect);
    }
}

const struct rule rule_read_only_side_effect = {
    .name = "read-only-side-effect",
    .group = "read-only",
    .summary = "A READ ONLY transaction changes something that READ ONLY does not cover",
    .severity = SEVERITY_NOTE,
    .precision = PRECISION_HIGH,
    .predicts = {"no-op"},
    .not_plain = true,
    .check_transaction = check,
};
