/* A session, as the server keeps it: is a block open, which modes are in force, has a snapshot been
 * taken, how deep are the savepoints. Statement by statement it groups a script into transactions
 * and notes what the server would warn of, refuse or silently ignore. What the modes are is in
 * session-modes.c; which statements take a snapshot is a flag of the statement. */
#include "session/transaction.h"

#include <string.h>

#include "session/session-state.h"

/* ------------------------------------------------------------------ transactions */

static const struct modes *share_defaults(struct session *session)
{
    if (!session->shared_defaults) {
        struct modes *copy = arena_new(session->arena, struct modes);
        *copy = session->defaults;
        session->shared_defaults = copy;
    }
    return session->shared_defaults;
}

static struct transaction *open_transaction(struct session *session, enum transaction_kind kind,
                                            const struct statement *begin)
{
    struct transaction *transaction = transaction_new(session->script, kind, session->arena);

    transaction->begin = begin;
    session->open = transaction;
    session->current = session->defaults;
    session->defaults_at_begin = session->defaults;
    session->snapshot = NULL;
    if (begin)
        session->uncertain = false;
    g_array_set_size(session->steps, 0);
    g_array_set_size(session->savepoints, 0);
    return transaction;
}

/* ":source <> :target, :a <> :b" as pairs of names. */
static const char **read_distinct(struct session *session, const char *text)
{
    g_auto(GStrv) pairs = g_strsplit(text, ",", -1);
    const char **distinct = arena_array(session->arena, const char *, 2 * g_strv_length(pairs) + 1);
    size_t count = 0;

    for (char **pair = pairs; *pair; pair++) {
        g_auto(GStrv) sides = g_strsplit(*pair, "<>", 2);
        if (g_strv_length(sides) != 2)
            continue;
        distinct[count++] = arena_strdup(session->arena, g_strstrip(sides[0]));
        distinct[count++] = arena_strdup(session->arena, g_strstrip(sides[1]));
    }
    return distinct;
}

static void link_transaction(struct session *session, struct transaction *transaction, uint32_t end)
{
    if (session->part) {
        transaction->part = session->part;
        transaction->concurrency = session->part->concurrency;
        transaction->name = session->part->name;
    }
    if (session->name)
        transaction->name = session->name;
    if (transaction->step_count > 0 &&
        script_is_away(transaction->script, transaction->steps[0].statement))
        transaction->concurrency = RUNS_ALONE;
    transaction->retried = session->options->retried;
    while (session->directive && session->directive->span.start < end) {
        transaction->retried |= session->directive->kind == DIRECTIVE_RETRY;
        if (session->directive->kind == DIRECTIVE_PROGRAM) {
            transaction->name = session->directive->text;
            session->name = script_is_sequence(session->script) ? transaction->name : NULL;
        }
        if (session->directive->kind == DIRECTIVE_PARAMS)
            transaction_own_rest(transaction, session->arena)->distinct =
                read_distinct(session, session->directive->text);
        session->directive = session->directive->next;
    }
    for (size_t i = 0; i < transaction->step_count; i++) {
        transaction->steps[i].transaction = transaction;
        transaction->rolls_back |= transaction->steps[i].statement->kind == STATEMENT_ROLLBACK_TO;
    }
    *session->transactions_end = transaction;
    session->transactions_end = &transaction->next;
}

static bool is_same_modes(const struct modes *a, const struct modes *b)
{
    for (int kind = 0; kind < MODE_KINDS; kind++) {
        const struct mode_state *x = &a->state[kind], *y = &b->state[kind];
        if (x->value != y->value || x->asked != y->asked || x->provenance != y->provenance ||
            x->span.start != y->span.start || x->span.end != y->span.end || x->script != y->script)
            return false;
    }
    return true;
}

/* Most transactions name no modes and share those that the session gives. */
static void capture_modes(struct session *session)
{
    if (is_same_modes(&session->current, &session->defaults)) {
        session->open->modes = share_defaults(session);
        return;
    }
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
    struct transaction *transaction =
        transaction_new(session->script, TRANSACTION_STATEMENT, session->arena);

    transaction->modes = share_defaults(session);
    transaction->steps = arena_new(session->arena, struct step);
    transaction->step_count = 1;
    transaction->steps->statement = statement;
    transaction->steps->read_only = modes_refuse_writes(&session->defaults);
    transaction->enclosed = session->uncertain || statement->flags & STATEMENT_CONDITIONAL;
    transaction->first_snapshot = statement->flags & STATEMENT_SNAPSHOT ? 0 : 1;
    link_transaction(session, transaction, statement->span.end);
}

static void add_step(struct session *session, const struct statement *statement)
{
    struct step step = {
        .statement = statement,
        .after_snapshot = session->snapshot != NULL,
        .read_only = modes_refuse_writes(&session->current),
        .depth = session->savepoints->len,
    };

    if (statement->flags & STATEMENT_CONDITIONAL)
        session->open->uncertain = true;
    if (!session->snapshot && statement->flags & STATEMENT_SNAPSHOT) {
        session->snapshot = statement;
        session->open->first_snapshot = session->steps->len;
        capture_modes(session);
    } else if (session->snapshot && session->snapshot->flags & STATEMENT_CONDITIONAL &&
               (statement->flags & (STATEMENT_SNAPSHOT | STATEMENT_CONDITIONAL)) ==
                   STATEMENT_SNAPSHOT) {
        session->snapshot = statement; /* this one takes it if no other has */
    }
    g_array_append_val(session->steps, step);
}

/* ------------------------------------------------------------------ control statements */

static void begin(struct session *session, const struct statement *statement)
{
    if (session->open && session->uncertain)
        close_transaction(session, NULL);
    if (session->open && session->open->kind == TRANSACTION_MESSAGE) {
        session->open->kind = TRANSACTION_BLOCK; /* it joins what the message has begun */
        session->open->begin = statement;
        session_apply_modes(session, statement, statement->modes);
        return;
    }
    if (session->open) {
        session_add_notice(session, NOTICE_NESTED_BEGIN, statement)->cause = session->open->begin;
        session->open->modes_again |= statement->modes != NULL;
        session_apply_modes(session, statement, statement->modes);
        return;
    }
    open_transaction(session, TRANSACTION_BLOCK, statement);
    if (statement->flags & STATEMENT_CONDITIONAL)
        session->uncertain = true;
    session_apply_modes(session, statement, statement->modes);
}

static void end(struct session *session, const struct statement *statement)
{
    struct modes modes = session->current;

    if (!session->open || session->open->kind != TRANSACTION_BLOCK) {
        if (!session->uncertain)
            session_add_notice(session, NOTICE_NO_BLOCK, statement);
        session->uncertain &= (statement->flags & STATEMENT_CONDITIONAL) != 0;
        if (!session->open)
            return;
    }
    if (statement->kind == STATEMENT_ROLLBACK) {
        session_set_defaults(session, &session->defaults_at_begin);
    }
    if (statement->flags & STATEMENT_CONDITIONAL)
        session->open->uncertain = true; /* what follows may belong to it */
    close_transaction(session, statement);
    if (statement->flags & STATEMENT_CONDITIONAL)
        session->uncertain = true;
    if (statement->flags & STATEMENT_CHAIN) {
        open_transaction(session, TRANSACTION_BLOCK, statement);
        session->current = modes;
    }
}

/* RELEASE ends a savepoint and those inside it, ROLLBACK TO those inside it; both put back what was
 * READ ONLY or not before. */
static void pop_savepoint(struct session *session, const struct statement *statement)
{
    bool back = statement->kind == STATEMENT_ROLLBACK_TO;

    for (guint i = session->savepoints->len; statement->name && i-- > 0;) {
        struct savepoint *savepoint = &g_array_index(session->savepoints, struct savepoint, i);
        if (savepoint->notice)
            savepoint->notice->undone = statement;
        savepoint->notice = NULL;
        if (strcmp(savepoint->statement->name, statement->name) != 0)
            continue;
        session->current.state[MODE_READ_ONLY] = savepoint->read_only;
        if (back) {
            session_set_defaults(session, &savepoint->defaults);
            g_array_index(session->steps, struct step, savepoint->step).undone_to =
                session->steps->len - 1;
        }
        g_array_set_size(session->savepoints, back ? i + 1 : i);
        return;
    }
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
        struct savepoint savepoint = {
            .statement = statement,
            .step = session->steps->len - 1,
            .read_only = session->current.state[MODE_READ_ONLY],
            .defaults = session->defaults,
        };
        g_array_append_val(session->savepoints, savepoint);
    } else if (statement->kind == STATEMENT_RELEASE || statement->kind == STATEMENT_ROLLBACK_TO) {
        pop_savepoint(session, statement);
    }
}

/* ------------------------------------------------------------------ psql */

static void unterminated(struct session *session, const struct statement *statement)
{
    if (!session->open)
        return;
    if (session->open->kind == TRANSACTION_BLOCK && session->framed) {
        session->open->kind = TRANSACTION_FILE; /* after COMMIT; BEGIN; the COMMIT of the tool */
    } else if (session->open->kind == TRANSACTION_BLOCK && !session->uncertain) {
        const struct statement *cause = session->open->begin;
        if (!cause && session->steps->len > 0)
            cause = g_array_index(session->steps, struct step, 0).statement;
        if (cause)
            session_add_notice(session, NOTICE_UNTERMINATED, statement ? statement : cause)->cause =
                cause;
    }
    close_transaction(session, NULL);
}

/* Booleans as ParseVariableBool in psql's variables.c reads them: "\\set NAME" is on, "\\unset
 * NAME" is off. */
static void set_autocommit(struct session *session, const struct psql *psql)
{
    static const char name[] = "AUTOCOMMIT";
    const char *value = psql->arguments + strlen(name);
    g_autofree char *word = NULL;

    if (!g_str_has_prefix(psql->arguments, name) || (*value && !g_ascii_isspace(*value)))
        return;
    value += strspn(value, " \t'");
    word = g_ascii_strdown(value, (gssize)strcspn(value, " \t'"));
    session->autocommit_off =
        strcmp(psql->command, "unset") == 0 || strcmp(word, "0") == 0 ||
        (*word && (g_str_has_prefix("false", word) || g_str_has_prefix("no", word) ||
                   (word[1] && g_str_has_prefix("off", word))));
}

static void run_psql(struct session *session, const struct statement *statement)
{
    static const char *const includes[] = {"i", "ir", "include", "include_relative", NULL};
    static const char *const reconnects[] = {"c", "connect", "q", "quit", NULL};
    const struct psql *psql = statement->psql;

    if (session->open)
        add_step(session, statement);
    if (g_strv_contains(includes, psql->command)) {
        if (statement->flags & STATEMENT_FOLLOWED)
            return;
        session->uncertain = true;
        if (session->open)
            session->open->uncertain = true;
    } else if (g_strv_contains(reconnects, psql->command)) {
        /* Extension scripts begin with "\echo … \quit", which only psql obeys, so what follows
         * \q is read all the same. */
        unterminated(session, statement);
        session->uncertain = false;
        session_set_defaults(session, &session->initial);
    } else if (strcmp(psql->command, "set") == 0 || strcmp(psql->command, "unset") == 0) {
        set_autocommit(session, psql);
    }
}

/* ------------------------------------------------------------------ the run */

/* Statements that psql does not precede with BEGIN when AUTOCOMMIT is off (command_no_begin). */
static bool never_begins(const struct statement *statement)
{
    return (statement_is_control(statement) && statement->kind != STATEMENT_SAVEPOINT &&
            statement->kind != STATEMENT_RELEASE) ||
           statement->flags & STATEMENT_REFUSED_IN_BLOCK;
}

static bool is_query(const struct statement *statement)
{
    return statement->kind == STATEMENT_QUERY && statement->query;
}

/* Whether the framing begins a transaction before this statement. */
static bool begins_frame(struct session *session, const struct statement *statement)
{
    if (session->framing == FRAMING_BATCHES)
        return !(statement->flags & STATEMENT_REFUSED_IN_BLOCK);
    return session->framing == FRAMING_FILE && !session->framed;
}

static void open_implicitly(struct session *session, const struct statement *statement)
{
    if (session->open && session->open->kind == TRANSACTION_FILE &&
        session->framing == FRAMING_BATCHES && statement->flags & STATEMENT_REFUSED_IN_BLOCK)
        close_transaction(session, NULL);
    if (session->open)
        return;
    if (begins_frame(session, statement)) {
        session->framed = true;
        open_transaction(session, TRANSACTION_FILE, NULL);
    } else if (session->framing == FRAMING_SENT && is_query(statement)) {
        open_transaction(session, TRANSACTION_SENT, NULL);
    } else if (session->autocommit_off && !never_begins(statement)) {
        open_transaction(session, TRANSACTION_BLOCK, NULL);
    } else if (session->joined) {
        open_transaction(session, TRANSACTION_MESSAGE, NULL);
    }
}

/* What cannot be read may be BEGIN or COMMIT: until the next one that can be read, nobody knows
 * whether a block is open. The same goes for text that \gexec runs. */
static bool may_be_control(const struct statement *statement)
{
    return statement->kind == STATEMENT_REFUSED || statement_ends_with(statement, "gexec");
}

/* Where a statement could begin, a template can put in BEGIN or COMMIT, or leave out what follows:
 * "{{ begin }};", "{% if wrap %} BEGIN; {% endif %}". */
static void pass_placeholders(struct session *session, const struct statement *statement)
{
    const struct script *script = session->script;

    while (session->placeholder < script->placeholder_count) {
        const struct placeholder *each = &script->placeholders[session->placeholder];
        if (each->span.start >= statement->span.end)
            break;
        session->uncertain |=
            each->span.start <= statement->span.start &&
            (each->block || each->filling == FILLING_QUERY || each->filling == FILLING_NOTHING);
        session->placeholder++;
    }
}

static void run_statement(struct session *session, const struct statement *statement)
{
    pass_placeholders(session, statement);
    open_implicitly(session, statement);
    if (statement_is_control(statement)) {
        control(session, statement);
    } else if (statement->kind == STATEMENT_SET) {
        if (session->open)
            add_step(session, statement);
        session_apply_setting(session, statement, statement->setting);
    } else if (session->open) {
        add_step(session, statement);
        session_apply_calls(session, statement);
    } else {
        run_alone(session, statement);
        session_apply_calls(session, statement);
    }
    session->uncertain |= may_be_control(statement);
    if (session->open && session->open->kind == TRANSACTION_MESSAGE && !session->joined)
        close_transaction(session, NULL);
}

/* ------------------------------------------------------------------ parts */

static bool in_part(const struct part *part, const struct statement *statement)
{
    return !part || !part->next || statement->span.start < part->next->start;
}

/* The next one that is SQL, in the same part. */
static const struct statement *next_in_part(const struct part *part,
                                            const struct statement *statement)
{
    do
        statement = statement->next;
    while (statement && statement->kind == STATEMENT_PSQL);
    return statement && in_part(part, statement) ? statement : NULL;
}

/* What is between a statement and the one before it. */
static bool has_comment(const struct script *script, uint32_t from,
                        const struct statement *statement)
{
    const char *text = script->bytes + from;
    size_t length = statement->span.start > from ? statement->span.start - from : 0;

    return memmem(text, length, "--", 2) || memmem(text, length, "/*", 2);
}

/* Tables, and then a few queries with parameters of which the first one reads and the last one
 * writes: what one function of a program sends, as examples and reports of bugs have it. Of queries
 * that are called each by itself there are more, or each has a comment with its name. */
static bool is_sequence(const struct script *script)
{
    enum { FEW = 4 };
    unsigned queries = 0, comments = 0;
    uint32_t end = 0;
    const struct statement *last = NULL, *first = NULL;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (!is_query(each) && (each->kind != STATEMENT_DEFINE || each->query || queries > 0))
            return false;
        queries += is_query(each);
        comments += is_query(each) && has_comment(script, end, each);
        end = each->span.end;
        first = first || !is_query(each) ? first : each;
        last = each;
    }
    return queries > 1 && queries <= FEW && comments < queries &&
           first->query->kind == QUERY_SELECT && last->query->kind != QUERY_SELECT &&
           script_is_sent_by_program(script) && !script->directives;
}

static bool is_of_no_tool(const struct part *part)
{
    return !part || (!part->name && part->framing == FRAMING_STATEMENT &&
                     part->concurrency == RUNS_CONCURRENTLY);
}

/* How the part that begins with this statement is sent. */
static enum framing framing_of(const struct session *session, const struct statement *first)
{
    enum framing framing = session->options->framing;

    if (framing == FRAMING_AUTO && is_of_no_tool(session->part) && is_sequence(session->script))
        return FRAMING_SENT;
    if (framing == FRAMING_AUTO)
        framing = session->part ? session->part->framing : FRAMING_STATEMENT;
    if (framing != FRAMING_POSSIBLE && framing != FRAMING_BATCHES)
        return framing;
    for (; first; first = next_in_part(session->part, first)) {
        if (framing == FRAMING_POSSIBLE ? (first->flags & STATEMENT_REFUSED_IN_BLOCK) != 0
                                        : statement_is_control(first))
            return FRAMING_STATEMENT;
    }
    return framing == FRAMING_POSSIBLE ? FRAMING_FILE : framing;
}

/* A query that a program calls by its name: BEGIN, COMMIT and what comes between may have names of
 * their own. */
static bool is_called(const struct part *part)
{
    return part && part->name && part->concurrency == RUNS_CONCURRENTLY;
}

static void enter_part(struct session *session, const struct statement *statement)
{
    const struct part *part = session->part ? session->part : session->script->parts;

    while (part && !in_part(part, statement))
        part = part->next;
    if (statement != session->script->statements && part == session->part)
        return;
    if (is_called(session->part))
        session->uncertain = true;
    unterminated(session, NULL);
    session->uncertain = is_called(part);
    session->part = part;
    session->framing = framing_of(session, statement);
    session->framed = false;
    if (part && part->reconnects)
        session_set_defaults(session, &session->initial);
}

static void finish(struct session *session)
{
    session->uncertain |= is_called(session->part);
    unterminated(session, NULL);
    for (int kind = 0; kind < MODE_KINDS; kind++)
        session_add_default_left(session, (enum mode_kind)kind);
}

/* Most scripts have none. */
static void add_setter(struct script *script, const struct statement *statement)
{
    if (!script->setters)
        script->setters = g_ptr_array_new();
    g_ptr_array_add(script->setters, (gpointer)statement);
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
    for (const struct statement *statement = script->statements; statement;
         statement = statement->next) {
        enter_part(&session, statement);
        if (statement_may_set(statement))
            add_setter(script, statement);
        session.joined =
            statement->flags & STATEMENT_JOINED ||
            (session.framing == FRAMING_MESSAGE && next_in_part(session.part, statement));
        if (statement->kind == STATEMENT_PSQL)
            run_psql(&session, statement);
        else
            run_statement(&session, statement);
    }
    finish(&session);
    g_array_unref(session.steps);
    g_array_unref(session.savepoints);
}
