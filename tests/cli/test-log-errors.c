/* Logs that have what failed and nothing else, as they are pasted into reports of bugs. */
#include <string.h>

#include "cli/logs.h"

/* A log of errors alone, whose prefix has no %e: DETAIL has what the other process had sent. */
static void test_deadlock_alone(void **state)
{
    static const char log[] =
        "2026-11-27 21:06:15 UTC [7] ERROR:  deadlock detected\n"
        "2026-11-27 21:06:15 UTC [7] DETAIL:  Process 7 waits for ShareLock on transaction 82; "
        "blocked by process 9.\n"
        "\tProcess 9 waits for ShareLock on transaction 81; blocked by process 7.\n"
        "\tProcess 7: DELETE FROM agent WHERE environment=$1\n"
        "\tProcess 9: UPDATE agent SET failed=$1\n"
        "\tWHERE name=$2\n"
        "2026-11-27 21:06:15 UTC [7] STATEMENT:  DELETE FROM agent WHERE environment=$1\n";

    (void)state;
    put("errors.log", log);
    expect_piece(run("log", "-f", "concise", "errors.log", NULL), 1,
                 "errors.log:1:1: warning[lock-order]: DELETE agent deadlocked (40P01) with "
                 "update-agent-");
    expect_piece(run("log", "--ignore", "lock-order", "errors.log", NULL), 0, "not predicted: ");
    expect_piece(run("log", "--explain-errors", "errors.log", NULL), 1,
                 "  because of: update-agent-");
    g_autofree char *programs = programs_of("errors.log", LOGS "bank.sql", "programs");
    assert_non_null(strstr(programs, "UPDATE agent SET failed=$1 WHERE name=$2;\n"));
}

/* So does one of 40001: READ COMMITTED has none. */
static void test_conflict_alone(void **state)
{
    static const char log[] =
        "2026-11-27 21:06:15 UTC [7] ERROR:  could not serialize access due to concurrent update\n"
        "2026-11-27 21:06:15 UTC [7] STATEMENT:  UPDATE account SET balance=$1 WHERE id=$2\n";

    (void)state;
    put("errors.log", log);
    expect_piece(
        run("log", "-f", "concise", "errors.log", NULL), 1,
        "errors.log:1:1: warning[snapshot-write-conflict]: UPDATE account can fail with 40001");
}

/* Each line of a deadlock's entry after what stands before it; `begins` before those that begin a
 * part. */
static void expect_deadlock(const char *each, const char *begins)
{
    static const char *const lines[] = {
        "ERROR:  deadlock detected",
        "DETAIL:  Process 7 waits for ShareLock on transaction 82; blocked by process 9.",
        "\tProcess 9 waits for ShareLock on transaction 81; blocked by process 7.",
        "\tProcess 7: DELETE FROM agent WHERE environment=$1",
        "\tProcess 9: UPDATE agent SET failed=$1",
        "\tWHERE name=$2",
        "STATEMENT:  DELETE FROM agent WHERE environment=$1",
    };
    g_autoptr(GString) log = g_string_new(NULL);

    for (size_t i = 0; i < G_N_ELEMENTS(lines); i++)
        g_string_append_printf(log, "%s%s%s\n", each, *lines[i] == '\t' ? "" : begins, lines[i]);
    put("errors.log", log->str);
    expect_piece(run("log", "-f", "concise", "errors.log", NULL), 1,
                 "errors.log:1:1: warning[lock-order]: DELETE agent deadlocked (40P01) with "
                 "update-agent-");
}

/* Prefixes that name no process, or a client by its IPv6 address. */
static void test_prefixes(void **state)
{
    (void)state;
    expect_deadlock("", "2026-11-27 21:06:15 EEST");
    expect_deadlock("", "2026-11-27 21:06:15 UTC ");
    expect_deadlock("", "fd12:4cf1::5ff0 2026-11-27 21:06:15.072 UTC [7] bank@db ");
    expect_deadlock(
        "", "2026-11-27 21:06:15 UTC:fd12:4cf1:ee2e:0:a000:4c:90f1:5ff0(60264):bank@db:[7]:");
}

/* What has carried the log has put something before each line. */
static void test_carriers(void **state)
{
    static const char prefix[] = "2026-11-27 21:06:15.072 UTC [7] bank@db ";

    (void)state;
    expect_deadlock("\033[36mdb_1       |\033[0m ", prefix);
    expect_deadlock("2026-11-27T21:06:15.072451901Z stderr F ", prefix);
    expect_deadlock("Nov 27 21:06:15 host postgres[7]: ", prefix);
    expect_deadlock("2026-11-27T21:06:15+0100 host postgres[7]: ", prefix);
}

/* A driver puts its own words before the error, and the lines of DETAIL have no tab. */
static void test_driver(void **state)
{
    (void)state;
    put("errors.log",
        "ActiveRecord::Deadlocked: PG::TRDeadlockDetected: ERROR:  deadlock detected\n"
        "DETAIL:  Process 7 waits for ShareLock on transaction 82; blocked by process 9.\n"
        "Process 9 waits for ShareLock on transaction 81; blocked by process 7.\n"
        "STATEMENT:  DELETE FROM agent WHERE environment=$1\n");
    expect_piece(run("log", "errors.log", NULL), 0, "failed 1 time with 40P01 at DELETE agent");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_deadlock_alone, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_conflict_alone, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_prefixes, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_carriers, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_driver, sandbox_enter, sandbox_leave),
    };

    return take_isolint(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
