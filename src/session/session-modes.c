/* The modes of a session: what a new connection gives, what the open transaction and the session's
 * defaults are changed to, and which changes the server refuses, undoes or ignores. The rules are
 * those of check_transaction_isolation, check_transaction_read_only and
 * check_transaction_deferrable in commands/variable.c, and of ImportSnapshot in
 * utils/time/snapmgr.c. */
#include "session/session-state.h"

#include <string.h>

/* ------------------------------------------------------------------ defaults */

static void set_state(struct modes *modes, enum mode_kind kind, int value,
                      enum provenance provenance, const struct script *script, struct span span)
{
    bool uncommitted = kind == MODE_ISOLATION && value == LEVEL_READ_UNCOMMITTED;

    modes->state[kind] = (struct mode_state){
        .value = uncommitted ? (int)LEVEL_READ_COMMITTED : value,
        .asked = value,
        .provenance = provenance,
        .script = script,
        .span = span,
    };
}

/* ALTER ROLE … IN DATABASE outranks ALTER ROLE, which outranks ALTER DATABASE, which outranks ALTER
 * ROLE ALL and ALTER SYSTEM (manual, ALTER ROLE). */
static unsigned rank(const struct stored_setting *stored)
{
    static const unsigned ranks[] = {
        [HOLDER_SYSTEM] = 1, [HOLDER_ALL_ROLES] = 2, [HOLDER_DATABASE] = 3, [HOLDER_ROLE] = 4};

    return stored->holder == HOLDER_ROLE && stored->database ? 5 : ranks[stored->holder];
}

/* A setting stored for one database or one role does not apply to sessions of another. */
static bool concerns(const struct stored_setting *stored, const struct session_options *options)
{
    if (stored->database && g_strcmp0(stored->database, options->database) != 0)
        return false;
    if (stored->holder == HOLDER_DATABASE)
        return g_strcmp0(stored->owner, options->database) == 0;
    return stored->holder != HOLDER_ROLE || g_strcmp0(stored->owner, options->role) == 0;
}

static void apply_stored(struct modes *modes, const struct catalog *catalog,
                         const struct session_options *options)
{
    unsigned ranks[MODE_KINDS] = {0};
    bool transaction;
    struct mode mode;

    for (const struct stored_setting *stored = catalog->settings; stored; stored = stored->next) {
        if (!concerns(stored, options) || !setting_mode(stored->setting, &mode, &transaction) ||
            transaction || rank(stored) <= ranks[mode.kind])
            continue; /* the list begins with the last one applied */
        ranks[mode.kind] = rank(stored);
        if (mode.value != MODE_DEFAULT)
            set_state(modes, mode.kind, mode.value, FROM_PERSISTENT, stored->script,
                      stored->setting->span);
    }
}

/* Before 9.1 SERIALIZABLE was what REPEATABLE READ is now. `asked` keeps the name that the SQL
 * uses. */
static void adapt_level(struct modes *modes, const struct session_options *options)
{
    struct mode_state *level = &modes->state[MODE_ISOLATION];

    if (level->value == LEVEL_SERIALIZABLE && options->server_version > 0 &&
        options->server_version < 901)
        level->value = LEVEL_REPEATABLE_READ;
}

struct modes session_modes(const struct catalog *catalog, const struct session_options *options)
{
    struct modes modes = {0};

    set_state(&modes, MODE_ISOLATION, LEVEL_READ_COMMITTED, FROM_SERVER, NULL, (struct span){0});
    apply_stored(&modes, catalog, options);
    if (options->default_isolation != LEVEL_UNKNOWN)
        set_state(&modes, MODE_ISOLATION, (int)options->default_isolation, FROM_OPTION, NULL,
                  (struct span){0});
    adapt_level(&modes, options);
    if (options->default_read_only)
        set_state(&modes, MODE_READ_ONLY, true, FROM_OPTION, NULL, (struct span){0});
    return modes;
}

void session_set_defaults(struct session *session, const struct modes *defaults)
{
    session->defaults = *defaults;
    session->shared_defaults = NULL;
}

/* ------------------------------------------------------------------ notices */

struct notice *session_add_notice(struct session *session, enum notice_kind kind,
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

/* What a statement asks for, and where it asks. */
struct request {
    const struct statement *statement;
    const struct mode *mode;
    bool local;
};

/* Whether something that may not have run would be the cause. */
static bool is_doubtful(const struct session *session, const struct statement *statement,
                        const struct statement *cause)
{
    return session->uncertain || (cause && cause->flags & STATEMENT_CONDITIONAL &&
                                  !(statement->flags & STATEMENT_CONDITIONAL));
}

static struct notice *add_mode_notice(struct session *session, enum notice_kind kind,
                                      const struct request *request, const struct statement *cause)
{
    struct notice *notice = is_doubtful(session, request->statement, cause)
                                ? arena_new(session->arena, struct notice)
                                : session_add_notice(session, kind, request->statement);

    notice->mode = *request->mode;
    notice->mode.next = NULL;
    notice->local = request->local;
    notice->cause = cause;
    return notice;
}

void session_add_default_left(struct session *session, enum mode_kind kind)
{
    const struct mode_state *state = &session->defaults.state[kind];
    struct mode mode = {.kind = kind, .value = state->value, .span = state->span};
    struct request request = {session->default_set_by[kind], &mode, false};

    if (state->provenance == FROM_SESSION && state->value >= 0 &&
        state->value != session->initial.state[kind].value)
        add_mode_notice(session, NOTICE_DEFAULT_LEFT, &request, NULL);
}

/* ------------------------------------------------------------------ the open transaction */

static struct savepoint *innermost(struct session *session)
{
    guint count = session->open ? session->savepoints->len : 0;

    return count > 0 ? &g_array_index(session->savepoints, struct savepoint, count - 1) : NULL;
}

/* What has fixed the modes: the query that took the snapshot. A call of set_config is one. */
static const struct statement *snapshot_of(const struct session *session,
                                           const struct statement *statement)
{
    if (session->open)
        return session->snapshot;
    return statement->kind == STATEMENT_QUERY ? statement : NULL;
}

/* Whether the server refuses the request; the notice says why. `now` is what is in force. */
static bool refuses(struct session *session, const struct request *request, int value,
                    const struct mode_state *now)
{
    const struct statement *snapshot = snapshot_of(session, request->statement);
    const struct savepoint *savepoint = innermost(session);
    bool snapshot_counts = true;

    if (request->mode->value == MODE_DEFAULT)
        return false; /* no check is made: set_config_option in utils/misc/guc.c, up to 15 */
    switch (request->mode->kind) {
    case MODE_ISOLATION:
        if (value == now->asked || value == MODE_UNKNOWN || now->value == MODE_UNKNOWN)
            return false;
        break;
    case MODE_READ_ONLY:
        if (value != 0 || now->value != 1)
            return false;
        snapshot_counts = !savepoint; /* the server checks for a savepoint first */
        break;
    case MODE_DEFERRABLE:
        snapshot_counts = !savepoint;
        break;
    }
    if (snapshot && snapshot_counts)
        add_mode_notice(session, NOTICE_MODE_TOO_LATE, request, snapshot);
    else if (savepoint)
        add_mode_notice(session, NOTICE_MODE_IN_SAVEPOINT, request, savepoint->statement);
    return snapshot || savepoint;
}

/* READ ONLY is accepted at any time, but does less when it comes late. */
static void note_read_only(struct session *session, const struct request *request)
{
    struct savepoint *savepoint = innermost(session);

    if (savepoint)
        savepoint->notice =
            add_mode_notice(session, NOTICE_MODE_IN_SAVEPOINT, request, savepoint->statement);
    else if (session->snapshot)
        add_mode_notice(session, NOTICE_READ_ONLY_LATE, request, session->snapshot);
}

/* What the variable was born with, whatever default_transaction_… says. */
static int reset_value(enum mode_kind kind)
{
    return kind == MODE_ISOLATION ? (int)LEVEL_READ_COMMITTED : 0;
}

/* What holds behind the statement: inside \\if it may run or not. */
static int value_after(const struct statement *statement, int before, int value)
{
    return statement->flags & STATEMENT_CONDITIONAL && value != before ? MODE_UNKNOWN : value;
}

static void set_transaction_mode(struct session *session, const struct request *request)
{
    const struct mode *mode = request->mode;
    const struct mode_state *defaults = &session->defaults.state[mode->kind];
    const struct mode_state *now = session->open ? &session->current.state[mode->kind] : defaults;
    int value = mode->value == MODE_DEFAULT ? reset_value(mode->kind) : mode->value;

    if (refuses(session, request, value, now))
        return;
    if (!session->open) {
        if (!session->uncertain)
            add_mode_notice(session, NOTICE_MODE_NO_EFFECT, request, NULL);
        return;
    }
    if (mode->kind == MODE_READ_ONLY && value == 1 && now->value != 1)
        note_read_only(session, request);
    if (request->statement->kind != STATEMENT_BEGIN)
        value = value_after(request->statement, now->value, value);
    set_state(&session->current, mode->kind, value, FROM_EXPLICIT, session->script, mode->span);
    adapt_level(&session->current, session->options);
}

void session_apply_modes(struct session *session, const struct statement *statement,
                         const struct mode *modes)
{
    for (; modes; modes = modes->next)
        set_transaction_mode(session, &(struct request){statement, modes, false});
}

/* The snapshot is imported by the statement itself, which counts as the one that took it. */
static void import_snapshot(struct session *session, const struct statement *statement)
{
    const struct mode_state *now = session->current.state;
    const struct savepoint *savepoint = innermost(session);
    const struct statement *earlier = session->snapshot != statement ? session->snapshot : NULL;

    if (is_doubtful(session, statement,
                    earlier     ? earlier
                    : savepoint ? savepoint->statement
                                : NULL))
        return;
    if (earlier || savepoint)
        session_add_notice(session, NOTICE_IMPORT_TOO_LATE, statement)->cause =
            earlier ? earlier : savepoint->statement;
    else if (now[MODE_ISOLATION].value == LEVEL_READ_COMMITTED)
        session_add_notice(session, NOTICE_IMPORT_LEVEL, statement);
    else if (now[MODE_ISOLATION].value == LEVEL_SERIALIZABLE && now[MODE_READ_ONLY].value == 1 &&
             now[MODE_DEFERRABLE].value == 1)
        session_add_notice(session, NOTICE_IMPORT_DEFERRABLE, statement);
}

/* ------------------------------------------------------------------ the session */

static void set_default_mode(struct session *session, const struct request *request)
{
    const struct mode *mode = request->mode;
    struct mode_state *state = &session->defaults.state[mode->kind];

    if (session->open)
        add_mode_notice(session, NOTICE_DEFAULT_IN_BLOCK, request, session->open->begin)->same =
            session->current.state[mode->kind].value == mode->value;
    else if (request->local && !session->uncertain)
        add_mode_notice(session, NOTICE_MODE_NO_EFFECT, request, NULL);
    if (request->local)
        return; /* undone at the end of this transaction, before another reads the default */
    session->shared_defaults = NULL;
    session->default_set_by[mode->kind] = request->statement;
    if (mode->value == MODE_DEFAULT)
        *state = session->initial.state[mode->kind];
    else
        set_state(&session->defaults, mode->kind,
                  value_after(request->statement, state->value, mode->value), FROM_SESSION,
                  session->script, mode->span);
    adapt_level(&session->defaults, session->options);
}

/* SET name = value. */
static void set_variable(struct session *session, const struct statement *statement,
                         const struct setting *setting)
{
    struct mode mode;
    struct request request = {statement, &mode, setting->scope == SCOPE_LOCAL};
    bool transaction;

    if (setting_mode(setting, &mode, &transaction)) {
        if (transaction)
            set_transaction_mode(session, &request);
        else
            set_default_mode(session, &request);
    } else if (request.local && !session->open && !session->uncertain &&
               statement->kind == STATEMENT_SET) {
        session_add_notice(session, NOTICE_LOCAL_NO_EFFECT, statement);
    }
}

void session_apply_setting(struct session *session, const struct statement *statement,
                           const struct setting *setting)
{
    switch (setting->scope) {
    case SCOPE_ALL:
        session_set_defaults(session, &session->initial);
        break;
    case SCOPE_TRANSACTION:
        if (setting->snapshot && session->open)
            import_snapshot(session, statement);
        else if (setting->snapshot && !session->uncertain)
            session_add_notice(session, NOTICE_MODE_NO_EFFECT, statement);
        session_apply_modes(session, statement, setting->modes);
        break;
    case SCOPE_CHARACTERISTICS:
        for (const struct mode *each = setting->modes; each; each = each->next)
            set_default_mode(session, &(struct request){statement, each, false});
        break;
    default:
        set_variable(session, statement, setting);
    }
}

/* SELECT set_config('transaction_isolation', 'serializable', true): the SELECT has taken its
 * snapshot before the setting is tried. */
void session_apply_calls(struct session *session, const struct statement *statement)
{
    const struct query *query = statement->kind == STATEMENT_QUERY ? statement->query : NULL;
    struct setting setting;

    for (const struct call *call = query ? query->rest->calls : NULL; call; call = call->next) {
        if (!call_setting(call, &setting))
            continue;
        setting.span = statement->span;
        session_apply_setting(session, statement, &setting);
    }
}
