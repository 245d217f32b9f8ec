#include "server/explore.h"

#include "server/explorer.h"
#include "server/run.h"
#include "support/check.h"

enum {
    MOST_INTERLEAVINGS = 2000,
};

/* ------------------------------------------------------------------ one interleaving */

static void record(struct explorer *explorer, const struct actor *actor,
                   const struct action *action, const char *answer)
{
    g_string_append_printf(explorer->transcript, "    %s: %s  --> %s\n", actor->name, action->sql,
                           answer);
}

static void record_answer(struct explorer *explorer, const struct actor *actor,
                          const struct action *action)
{
    g_autofree char *text = reply_text(&actor->connection->reply);

    record(explorer, actor, action, text);
}

static void play_move(struct explorer *explorer, unsigned program, const GPtrArray *move)
{
    struct actor *actor = &explorer->actors[program];

    for (guint i = 0; i < move->len && !*actor->failed; i++) {
        const struct action *action = move->pdata[i];
        if (!actor_does(actor, action))
            continue;
        if (actor_send(actor, explorer->stage, action, false) == WAITING) {
            record(explorer, actor, action, "waits");
            return;
        }
        record_answer(explorer, actor, action);
    }
    if (*actor->failed && PQtransactionStatus(actor->connection->pg) == PQTRANS_INERROR)
        connection_run(actor->connection, "ROLLBACK");
}

/* Those who waited and do so no longer: their answers are taken in. */
static void settle_all(struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++) {
        struct actor *actor = &explorer->actors[i];
        const struct action *action = actor->waiting;
        if (!action || stage_settle(explorer->stage, actor->connection, false) == WAITING)
            continue;
        actor_take(actor);
        record_answer(explorer, actor, action);
        if (*actor->failed)
            connection_run(actor->connection, "ROLLBACK");
        i = (unsigned)-1; /* it may have let go another one */
    }
}

struct position {
    unsigned next[MOST_PROGRAMS]; /* each program's next move */
    GArray *late;                 /* programs (unsigned) whose turn came while they waited */
};

static void take_turn(struct explorer *explorer, struct position *position, unsigned program)
{
    const GPtrArray *moves = explorer_moves(explorer, program);

    play_move(explorer, program, moves->pdata[position->next[program]++]);
    settle_all(explorer);
}

static bool is_late(const struct position *position, unsigned program)
{
    for (guint i = 0; i < position->late->len; i++) {
        if (g_array_index(position->late, unsigned, i) == program)
            return true;
    }
    return false;
}

/* A turn that came while the program waited is made up for as soon as it goes on. */
static void catch_up(struct explorer *explorer, struct position *position)
{
    for (guint i = 0; i < position->late->len; i++) {
        unsigned program = g_array_index(position->late, unsigned, i);
        if (!explorer->actors[program].waiting) {
            g_array_remove_index(position->late, i);
            take_turn(explorer, position, program);
            i = (guint)-1;
        }
    }
}

static void wait_for_deadlock(struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++) {
        if (explorer->actors[i].waiting)
            connection_poll(explorer->actors[i].connection, 1);
    }
    settle_all(explorer);
}

static bool anyone_waits(const struct explorer *explorer)
{
    for (unsigned i = 0; i < explorer->count; i++) {
        if (explorer->actors[i].waiting)
            return true;
    }
    return false;
}

static void play(struct explorer *explorer, const unsigned *turns, unsigned count)
{
    struct position position = {.late = g_array_new(FALSE, FALSE, sizeof(unsigned))};
    gint64 deadline = g_get_monotonic_time() + 30 * G_USEC_PER_SEC;

    g_string_truncate(explorer->transcript, 0);
    explorer_reset(explorer);
    for (unsigned i = 0; i < count; i++) {
        unsigned program = turns[i];
        if (explorer->actors[program].waiting || is_late(&position, program))
            g_array_append_val(position.late, program);
        else
            take_turn(explorer, &position, program);
        catch_up(explorer, &position);
    }
    while (anyone_waits(explorer)) {
        wait_for_deadlock(explorer);
        catch_up(explorer, &position);
        if (g_get_monotonic_time() > deadline)
            fail_msg("%s: waits for ever:\n%s", explorer->schedule->path,
                     explorer->transcript->str);
    }
    g_array_unref(position.late);
}

static void judge(struct explorer *explorer, struct exploration *result)
{
    g_autofree char *execution = explorer_execution(explorer);
    bool committed = false;

    result->total++;
    for (unsigned i = 0; i < explorer->count; i++) {
        const struct actor *actor = &explorer->actors[i];
        committed |= actor_committed(actor);
        if (*actor->failed) {
            guint seen = GPOINTER_TO_UINT(g_tree_lookup(result->failures, actor->failed));
            g_tree_insert(result->failures, g_strdup(actor->failed), GUINT_TO_POINTER(seen + 1));
        }
    }
    if (!committed || g_hash_table_contains(explorer->serial, execution))
        return;
    result->anomalous++;
    if (!result->first)
        result->first = g_strdup(explorer->transcript->str);
}

/* ------------------------------------------------------------------ all of them */

/* Extends the first `count` turns in every way and plays what comes of it. */
static void interleave(struct explorer *explorer, struct exploration *result, unsigned *turns,
                       unsigned count, unsigned *left)
{
    bool complete = true;

    for (unsigned i = 0; i < explorer->count; i++) {
        if (left[i] == 0)
            continue;
        complete = false;
        left[i]--;
        turns[count] = i;
        interleave(explorer, result, turns, count + 1, left);
        left[i]++;
    }
    if (complete) {
        play(explorer, turns, count);
        judge(explorer, result);
    }
}

/* How many orders there are of moves of each program. */
static double count_interleavings(const struct explorer *explorer)
{
    double orders = 1;
    unsigned placed = 0;

    for (unsigned i = 0; i < explorer->count; i++) {
        for (guint j = 1; j <= explorer_moves(explorer, i)->len; j++)
            orders = orders * ++placed / j;
    }
    return orders;
}

static void explore_all(struct explorer *explorer, struct exploration *result)
{
    unsigned left[MOST_PROGRAMS] = {0}, count = 0;

    for (unsigned i = 0; i < explorer->count; i++) {
        left[i] = explorer_moves(explorer, i)->len;
        count += left[i];
    }
    g_autofree unsigned *turns = g_new(unsigned, count);
    interleave(explorer, result, turns, 0, left);
}

static int compare(gconstpointer a, gconstpointer b, gpointer data)
{
    (void)data;
    return strcmp(a, b);
}

void explore(struct stage *stage, const struct schedule *schedule, const char *options,
             struct exploration *exploration)
{
    *exploration = (struct exploration){0};
    exploration->failures = g_tree_new_full(compare, NULL, g_free, NULL);
    struct explorer *explorer =
        explorer_new(stage, schedule, options, false, &exploration->trouble);
    if (!explorer)
        return;
    double orders = count_interleavings(explorer);
    if (orders <= MOST_INTERLEAVINGS)
        explore_all(explorer, exploration);
    else
        exploration->trouble =
            g_strdup_printf("%s: %.0f interleavings are too many: let the transactions do less",
                            schedule->path, orders);
    explorer_free(explorer);
}

bool execution_is_serial(struct stage *stage, const struct schedule *schedule, const char *options,
                         bool any, const char *execution)
{
    g_autofree char *trouble = NULL;
    struct explorer *explorer = explorer_new(stage, schedule, options, any, &trouble);

    if (!explorer)
        return true;
    bool serial = g_hash_table_contains(explorer->serial, execution);
    explorer_free(explorer);
    return serial;
}

static gboolean append_failure(gpointer state, gpointer count, gpointer data)
{
    GString *text = data;

    g_string_append_printf(text, "%s%s:%u", text->len > 0 ? " " : "", (char *)state,
                           GPOINTER_TO_UINT(count));
    return FALSE;
}

char *exploration_failures(const struct exploration *exploration)
{
    GString *text = g_string_new(NULL);

    g_tree_foreach(exploration->failures, append_failure, text);
    return g_string_free(text, FALSE);
}

void exploration_finish(struct exploration *exploration)
{
    g_tree_unref(exploration->failures);
    g_free(exploration->first);
    g_free(exploration->trouble);
}
