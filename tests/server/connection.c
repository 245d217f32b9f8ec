#include "server/connection.h"

#include <poll.h>

#include "support/check.h"

enum {
    ANSWER_SECONDS = 60,
};

/* ------------------------------------------------------------------ answers */

static void reply_clear(struct reply *reply)
{
    if (reply->rows)
        g_string_free(reply->rows, TRUE);
    if (reply->notices)
        g_ptr_array_unref(reply->notices);
    g_free(reply->tag);
    g_free(reply->message);
    PQclear(reply->last);
    *reply = (struct reply){0};
}

static void reply_init(struct reply *reply)
{
    reply_clear(reply);
    reply->rows = g_string_new(NULL);
    reply->notices = g_ptr_array_new_with_free_func(g_free);
}

static void append_rows(struct reply *reply, const PGresult *result)
{
    for (int row = 0; row < PQntuples(result); row++) {
        if (reply->row_count++ > 0)
            g_string_append(reply->rows, "; ");
        for (int column = 0; column < PQnfields(result); column++)
            g_string_append_printf(
                reply->rows, "%s%s", column > 0 ? ", " : "",
                PQgetisnull(result, row, column) ? "NULL" : PQgetvalue(result, row, column));
    }
}

/* A connection that is gone has no SQLSTATE for it; what the server said last does. */
static void set_error(struct reply *reply, const char *state, const char *message)
{
    if (!state && *reply->state)
        return;
    g_strlcpy(reply->state, state ? state : "08006", sizeof reply->state);
    g_free(reply->message);
    reply->message = g_strchomp(g_strdup(message));
}

static void take_result(struct connection *connection, PGresult *result)
{
    struct reply *reply = &connection->reply;
    char *data = NULL;

    switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
        reply->has_rows = true;
        append_rows(reply, result);
        PQclear(reply->last);
        reply->last = result;
        g_free(reply->tag);
        reply->tag = g_strdup(PQcmdStatus(result));
        return;
    case PGRES_COMMAND_OK:
        g_free(reply->tag);
        reply->tag = g_strdup(PQcmdStatus(result));
        break;
    case PGRES_COPY_IN:
        PQputCopyEnd(connection->pg, NULL);
        break;
    case PGRES_COPY_OUT:
        while (PQgetCopyData(connection->pg, &data, 0) > 0)
            PQfreemem(data);
        break;
    case PGRES_EMPTY_QUERY:
        break;
    default:
        set_error(reply, PQresultErrorField(result, PG_DIAG_SQLSTATE),
                  PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
                      ? PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY)
                      : PQerrorMessage(connection->pg));
    }
    PQclear(result);
}

/* What is said with SQLSTATE 00000 comes from RAISE NOTICE and is known by its text. A connection
 * that the server ends while it is idle says why in a notice too. */
static void take_notice(void *data, const PGresult *result)
{
    struct connection *connection = data;
    const char *severity = PQresultErrorField(result, PG_DIAG_SEVERITY_NONLOCALIZED);
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    bool plain = g_strcmp0(state, "00000") == 0;

    if (!connection->reply.notices)
        reply_init(&connection->reply);
    if (g_strcmp0(severity, "FATAL") == 0)
        set_error(&connection->reply, state, message);
    else
        g_ptr_array_add(connection->reply.notices,
                        g_strdup_printf("%s %s", severity, plain ? message : state));
}

char *reply_text(const struct reply *reply)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < reply->notices->len; i++)
        g_string_append_printf(text, "%s and ", (char *)reply->notices->pdata[i]);
    if (*reply->state)
        g_string_append_printf(text, "ERROR %s (%s)", reply->state, reply->message);
    else if (reply->has_rows && reply->row_count == 0)
        g_string_append(text, "no rows");
    else if (reply->rows->len > 0)
        g_string_append(text, reply->rows->str);
    else
        g_string_append(text, reply->tag ? reply->tag : "nothing");
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ connections */

struct connection *connection_new(const char *address, const char *name, const char *options)
{
    struct connection *connection = g_new0(struct connection, 1);
    g_autofree char *full = g_strdup_printf("%s application_name='%s' options='%s'", address, name,
                                            options ? options : "");

    connection->name = g_strdup(name);
    connection->pg = PQconnectdb(full);
    if (PQstatus(connection->pg) != CONNECTION_OK)
        fail_msg("session %s: %s", name, PQerrorMessage(connection->pg));
    connection->pid = PQbackendPID(connection->pg);
    PQsetNoticeReceiver(connection->pg, take_notice, connection);
    reply_init(&connection->reply);
    return connection;
}

void connection_free(struct connection *connection)
{
    PQfinish(connection->pg);
    reply_clear(&connection->reply);
    g_free(connection->name);
    g_free(connection);
}

void connection_send(struct connection *connection, const char *sql)
{
    reply_init(&connection->reply);
    connection->busy = true;
    /* What came while the connection was idle: a server that ends it says so before. */
    PQconsumeInput(connection->pg);
    PQisBusy(connection->pg);
    if (PQsendQuery(connection->pg, sql) != 1)
        set_error(&connection->reply, NULL, PQerrorMessage(connection->pg));
}

static void take_notifications(struct connection *connection)
{
    PGnotify *notification;

    while ((notification = PQnotifies(connection->pg))) {
        g_ptr_array_add(
            connection->reply.notices,
            g_strdup_printf("NOTIFICATION %s %s", notification->relname, notification->extra));
        PQfreemem(notification);
    }
}

bool connection_poll(struct connection *connection, int milliseconds)
{
    gint64 deadline = g_get_monotonic_time() + milliseconds * 1000;

    while (connection->busy) {
        struct pollfd input = {.fd = PQsocket(connection->pg), .events = POLLIN};
        gint64 left = deadline - g_get_monotonic_time();

        while (connection->busy && !PQisBusy(connection->pg)) {
            PGresult *result = PQgetResult(connection->pg);
            if (result)
                take_result(connection, result);
            else
                connection->busy = false;
        }
        if (!connection->busy)
            break;
        if (left < 0 || poll(&input, 1, (int)((left + 999) / 1000)) <= 0)
            return false;
        PQconsumeInput(connection->pg);
    }
    take_notifications(connection);
    return true;
}

const struct reply *connection_try(struct connection *connection, const char *sql)
{
    connection_send(connection, sql);
    if (!connection_poll(connection, ANSWER_SECONDS * 1000))
        fail_msg("session %s: no answer to: %s", connection->name, sql);
    return &connection->reply;
}

const struct reply *connection_run(struct connection *connection, const char *sql)
{
    const struct reply *reply = connection_try(connection, sql);

    if (*reply->state)
        fail_msg("session %s: %s (%s): %s", connection->name, reply->message, reply->state, sql);
    return reply;
}
