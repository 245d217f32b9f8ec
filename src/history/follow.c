#include "history/follow-parts.h"
#include "log/limits.h"

static const char *intern(struct follow *follow, struct piece piece)
{
    g_autofree char *text = piece.at ? g_strndup(piece.at, piece.length) : g_strdup("");

    return g_string_chunk_insert_const(follow->names, text);
}

/* ------------------------------------------------------------------ sessions */

static void session_free(void *data)
{
    struct session *session = data;

    run_unref(session->run);
    run_unref(session->before);
    g_array_unref(session->parameters);
    g_free(session->key);
    g_free(session);
}

static void default_modes(struct session *session)
{
    session->level = LEVEL_UNKNOWN;
    session->read_only = session->deferrable = MODE_UNKNOWN;
    session->setter = NULL;
}

/* Whether it does more than to move a cursor or to set savepoints. */
static bool does_something(const struct run *run)
{
    for (guint i = 0; i < run->statements->len; i++) {
        enum statement_kind kind = run_normal(run, i)->kind;
        if (kind == STATEMENT_QUERY || kind == STATEMENT_CALL || kind == STATEMENT_COPY ||
            kind == STATEMENT_LOCK || kind == STATEMENT_TRUNCATE || kind == STATEMENT_DECLARE)
            return true;
    }
    return false;
}

void follow_report(struct follow *follow, struct session *session, struct run *run)
{
    if (run->end == RUN_LOST) {
        follow->counts.lost++;
        return;
    }
    if (run->failures->len == 0 && !does_something(run))
        return;
    follow->take(run, session->before, follow->context);
    run_unref(session->before);
    session->before = run_ref(run);
}

static struct run *open_run(struct follow *follow, struct session *session,
                            const struct entry *entry, bool block)
{
    struct run *run = run_new();

    run->serial = ++follow->serial;
    run->block = block;
    run->begun = entry->time;
    run->line = entry->line;
    run->file = follow->file;
    run->process = session->process;
    run->database = session->database;
    if (follow->options.roles && g_hash_table_contains(follow->options.roles, session->user))
        run->role = session->user;
    run->application = intern(follow, entry->application);
    run->level = session->level;
    run->leaked = session->setter && run->level && strcmp(session->setter, run->application) != 0;
    run->read_only = session->read_only;
    run->deferrable = session->deferrable;
    session->run = run;
    session->aborted = false;
    return run;
}

/* ------------------------------------------------------------------ ends */

static bool in_block(const struct session *session)
{
    return session->run && session->run->block;
}

void follow_close(struct follow *follow, struct session *session, enum run_end end, int64_t time)
{
    struct run *run = session->run;

    session->run = NULL;
    session->ending = session->aborted = false;
    session->transaction = session->text = 0;
    if (!run)
        return;
    run->end = end;
    if (run->ended == NO_TIME)
        run->ended =
            run->statements->len > 0 && run_last(run)->end != NO_TIME ? run_last(run)->end : time;
    if (follow_is_around_tests(follow, run))
        follow_unwrap(follow, session, run, 0, run->statements->len);
    else
        follow_report(follow, session, run);
    run_unref(run);
}

/* COMMIT is done; AND CHAIN begins the next transaction with the same modes. */
static void close_ending(struct follow *follow, struct session *session, const struct entry *entry)
{
    const struct run *run = session->run;
    enum isolation_level level = run ? run->level : LEVEL_UNKNOWN;
    int read_only = run ? run->read_only : MODE_UNKNOWN;
    int deferrable = run ? run->deferrable : MODE_UNKNOWN;
    bool chain = run && session->chain;

    follow_close(follow, session, session->end, entry->time);
    if (!chain)
        return;
    struct run *next = open_run(follow, session, entry, true);
    next->level = level;
    next->read_only = read_only;
    next->deferrable = deferrable;
    next->leaked = false;
}

/* What is pending by itself ends when the session does something else. */
static void close_pending(struct follow *follow, struct session *session, int64_t time)
{
    struct run *run = session->run;

    if (session->ending)
        follow_close(follow, session, session->end, time);
    else if (run && !run->block)
        follow_close(follow, session,
                     session->aborted                                ? RUN_FAILED
                     : !session->certain && run->statements->len > 1 ? RUN_LOST
                                                                     : RUN_COMMITTED,
                     time);
}

static void end_session(struct follow *follow, struct session *session)
{
    close_pending(follow, session, follow->previous);
    if (session->run)
        follow_close(follow, session, session->aborted ? RUN_FAILED : RUN_LOST, follow->previous);
    if (g_hash_table_lookup(follow->processes, GUINT_TO_POINTER(session->process)) == session)
        g_hash_table_remove(follow->processes, GUINT_TO_POINTER(session->process));
    g_queue_delete_link(&follow->by_use, session->link);
    g_hash_table_remove(follow->sessions, session->key);
}

static bool begins_anew(const struct session *session, const struct entry *entry)
{
    return entry->session.length == 0 && (piece_starts(entry->message, "connection received") ||
                                          piece_starts(entry->message, "connection authorized") ||
                                          (entry->user.length > 0 && *session->user &&
                                           (!piece_is(entry->user, session->user) ||
                                            !piece_is(entry->database, session->database))));
}

static struct session *add_session(struct follow *follow, const struct entry *entry, char *key)
{
    struct session *session = g_new0(struct session, 1);

    if (g_hash_table_size(follow->sessions) >= LIMIT_SESSIONS) {
        struct session *oldest = g_queue_peek_tail(&follow->by_use);
        follow->counts.evicted += oldest->run != NULL;
        end_session(follow, oldest);
    }
    session->key = key;
    session->process = entry->process;
    session->user = intern(follow, entry->user);
    session->database = intern(follow, entry->database);
    session->certain = !entry->counted || entry->first;
    session->parameters = g_array_new(FALSE, FALSE, sizeof(struct value));
    default_modes(session);
    g_hash_table_insert(follow->sessions, session->key, session);
    g_hash_table_insert(follow->processes, GUINT_TO_POINTER(session->process), session);
    g_queue_push_head(&follow->by_use, session);
    session->link = follow->by_use.head;
    return session;
}

static struct session *find_session(struct follow *follow, const struct entry *entry)
{
    char key[80];

    if (entry->session.length > 0 && entry->session.length < 40)
        g_snprintf(key, sizeof key, "%.*s", (int)entry->session.length, entry->session.at);
    else
        g_snprintf(key, sizeof key, "%u", entry->process);
    struct session *session = g_hash_table_lookup(follow->sessions, key);
    if (session && begins_anew(session, entry)) {
        end_session(follow, session);
        session = NULL;
    }
    if (!session)
        return add_session(follow, entry, g_strdup(key));
    if (session->link != follow->by_use.head) {
        g_queue_unlink(&follow->by_use, session->link);
        g_queue_push_head_link(&follow->by_use, session->link);
    }
    if (!*session->user && entry->user.length > 0) {
        session->user = intern(follow, entry->user);
        session->database = intern(follow, entry->database);
    }
    return session;
}

/* ------------------------------------------------------------------ statements */

static void take_modes(struct follow *follow, struct session *session, struct run *run,
                       const struct normal *normal, const struct entry *entry)
{
    bool asks =
        normal->level || normal->read_only != MODE_UNKNOWN || normal->deferrable != MODE_UNKNOWN;

    if (normal->reset && !run)
        default_modes(session);
    if (asks && normal->session) {
        if (normal->level)
            session->level = normal->level;
        if (normal->read_only != MODE_UNKNOWN)
            session->read_only = normal->read_only;
        if (normal->deferrable != MODE_UNKNOWN)
            session->deferrable = normal->deferrable;
        session->setter = intern(follow, entry->application);
    } else if (run) {
        if (normal->level)
            run->level = normal->level;
        if (normal->read_only != MODE_UNKNOWN)
            run->read_only = normal->read_only;
        if (normal->deferrable != MODE_UNKNOWN)
            run->deferrable = normal->deferrable;
    }
}

static void begin(struct follow *follow, struct session *session, const struct normal *normal,
                  const struct entry *entry)
{
    if (in_block(session) && !session->aborted)
        return; /* a warning, no more */
    if (in_block(session))
        follow_close(follow, session, RUN_FAILED, entry->time);
    struct run *run = open_run(follow, session, entry, true);
    session->certain = true;
    run->leaked &= !normal->level;
    take_modes(follow, session, run, normal, entry);
}

static void end_block(struct follow *follow, struct session *session, const struct normal *normal,
                      bool done, const struct entry *entry)
{
    struct run *run = session->run;
    int64_t time = entry->time;

    if (run && !run->block) {
        if (session->certain)
            close_pending(follow, session, time);
        else /* BEGIN was before the log */
            follow_close(follow, session, RUN_LOST, time);
        run = NULL;
    }
    session->certain = true;
    if (!run)
        return;
    run->ended = time;
    session->end = session->aborted                     ? RUN_FAILED
                   : normal->kind == STATEMENT_ROLLBACK ? RUN_ROLLED_BACK
                                                        : RUN_COMMITTED;
    session->ending = true;
    session->chain = normal->chain;
    if (done)
        close_ending(follow, session, entry);
}

static bool ends_block(enum statement_kind kind)
{
    return kind == STATEMENT_COMMIT || kind == STATEMENT_ROLLBACK ||
           kind == STATEMENT_PREPARE_TRANSACTION;
}

/* Outside of a block: part of the open implicit transaction, or a new one. */
static void open_implicit(struct follow *follow, struct session *session, const struct entry *entry,
                          bool joined)
{
    struct piece id = entry->transaction;
    bool real = id.length > 2 && memcmp(id.at + id.length - 2, "/0", 2) != 0;
    uint64_t transaction = real ? piece_hash(id) : 0;

    if (session->run && (joined || (transaction && transaction == session->transaction)))
        return;
    close_pending(follow, session, entry->time);
    open_run(follow, session, entry, false);
    session->transaction = transaction;
}

static void add_statement(struct follow *follow, struct session *session,
                          const struct shape_use *use, struct piece text,
                          const struct execution *execution, const struct entry *entry)
{
    struct run *run = session->run;
    bool done = execution->kind == EXECUTION_DONE;
    guint most = follow->options.tests ? 100 * LIMIT_STATEMENTS : LIMIT_STATEMENTS;
    struct run_statement statement = {
        .shape = use->shape,
        .first_value = run->values->len,
        .start = entry->time != NO_TIME ? entry->time - (done ? execution->duration : 0) : NO_TIME,
        .end = done ? entry->time : NO_TIME,
        .line = entry->line,
        .timed = done,
    };

    if (run->statements->len >= most) {
        follow->counts.long_runs += !run->dropped;
        run->dropped = true;
        return;
    }
    if (!*run->tags && follow->tags.name->len > 0)
        run->tags = g_string_chunk_insert_const(follow->names, follow->tags.name->str);
    if (follow->tags.place->len > 0)
        statement.callsite = g_strdup(follow->tags.place->str);
    follow_add_values(follow, run, use->normal, text, execution->extended || execution->prepared);
    g_array_append_val(run->statements, statement);
}

static bool statement_kind_is_savepoint(enum statement_kind kind)
{
    return kind == STATEMENT_SAVEPOINT || kind == STATEMENT_RELEASE ||
           kind == STATEMENT_ROLLBACK_TO;
}

/* Whether the log says that the session has no block open: then what follows is certain. */
static bool is_known_idle(const struct entry *entry)
{
    return piece_is(entry->activity, "idle") ||
           (entry->transaction.length > 2 &&
            memcmp(entry->transaction.at + entry->transaction.length - 2, "/0", 2) == 0);
}

/* Whether it is part of a program, or begins or ends its transaction. */
static bool is_placed(const struct shape_use *use)
{
    enum statement_kind kind = use->normal->kind;

    return ends_block(kind) || kind == STATEMENT_BEGIN || kind == STATEMENT_SET ||
           (!use->normal->noise && use->shape && kind != STATEMENT_COMMIT_PREPARED &&
            kind != STATEMENT_ROLLBACK_PREPARED);
}

static void take_statement(struct follow *follow, struct session *session,
                           const struct shape_use *use, struct piece text,
                           const struct execution *execution, const struct entry *entry,
                           bool joined)
{
    const struct normal *normal = use->normal;
    bool done = execution->kind == EXECUTION_DONE;

    if (session->ending) /* by a statement of the same message */
        close_ending(follow, session, entry);
    session->placed = is_placed(use);
    if (ends_block(normal->kind)) {
        end_block(follow, session, normal, done, entry);
    } else if (normal->kind == STATEMENT_BEGIN) {
        if (!in_block(session))
            close_pending(follow, session, entry->time);
        begin(follow, session, normal, entry);
    } else if (normal->kind == STATEMENT_SET) {
        take_modes(follow, session, in_block(session) ? session->run : NULL, normal, entry);
    } else if (!session->placed) {
        follow->counts.noise++;
    } else if (in_block(session)) {
        if (normal->kind == STATEMENT_ROLLBACK_TO)
            session->aborted = false;
        if (!session->aborted)
            add_statement(follow, session, use, text, execution, entry);
    } else if (!statement_kind_is_savepoint(normal->kind)) {
        if (!session->certain && is_known_idle(entry))
            session->certain = true;
        open_implicit(follow, session, entry, joined);
        add_statement(follow, session, use, text, execution, entry);
    }
}

void follow_execute(struct follow *follow, struct session *session, const struct lexed *lexed,
                    const struct execution *execution)
{
    const struct entry *entry = &lexed->entry;

    follow->counts.executions++;
    if (session->ending)
        close_ending(follow, session, entry);
    session->text = execution->kind == EXECUTION_BEGUN ? lexed->text : 0;
    session->placed = false;
    if (!execution->known || !execution->text.at) {
        if (session->run)
            session->run->dropped = true;
        return;
    }
    follow->tokens = &lexed->tokens;
    follow_take_parameters(follow, session, execution, lexed->text);
    const struct message *message = shapes_read(follow->shapes, execution->text, follow->tokens);
    if (!message->normals) {
        follow->counts.unread++;
        if (session->run)
            session->run->dropped = true;
        return;
    }
    tags_read(&follow->tags, execution->text, follow->tokens->comments);
    if (!in_block(session) && !execution->extended)
        close_pending(follow, session, entry->time);
    const struct run *run = session->run;
    guint count = run ? run->statements->len : 0;
    for (guint i = 0; i < message->uses->len; i++)
        take_statement(follow, session, &g_array_index(message->uses, struct shape_use, i),
                       execution->text, execution, entry, i > 0);
    session->several = message->uses->len > 1;
    session->from = session->run == run ? count : 0;
    session->bound = 0;
}

/* ------------------------------------------------------------------ entries */

/* The next thing that a session does is no earlier than the end of the last; a duration tells the
 * end itself. */
static void note_end(struct session *session, const struct entry *entry, bool timed)
{
    struct run *run = session->run;

    if (!run || run->statements->len == 0)
        return;
    struct run_statement *last =
        &g_array_index(run->statements, struct run_statement, run->statements->len - 1);
    if (last->end == NO_TIME) {
        last->end = entry->time;
        last->timed = timed;
    }
}

void follow_entry(struct follow *follow, const struct lexed *lexed, const char *file)
{
    const struct entry *entry = &lexed->entry;
    const struct execution *execution = &lexed->execution;

    follow->counts.entries++;
    if (!lexed->wanted)
        return;
    if (execution->kind == EXECUTION_NONE && !entry->fatal && !entry->first &&
        entry->session.length > 0)
        return;
    if (entry->process == 0 && entry->session.length == 0)
        return;
    if (entry->told && g_hash_table_contains(follow->processes, GUINT_TO_POINTER(entry->process)))
        return; /* the log shows what it does */
    follow->file = file;
    struct session *session = find_session(follow, entry);
    follow->previous = entry->time;
    if (execution->kind != EXECUTION_FAILED && execution->kind != EXECUTION_NONE)
        note_end(session, entry, execution->kind == EXECUTION_TIMED);
    switch (execution->kind) {
    case EXECUTION_BEGUN:
    case EXECUTION_DONE:
        follow_execute(follow, session, lexed, execution);
        break;
    case EXECUTION_TIMED:
        session->text = 0;
        if (session->ending)
            close_ending(follow, session, entry);
        break;
    case EXECUTION_BOUND:
        session->bound = lexed->text;
        follow_read_parameters(execution->parameters, session->parameters);
        break;
    case EXECUTION_FAILED:
        follow_fail(follow, session, lexed);
        break;
    default:
        break;
    }
    if (entry->fatal)
        end_session(follow, session);
}

/* ------------------------------------------------------------------ the whole */

struct follow *follow_new(struct shapes *shapes, const struct follow_options *options,
                          follow_take *take, void *context)
{
    struct follow *follow = g_new0(struct follow, 1);

    follow->shapes = shapes;
    follow->options = *options;
    follow->take = take;
    follow->context = context;
    follow->previous = NO_TIME;
    follow->sessions = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, session_free);
    follow->processes = g_hash_table_new(NULL, NULL);
    g_queue_init(&follow->by_use);
    tokens_init(&follow->arguments);
    tags_init(&follow->tags);
    follow->parameters = g_array_new(FALSE, FALSE, sizeof(struct value));
    follow->names = g_string_chunk_new(4096);
    return follow;
}

void follow_end(struct follow *follow)
{
    while (follow->by_use.length > 0)
        end_session(follow, g_queue_peek_tail(&follow->by_use));
}

void follow_free(struct follow *follow)
{
    g_queue_clear(&follow->by_use);
    g_hash_table_unref(follow->sessions);
    g_hash_table_unref(follow->processes);
    tokens_finish(&follow->arguments);
    tags_finish(&follow->tags);
    g_array_unref(follow->parameters);
    g_string_chunk_free(follow->names);
    g_free(follow);
}

const struct follow_counts *follow_counts(const struct follow *follow)
{
    return &follow->counts;
}
