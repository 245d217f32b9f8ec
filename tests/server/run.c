#include "server/run.h"

#include "server/actor.h"
#include "server/outcome.h"
#include "support/check.h"

enum {
    ANSWER_SECONDS = 30,
};

struct run {
    struct stage *stage;
    const struct schedule *schedule;
    const char *defaults;
    struct actor *actors; /* one for each session of the schedule */
    struct record *record;
};

static void complain(struct run *run, const struct action *action, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static void complain(struct run *run, const struct action *action, const char *format, ...)
{
    va_list arguments;

    if (run->record->trouble)
        return;
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%s:%u: ", run->schedule->path, action->line);
    va_start(arguments, format);
    g_string_append_vprintf(text, format, arguments);
    va_end(arguments);
    if (action->sql)
        g_string_append_printf(text, "\n    %s", action->sql);
    run->record->trouble = g_string_free(text, FALSE);
}

static void note_states(struct run *run, const struct actor *actor)
{
    g_autofree char *text = reply_text(&actor->connection->reply);

    if (session_is_tested(actor->name))
        outcome_states(text, run->record->states);
}

/* Holds the answer that an actor has taken in against what is promised. */
static void check_answer(struct run *run, const struct actor *actor, const struct action *action)
{
    const struct reply *reply = &actor->connection->reply;

    note_states(run, actor);
    if (outcome_holds(action->outcome, reply))
        return;
    g_autofree char *got = reply_text(reply);
    complain(run, action, "session %s: expected %s, got %s", actor->name,
             action->outcome ? action->outcome : "success", got);
}

/* ------------------------------------------------------------------ sessions */

/* Who is to fail in a deadlock is who looks for one when it is there: the session that the schedule
 * says. One that waits first looks later. */
static const char *deadlock_option(const struct schedule *schedule, unsigned session)
{
    const char *option = "-c deadlock_timeout=1min";
    bool any = false;

    for (guint i = 0; i < schedule->actions->len; i++) {
        const struct action *action = schedule->actions->pdata[i];
        if (!action->outcome || !strstr(action->outcome, "ERROR 40P01"))
            continue;
        any = true;
        if (action->session == session)
            option = action->kind == ACTION_GOES_ON ? "-c deadlock_timeout=500ms" : "";
    }
    return any ? option : "";
}

static void connect_actor(struct run *run, unsigned session)
{
    struct actor *actor = &run->actors[session];

    if (actor->connection)
        return;
    g_autofree char *options =
        g_strdup_printf("%s %s", deadlock_option(run->schedule, session),
                        run->defaults && session_is_tested(actor->name) ? run->defaults : "");
    actor->connection = stage_connect(run->stage, actor->name, options);
}

/* Those who waited may have been let go by the action that was just made: they come to rest before
 * the next one, so that a schedule gives the same result every time. */
static void settle_all(struct run *run)
{
    bool moved = true;

    while (moved) {
        moved = false;
        for (guint i = 0; i < run->schedule->sessions->len; i++) {
            struct connection *connection = run->actors[i].connection;
            if (connection && connection->busy &&
                stage_settle(run->stage, connection, true) == ANSWERED)
                moved = true;
        }
    }
}

/* ------------------------------------------------------------------ actions */

static void make_action(struct run *run, const struct action *action)
{
    struct actor *actor = &run->actors[action->session];
    bool may_wait = outcome_waits(action->outcome);

    if (actor->waiting) {
        complain(run, action, "session %s still waits; first it goes on", actor->name);
        return;
    }
    connect_actor(run, action->session);
    if (!actor_does(actor, action))
        return;
    if (outcome_ends_wait(action->outcome)) {
        actor_run(actor, run->stage, action);
    } else if (actor_send(actor, run->stage, action, may_wait) == WAITING) {
        if (!may_wait)
            complain(run, action, "session %s: expected %s, but it waits", actor->name,
                     action->outcome ? action->outcome : "success");
        return;
    }
    check_answer(run, actor, action);
}

static void go_on(struct run *run, const struct action *action)
{
    struct actor *actor = &run->actors[action->session];
    int patience = outcome_ends_wait(action->outcome) ? ANSWER_SECONDS * 1000 : 0;

    if (!actor->waiting)
        complain(run, action, "session %s does not wait", actor->name);
    else if (!connection_poll(actor->connection, patience) &&
             stage_settle(run->stage, actor->connection, false) == WAITING)
        complain(run, action, "session %s: expected %s, but it still waits", actor->name,
                 action->outcome ? action->outcome : "success");
    if (run->record->trouble)
        return;
    actor_take(actor);
    check_answer(run, actor, action);
}

static void disconnect(struct run *run, const struct action *action)
{
    struct actor *actor = &run->actors[action->session];

    actor_leave(actor);
    if (actor->connection)
        stage_disconnect(run->stage, actor->connection);
    actor->connection = NULL;
    actor->waiting = NULL;
}

static void play(struct run *run)
{
    for (guint i = 0; i < run->schedule->actions->len && !run->record->trouble; i++) {
        const struct action *action = run->schedule->actions->pdata[i];
        if (action->kind == ACTION_SEND)
            make_action(run, action);
        else if (action->kind == ACTION_GOES_ON)
            go_on(run, action);
        else
            disconnect(run, action);
        settle_all(run);
    }
    for (guint i = 0; i < run->schedule->sessions->len; i++) {
        if (run->actors[i].waiting)
            complain(run, run->actors[i].waiting, "session %s still waits at the end",
                     run->actors[i].name);
    }
}

/* What is no part of any transaction under test: the set-up, the final state. */
static void play_alone(struct run *run, const GPtrArray *actions, const char *name)
{
    struct actor actor;

    actor_init(&actor, name);
    for (guint i = 0; i < actions->len && !run->record->trouble; i++) {
        const struct action *action = actions->pdata[i];
        if (!actor.connection)
            actor.connection = stage_connect(run->stage, name, run->defaults);
        if (!actor_does(&actor, action))
            continue;
        actor_run(&actor, run->stage, action);
        check_answer(run, &actor, action);
    }
    actor_finish(&actor);
}

/* ------------------------------------------------------------------ schedules */

void execution_append(GString *execution, const char *name, const char *reads)
{
    g_string_append_printf(execution, "%s read %s\n", name, reads);
}

/* Ends all sessions: what is open is rolled back. */
static void leave(struct run *run)
{
    for (guint i = 0; i < run->schedule->sessions->len; i++) {
        struct actor *actor = &run->actors[i];
        actor_leave(actor);
        actor->connection = NULL;
    }
    stage_disconnect_all(run->stage);
}

static void describe_execution(struct run *run)
{
    g_autofree char *query = stage_state_query(run->stage);
    GString *text = g_string_new(NULL);
    const struct schedule *schedule = run->schedule;

    for (guint i = 0; i < schedule->sessions->len; i++) {
        const struct actor *actor = &run->actors[i];
        if (session_is_tested(actor->name) && actor_committed(actor))
            execution_append(text, actor->name, actor->reads->str);
    }
    g_string_append(text, connection_run(run->stage->observer, query)->rows->str);
    run->record->execution = g_string_free(text, FALSE);
}

static void run_init(struct run *run)
{
    const struct schedule *schedule = run->schedule;

    run->actors = g_new0(struct actor, schedule->sessions->len);
    for (guint i = 0; i < schedule->sessions->len; i++)
        actor_init(&run->actors[i], schedule->sessions->pdata[i]);
    *run->record =
        (struct record){.states = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    stage_clear(run->stage);
}

static void run_finish(struct run *run)
{
    for (guint i = 0; i < run->schedule->sessions->len; i++)
        actor_finish(&run->actors[i]);
    g_free(run->actors);
}

bool run_schedule(struct stage *stage, const struct schedule *schedule, const char *defaults,
                  struct record *record)
{
    struct run run = {.stage = stage, .schedule = schedule, .defaults = defaults, .record = record};

    run_init(&run);
    if (schedule_is_single(schedule)) {
        play_alone(&run, schedule->setup, "single");
    } else {
        run.defaults = NULL;
        play_alone(&run, schedule->setup, "control");
        run.defaults = defaults;
        play(&run);
        leave(&run);
        describe_execution(&run);
    }
    run.defaults = NULL;
    play_alone(&run, schedule->finally, "control");
    run_finish(&run);
    return !record->trouble;
}

char *run_setup(struct stage *stage, const struct schedule *schedule)
{
    struct record record;
    struct run run = {.stage = stage, .schedule = schedule, .record = &record};

    run_init(&run);
    play_alone(&run, schedule->setup, "control");
    run_finish(&run);
    char *trouble = g_steal_pointer(&record.trouble);
    record_finish(&record);
    return trouble;
}

void record_finish(struct record *record)
{
    g_hash_table_unref(record->states);
    g_free(record->execution);
    g_free(record->trouble);
}
