#include "lint/rule.h"

/* What a statement or a call leaves in the session. */
struct leftover {
    const char *what;  /* "SET search_path", "LISTEN" */
    const char *fate;  /* what becomes of it */
    const char *label; /* of the underlined text */
    const char *help;
};

static const struct leftover kept_setting = {
    NULL, "may apply to another client's transactions and not to this client's",
    "stays with the server connection, which the pooler hands on",
    "use SET LOCAL in the transaction that needs it, or ALTER ROLE … SET"};
static const struct leftover kept_lock = {
    NULL, "may lock for another client, and the unlock may reach another connection",
    "the lock belongs to the server connection, which the pooler hands on",
    "use pg_advisory_xact_lock() or pg_try_advisory_xact_lock() in the transaction"};
static const struct leftover kept_cursor = {
    NULL, "may not be there for the next FETCH", "stays with the server connection",
    "fetch all rows in the transaction that declares the cursor, without WITH HOLD"};
static const struct leftover kept_prepared = {
    NULL, "is known to one server connection only", "stays with the server connection",
    "prepare it through the driver, not with PREPARE: PgBouncer 1.21 and later supports that with max_prepared_statements"};
static const struct leftover kept_table = {
    NULL, "may be missing in the next statement, and may exist for another client",
    "stays with the server connection",
    "create it in the transaction that uses it, with ON COMMIT DROP"};
static const struct leftover kept_listener = {
    NULL, "may never receive a notification",
    "the pooler gives the server connection to other clients",
    "use a direct connection for LISTEN"};

static const struct leftover *leftover_of(const struct statement *statement, const char **what,
                                          struct arena *arena)
{
    const char *named = statement_name(statement), *name = named ? named : "";

    *what = statement->verb;
    switch (statement->kind) {
    case STATEMENT_SET:
        *what = session_keeps_setting(statement->setting)
                    ? arena_printf(arena, "SET %s", statement->setting->name)
                    : NULL;
        return *what ? &kept_setting : NULL;
    case STATEMENT_PREPARE:
        *what = arena_printf(arena, "PREPARE %s", name);
        return &kept_prepared;
    case STATEMENT_DECLARE:
        *what = arena_printf(arena, "cursor %s WITH HOLD", name);
        return statement->flags & STATEMENT_HOLD ? &kept_cursor : NULL;
    case STATEMENT_UTILITY:
        return strcmp(statement->verb, "LISTEN") == 0 ? &kept_listener : NULL;
    case STATEMENT_DEFINE: {
        const struct relation *table = session_keeps_table(statement);
        *what = table ? arena_printf(arena, "temporary table %s", table->name) : NULL;
        return table ? &kept_table : NULL;
    }
    default:
        return NULL;
    }
}

static void finish(struct check *check, struct finding *finding, const struct leftover *leftover)
{
    finding_label(check, finding, "%s", leftover->label);
    finding_help(check, finding, "%s", leftover->help);
}

static void check_call(struct check *check, const struct side_effect *call)
{
    struct setting setting;
    bool sets = call_setting(call->call, &setting) && session_keeps_setting(&setting);

    if (!sets && !session_keeps_lock(call))
        return;
    const struct leftover *leftover = sets ? &kept_setting : &kept_lock;
    finish(check,
           report_side_effect(check, call, "through a pooler, %s() %s", call->call->name,
                              leftover->fate),
           leftover);
}

static void check_statement(struct check *check, const struct statement *statement)
{
    const char *what;
    const struct leftover *leftover = leftover_of(statement, &what, &check->script->arena);

    if (leftover && !session_gives_back(check->script, statement))
        finish(check,
               report(check, statement->span, "through a pooler, %s %s", what, leftover->fate),
               leftover);
}

static void check_script(struct check *check, const struct script *script)
{
    const struct statement *each = check->options->pooled ? script->statements : NULL;
    const struct transaction *transaction = check->options->pooled ? script->transactions : NULL;

    for (; each; each = each->next) {
        if (!session_is_migration(script, each))
            check_statement(check, each);
    }
    for (; transaction; transaction = transaction->next) {
        for (const struct side_effect *call = transaction->calls; call; call = call->next) {
            if (transaction->concurrency != RUNS_ALONE)
                check_call(check, call);
        }
    }
}

const struct rule rule_session_state_behind_pooler = {
    .name = "session-state-behind-pooler",
    .group = "declaration",
    .summary = "State of the session is left behind, and a pooler hands connections on (pooler: "
               "transaction)",
    .severity = SEVERITY_WARNING,
    .precision = PRECISION_HIGH,
    .check_script = check_script,
};
