#include "server/stage.h"

#include "support/check.h"

enum {
    SETTLE_SECONDS = 30,
    LONGEST_PAUSE = 16, /* milliseconds between two questions */
};

/* The observer waits for nobody for ever, so that a test that went wrong spoils no other. */
static const char observer_options[] =
    "-c client_min_messages=warning -c statement_timeout=20s -c lock_timeout=5s";

void stage_init(struct stage *stage, const char *bin)
{
    *stage = (struct stage){.sessions = g_ptr_array_new()};
    server_start(&stage->server, bin);
    g_autofree char *address = server_address(&stage->server);
    stage->observer = connection_new(address, "observer", observer_options);
    stage->version = PQserverVersion(stage->observer->pg) / 100;
}

void stage_finish(struct stage *stage)
{
    for (guint i = 0; i < stage->sessions->len; i++)
        connection_free(stage->sessions->pdata[i]);
    g_ptr_array_unref(stage->sessions);
    if (stage->standby_observer) {
        connection_free(stage->standby_observer);
        server_stop(&stage->standby);
    }
    if (stage->observer) {
        connection_free(stage->observer);
        server_stop(&stage->server);
    }
}

static bool asks_true(struct connection *observer, const char *question)
{
    return strcmp(connection_run(observer, question)->rows->str, "t") == 0;
}

static void wait_until(struct connection *observer, const char *question)
{
    gint64 deadline = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;

    while (!asks_true(observer, question)) {
        if (g_get_monotonic_time() > deadline)
            fail_msg("in vain: %s", question);
        g_usleep(500);
    }
}

/* ------------------------------------------------------------------ sessions */

static void wait_for_exits(struct connection *observer)
{
    wait_until(observer, "SELECT NOT EXISTS (SELECT FROM pg_stat_activity"
                         " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())");
}

void stage_disconnect_all(struct stage *stage)
{
    if (stage->sessions->len == 0)
        return;
    /* One that still waits would not notice that its client has gone. */
    connection_run(stage->observer,
                   "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                   " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()");
    for (guint i = 0; i < stage->sessions->len; i++)
        connection_free(stage->sessions->pdata[i]);
    g_ptr_array_set_size(stage->sessions, 0);
    wait_for_exits(stage->observer);
    if (stage->standby_observer)
        wait_for_exits(stage->standby_observer);
}

/* The server forgets the predicate locks of transactions that are over when another SERIALIZABLE
 * transaction ends, not always before. */
static void clear_predicate_locks(struct connection *observer)
{
    static const char none[] = "SELECT NOT EXISTS (SELECT FROM pg_locks WHERE mode = 'SIReadLock')";

    for (int tries = 0; !asks_true(observer, none); tries++) {
        assert_in_range(tries, 0, 100);
        connection_run(observer, "BEGIN ISOLATION LEVEL SERIALIZABLE; SELECT 1; COMMIT");
    }
}

void stage_clear(struct stage *stage)
{
    stage_disconnect_all(stage);
    const struct reply *prepared =
        connection_run(stage->observer,
                       "SELECT 'ROLLBACK PREPARED ' || quote_literal(gid) FROM pg_prepared_xacts");
    g_auto(GStrv) statements = g_strsplit(prepared->rows->str, "; ", -1);
    for (char **statement = statements; *statement; statement++)
        connection_run(stage->observer, *statement);
    clear_predicate_locks(stage->observer);
    connection_run(stage->observer, "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
                                    " GRANT ALL ON SCHEMA public TO public");
}

static void start_standby(struct stage *stage)
{
    server_start_standby(&stage->standby, &stage->server);
    g_autofree char *address = server_address(&stage->standby);
    stage->standby_observer = connection_new(address, "observer", observer_options);
}

/* The standby has replayed what the primary has done so far. When a query on the standby is in the
 * way, that takes until the server cancels it. */
static void catch_up(struct stage *stage)
{
    connection_run(stage->observer, "SELECT pg_logical_emit_message(true, 'isolint', '')");
    g_autofree char *end =
        g_strdup(connection_run(stage->observer, "SELECT pg_current_wal_lsn()")->rows->str);
    g_autofree char *question =
        g_strdup_printf("SELECT coalesce(pg_last_wal_replay_lsn() >= '%s', false)", end);
    wait_until(stage->standby_observer, question);
}

struct connection *stage_connect(struct stage *stage, const char *name, const char *options)
{
    bool standby =
        g_str_has_prefix(name, "standby") || (stage->on_standby && session_is_tested(name));

    if (standby && !stage->standby_observer)
        start_standby(stage);
    if (standby)
        catch_up(stage);
    g_autofree char *address = server_address(standby ? &stage->standby : &stage->server);
    struct connection *session = connection_new(address, name, options);
    session->standby = standby;
    g_ptr_array_add(stage->sessions, session);
    return session;
}

static struct connection *observer_of(struct stage *stage, const struct connection *session)
{
    return session->standby ? stage->standby_observer : stage->observer;
}

void stage_disconnect(struct stage *stage, struct connection *session)
{
    struct connection *observer = observer_of(stage, session);
    g_autofree char *question = g_strdup_printf(
        "SELECT NOT EXISTS (SELECT FROM pg_stat_activity WHERE pid = %d)", session->pid);

    g_ptr_array_remove(stage->sessions, session);
    connection_free(session);
    wait_until(observer, question);
}

void stage_send(struct stage *stage, struct connection *session, const char *sql)
{
    if (session->standby)
        catch_up(stage);
    connection_send(session, sql);
}

/* ------------------------------------------------------------------ waiting */

/* pg_blocking_pids knows the state of the lock itself, where pg_stat_activity may still show a wait
 * that is over. The observer's own short transaction is nobody to wait for. */
static bool is_waiting(struct stage *stage, const struct connection *session, bool naps)
{
    static const char locks[] =
        "SELECT array_remove(pg_blocking_pids(%d), pg_backend_pid()) <> '{}'"
        " OR pg_safe_snapshot_blocking_pids(%d) <> '{}'";
    static const char nap[] = "SELECT wait_event = 'PgSleep' FROM pg_stat_activity WHERE pid = %d";
    struct connection *observer = observer_of(stage, session);
    g_autofree char *ask_locks = g_strdup_printf(locks, session->pid, session->pid);
    g_autofree char *ask_nap = g_strdup_printf(nap, session->pid);

    return asks_true(observer, ask_locks) || (naps && asks_true(observer, ask_nap));
}

enum readiness stage_settle(struct stage *stage, struct connection *session, bool naps)
{
    gint64 deadline = g_get_monotonic_time() + SETTLE_SECONDS * G_USEC_PER_SEC;

    for (int pause = 1; !connection_poll(session, pause); pause = MIN(pause * 2, LONGEST_PAUSE)) {
        if (is_waiting(stage, session, naps))
            return connection_poll(session, 0) ? ANSWERED : WAITING;
        if (g_get_monotonic_time() > deadline)
            fail_msg("session %s neither answers nor waits for anybody", session->name);
    }
    return ANSWERED;
}

/* ------------------------------------------------------------------ state */

char *stage_state_query(struct stage *stage)
{
    static const char question[] =
        "SELECT string_agg(format('SELECT %L AS relation, ROW(%s)::text AS row FROM %s',"
        "   relname, columns, oid::regclass), ' UNION ALL ' ORDER BY relname)"
        " FROM (SELECT c.oid, c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum)"
        "         FILTER (WHERE a.attidentity = ''"
        "           AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE 'nextval(%')"
        "         AS columns"
        "       FROM pg_class c LEFT JOIN pg_attribute a"
        "         ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
        "       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
        "       WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        "       GROUP BY c.oid, c.relname) AS tables";
    const struct reply *reply = connection_run(stage->observer, question);

    if (strcmp(reply->rows->str, "NULL") == 0)
        return g_strdup("SELECT WHERE false");
    return g_strconcat(reply->rows->str, " ORDER BY 1, 2", NULL);
}
