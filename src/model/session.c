/* A session, as the server keeps it: is a block open, which modes are in force, has a snapshot been
 * taken, how deep are the savepoints. Statement by statement it groups a script into transactions
 * and notes what the server would warn of, refuse or silently ignore.
 *
 * The rules for changing modes are those of check_transaction_isolation,
 * check_transaction_read_only and check_transaction_deferrable in commands/variable.c; which
 * statements take a snapshot is a flag of the statement. */
#include "model/transaction.h"

#include <string.h>

#include <glib.h>

#include "model/builtin.h"

struct savepoint {
    const char *name;
    int read_only; /* before it; restored by RELEASE and ROLLBACK TO */
};

struct session {
    struct script *script;
    struct arena *arena;
    const struct session_options *options;

    struct modes initial;  /* the defaults of a new connection */
    struct modes defaults; /* the defaults now */
    const struct statement *default_set_by[MODE_KINDS];
    const struct modes *shared_defaults; /* a copy for transactions; NULL when out of date */

    struct transaction *open;
    struct modes current; /* of the open transaction */
    struct modes defaults_at_begin;
    const struct statement *snapshot; /* the statement that took it */
    GArray *steps;
    GArray *savepoints;

    bool autocommit_off;
    bool uncertain; /* an included file or a condition may have opened or ended a block */
    const struct directive *directive;
    struct transaction **transactions_end;
    struct notice **notices_end;
};

/* ------------------------------------------------------------------ defaults */

static void set_state(struct modes *modes, enum mode_kind kind, int value,
                      enum provenance provenance, const struct script *script, struct span span)
{
    if (kind == MODE_ISOLATION && value == LEVEL_READ_UNCOMMITTED)
        value = LEVEL_READ_COMMITTED;
    modes->state[kind] = (struct mode_state){value, provenance, script, span};
}

/* ALTER ROLE outranks ALTER DATABASE, which outranks ALTER ROLE ALL and ALTER SYSTEM (manual,
 * ALTER ROLE). The setting of one role holds for nobody else, and a role is not known to run this
 * script, so it counts only for the level, and only when no other role's says otherwise. */
static unsigned rank(enum setting_holder holder)
{
    static const unsigned ranks[] = {
        [HOLDER_SYSTEM] = 1, [HOLDER_ALL_ROLES] = 2, [HOLDER_DATABASE] = 3, [HOLDER_ROLE] = 4};

    return ranks[holder];
}

static void apply_stored(struct modes *modes, const struct catalog *catalog)
{
    unsigned ranks[MODE_KINDS] = {0};
    bool transaction;
    struct mode mode;

    for (const struct stored_setting *stored = catalog->settings; stored; stored = stored->next) {
        if (!setting_mode(stored->setting, &mode, &transaction) || transaction)
            continue;
        if (stored->holder == HOLDER_ROLE && mode.kind != MODE_ISOLATION)
            continue;
        if (rank(stored->holder) <= ranks[mode.kind]) {
            if (stored->holder == HOLDER_ROLE && modes->state[mode.kind].value != mode.value)
                modes->state[mode.kind].value = MODE_UNKNOWN; /* two roles disagree */
            continue; /* the list begins with the last one applied */
        }
        ranks[mode.kind] = rank(stored->holder);
        if (mode.value != MODE_DEFAULT)
            set_state(modes, mode.kind, mode.value, FROM_PERSISTENT, stored->script,
                      stored->setting->span);
    }
}

/* Before 9.1 there was no serializable snapshot isolation, and its name meant one snapshot. */
static int level_of_version(int level, const struct session_options *options)
{
    return level == LEVEL_SERIALIZABLE && options->server_version > 0 &&
                   options->server_version < 901
               ? LEVEL_REPEATABLE_READ
               : level;
}

struct modes session_modes(const struct catalog *catalog, const struct session_options *options)
{
    struct modes modes = {.state[MODE_ISOLATION].value = LEVEL_READ_COMMITTED};

    apply_stored(&modes, catalog);
    if (options->default_isolation != LEVEL_UNKNOWN)
        set_state(&modes, MODE_ISOLATION, (int)options->default_isolation, FROM_OPTION, NULL,
                  (struct span){0});
    modes.state[MODE_ISOLATION].value =
        level_of_version(modes.state[MODE_ISOLATION].value, options);
    if (options->default_read_only)
        set_state(&modes, MODE_READ_ONLY, true, FROM_OPTION, NULL, (struct span){0});
    return modes;
}

static const struct modes *share_defaults(struct session *session)
{
    if (!session->shared_defaults) {
        struct modes *copy = arena_new(session->arena, struct modes);
        *copy = session->defaults;
        session->shared_defaults = copy;
    }
    return session->shared_defaults;
}

/* ------------------------------------------------------------------ notices */

static struct notice *add_notice(struct session *session, enum notice_kind kind,
                                 const struct statement *statement)
{
    struct notice *notice = arena_new(session->arena, struct notice);

    notice->kind = kind;
    notice->statement = statement;
    notice->transaction = session->open;
    *session->notices_end = notice;
    session->notices_end = &notice->next;
    return notice;
}

static void add_mode_notice(struct session *session, enum notice_kind kind,
                            const struct statement *statement, const struct mode *mode, bool local)
{
    struct notice *notice = add_notice(session, kind, statement);

    notice->mode = *mode;
    notice->mode.next = NULL;
    notice->local = local;
    notice->cause = kind == NOTICE_MODE_TOO_LATE || kind == NOTICE_READ_ONLY_LATE
                        ? session->snapshot
                    : session->open ? session->open->begin
                                    : NULL;
}

/* ------------------------------------------------------------------ transactions */

static struct transaction *open_transaction(struct session *session, enum transaction_kind kind,
                                            const struct statement *begin)
{
    struct transaction *transaction = arena_new(session->arena, struct transaction);

    transaction->script = session->script;
    transaction->kind = kind;
    transaction->begin = begin;
    session->open = transaction;
    session->current = session->defaults;
    session->defaults_at_begin = session->defaults;
    session->snapshot = NULL;
    session->uncertain = false;
    g_array_set_size(session->steps, 0);
    g_array_set_size(session->savepoints, 0);
    return transaction;
}

static void link_transaction(struct session *session, struct transaction *transaction, uint32_t end)
{
    while (session->directive && session->directive->span.start < end) {
        transaction->retried |= session->directive->kind == DIRECTIVE_RETRY;
        if (session->directive->kind == DIRECTIVE_PROGRAM)
            transaction->name = session->directive->text;
        session->directive = session->directive->next;
    }
    for (size_t i = 0; i < transaction->step_count; i++)
        transaction->steps[i].transaction = transaction;
    *session->transactions_end = transaction;
    session->transactions_end = &transaction->next;
}

static void capture_modes(struct session *session)
{
    struct modes *copy = arena_new(session->arena, struct modes);

    *copy = session->current;
    session->open->modes = copy;
}

static void close_transaction(struct session *session, const struct statement *end)
{
    struct transaction *transaction = session->open;
    uint32_t offset = end ? end->span.end : session->script->size;

    transaction->end = end;
    transaction->uncertain |= session->uncertain;
    transaction->step_count = session->steps->len;
    transaction->steps = arena_array(session->arena, struct step, session->steps->len);
    if (session->steps->len > 0)
        memcpy(transaction->steps, session->steps->data, sizeof(struct step) * session->steps->len);
    if (!session->snapshot) {
        transaction->first_snapshot = transaction->step_count;
        capture_modes(session);
    }
    link_transaction(session, transaction, offset);
    session->open = NULL;
    session->snapshot = NULL;
}

/* A statement that is a transaction by itself. */
static void run_alone(struct session *session, const struct statement *statement)
{
    struct transaction *transaction = arena_new(session->arena, struct transaction);

    transaction->script = session->script;
    transaction->kind = TRANSACTION_STATEMENT;
    transaction->modes = share_defaults(session);
    transaction->steps = arena_new(session->arena, struct step);
    transaction->step_count = 1;
    transaction->steps->statement = statement;
    transaction->steps->read_only = session->defaults.state[MODE_READ_ONLY].value == 1;
    transaction->first_snapshot = statement->flags & STATEMENT_SNAPSHOT ? 0 : 1;
    link_transaction(session, transaction, statement->span.end);
}

static void add_step(struct session *session, const struct statement *statement)
{
    struct step step = {
        .statement = statement,
        .after_snapshot = session->snapshot != NULL,
        .read_only = session->current.state[MODE_READ_ONLY].value == 1,
        .depth = session->savepoints->len,
    };

    if (statement->flags & STATEMENT_CONDITIONAL)
        session->open->uncertain = true;
    if (!session->snapshot && statement->flags & STATEMENT_SNAPSHOT) {
        session->snapshot = statement;
        session->open->first_snapshot = session->steps->len;
        capture_modes(session);
    }
    g_array_append_val(session->steps, step);
}

/* ------------------------------------------------------------------ modes */

static void set_transaction_mode(struct session *session, const struct statement *statement,
                                 const struct mode *mode, bool local)
{
    struct mode_state *now = &session->current.state[mode->kind];
    int value =
        mode->value == MODE_DEFAULT ? session->defaults.state[mode->kind].value : mode->value;
    bool same =
        value == now->value || (value == LEVEL_READ_UNCOMMITTED && mode->kind == MODE_ISOLATION &&
                                now->value == LEVEL_READ_COMMITTED);
    bool nested = session->savepoints->len > 0;

    if (!session->open) {
        add_mode_notice(session, NOTICE_MODE_NO_EFFECT, statement, mode, local);
        return;
    }
    switch (mode->kind) {
    case MODE_ISOLATION:
        if (same || value == MODE_UNKNOWN)
            break;
        if (session->snapshot || nested) {
            add_mode_notice(session,
                            session->snapshot ? NOTICE_MODE_TOO_LATE : NOTICE_MODE_IN_SAVEPOINT,
                            statement, mode, local);
            return;
        }
        break;
    case MODE_READ_ONLY:
        if (value == 0 && now->value == 1 && (session->snapshot || nested)) {
            add_mode_notice(session, NOTICE_MODE_TOO_LATE, statement, mode, local);
            return;
        }
        if (value == 1 && !same && nested)
            add_mode_notice(session, NOTICE_MODE_IN_SAVEPOINT, statement, mode, local);
        else if (value == 1 && !same && session->snapshot)
            add_mode_notice(session, NOTICE_READ_ONLY_LATE, statement, mode, local);
        break;
    case MODE_DEFERRABLE:
        if (nested || session->snapshot) {
            add_mode_notice(session, nested ? NOTICE_MODE_IN_SAVEPOINT : NOTICE_MODE_TOO_LATE,
                            statement, mode, local);
            return;
        }
        break;
    }
    set_state(&session->current, mode->kind, value, FROM_EXPLICIT, session->script, mode->span);
}

static void set_default_mode(struct session *session, const struct statement *statement,
                             const struct mode *mode, bool local)
{
    if (session->open)
        add_mode_notice(session, NOTICE_DEFAULT_IN_BLOCK, statement, mode, local);
    else if (local)
        add_mode_notice(session, NOTICE_MODE_NO_EFFECT, statement, mode, local);
    if (local)
        return; /* it changes the default only until the transaction ends, and nobody asks it */
    session->shared_defaults = NULL;
    session->default_set_by[mode->kind] = statement;
    if (mode->value == MODE_DEFAULT)
        session->defaults.state[mode->kind] = session->initial.state[mode->kind];
    else
        set_state(&session->defaults, mode->kind,
                  mode->kind == MODE_ISOLATION ? level_of_version(mode->value, session->options)
                                               : mode->value,
                  FROM_SESSION, session->script, mode->span);
}

static void reset_defaults(struct session *session)
{
    session->defaults = session->initial;
    session->shared_defaults = NULL;
}

static void apply_setting(struct session *session, const struct statement *statement,
                          const struct setting *setting)
{
    bool local = setting->scope == SCOPE_LOCAL, transaction;
    struct mode mode;

    switch (setting->scope) {
    case SCOPE_ALL:
        reset_defaults(session);
        return;
    case SCOPE_TRANSACTION:
        for (const struct mode *each = setting->modes; each; each = each->next)
            set_transaction_mode(session, statement, each, false);
        return;
    case SCOPE_CHARACTERISTICS:
        for (const struct mode *each = setting->modes; each; each = each->next)
            set_default_mode(session, statement, each, false);
        return;
    default:
        break;
    }
    if (!setting_mode(setting, &mode, &transaction))
        return;
    if (transaction)
        set_transaction_mode(session, statement, &mode, local);
    else
        set_default_mode(session, statement, &mode, local);
}

/* SELECT set_config('transaction_isolation', 'serializable', true): the SELECT has taken its
 * snapshot before the setting is tried. */
static void apply_set_config(struct session *session, const struct statement *statement)
{
    const struct query *query = statement->kind == STATEMENT_QUERY ? statement->query : NULL;

    for (const struct call *call = query ? query->calls : NULL; call; call = call->next) {
        const struct operand_item *name = call->arguments;
        const struct operand_item *value = name ? name->next : NULL;
        const struct operand_item *local = value ? value->next : NULL;

        if (!call->builtin || builtin_effect(call->builtin) != EFFECT_SET_CONFIG || !local ||
            name->operand.kind != OPERAND_CONSTANT)
            continue;
        struct setting setting = {
            .scope = local->operand.text && strcmp(local->operand.text, "true") == 0
                         ? SCOPE_LOCAL
                         : SCOPE_SESSION,
            .name = name->operand.text,
            .value = value->operand.text,
            .unknown_value = value->operand.kind != OPERAND_CONSTANT,
            .span = statement->span,
        };
        apply_setting(session, statement, &setting);
    }
}

/* ------------------------------------------------------------------ control statements */

static void apply_modes(struct session *session, const struct statement *statement)
{
    for (const struct mode *mode = statement->modes; mode; mode = mode->next)
        set_transaction_mode(session, statement, mode, false);
}

static void begin(struct session *session, const struct statement *statement)
{
    if (session->open && session->uncertain)
        close_transaction(session, NULL);
    if (session->open && session->open->kind == TRANSACTION_MESSAGE) {
        session->open->kind = TRANSACTION_BLOCK; /* it joins what the message has begun */
        session->open->begin = statement;
        apply_modes(session, statement);
        return;
    }
    if (session->open) {
        add_notice(session, NOTICE_NESTED_BEGIN, statement)->cause = session->open->begin;
        apply_modes(session, statement);
        return;
    }
    open_transaction(session, TRANSACTION_BLOCK, statement);
    if (statement->flags & STATEMENT_CONDITIONAL)
        session->uncertain = true;
    apply_modes(session, statement);
}

static void end(struct session *session, const struct statement *statement)
{
    struct modes modes = session->current;

    if (!session->open || session->open->kind == TRANSACTION_FILE) {
        if (!session->uncertain)
            add_notice(session, NOTICE_NO_BLOCK, statement);
        if (!session->open)
            return;
    }
    if (statement->kind == STATEMENT_ROLLBACK) {
        session->defaults = session->defaults_at_begin;
        session->shared_defaults = NULL;
    }
    close_transaction(session, statement);
    if (statement->flags & STATEMENT_CONDITIONAL)
        session->uncertain = true;
    if (statement->flags & STATEMENT_CHAIN) {
        open_transaction(session, TRANSACTION_BLOCK, statement);
        session->current = modes;
    }
}

static bool pop_savepoint(struct session *session, const char *name, bool keep)
{
    for (guint i = session->savepoints->len; name && i-- > 0;) {
        const struct savepoint *savepoint =
            &g_array_index(session->savepoints, struct savepoint, i);
        if (strcmp(savepoint->name, name) != 0)
            continue;
        session->current.state[MODE_READ_ONLY].value = savepoint->read_only;
        g_array_set_size(session->savepoints, i + keep);
        return true;
    }
    return false;
}

static void control(struct session *session, const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_BEGIN:
        begin(session, statement);
        return;
    case STATEMENT_COMMIT:
    case STATEMENT_ROLLBACK:
    case STATEMENT_PREPARE_TRANSACTION:
        end(session, statement);
        return;
    default:
        break;
    }
    if (!session->open) {
        run_alone(session, statement);
        return;
    }
    add_step(session, statement);
    if (statement->kind == STATEMENT_SAVEPOINT) {
        struct savepoint savepoint = {statement->name,
                                      session->current.state[MODE_READ_ONLY].value};
        g_array_append_val(session->savepoints, savepoint);
    } else if (statement->kind == STATEMENT_RELEASE) {
        pop_savepoint(session, statement->name, false);
    } else if (statement->kind == STATEMENT_ROLLBACK_TO) {
        pop_savepoint(session, statement->name, true);
    }
}

/* ------------------------------------------------------------------ psql */

static void unterminated(struct session *session, const struct statement *statement)
{
    if (!session->open)
        return;
    if (session->open->kind == TRANSACTION_BLOCK && !session->uncertain) {
        const struct statement *cause = session->open->begin;
        if (!cause && session->steps->len > 0)
            cause = g_array_index(session->steps, struct step, 0).statement;
        if (cause)
            add_notice(session, NOTICE_UNTERMINATED, statement ? statement : cause)->cause = cause;
    }
    close_transaction(session, NULL);
}

static void run_psql(struct session *session, const struct statement *statement)
{
    static const char *const includes[] = {"i", "ir", "include", "include_relative", NULL};
    static const char *const reconnects[] = {"c", "connect", "q", "quit", NULL};
    const struct psql *psql = statement->psql;

    if (session->open)
        add_step(session, statement);
    if (g_strv_contains(includes, psql->command)) {
        session->uncertain = true;
        if (session->open)
            session->open->uncertain = true;
    } else if (g_strv_contains(reconnects, psql->command)) {
        /* Extension scripts begin with "\echo … \quit", which only psql obeys, so what follows
         * \q is read all the same. */
        unterminated(session, statement);
        reset_defaults(session);
    } else if (strcmp(psql->command, "set") == 0 &&
               g_str_has_prefix(psql->arguments, "AUTOCOMMIT")) {
        const char *value = psql->arguments + strlen("AUTOCOMMIT");
        value += strspn(value, " \t'");
        session->autocommit_off = g_ascii_strncasecmp(value, "off", 3) == 0 ||
                                  g_ascii_strncasecmp(value, "false", 5) == 0 || *value == '0';
    }
}

/* ------------------------------------------------------------------ the run */

/* Statements that psql does not precede with BEGIN when AUTOCOMMIT is off (command_no_begin). */
static bool never_begins(const struct statement *statement)
{
    return statement_is_control(statement) || statement->flags & STATEMENT_REFUSED_IN_BLOCK;
}

static void run_statement(struct session *session, const struct statement *statement)
{
    if (!session->open && session->autocommit_off && !never_begins(statement))
        open_transaction(session, TRANSACTION_BLOCK, NULL);
    else if (!session->open && statement->flags & STATEMENT_JOINED)
        open_transaction(session, TRANSACTION_MESSAGE, NULL);

    if (statement_is_control(statement)) {
        control(session, statement);
    } else if (statement->kind == STATEMENT_SET) {
        if (session->open)
            add_step(session, statement);
        apply_setting(session, statement, statement->setting);
    } else if (session->open) {
        add_step(session, statement);
        apply_set_config(session, statement);
    } else {
        run_alone(session, statement);
        apply_set_config(session, statement);
    }
    if (session->open && session->open->kind == TRANSACTION_MESSAGE &&
        !(statement->flags & STATEMENT_JOINED))
        close_transaction(session, NULL);
}

static void finish(struct session *session)
{
    unterminated(session, NULL);
    for (int kind = 0; kind < MODE_KINDS; kind++) {
        const struct mode_state *state = &session->defaults.state[kind];
        struct mode mode = {
            .kind = (enum mode_kind)kind, .value = state->value, .span = state->span};
        if (state->provenance == FROM_SESSION && state->value != session->initial.state[kind].value)
            add_mode_notice(session, NOTICE_DEFAULT_LEFT, session->default_set_by[kind], &mode,
                            false);
    }
}

void session_run(struct script *script, const struct catalog *catalog,
                 const struct session_options *options)
{
    struct session session = {
        .script = script,
        .arena = &script->arena,
        .options = options,
        .initial = session_modes(catalog, options),
        .steps = g_array_new(FALSE, FALSE, sizeof(struct step)),
        .savepoints = g_array_new(FALSE, FALSE, sizeof(struct savepoint)),
        .directive = script->directives,
        .transactions_end = &script->transactions,
        .notices_end = &script->notices,
    };

    session.defaults = session.initial;
    if (options->framing == FRAMING_FILE)
        open_transaction(&session, TRANSACTION_FILE, NULL);
    for (const struct statement *statement = script->statements; statement;
         statement = statement->next) {
        if (statement->kind == STATEMENT_PSQL)
            run_psql(&session, statement);
        else
            run_statement(&session, statement);
    }
    finish(&session);
    g_array_unref(session.steps);
    g_array_unref(session.savepoints);
}
