/* The notation of schedules: what is read from their text, and which answers keep a promise. */
#include <unistd.h>

#include <glib/gstdio.h>

#include "server/collection.h"
#include "server/outcome.h"
#include "server/program.h"
#include "server/scan.h"
#include "server/schedule.h"
#include "support/check.h"

/* ------------------------------------------------------------------ statements */

static void assert_ends(const char *text, const char *rest)
{
    assert_string_equal(scan_statement(text), rest);
}

static void test_statements(void **state)
{
    (void)state;
    assert_ends("SELECT 1; x", "; x");
    assert_ends("SELECT 1", "");
    assert_ends("SELECT ';'; x", "; x");
    assert_ends("SELECT 'it''s;'; x", "; x");
    assert_ends("SELECT E'\\';'; x", "; x");
    assert_ends("SELECT \";\"; x", "; x");
    assert_ends("SELECT $$;$$; x", "; x");
    assert_ends("SELECT $body$ $$; $body$; x", "; x");
    assert_ends("SELECT $1; x", "; x");
    assert_ends("SELECT 1 -- ;\n; x", "; x");
    assert_ends("SELECT 1 /* ; /* ; */ ; */; x", "; x");
    assert_ends("CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT 2); x", "; x");
    assert_ends("SELECT 1 \\; SELECT 2; x", "; x");
    assert_ends("SELECT 1 \\gset\nx", "\\gset\nx");
}

static void assert_filled(const char *text, const char *expected)
{
    g_autoptr(GHashTable) variables = g_hash_table_new(g_str_hash, g_str_equal);

    g_hash_table_insert(variables, (gpointer) "v", (gpointer) "7");
    g_hash_table_insert(variables, (gpointer) "name", (gpointer) "O'Neill");
    g_autofree char *filled = scan_fill(text, variables);
    assert_string_equal(filled, expected);
}

static void test_variables(void **state)
{
    (void)state;
    assert_filled("SELECT :v - 10", "SELECT 7 - 10");
    assert_filled("SELECT :'name'", "SELECT 'O''Neill'");
    assert_filled("SELECT ':v', \":v\", $$:v$$ -- :v", "SELECT ':v', \":v\", $$:v$$ -- :v");
    assert_filled("SELECT x::v, :unknown, a[1:v]", "SELECT x::v, :unknown, a[17]");
    assert_filled("SELECT 1 \\; SELECT 2", "SELECT 1 ; SELECT 2");
}

/* ------------------------------------------------------------------ schedules */

/* One line for each action: session, line, what, outcome. Owned by the caller. */
static char *describe(const struct schedule *schedule, const GPtrArray *actions)
{
    static const char *const kinds[] = {"", "goes on ", "disconnects "};
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < actions->len; i++) {
        const struct action *action = actions->pdata[i];
        if (schedule->sessions->len > 0 && actions == schedule->actions)
            g_string_append_printf(text, "%s ", (char *)schedule->sessions->pdata[action->session]);
        g_string_append_printf(text, "%u: %s%s", action->line, kinds[action->kind],
                               action->sql ? action->sql : "");
        if (action->stores)
            g_string_append(text, " \\gset");
        if (action->condition)
            g_string_append_printf(text, " if %s", action->condition);
        if (action->outcome)
            g_string_append_printf(text, " => %s", action->outcome);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static void assert_schedule(const char *text, const char *setup, const char *actions,
                            const char *finally)
{
    struct schedule schedule;

    schedule_read(&schedule, "test.sql", 1, text);
    g_autofree char *first = describe(&schedule, schedule.setup);
    g_autofree char *middle = describe(&schedule, schedule.actions);
    g_autofree char *last = describe(&schedule, schedule.finally);
    assert_string_equal(first, setup);
    assert_string_equal(middle, actions);
    assert_string_equal(last, finally);
    schedule_finish(&schedule);
}

static void test_sessions(void **state)
{
    (void)state;
    assert_schedule("CREATE TABLE t (x int);  -- a comment\n"
                    "\n"
                    "-- session A\n"
                    "BEGIN; SELECT x\n"
                    "  FROM t;                --> no rows\n"
                    "-- session B\n"
                    "LOCK TABLE t;            --> waits, found\n"
                    "-- session A\n"
                    "COMMIT;                  -- found\n"
                    "-- session B goes on     --> ERROR 25P01\n"
                    "-- session B disconnects\n"
                    "-- finally\n"
                    "SELECT 2;                --> 2\n",
                    "1: CREATE TABLE t (x int)\n",
                    "A 4: BEGIN\n"
                    "A 5: SELECT x\n  FROM t => no rows\n"
                    "B 7: LOCK TABLE t => waits\n"
                    "A 9: COMMIT\n"
                    "B 10: goes on  => ERROR 25P01\n"
                    "B 11: disconnects \n",
                    "13: SELECT 2 => 2\n");
    assert_schedule("SELECT 1;  --> 1\n", "1: SELECT 1 => 1\n", "", "");
}

static void test_psql(void **state)
{
    struct schedule schedule;

    (void)state;
    assert_schedule("-- session A\n"
                    "SELECT x > 1 AS many FROM t \\gset\n"
                    "\\if :many\n"
                    "SELECT 1;\n"
                    "\\else\n"
                    "SELECT 2;\n"
                    "\\endif\n"
                    "SELECT 3;\n",
                    "",
                    "A 2: SELECT x > 1 AS many FROM t \\gset\n"
                    "A 4: SELECT 1 if many\n"
                    "A 6: SELECT 2 if !many\n"
                    "A 8: SELECT 3\n",
                    "");
    schedule_read(&schedule, "test.sql", 1, "\\timing on\nSELECT 1;\n");
    assert_string_equal(schedule.obstacle, "\\timing on");
    schedule_finish(&schedule);
}

static void test_anomaly(void **state)
{
    struct schedule schedule;

    (void)state;
    schedule_read(&schedule, "test.sql", 1, "SELECT 1;\n-- finally: lost update\nSELECT 2;\n");
    assert_string_equal(schedule.anomaly, "lost-update");
    assert_true(schedule_is_single(&schedule));
    schedule_finish(&schedule);
}

/* ------------------------------------------------------------------ programs */

static void assert_moves(const char *text, const char *expected)
{
    struct schedule schedule;
    char *trouble = NULL;
    GString *moves = g_string_new(NULL);

    schedule_read(&schedule, "test.sql", 1, text);
    GPtrArray *programs = programs_of(&schedule, false, &trouble);
    for (guint i = 0; programs && i < programs->len; i++) {
        const struct program *program = programs->pdata[i];
        for (guint j = 0; j < program->moves->len; j++) {
            const GPtrArray *move = program->moves->pdata[j];
            g_string_append_printf(moves, "%s:", program->name);
            for (guint k = 0; k < move->len; k++)
                g_string_append_printf(moves, " %s;", ((struct action *)move->pdata[k])->sql);
            g_string_append_c(moves, '\n');
        }
    }
    if (programs)
        g_ptr_array_unref(programs);
    assert_string_equal(trouble ? trouble : moves->str, expected);
    g_free(trouble);
    g_string_free(moves, TRUE);
    schedule_finish(&schedule);
}

static void test_moves(void **state)
{
    (void)state;
    assert_moves("-- session A\nBEGIN;\nSET LOCAL x.y = 1;\nSELECT 1;\nSELECT 2;\nCOMMIT;\n"
                 "-- session B\nSELECT 3;\n-- session control\nSELECT 4;\n",
                 "A: BEGIN; SET LOCAL x.y = 1; SELECT 1;\nA: SELECT 2;\nA: COMMIT;\n"
                 "B: BEGIN; SELECT 3;\nB: COMMIT;\n");
    assert_moves("-- session A\nSELECT 1;\nSELECT 2;\n",
                 "test.sql: session A is not one transaction");
    assert_moves("-- session A\nBEGIN;\nCOMMIT;\nSELECT 2;\n",
                 "test.sql: session A is not one transaction");
}

/* ------------------------------------------------------------------ outcomes */

/* Whether the outcome holds for a reply: rows (NULL: none came), tag, state, one notice. */
static bool holds(const char *expected, const char *rows, const char *tag, const char *state,
                  const char *notice)
{
    g_autoptr(GString) text = g_string_new(rows);
    g_autoptr(GPtrArray) notices = g_ptr_array_new();
    struct reply reply = {.has_rows = rows != NULL,
                          .row_count = rows && *rows,
                          .rows = text,
                          .tag = (char *)tag,
                          .notices = notices};

    g_strlcpy(reply.state, state, sizeof reply.state);
    if (notice)
        g_ptr_array_add(notices, (gpointer)notice);
    return outcome_holds(expected, &reply);
}

static void test_outcomes(void **state)
{
    (void)state;
    assert_true(holds("1, a; 2, NULL", "1, a; 2, NULL", "SELECT 2", "", NULL));
    assert_false(holds("1, a", "1, a; 2, NULL", "SELECT 2", "", NULL));
    assert_true(holds("SELECT 2", "1; 2", "SELECT 2", "", NULL));
    assert_true(holds("no rows", "", "SELECT 0", "", NULL));
    assert_false(holds("no rows", "1", "SELECT 1", "", NULL));
    assert_false(holds("no rows", NULL, "UPDATE 0", "", NULL));
    assert_true(holds("UPDATE 1", NULL, "UPDATE 1", "", NULL));
    assert_false(holds("UPDATE 1", NULL, "UPDATE 0", "", NULL));
    assert_true(holds("ERROR 40001", NULL, NULL, "40001", NULL));
    assert_false(holds("ERROR 40001", NULL, NULL, "40P01", NULL));
    assert_false(holds("ERROR 40001", NULL, "COMMIT", "", NULL));
    assert_false(holds("COMMIT", NULL, "COMMIT", "40001", NULL));
    assert_true(holds(NULL, NULL, "COMMIT", "", "WARNING 25P01"));
    assert_false(holds(NULL, NULL, NULL, "40001", NULL));
}

static void test_notices(void **state)
{
    (void)state;
    assert_true(holds("WARNING 25P01", NULL, "COMMIT", "", "WARNING 25P01"));
    assert_false(holds("WARNING 25P01", NULL, "COMMIT", "", NULL));
    assert_false(holds("COMMIT", NULL, "COMMIT", "", "WARNING 25P01"));
    assert_true(holds("COMMIT", NULL, "COMMIT", "", "NOTICE said by nobody"));
    assert_false(holds("WARNING 25001", NULL, NULL, "25001", "WARNING 25001"));
    assert_true(holds("WARNING 25001 and ERROR 25001", NULL, NULL, "25001", "WARNING 25001"));
    assert_true(holds("NOTICE x = 7", NULL, "DO", "", "NOTICE x = 7"));
    assert_false(holds("NOTICE x = 7", NULL, "DO", "", "NOTICE x = 0"));
}

/* ------------------------------------------------------------------ collections */

static void test_collection(void **state)
{
    static const char text[] = "-- what the file is about\n"
                               "-- pattern: one\n"
                               "CREATE TABLE t ();\n"
                               "-- session A\n"
                               "SELECT 1;\n"
                               "\n"
                               "-- variant: two\n"
                               "-- It says\n"
                               "-- more.\n"
                               "-- session A\n"
                               "SELECT 2;\n";
    char *path = NULL;

    (void)state;
    int file = g_file_open_tmp("isolint-XXXXXX.sql", &path, NULL);
    assert_return_code(file, 0);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    g_autoptr(GPtrArray) entries = collection_read(path);
    assert_int_equal(entries->len, 2);
    const struct entry *two = entries->pdata[1];
    assert_string_equal(two->name, "two");
    assert_true(two->variant);
    assert_string_equal(two->about, "It says more.");
    g_autofree char *schedule = entry_schedule(two);
    assert_string_equal(schedule, "CREATE TABLE t ();\n-- session A\nSELECT 2;\n");
    g_autofree char *levelled = entry_at_level(two, "SERIALIZABLE");
    assert_string_equal(levelled, "CREATE TABLE t ();\n-- session A\n"
                                  "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT 2;\nCOMMIT;\n");
    close(file);
    g_unlink(path);
    g_free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statements), cmocka_unit_test(test_variables),
        cmocka_unit_test(test_sessions),   cmocka_unit_test(test_psql),
        cmocka_unit_test(test_anomaly),    cmocka_unit_test(test_moves),
        cmocka_unit_test(test_outcomes),   cmocka_unit_test(test_notices),
        cmocka_unit_test(test_collection),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
