#include "server/program.h"

static bool is_quiet(const struct action *action)
{
    static const char *const words[] = {"BEGIN", "START", "SET", "SAVEPOINT", "RELEASE"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (statement_begins(action->sql, words[i]))
            return !action->condition;
    }
    return false;
}

static const char *sql_at(const GPtrArray *actions, guint index)
{
    return ((const struct action *)actions->pdata[index])->sql;
}

static bool begins(const char *sql)
{
    return statement_begins(sql, "BEGIN") || statement_begins(sql, "START TRANSACTION");
}

/* Of a session's actions: whether they are BEGIN … COMMIT, or one statement (`alone`). What sets
 * the session up may stand before. */
static bool is_one_transaction(const GPtrArray *actions, bool *alone)
{
    guint before = 0, last = actions->len - 1;
    unsigned begun = 0, ended = 0;

    *alone = false;
    while (before < actions->len && statement_begins(sql_at(actions, before), "SET"))
        before++;
    if (before == actions->len)
        return false;
    for (guint i = before; i < actions->len; i++) {
        begun += begins(sql_at(actions, i));
        ended += statement_ends_transaction(sql_at(actions, i));
    }
    *alone = begun == 0 && before == last;
    return *alone || (begun == 1 && ended == 1 && begins(sql_at(actions, before)) &&
                      statement_ends_transaction(sql_at(actions, last)));
}

static void add_moves(struct program *program, const GPtrArray *actions)
{
    GPtrArray *move = NULL;

    for (guint i = 0; i < actions->len; i++) {
        const struct action *action = actions->pdata[i];
        if (!move) {
            move = g_ptr_array_new();
            g_ptr_array_add(program->moves, move);
        }
        g_ptr_array_add(move, (gpointer)action);
        if (!is_quiet(action))
            move = NULL;
    }
}

static void program_free(gpointer data)
{
    struct program *program = data;

    g_ptr_array_unref(program->moves);
    g_free(program);
}

/* The actions of a session; BEGIN and COMMIT around a statement that stands alone. Returns whether
 * it is one transaction. */
static bool program_fill(struct program *program, const struct schedule *schedule, unsigned session)
{
    g_autoptr(GPtrArray) actions = g_ptr_array_new();
    bool alone;

    for (guint i = 0; i < schedule->actions->len; i++) {
        const struct action *action = schedule->actions->pdata[i];
        if (action->session == session && action->kind == ACTION_SEND)
            g_ptr_array_add(actions, (gpointer)action);
    }
    bool one = is_one_transaction(actions, &alone);
    if (alone) {
        program->begin = (struct action){.sql = (char *)"BEGIN", .session = session};
        program->commit = (struct action){.sql = (char *)"COMMIT", .session = session};
        g_ptr_array_insert(actions, (gint)actions->len - 1, &program->begin);
        g_ptr_array_add(actions, &program->commit);
    }
    add_moves(program, actions);
    return one;
}

GPtrArray *programs_of(const struct schedule *schedule, bool any, char **trouble)
{
    GPtrArray *programs = g_ptr_array_new_with_free_func(program_free);

    for (guint i = 0; i < schedule->sessions->len; i++) {
        const char *name = schedule->sessions->pdata[i];
        if (!session_is_tested(name))
            continue;
        struct program *program = g_new0(struct program, 1);
        program->name = name;
        program->moves = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
        g_ptr_array_add(programs, program);
        if (!program_fill(program, schedule, i) && !any) {
            *trouble =
                g_strdup_printf("%s: session %s is not one transaction", schedule->path, name);
            g_ptr_array_unref(programs);
            return NULL;
        }
    }
    return programs;
}
