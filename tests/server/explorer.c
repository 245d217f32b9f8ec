#include "server/explorer.h"

#include "server/run.h"
#include "support/check.h"

const GPtrArray *explorer_moves(const struct explorer *explorer, unsigned program)
{
    return ((const struct program *)explorer->programs->pdata[program])->moves;
}

/* ------------------------------------------------------------------ the tables as they were */

static bool is_definition(const char *sql)
{
    static const char *const words[] = {"CREATE", "ALTER", "DROP", "COMMENT", "GRANT", "TRUNCATE"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (statement_begins(sql, words[i]))
            return true;
    }
    return false;
}

static bool defines_with_rows(const char *sql)
{
    g_autofree char *lower = g_ascii_strdown(sql, -1);

    return statement_begins(sql, "CREATE TABLE") && strstr(lower, " as select");
}

/* Making the tables costs ten times what filling them costs: unless rows come with the definition,
 * or a session defines something itself, only the rows are made anew. */
static void plan_reset(struct explorer *explorer)
{
    const struct schedule *schedule = explorer->schedule;
    const char *tables =
        connection_run(explorer->stage->observer,
                       "SELECT string_agg(oid::regclass::text, ', ') FROM pg_class"
                       " WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')")
            ->rows->str;

    explorer->reset = g_string_new(NULL);
    if (strcmp(tables, "NULL") != 0)
        g_string_printf(explorer->reset, "TRUNCATE %s CASCADE;", tables);
    g_string_append(explorer->reset,
                    "SELECT setval(seqrelid::regclass, seqstart, false) FROM pg_sequence"
                    " JOIN pg_class ON pg_class.oid = seqrelid"
                    " WHERE relnamespace = 'public'::regnamespace");
    for (guint i = 0; i < schedule->actions->len; i++) {
        const struct action *action = schedule->actions->pdata[i];
        explorer->rebuilds |= action->sql && is_definition(action->sql);
    }
    for (guint i = 0; i < schedule->setup->len; i++) {
        const char *sql = ((const struct action *)schedule->setup->pdata[i])->sql;
        explorer->rebuilds |= defines_with_rows(sql) || statement_begins(sql, "VACUUM");
        if (!is_definition(sql))
            g_string_append_printf(explorer->reset, ";%s", sql);
    }
    explorer->state_query = stage_state_query(explorer->stage);
}

static void connect_all(struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++)
        explorer->actors[i].connection =
            stage_connect(explorer->stage, explorer->actors[i].name, explorer->options);
}

/* A fresh session, without the cost of connecting. */
static void renew_sessions(struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++) {
        struct connection *connection = explorer->actors[i].connection;
        if (PQtransactionStatus(connection->pg) != PQTRANS_IDLE)
            connection_run(connection, "ROLLBACK");
        connection_run(connection, "DISCARD ALL");
    }
}

void explorer_reset(struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++)
        actor_reset(&explorer->actors[i]);
    if (explorer->rebuilds) {
        char *trouble = run_setup(explorer->stage, explorer->schedule);
        if (trouble)
            fail_msg("%s", trouble);
        connect_all(explorer);
    } else {
        renew_sessions(explorer);
        connection_run(explorer->stage->observer, explorer->reset->str);
    }
}

char *explorer_execution(struct explorer *explorer)
{
    GString *text = g_string_new(NULL);

    if (explorer->rebuilds) {
        g_free(explorer->state_query);
        explorer->state_query = stage_state_query(explorer->stage);
    }
    for (unsigned i = 0; i < explorer->count; i++) {
        const struct actor *actor = &explorer->actors[i];
        if (actor_committed(actor))
            execution_append(text, actor->name, actor->reads->str);
    }
    g_string_append(text,
                    connection_run(explorer->stage->observer, explorer->state_query)->rows->str);
    return g_string_free(text, FALSE);
}

/* ------------------------------------------------------------------ serial executions */

/* Runs a program alone. One that fails leaves nothing behind. */
static void run_program(struct explorer *explorer, unsigned program)
{
    struct actor *actor = &explorer->actors[program];
    const GPtrArray *moves = explorer_moves(explorer, program);

    for (guint i = 0; i < moves->len && !*actor->failed; i++) {
        const GPtrArray *move = moves->pdata[i];
        for (guint j = 0; j < move->len && !*actor->failed; j++) {
            if (actor_does(actor, move->pdata[j]))
                actor_run(actor, explorer->stage, move->pdata[j]);
        }
    }
    if (*actor->failed)
        connection_try(actor->connection, "ROLLBACK");
}

/* Runs the first `count` programs of the order, and all continuations of it. */
static void run_orders(struct explorer *explorer, unsigned count, unsigned chosen)
{
    if (count > 0) {
        explorer_reset(explorer);
        for (unsigned i = 0; i < explorer->count; i++)
            explorer->actors[i].rolled_back = !(chosen & (1U << i));
        for (unsigned i = 0; i < count; i++)
            run_program(explorer, explorer->order[i]);
        g_hash_table_add(explorer->serial, explorer_execution(explorer));
    }
    for (unsigned i = 0; i < explorer->count; i++) {
        if (!(chosen & (1U << i))) {
            explorer->order[count] = i;
            run_orders(explorer, count + 1, chosen | (1U << i));
        }
    }
}

/* ------------------------------------------------------------------ explorers */

void explorer_free(struct explorer *explorer)
{
    for (unsigned i = 0; i < MOST_PROGRAMS; i++) {
        if (explorer->actors[i].name)
            actor_finish(&explorer->actors[i]);
    }
    g_ptr_array_unref(explorer->programs);
    if (explorer->reset)
        g_string_free(explorer->reset, TRUE);
    g_free(explorer->state_query);
    g_string_free(explorer->transcript, TRUE);
    if (explorer->serial)
        g_hash_table_unref(explorer->serial);
    g_free(explorer);
}

struct explorer *explorer_new(struct stage *stage, const struct schedule *schedule,
                              const char *options, bool any, char **trouble)
{
    GPtrArray *programs = programs_of(schedule, any, trouble);

    if (!programs)
        return NULL;
    struct explorer *explorer = g_new0(struct explorer, 1);
    explorer->stage = stage;
    explorer->schedule = schedule;
    explorer->options = options;
    explorer->programs = programs;
    explorer->count = programs->len;
    explorer->transcript = g_string_new(NULL);
    if (programs->len > MOST_PROGRAMS)
        *trouble = g_strdup_printf("%s: more than %d sessions", schedule->path, MOST_PROGRAMS);
    else
        *trouble = run_setup(stage, schedule);
    if (*trouble) {
        explorer_free(explorer);
        return NULL;
    }
    for (unsigned i = 0; i < programs->len; i++)
        actor_init(&explorer->actors[i], ((struct program *)programs->pdata[i])->name);
    plan_reset(explorer);
    connect_all(explorer);
    explorer->serial = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    run_orders(explorer, 0, 0);
    return explorer;
}
