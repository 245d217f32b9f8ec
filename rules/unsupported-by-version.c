#include "lint/rule.h"

enum { ALL_SUPPORTED = 1500 }; /* the last version that something of this came with: MERGE */

static const char SYNTAX_ERROR[] = "42601";

static void need(struct check *check, struct span span, const char *what, int version,
                 const char *state)
{
    struct arena *arena = &check->script->arena;

    if (check->options->server_version >= version)
        return;
    struct finding *finding = report(check, span, "%s needs PostgreSQL %s and fails with %s on %s",
                                     what, version_text(arena, version), state,
                                     version_text(arena, check->options->server_version));
    finding_predicts(finding, state);
    finding_label(check, finding, "not supported by this server");
}

/* FOR … names its tables, or locks them all: reported at the first. */
static void check_locks(struct check *check, const struct query *query)
{
    const struct range *range = query->ranges;

    while (range && range->lock == LOCK_NONE)
        range = range->next;
    if (!range)
        return;
    if (range->wait == WAIT_SKIP)
        need(check, range->span, "SKIP LOCKED", 905, SYNTAX_ERROR);
    if (range->lock == LOCK_NO_KEY_UPDATE)
        need(check, range->span, "FOR NO KEY UPDATE", 903, SYNTAX_ERROR);
    if (range->lock == LOCK_KEY_SHARE)
        need(check, range->span, "FOR KEY SHARE", 903, SYNTAX_ERROR);
}

static void check_query(struct check *check, const struct query *query)
{
    if (query->write && query->kind == QUERY_MERGE)
        need(check, query->write->target->span, "MERGE", 1500, SYNTAX_ERROR);
    else if (query->write && query->write->conflict != CONFLICT_ERROR)
        need(check, query->write->target->span, "ON CONFLICT", 905, SYNTAX_ERROR);
    if (query->write && query->place == PLACE_WITH)
        need(check, query->write->target->span, "a write in WITH", 901, SYNTAX_ERROR);
    check_locks(check, query);
    for (const struct call *call = query->rest->calls; call; call = call->next) {
        if (call->builtin && builtin_effect(call->builtin) == EFFECT_ADVISORY_XACT)
            need(check, call->span, "pg_advisory_xact_lock", 901, "42883");
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next)
        check_query(check, inner);
}

static void check_statement(struct check *check, const struct statement *statement)
{
    const struct change *change = statement->kind == STATEMENT_DEFINE ? statement->changes : NULL;
    const struct mode *deferrable = modes_find(statement_modes(statement), MODE_DEFERRABLE);

    if (statement->flags & STATEMENT_CONDITIONAL) /* perhaps on the version */
        return;
    if (deferrable)
        need(check, deferrable->span, mode_text(deferrable), 901, SYNTAX_ERROR);
    if (statement_is_control(statement) && statement->flags & STATEMENT_CHAIN)
        need(check, statement->span, "AND CHAIN", 1200, SYNTAX_ERROR);
    if (statement->kind == STATEMENT_CALL ||
        (change && change->kind == CHANGE_CREATE_ROUTINE && change->routine->procedure))
        need(check, statement->span, statement->verb, 1100, SYNTAX_ERROR);
    if (statement->query)
        check_query(check, statement->query);
}

static void check_script(struct check *check, const struct script *script)
{
    if (check->options->server_version >= ALL_SUPPORTED)
        return;
    for (const struct statement *each = script->statements; each; each = each->next)
        check_statement(check, each);
}

/* A procedure is reported as such. What EXECUTE is given may depend on the version. */
static void check_body(struct check *check, const struct code *code)
{
    bool procedure = code->routine && code->routine->procedure;

    if (code->statement->flags & STATEMENT_CONDITIONAL ||
        check->options->server_version >= ALL_SUPPORTED)
        return;
    for (const struct body_statement *each = code->body ? code->body->statements : NULL; each;
         each = each->next) {
        if (each->chain)
            need(check, each->span, "AND CHAIN", 1200, SYNTAX_ERROR);
        else if ((each->kind == BODY_COMMIT || each->kind == BODY_ROLLBACK) && !procedure)
            need(check, each->span, "transaction control in PL/pgSQL", 1100, "0A000");
        if (each->statement && each->kind != BODY_EXECUTE)
            check_statement(check, each->statement);
    }
}

const struct rule rule_unsupported_by_version = {
    .name = "unsupported-by-version",
    .group = "environment",
    .summary = "Transaction control or locking that this server version does not support",
    .severity = SEVERITY_ERROR,
    .precision = PRECISION_VERY_HIGH,
    .predicts = {"42601", "0A000", "42883"},
    .check_script = check_script,
    .check_body = check_body,
};
