/* A fault in a function is one finding, wherever the function is called and in all its branches. */
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
                 "2.sql:4:9: error: UPDATE acct may act on an outdated check");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "b.sql:1:1: note: runs this routine");
}

/* Two calls with other keys meet two other programs: the function has one fault. */
static void test_opponents(void **state)
{
    (void)state;
    put("1.sql", TABLE);
    put("2.sql", FUNCTION);
    put("a.sql", "SELECT pay(1);\nSELECT pay(2);\n");
    put("b.sql", "UPDATE acct SET balance = 0 WHERE id = 1;\n");
    put("c.sql", "UPDATE acct SET balance = 9 WHERE id = 2;\n");
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in 5 files");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "a.sql:2:1: note: runs this routine");
}

/* It is told in the function, where a comment allows it, unless that file is not linted. */
static void test_place(void **state)
{
    g_autofree char *commented =
        g_strconcat("-- isolint: allow-file stale-check\n", FUNCTION, NULL);

    (void)state;
    put("1.sql", TABLE);
    put("2.sql", FUNCTION);
    put("a.sql", "SELECT pay(1);\n");
    expect_piece(
        run("-f", "gcc", "--select", "stale-check", "-s", "1.sql", "-s", "2.sql", "a.sql", NULL), 1,
        "a.sql:1:1: error:");
    put("2.sql", commented);
    expect_piece(run("--select", "stale-check,unused-suppression", ".", NULL), 0,
                 "no findings in 3 files");
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

/* What a later migration drops nobody calls any more; what another script drops may be made again. */
static void test_dropped(void **state)
{
    static const struct {
        const char *path, *text;
        int status;
    } drops[] = {
        {"migrations/2.sql", "DROP FUNCTION pay(a int);\n", 0},
        {"migrations/2.sql", "DROP FUNCTION IF EXISTS public.pay(integer);\n", 0},
        {"migrations/2.sql", "DROP ROUTINE pay;\n", 0},
        {"migrations/2.sql", "DROP FUNCTION pay(text);\n", 1},
        {"migrations/2.sql", "DROP FUNCTION other.pay(int);\n", 1},
        {"reset.sql", "DROP FUNCTION pay(int);\nCREATE TABLE t (a int);\n", 1},
    };

    (void)state;
    put("migrations/0.sql", TABLE);
    put("migrations/1.sql", FUNCTION);
    for (size_t i = 0; i < G_N_ELEMENTS(drops); i++) {
        put("migrations/2.sql", "SELECT 1;\n");
        put(drops[i].path, drops[i].text);
        expect_piece(run("--select", "stale-check", ".", NULL), drops[i].status,
                     drops[i].status ? "1 error in" : "no findings in");
    }
}

/* A migration runs once: what it calls is called by others too, but for its own helpers. */
static void test_called_once(void **state)
{
    g_autofree char *helper = g_strconcat(FUNCTION, "SELECT pay(id) FROM acct;\n", NULL);

    (void)state;
    put("migrations/1.sql", TABLE);
    put("migrations/2.sql", FUNCTION);
    put("migrations/3.sql", "DO $$ BEGIN PERFORM pay(1); END $$;\n");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "migrations/2.sql:4:9: error:");
    put("migrations/2.sql", helper);
    expect_piece(run("--select", "stale-check", ".", NULL), 0, "no findings in");
    put("migrations/2.sql",
        "CREATE FUNCTION pay(a int) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$\n"
        "BEGIN\n"
        "    IF (SELECT balance FROM acct WHERE id = a) > 5 THEN\n"
        "        UPDATE acct SET balance = balance - 5 WHERE id = a;\n"
        "    END IF;\n"
        "END $$;\n"
        "SELECT pay(id) FROM acct;\n");
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in");
}

/* Two statements go by one check: the second is shown at the first, unless a comment allows that. */
static void test_branches(void **state)
{
    static const char function[] =
        "CREATE FUNCTION pay(a int) RETURNS void LANGUAGE plpgsql AS $$\n"
        "BEGIN\n"
        "    IF (SELECT balance FROM acct WHERE id = a) > 5 THEN%s\n"
        "        UPDATE acct SET balance = balance - 5 WHERE id = a;\n"
        "    ELSE\n"
        "        UPDATE acct SET balance = balance - 1 WHERE id = a;\n"
        "    END IF;\n"
        "END $$;\n";
    g_autofree char *both = g_strdup_printf(function, "");
    g_autofree char *allowed = g_strdup_printf(function, "\n        -- isolint: allow stale-check");

    (void)state;
    put("1.sql", TABLE);
    put("2.sql", both);
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in 2 files");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "2.sql:6:9: note: runs although");
    put("2.sql", allowed);
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1, "2.sql:7:9: error:");
}

/* A migration with one more argument, and a dump of what both make; in two programs nothing says that one
 * replaces the other. */
static void test_definitions(void **state)
{
    static const char again[] = "CREATE FUNCTION pay(a int, b int DEFAULT 0) RETURNS void "
                                "LANGUAGE plpgsql AS $$\n"
                                "BEGIN\n"
                                "    IF (SELECT balance FROM acct WHERE id = a) > b THEN\n"
                                "        UPDATE acct SET balance = balance - 5 WHERE id = a;\n"
                                "    END IF;\n"
                                "END $$;\n";
    g_autofree char *dump =
        g_strconcat("-- PostgreSQL database dump\n", TABLE, FUNCTION, again, NULL);

    (void)state;
    put("migrations/1.sql", TABLE);
    put("migrations/2.sql", FUNCTION);
    put("migrations/3.sql", again);
    put("structure.sql", dump);
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in 4 files");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "migrations/3.sql:4:9: error");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "migrations/2.sql:4:9: note: another definition of the function does the same");
    put("migrations/2.sql", "SELECT 1;\n");
    put("migrations/3.sql", "SELECT 1;\n");
    put("a/pay.sql", FUNCTION);
    put("b/pay.sql", again);
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "2 errors in 6 files");
}

/* A folder that makes the table with another column is taken for another database; one body has one repair
 * in both. */
static void test_copies(void **state)
{
    static const char other[] = "CREATE FUNCTION pay(a int) RETURNS void LANGUAGE plpgsql AS $$\n"
                                "BEGIN\n"
                                "    IF (SELECT balance FROM acct WHERE id = a) > 5 THEN\n"
                                "        UPDATE acct SET balance = balance - 9 WHERE id = a;\n"
                                "    END IF;\n"
                                "END $$;\n";

    (void)state;
    put("migrations/1.sql", TABLE);
    put("migrations/2.sql", FUNCTION);
    put("old/1.sql", "CREATE TABLE acct (id int PRIMARY KEY, balance int, owner text);\n");
    put("old/2.sql", FUNCTION);
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "1 error in 4 files");
    expect_piece(run("-f", "gcc", "--select", "stale-check", ".", NULL), 1,
                 "migrations/2.sql:4:9: error");
    expect_piece(run("--select", "stale-check", "old", NULL), 1, "1 error in 2 files");
    put("old/2.sql", other);
    expect_piece(run("--select", "stale-check", ".", NULL), 1, "2 errors in 4 files");
}

/* Rows that are named by two arguments can be the same the other way round, whoever updates them. */
static void test_arguments_handed_on(void **state)
{
    (void)state;
    put("1.sql", TABLE);
    put("2.sql", "CREATE FUNCTION add(a int, n int) RETURNS void LANGUAGE sql AS $$\n"
                 "    UPDATE acct SET balance = balance + n WHERE id = a $$;\n"
                 "CREATE FUNCTION move(a int, b int, n int) RETURNS void LANGUAGE plpgsql AS $$\n"
                 "BEGIN\n"
                 "    PERFORM add(a, -n);\n"
                 "    PERFORM add(b, n);\n"
                 "END $$;\n");
    expect_piece(run("-f", "gcc", "--select", "lock-order", ".", NULL), 1,
                 "2.sql:6:5: warning: UPDATE acct can deadlock");
}

/* So can those of which one is updated, and the other is made where there is none. */
static void test_arguments_of_an_upsert(void **state)
{
    (void)state;
    put("1.sql", TABLE);
    put("2.sql", "CREATE FUNCTION move(a int, b int, n int) RETURNS void LANGUAGE plpgsql AS $$\n"
                 "BEGIN\n"
                 "    UPDATE acct SET balance = balance - n WHERE id = a;\n"
                 "    INSERT INTO acct VALUES (b, n)\n"
                 "    ON CONFLICT (id) DO UPDATE SET balance = EXCLUDED.balance + acct.balance;\n"
                 "END $$;\n");
    expect_piece(run("-f", "gcc", "--select", "lock-order", ".", NULL), 1,
                 "2.sql:4:5: warning: INSERT … ON CONFLICT acct can deadlock");
}

#define EACH(each) cmocka_unit_test_setup_teardown(each, sandbox_enter, sandbox_leave)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        EACH(test_one_for_all),
        EACH(test_opponents),
        EACH(test_place),
        EACH(test_callers_own),
        EACH(test_dropped),
        EACH(test_called_once),
        EACH(test_branches),
        EACH(test_definitions),
        EACH(test_copies),
        EACH(test_arguments_handed_on),
        EACH(test_arguments_of_an_upsert),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
