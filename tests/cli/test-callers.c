/* A fault in a function is one finding, wherever the function is called. */
#include <glib.h>

#include "cli/run.h"

static const char TABLE[] = "CREATE TABLE acct (id int PRIMARY KEY, balance int);\n";
static const char FUNCTION[] = "CREATE FUNCTION pay(a int) RETURNS void LANGUAGE plpgsql AS $$\n"
                               "BEGIN\n"
                               "    IF (SELECT balance FROM acct WHERE id = a) > 5 THEN\n"
                               "        UPDATE acct SET balance = balance - 5 WHERE id = a;\n"
                               "    END IF;\n"
                               "END $$;\n";

static void test_one_for_all(void **state)
{
    (void)state;
    put("1.sql", TABLE);
    put("2.sql", FUNCTION);
    put("a.sql", "SELECT pay(1);\n");
    put("b.sql", "SELECT pay($1);\n");
    put("c.sql", "SELECT pay(3);\nSELECT pay(4);\nSELECT pay(5);\nSELECT pay(6);\n");
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in 5 files");
    expect_piece(run("--select", "stale-check", ".", NULL), 1,
                 "look at the function: 1 more statement runs it");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "b.sql:1:1: note: the same happens here");
}

/* What an earlier statement of the caller has read is the caller's own fault. */
static void test_callers_own(void **state)
{
    (void)state;
    put("1.sql", TABLE);
    put("2.sql", "CREATE FUNCTION take(a int) RETURNS void LANGUAGE sql AS $$\n"
                 "    UPDATE acct SET balance = balance - 5 WHERE id = a $$;\n");
    put("a.sql", "BEGIN;\nSELECT balance FROM acct WHERE id = 1;\nSELECT take(1);\nCOMMIT;\n");
    put("b.sql", "BEGIN;\nSELECT balance FROM acct WHERE id = 2;\nSELECT take(2);\nCOMMIT;\n");
    expect_piece(run("--select", "stale-check", "--severity", "note", ".", NULL), 0,
                 "2 notes in 4 files");
}

#define EACH(each) cmocka_unit_test_setup_teardown(each, sandbox_enter, sandbox_leave)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        EACH(test_one_for_all),
        EACH(test_callers_own),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
