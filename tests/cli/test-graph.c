/* What is drawn: pivots with the programs that make them so, or everything. */
#include "cli/run.h"

static const char SKEW[] =
    "SET default_transaction_isolation = 'repeatable read';\n"
    "-- isolint: program Balance\n"
    "BEGIN;\nSELECT a.v + b.v FROM a, b WHERE a.id = $1 AND b.id = $1;\nCOMMIT;\n"
    "-- isolint: program Save\n"
    "BEGIN;\nUPDATE a SET v = v + $2 WHERE id = $1;\nCOMMIT;\n"
    "-- isolint: program Check\n"
    "BEGIN;\nSELECT a.v + b.v FROM a, b WHERE a.id = $1 AND b.id = $1;\n"
    "UPDATE b SET v = v - $2 WHERE id = $1;\nCOMMIT;\n"
    "-- isolint: program Note\n"
    "BEGIN;\nINSERT INTO log VALUES ($1);\nCOMMIT;\n"
    "-- isolint: program Look\n"
    "BEGIN;\nSELECT count(*) FROM log;\nCOMMIT;\n";

static void test_pivots(void **state)
{
    (void)state;
    put("a.sql", SKEW);
    struct outcome few = run("graph", "a.sql", NULL), all = run("graph", "--all", "a.sql", NULL);
    assert_non_null(strstr(few.out, "\nCheck (REPEATABLE READ), pivot of Balance"));
    assert_non_null(strstr(few.out, "    rw a → Save, vulnerable\n"));
    assert_null(strstr(few.out, "Look"));
    assert_non_null(strstr(all.out, "    rw a → Save, vulnerable\n    rw b → Check, vulnerable\n"));
    assert_non_null(strstr(all.out, "\nLook (REPEATABLE READ)\n    rw log → Note, vulnerable\n"));
    assert_string_equal(few.err, "");
    outcome_finish(&few);
    outcome_finish(&all);
}

static void test_no_pivot(void **state)
{
    (void)state;
    put("a.sql", "BEGIN;\nUPDATE t SET v = v + 1 WHERE id = $1;\nCOMMIT;\n");
    expect(run("graph", "a.sql", NULL), 0, "",
           "isolint: there is no pivot; --all draws every program that depends on another\n");
    expect_piece(run("graph", "--all", "a.sql", NULL), 0, "ww t → ");
    expect(run("graph", "-q", "a.sql", NULL), 0, "", "");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {EACH(test_pivots), EACH(test_no_pivot)};

    if (!take_isolint(argc, argv))
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
