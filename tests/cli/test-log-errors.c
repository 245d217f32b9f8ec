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

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_deadlock_alone, sandbox_enter, sandbox_leave),
        cmocka_unit_test_setup_teardown(test_conflict_alone, sandbox_enter, sandbox_leave),
    };

    return take_isolint(argc, argv) ? cmocka_run_group_tests(tests, NULL, NULL) : 99;
}
