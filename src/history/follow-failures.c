/* What an error says of the transaction that it ends. */
#include "history/follow-parts.h"

/* The transaction that a process has open, or the last one that it has ended. */
static struct run *run_of(const struct follow *follow, uint32_t process)
{
    const struct session *session =
        g_hash_table_lookup(follow->processes, GUINT_TO_POINTER(process));

    return !session ? NULL : session->run ? session->run : session->before;
}

/* "Process 12 waits for ShareLock on transaction 345; blocked by process 13.": the number behind
 * the word that begins each line, whatever the language. */
static struct run *read_blocker(const struct follow *follow, struct piece detail, uint32_t own)
{
    const char *at = detail.at, *end = detail.at + detail.length;

    while (at && at < end) {
        const char *line = at;
        while (at < end && *at != '\n' && !g_ascii_isdigit(*at))
            at++;
        uint32_t process =
            at > line && at - line < 40 ? piece_number((struct piece){at, (size_t)(end - at)}) : 0;
        struct run *run = process && process != own ? run_of(follow, process) : NULL;
        if (run)
            return run_ref(run);
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        at = stop ? stop + 1 : end;
    }
    return NULL;
}

/* Which statement of the run has failed; their count: the end. Of a message with several the command
 * tag tells it, and where the log has none the last one that writes or locks is the likeliest. */
static guint failed_statement(const struct session *session, struct piece tag)
{
    const struct run *run = session->run;
    guint count = run->statements->len;

    for (guint i = count; session->several && !piece_is(tag, "COMMIT") && i-- > session->from;) {
        const struct normal *normal = run_normal(run, i);
        if (tag.length > 0 ? piece_starts(tag, normal->verb) : normal_locks(normal))
            return i;
    }
    return session->ending || count == 0 ? count : count - 1;
}

static void add_failure(struct follow *follow, struct session *session, const struct entry *entry,
                        guint statement)
{
    struct run *run = session->run;
    struct failure *failure = g_new0(struct failure, 1);

    memcpy(failure->state, entry->state.at, MIN(entry->state.length, 5));
    failure->statement = statement;
    failure->time = entry->time;
    failure->line = entry->line;
    if (entry->detail.length > 0 && strcmp(failure->state, "40P01") == 0)
        failure->blocker = read_blocker(follow, entry->detail, entry->process);
    g_ptr_array_add(run->failures, failure);
}

/* What the statement that fails was, when only those that are done are logged. */
static void execute_failed(struct follow *follow, struct session *session,
                           const struct lexed *lexed)
{
    struct execution begun = lexed->execution;

    begun.kind = EXECUTION_BEGUN;
    begun.extended = session->bound == lexed->text || begun.parameters.at != NULL;
    follow_execute(follow, session, lexed, &begun);
}

/* READ COMMITTED has no 40001 but on a standby, and only SERIALIZABLE looks at what is read. */
static enum isolation_level implied_level(const struct entry *entry)
{
    if (!piece_is(entry->state, "40001"))
        return LEVEL_UNKNOWN;
    if (piece_starts(entry->message, "could not serialize access due to read/write"))
        return LEVEL_SERIALIZABLE;
    return piece_starts(entry->message, "could not serialize access due to concurrent")
               ? LEVEL_REPEATABLE_READ
               : LEVEL_UNKNOWN;
}

static bool is_of_two(struct piece state)
{
    return piece_is(state, "40001") || piece_is(state, "40P01");
}

void follow_fail(struct follow *follow, struct session *session, const struct lexed *lexed)
{
    const struct entry *entry = &lexed->entry;

    if (entry->state.length != 5) {
        follow->counts.stateless++;
    } else if (piece_is(entry->state, "25P02")) {
        return; /* of a block that is aborted already */
    }
    bool last = session->text && (!lexed->text || lexed->text == session->text);
    if (!last && lexed->text)
        execute_failed(follow, session, lexed);
    bool nameless = !last && !lexed->text;
    follow->counts.nameless += nameless;
    follow->counts.unplaced +=
        !nameless && (!session->placed || !session->run) && is_of_two(entry->state);
    session->text = 0;
    struct run *run = session->run;
    if (!run)
        return;
    run->implied = MAX(run->implied, implied_level(entry));
    guint statement = failed_statement(session, entry->activity);
    if (entry->state.length == 5 && session->placed && !nameless)
        add_failure(follow, session, entry, statement);
    session->aborted = true;
    if (statement < run->statements->len) /* a COMMIT in the same message was not reached */
        session->ending = false;
    if (session->ending || !run->block)
        follow_close(follow, session, RUN_FAILED, entry->time);
}
