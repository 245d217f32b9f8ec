/* The machine against the server: random pairs of small programs, every interleaving of which is
 * run in both. Who waits for whom, SQLSTATEs, what is read and what is left must be equal.
 *
 *   meson test -C build random                                 what the suite runs
 *   build/tests/server/test-random FIRST COUNT [FEATURES]      seeds of your own, for a long run */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "server/random/generate.h"
#include "server/suite.h"

enum {
    SUITE_FIRST = 1,
    SUITE_COUNT = 300,
    SUITE_MORE = 120, /* with more features */
    SUITE_MOST = 60,  /* with still more */
    SUITE_WHOLE = 60, /* with all of them */
    ANSWER_MILLISECONDS = 4000,
    MOST_TURNS = 40,
    MOST_INTERLEAVINGS = 70, /* of a pair; of more, every n-th one */
};

/* Only the one that closes a cycle may look for it: the machine says who that is. */
static const char options[] = "-c enable_seqscan=off -c enable_bitmapscan=off "
                              "-c enable_indexonlyscan=off -c enable_hashjoin=off "
                              "-c enable_mergejoin=off -c deadlock_timeout=5s";

static uint64_t first_seed = SUITE_FIRST;
static unsigned pair_count = SUITE_COUNT, features = FEATURE_ALL;
static unsigned interleavings, differences, different_pairs;

/* ------------------------------------------------------------------ schedules */

struct schedules {
    GArray *turns; /* uint8_t[MOST_TURNS]; the first is how many */
    uint8_t current[MOST_TURNS];
};

static void collect(struct schedules *schedules, const struct machine *machine, unsigned count)
{
    bool complete = true;

    for (unsigned i = 0; i < machine->run_count && count + 1 < MOST_TURNS; i++) {
        if (machine->runs[i].state != RUN_RUNS)
            continue;
        struct machine next = *machine;
        complete = false;
        schedules->current[count + 1] = (uint8_t)i;
        machine_step(&next, i);
        machine_settle(&next);
        collect(schedules, &next, count + 1);
    }
    if (!complete)
        return;
    schedules->current[0] = (uint8_t)count;
    g_array_append_val(schedules->turns, schedules->current);
}

/* ------------------------------------------------------------------ one interleaving */

struct play {
    const struct pair *pair;
    struct machine machine, before;
    struct connection *sessions[2];
    GString *transcript;
    char *trouble;
    bool begun[2];
    unsigned ended[2];   /* reads that the machine had recorded */
    enum shown shown[2]; /* of what was sent */
};

static void say(struct play *play, unsigned run, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void say(struct play *play, unsigned run, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    g_string_append_printf(play->transcript, "  %c: ", 'A' + (int)run);
    g_string_append_vprintf(play->transcript, format, arguments);
    g_string_append_c(play->transcript, '\n');
    va_end(arguments);
}

static void differ(struct play *play, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void differ(struct play *play, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    if (!play->trouble)
        play->trouble = g_strdup_vprintf(format, arguments);
    va_end(arguments);
}

static int compare_rows(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted lines. Owned by the caller. */
static char *sort_lines(GPtrArray *lines)
{
    g_ptr_array_sort(lines, compare_rows);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("; ", (char **)lines->pdata);
}

static void append_value(GString *text, int value)
{
    if (text->len)
        g_string_append(text, ", ");
    if (value == NO_VALUE)
        g_string_append(text, "NULL");
    else
        g_string_append_printf(text, "%d", value);
}

/* How many rows a statement has changed, of whose acts the machine has recorded these numbers. */
static int machine_count(const struct play *play, unsigned run)
{
    const struct run *state = &play->machine.runs[run];
    const int16_t *numbers = state->reads + play->ended[run];
    unsigned last = state->read_count - play->ended[run] - 1U;
    int sum = 0;

    for (unsigned i = 0; i <= last; i++)
        sum += -1000 - numbers[i];
    return play->shown[run] == SHOWN_SUM
               ? sum
               : -1000 - numbers[play->shown[run] == SHOWN_FIRST ? 0 : last];
}

static bool shows_rows(enum shown shown)
{
    return shown == SHOWN_ROWS || shown == SHOWN_PAIRS;
}

/* What the machine has read in the last statement. */
static char *machine_answer(const struct play *play, unsigned run)
{
    const struct run *state = &play->machine.runs[run];
    unsigned from = play->ended[run];
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    if (play->shown[run] == SHOWN_NOTHING)
        return g_strdup("");
    if (play->shown[run] == SHOWN_TOTAL)
        return g_strdup_printf("%d", state->reads[from] - FIRST_MADE_OF);
    if (!shows_rows(play->shown[run]))
        return g_strdup_printf("%d", machine_count(play, run));
    int count = -1000 - state->reads[state->read_count - 1];
    for (int i = 0; i < count; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        for (unsigned j = 0; j < (play->shown[run] == SHOWN_PAIRS ? 2 : 1) * COLUMNS; j++)
            append_value(line, state->reads[from++]);
        g_ptr_array_add(lines, g_strdup(line->str));
    }
    return sort_lines(lines);
}

static char *server_answer(const struct play *play, unsigned run)
{
    const struct reply *reply = &play->sessions[run]->reply;

    if (play->shown[run] == SHOWN_NOTHING)
        return g_strdup("");
    if (play->shown[run] != SHOWN_TOTAL && !shows_rows(play->shown[run])) {
        const char *space = reply->tag ? strrchr(reply->tag, ' ') : NULL;
        return g_strdup(space ? space + 1 : "?");
    }
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_auto(GStrv) rows = g_strsplit(reply->rows->str, "; ", -1);
    for (char **row = rows; *row; row++)
        g_ptr_array_add(lines, *row);
    return sort_lines(lines);
}

/* The server has answered: the machine must have too. */
static void take_answer(struct play *play, unsigned run)
{
    const struct run *state = &play->machine.runs[run];
    const struct reply *reply = &play->sessions[run]->reply;
    const char *expected = failure_state(state->failure);

    say(play, run, "--> %s%s", *reply->state ? reply->state : "", reply->rows->str);
    if (strcmp(expected, reply->state) != 0) {
        differ(play, "%c: the machine says %s, the server %s", 'A' + (int)run,
               *expected ? expected : "success", *reply->state ? reply->state : "success");
    } else if (!*expected) {
        g_autofree char *own = machine_answer(play, run), *there = server_answer(play, run);
        if (strcmp(own, there) != 0)
            differ(play, "%c: the machine reads %s, the server %s", 'A' + (int)run, own, there);
    }
    play->ended[run] = state->read_count;
    if (*reply->state && PQtransactionStatus(play->sessions[run]->pg) == PQTRANS_INERROR)
        connection_run(play->sessions[run], "ROLLBACK");
}

static bool blocks(struct play *play, unsigned run)
{
    g_autofree char *question = g_strdup_printf(
        "SELECT pg_blocking_pids(%d) @> ARRAY[%d] OR pg_safe_snapshot_blocking_pids(%d) @> ARRAY[%d]",
        play->sessions[run]->pid, play->sessions[!run]->pid, play->sessions[run]->pid,
        play->sessions[!run]->pid);

    return strcmp(connection_run(stage.observer, question)->rows->str, "t") == 0;
}

static void check_waiting(struct play *play, unsigned run)
{
    bool waits = stage_settle(&stage, play->sessions[run], false) == WAITING;

    if (!waits)
        take_answer(play, run);
    if (!waits)
        differ(play, "%c: the machine waits, the server does not", 'A' + (int)run);
    else if (!blocks(play, run))
        differ(play, "%c waits for another", 'A' + (int)run);
}

static void settle_run(struct play *play, unsigned run, bool ended)
{
    if (!ended) {
        check_waiting(play, run);
        return;
    }
    /* A deadlock is waited for until it is found; what is late may have no CPU to run on. */
    if (!connection_poll(play->sessions[run], ANSWER_MILLISECONDS) &&
        stage_settle(&stage, play->sessions[run], false) == WAITING)
        differ(play, "%c: the server waits, the machine does not", 'A' + (int)run);
    else
        take_answer(play, run);
}

static char *next_sql(struct play *play, unsigned run)
{
    const struct program *program = &play->pair->programs[run];
    const struct run *state = &play->before.runs[run];
    unsigned next = state->pc;

    play->shown[run] = SHOWN_NOTHING;
    if (state->pc == program->count)
        return g_strdup(program->rolls_back ? "ROLLBACK" : "COMMIT");
    char *sql = render_statement(play->pair, run, state->pc, &play->before, &next);
    play->shown[run] = statement_shows(play->pair, run, state->pc);
    return sql;
}

/* The server looks for a deadlock once, after its timeout, and both must wait by then. COMMIT ends the
 * savepoints before it waits, and a session that has waited for one of them waits for the whole
 * transaction only a moment later. So the savepoint is released first, until the other waits again:
 * CommitSubTransaction() in xact.c, XactLockTableWait() in lmgr.c. */
static void prepare_deadlock(struct play *play, unsigned run)
{
    const struct run *before = &play->before.runs[run];

    if (before->pc == play->pair->programs[run].count && before->xids > 1) {
        connection_run(play->sessions[run], "RELEASE SAVEPOINT s");
        check_waiting(play, !run);
    }
    connection_run(play->sessions[run], "SET LOCAL deadlock_timeout = '1ms'");
}

static void take_turn(struct play *play, unsigned run)
{
    play->before = play->machine;
    g_autofree char *sql = next_sql(play, run);
    enum answer_kind answer = machine_step(&play->machine, run);

    if (!play->begun[run]) {
        g_autofree char *begin = render_begin(&play->pair->programs[run]);
        connection_run(play->sessions[run], begin);
        play->begun[run] = true;
    }
    if (play->machine.runs[run].failure == FAIL_DEADLOCK)
        prepare_deadlock(play, run);
    say(play, run, "%s", sql);
    connection_send(play->sessions[run], sql);
    settle_run(play, run, answer != STEP_WAITS);
    unsigned other = !run;
    if (play->trouble || play->before.runs[other].state != RUN_WAITS)
        return;
    unsigned ended = machine_settle(&play->machine);
    settle_run(play, other, (ended >> other) & 1);
}

static char *rows_of_machine(const struct play *play)
{
    struct world_row rows[MACHINE_VERSIONS];
    unsigned count = machine_rows(&play->machine, rows);
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    for (unsigned i = 0; i < count; i++) {
        g_autoptr(GString) line = g_string_new(NULL);
        append_value(line, rows[i].table);
        for (unsigned j = 0; j < 3; j++)
            append_value(line, rows[i].values[j]);
        g_ptr_array_add(lines, g_strdup(line->str));
    }
    return sort_lines(lines);
}

static char *rows_of_server(const struct play *play)
{
    static const char *const questions[] = {
        "SELECT 0, a, b, c FROM t0",
        "SELECT 0, a, b, c FROM t0 UNION ALL SELECT 1, a, b, c FROM t1",
    };
    const struct reply *reply =
        connection_run(stage.observer, questions[play->pair->world.table_count - 1]);
    g_autoptr(GPtrArray) lines = g_ptr_array_new();
    g_auto(GStrv) rows = g_strsplit(reply->rows->str, "; ", -1);

    for (char **row = rows; *row; row++)
        g_ptr_array_add(lines, *row);
    return sort_lines(lines);
}

static void leave(struct play *play)
{
    for (unsigned i = 0; i < 2; i++) {
        PGconn *pg = play->sessions[i]->pg;
        if (play->sessions[i]->busy) {
            g_autofree char *sql =
                g_strdup_printf("SELECT pg_cancel_backend(%d)", play->sessions[i]->pid);
            connection_run(stage.observer, sql);
            connection_poll(play->sessions[i], 10000);
        }
        if (PQtransactionStatus(pg) != PQTRANS_IDLE)
            connection_run(play->sessions[i], "ROLLBACK");
    }
}

/* Returns what was different, or NULL. Owned by the caller. */
static char *play_schedule(struct play *play, const uint8_t *turns)
{
    const struct program *programs[] = {&play->pair->programs[0], &play->pair->programs[1]};

    machine_start(&play->machine, &play->pair->world, programs, 2);
    for (unsigned i = 0; i < turns[0] && !play->trouble; i++)
        take_turn(play, turns[1 + i]);
    if (!play->trouble) {
        g_autofree char *own = rows_of_machine(play), *there = rows_of_server(play);
        if (strcmp(own, there) != 0)
            differ(play, "the machine leaves %s\nthe server        %s", own, there);
    }
    leave(play);
    if (play->machine.overflow) {
        g_free(play->trouble);
        play->trouble = NULL;
    }
    return play->trouble;
}

/* ------------------------------------------------------------------ pairs */

static char *compare(const struct pair *pair, struct connection *const *sessions,
                     const uint8_t *turns, const char *rows)
{
    struct play play = {.pair = pair, .sessions = {sessions[0], sessions[1]}};

    play.transcript = g_string_new(NULL);
    connection_run(stage.observer, rows);
    g_autofree char *trouble = play_schedule(&play, turns);
    char *text = trouble ? g_strdup_printf("%s\n%s", play.transcript->str, trouble) : NULL;
    g_string_free(play.transcript, TRUE);
    return text;
}

static unsigned compare_all(const struct pair *pair, uint64_t seed,
                            struct connection *const *sessions)
{
    const struct program *programs[] = {&pair->programs[0], &pair->programs[1]};
    g_autofree char *rows = render_rows(&pair->world);
    struct schedules schedules = {.turns = g_array_new(FALSE, FALSE, sizeof schedules.current)};
    struct machine machine;
    unsigned found = 0;

    machine_start(&machine, &pair->world, programs, 2);
    collect(&schedules, &machine, 0);
    unsigned stride = 1 + schedules.turns->len / MOST_INTERLEAVINGS;
    for (unsigned i = (unsigned)(seed % stride); i < schedules.turns->len; i += stride) {
        const uint8_t *turns = (const uint8_t *)schedules.turns->data + (size_t)i * MOST_TURNS;
        g_autofree char *text = compare(pair, sessions, turns, rows);
        interleavings++;
        if (text && found++ == 0) {
            g_autofree char *all = render_pair(pair);
            fprintf(stderr, "seed %" G_GUINT64_FORMAT ":\n%s%s\n\n", seed, all, text);
        }
    }
    g_array_unref(schedules.turns);
    return found;
}

static void compare_pairs(void)
{
    interleavings = differences = different_pairs = 0;
    for (unsigned i = 0; i < pair_count; i++) {
        struct pair pair;
        generate_pair(&pair, first_seed + i, features);
        g_autofree char *tables = render_schema(&pair);
        connection_run(stage.observer, "DROP SCHEMA public CASCADE; CREATE SCHEMA public");
        connection_run(stage.observer, tables);
        struct connection *sessions[] = {stage_connect(&stage, "A", options),
                                         stage_connect(&stage, "B", options)};
        unsigned found = compare_all(&pair, first_seed + i, sessions);
        differences += found;
        different_pairs += found > 0;
        stage_disconnect_all(&stage);
    }
    fprintf(stderr, "%u pairs, %u interleavings, %u different in %u pairs\n", pair_count,
            interleavings, differences, different_pairs);
    assert_int_equal(differences, 0);
}

static void test_random(void **state)
{
    (void)state;
    compare_pairs();
}

static void test_rows(void **state)
{
    (void)state;
    pair_count = SUITE_MORE;
    features = FEATURE_MORE;
    compare_pairs();
}

static void test_joins(void **state)
{
    (void)state;
    pair_count = SUITE_MOST;
    features = FEATURE_MOST;
    compare_pairs();
}

static void test_asked(void **state)
{
    (void)state;
    pair_count = SUITE_WHOLE;
    features = FEATURE_WHOLE;
    compare_pairs();
}

int main(int argc, char **argv)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    char *none[] = {NULL};

    if (argc > 2) {
        first_seed = g_ascii_strtoull(argv[1], NULL, 10);
        pair_count = (unsigned)g_ascii_strtoull(argv[2], NULL, 10);
    }
    if (argc > 3)
        features = (unsigned)g_ascii_strtoull(argv[3], NULL, 0);
    suite_add(tests, "random", test_random, NULL);
    if (argc <= 2)
        suite_add(tests, "rows", test_rows, NULL);
    if (argc <= 2)
        suite_add(tests, "joins", test_joins, NULL);
    if (argc <= 2)
        suite_add(tests, "asked", test_asked, NULL);
    return suite_run("random", tests, none, NULL);
}
