#include "server/actor.h"

#include "server/scan.h"
#include "support/check.h"

enum {
    ANSWER_SECONDS = 30,
};

void actor_init(struct actor *actor, const char *name)
{
    *actor = (struct actor){
        .name = name,
        .variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .reads = g_string_new(NULL),
    };
}

void actor_finish(struct actor *actor)
{
    g_hash_table_unref(actor->variables);
    g_string_free(actor->reads, TRUE);
}

void actor_reset(struct actor *actor)
{
    g_hash_table_remove_all(actor->variables);
    g_string_truncate(actor->reads, 0);
    actor->waiting = NULL;
    actor->failed[0] = '\0';
    actor->rolled_back = false;
}

void actor_leave(struct actor *actor)
{
    actor->rolled_back |=
        actor->connection && PQtransactionStatus(actor->connection->pg) != PQTRANS_IDLE;
}

bool actor_committed(const struct actor *actor)
{
    return !*actor->failed && !actor->rolled_back;
}

/* The words that psql takes for true. */
static bool is_true(const char *value)
{
    static const char *const words[] = {"t", "true", "on", "yes", "1", NULL};

    return value && g_strv_contains(words, value);
}

bool actor_does(const struct actor *actor, const struct action *action)
{
    bool negated = action->condition && *action->condition == '!';

    return !action->condition ||
           is_true(g_hash_table_lookup(actor->variables, action->condition + negated)) != negated;
}

static void store(struct actor *actor, const char *name, const char *value)
{
    g_hash_table_insert(actor->variables, g_strdup(name), g_strdup(value));
}

/* As \gset does: a variable for each column, none for NULL. */
static void store_row(struct actor *actor, const PGresult *result)
{
    if (!result || PQntuples(result) != 1)
        return;
    for (int column = 0; column < PQnfields(result); column++) {
        if (!PQgetisnull(result, 0, column))
            store(actor, PQfname(result, column), PQgetvalue(result, 0, column));
    }
}

/* Whether a command tag says how many rows there were: "UPDATE 1". */
static bool has_count(const char *tag)
{
    const char *space = tag ? strrchr(tag, ' ') : NULL;

    return space && g_ascii_isdigit(space[1]);
}

static void store_count(struct actor *actor, const char *tag)
{
    store(actor, "ROW_COUNT", has_count(tag) ? strrchr(tag, ' ') + 1 : "0");
}

void actor_take(struct actor *actor)
{
    const struct reply *reply = &actor->connection->reply;
    const struct action *action = actor->waiting;

    actor->waiting = NULL;
    if (*reply->state && !*actor->failed)
        g_strlcpy(actor->failed, reply->state, sizeof actor->failed);
    if (statement_ends_transaction(action->sql)) {
        bool committed = g_strcmp0(reply->tag, "COMMIT") == 0;
        actor->rolled_back |= !committed;
        if (committed) /* what failed was undone to a savepoint */
            actor->failed[0] = '\0';
    }
    if (*reply->state)
        return;
    if (reply->has_rows)
        g_string_append_printf(actor->reads, "%s|", reply->rows->str);
    else if (has_count(reply->tag))
        g_string_append_printf(actor->reads, "%s|", reply->tag);
    store_count(actor, reply->tag);
    if (action->stores)
        store_row(actor, reply->last);
}

static void send(struct actor *actor, struct stage *stage, const struct action *action)
{
    g_autofree char *sql = scan_fill(action->sql, actor->variables);

    actor->waiting = action;
    stage_send(stage, actor->connection, sql);
}

enum readiness actor_send(struct actor *actor, struct stage *stage, const struct action *action,
                          bool naps)
{
    send(actor, stage, action);
    enum readiness readiness = stage_settle(stage, actor->connection, naps);
    if (readiness == ANSWERED)
        actor_take(actor);
    return readiness;
}

void actor_run(struct actor *actor, struct stage *stage, const struct action *action)
{
    send(actor, stage, action);
    if (!connection_poll(actor->connection, ANSWER_SECONDS * 1000))
        fail_msg("session %s: no answer to: %s", actor->name, action->sql);
    actor_take(actor);
}
