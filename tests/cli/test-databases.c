/* What belongs together: a database is one catalog, one set of programs, and one level by default.
 */
#include <glib/gstdio.h>

#include "cli/run.h"

static const char ACCOUNTS[] = "CREATE TABLE accounts (id int PRIMARY KEY, balance int);\n";
static const char PEOPLE[] =
    "CREATE TABLE accounts (id int PRIMARY KEY, email text, logins int);\n";
static const char STORED[] = "ALTER DATABASE billing SET default_transaction_isolation = "
                             "'repeatable read';\n";
static const char PAY[] = "BEGIN;\nSELECT balance FROM accounts WHERE id = $1;\n"
                          "UPDATE accounts SET balance = $2 WHERE id = $1;\nCOMMIT;\n";
static const char LOGIN[] = "BEGIN;\nSELECT logins FROM accounts WHERE id = $1;\n"
                            "UPDATE accounts SET logins = $2 WHERE id = $1;\nCOMMIT;\n";

#define FINDINGS(...) run("-q", "-f", "concise", __VA_ARGS__)

static void expect_rules(struct outcome outcome, const char *const *pieces)
{
    for (; *pieces; pieces++) {
        if (!strstr(outcome.out, *pieces))
            fail_msg("\"%s\" is not in\n%s%s", *pieces, outcome.out, outcome.err);
    }
    outcome_finish(&outcome);
}

#define PIECES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Two services have a table of the same name. */
static void test_folders(void **state)
{
    (void)state;
    put("s/billing/schema.sql", ACCOUNTS);
    put("s/billing/app/pay.sql", PAY);
    put("s/users/db/schema.sql", PEOPLE);
    put("s/users/login.sql", LOGIN);
    put("s/billing/setup.sql", STORED);
    expect_rules(FINDINGS(NULL), PIECES("s/billing/app/pay.sql:3:1: warning[snapshot-read-modify-",
                                        "s/users/login.sql:3:1: warning[lost-update]"));
    struct outcome graph = run("graph", "--all", NULL);
    assert_null(strstr(graph.out, "pay.sql:1 → login.sql"));
    assert_non_null(strstr(graph.out, "rw accounts → login.sql:1, vulnerable"));
    assert_string_equal(graph.err, "");
    outcome_finish(&graph);
}

/* Migrations and the dump that they lead to, a copy, and a table that is made anew, are one. */
static void test_one_database(void **state)
{
    (void)state;
    put("db/migrations/1.sql", "CREATE TABLE t (id int PRIMARY KEY, old int, v int);\n"
                               "CREATE TABLE u (id int);\n");
    put("db/migrations/2.sql", "ALTER TABLE t DROP COLUMN old, ADD COLUMN w int;\n"
                               "ALTER TABLE t RENAME COLUMN v TO x;\n"
                               "DROP TABLE u;\nCREATE TABLE u (id int, n int);\n"
                               "CREATE TABLE again (a int);\n");
    put("db/migrations/3.sql", "DROP TABLE IF EXISTS again;\nCREATE TABLE again (b int);\n");
    put("db/dump/schema.sql", "CREATE TABLE t (id int PRIMARY KEY, x int, w int);\n");
    put("db/schema.sql", "CREATE TABLE t (id int PRIMARY KEY, x int);\n"); /* not up to date */
    put("app/q.sql", "BEGIN;\nSELECT x FROM t WHERE id = $1;\nUPDATE t SET x = $2 WHERE id = $1;\n"
                     "COMMIT;\n");
    expect_rules(FINDINGS(NULL), PIECES("app/q.sql:3:1: warning[lost-update]"));
    struct outcome outcome = run(NULL);
    assert_string_equal(outcome.err, "");
    outcome_finish(&outcome);
}

/* What folders cannot tell apart is said once, and nothing is said of the table elsewhere. */
static void test_unclear(void **state)
{
    (void)state;
    put("1.sql", "CREATE TABLE accounts (id int PRIMARY KEY, balance int);\n");
    put("2.sql", "\nCREATE TABLE accounts (id int, email text);\nCREATE TABLE x (a int);\n");
    put("3.sql", "CREATE TABLE x (b int);\n");
    expect(run("-f", "concise", NULL), 0, NULL,
           "isolint: 1.sql:1 and 2.sql:2 create table accounts with different columns (and 1 more "
           "such table); say with `databases` in the configuration which files belong together\n");
    expect(run("-q", NULL), 0, "", "");
}

static void test_configured(void **state)
{
    (void)state;
    put("a/schema.sql", ACCOUNTS);
    put("shared.sql", STORED);
    put("a/pay.sql", PAY);
    put("b/login.sql", LOGIN);
    put("ddl/b.sql", PEOPLE);
    put(".isolint.yml", "databases:\n"
                        "  - {name: billing, paths: [a, shared.sql]}\n"
                        "  - {name: users, paths: [b], schema: [ddl/b.sql]}\n"
                        "exclude: [ddl]\n");
    expect_rules(FINDINGS(NULL), PIECES("a/pay.sql:3:1: warning[snapshot-read-modify-write]",
                                        "b/login.sql:3:1: warning[lost-update]"));
    put(".isolint.yml", "databases:\n"
                        "  - {name: other, paths: [a, shared.sql]}\n"
                        "  - {name: users, paths: [b]}\n");
    expect_rules(FINDINGS(NULL), PIECES("a/pay.sql:3:1: warning[lost-update]"));
}

static void test_roles(void **state)
{
    (void)state;
    put("schema.sql", "CREATE TABLE accounts (id int PRIMARY KEY, balance int);\n"
                      "ALTER ROLE app SET default_transaction_isolation = 'repeatable read';\n"
                      "ALTER ROLE job SET default_transaction_isolation = 'serializable';\n");
    put("app/pay.sql", PAY);
    put("other/pay.sql", PAY);
    expect_rules(FINDINGS(NULL), PIECES("app/pay.sql:3:1: warning[lost-update]"));
    put(".isolint.yml", "roles:\n  - {name: app, paths: [app/]}\n");
    expect_rules(FINDINGS(NULL), PIECES("app/pay.sql:3:1: warning[snapshot-read-modify-write]",
                                        "other/pay.sql:3:1: warning[lost-update]"));
    put(".isolint.yml", "databases:\n  - name: bank\n    paths: ['*']\n"
                        "    roles: [{name: app, paths: [other]}]\n");
    expect_rules(FINDINGS(NULL), PIECES("other/pay.sql:3:1: warning[snapshot-read-modify-write]",
                                        "app/pay.sql:3:1: warning[lost-update]"));
}

/* ALTER DATABASE in a folder that is called like the database is about that folder. */
static void test_folder_of_the_name(void **state)
{
    (void)state;
    put("billing/setup.sql", STORED);
    put("billing/pay.sql", PAY);
    put("users/pay.sql", PAY);
    expect_rules(FINDINGS(NULL), PIECES("billing/pay.sql:3:1: warning[snapshot-read-modify-write]",
                                        "users/pay.sql:3:1: warning[lost-update]"));
}

static void test_connect(void **state)
{
    (void)state;
    put("setup.sql", "CREATE DATABASE shop;\n\\c shop\n"
                     "CREATE TABLE t (id int PRIMARY KEY, n int);\n"
                     "\\connect \"dbname=other host=x\"\n"
                     "ALTER TABLE t ADD CHECK (n > 0);\nDROP TABLE t;\n"
                     "CREATE TABLE t (id int, m int);\n");
    put("q.sql", "BEGIN;\nSELECT n FROM t WHERE id = $1;\nUPDATE t SET n = $2 WHERE id = $1;\n"
                 "COMMIT;\n");
    expect_rules(FINDINGS("--severity", "note", NULL), PIECES("q.sql:3:1: warning[lost-update]"));
    /* two databases */
    put("a.sql", "\\c one\nCREATE TABLE v (id int PRIMARY KEY, n int);\n");
    put("b.sql", "\\c postgresql://host/two?x=y\nCREATE TABLE v (id int, k text);\n");
    expect(run("-f", "concise", "a.sql", "b.sql", NULL), 0, NULL, "");
}

static void test_names_of_the_file(void **state)
{
    static const char *const names[] = {".isolint.yaml", "isolint.yml", "isolint.yaml"};
    const struct surroundings below = {.directory = "db"};

    (void)state;
    put("db/a.sql", "SELECT 1;\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *here =
            g_strdup_printf("%s: the configuration is called .isolint.yml; rename it", names[i]);
        g_autofree char *above = g_strdup_printf("../%s", here);
        put(names[i], "severity: error\n");
        expect_refused(run(NULL), here);
        expect_refused(run_with(&below, NULL), above);
        expect_piece(run("--no-config", NULL), 0, "no findings");
        expect_piece(run("-c", names[i], NULL), 0, "no findings");
        g_remove(names[i]);
    }
}

/* Each directory with a file of its own is a database, though one table has the same columns. */
static void test_nested(void **state)
{
    (void)state;
    put("s/billing/.isolint.yml", "default-isolation: repeatable-read\nschema: [ddl/tables.txt]\n"
                                  "overrides:\n  - {paths: [/late], rules: {all: off}}\n");
    put("s/billing/ddl/tables.txt", ACCOUNTS);
    put("s/billing/pay.sql", PAY);
    put("s/billing/late/pay.sql", PAY);
    put("s/[users]/.isolint.yml", "exclude: [old/]\nrules: {lost-update: error}\n");
    put("s/[users]/schema.sql", PEOPLE);
    put("s/[users]/login.sql", LOGIN);
    put("s/[users]/old/login.sql", LOGIN);
    put("late/login.sql", LOGIN);
    put("schema.sql", PEOPLE);
    struct outcome outcome = FINDINGS(NULL);
    assert_null(strstr(outcome.out, "billing/late/"));
    assert_null(strstr(outcome.out, "old/"));
    assert_string_equal(outcome.err, "");
    expect_rules(outcome, PIECES("s/billing/pay.sql:3:1: warning[snapshot-read-modify-",
                                 "s/[users]/login.sql:3:1: error[lost-update]",
                                 "\nlate/login.sql:3:1: warning[lost-update]"));
    outcome = run("graph", "--all", NULL);
    assert_null(strstr(outcome.out, "pay.sql:1 → login.sql"));
    outcome_finish(&outcome);
    struct outcome without = FINDINGS("--no-config", "s/billing", NULL);
    assert_null(strstr(without.out, "snapshot-read-modify-"));
    outcome_finish(&without);
    /* a file that is named, and a directory in the middle */
    expect_rules(FINDINGS("s/[users]/login.sql", NULL), PIECES("error[lost-update]"));
    expect_rules(run_with(&(struct surroundings){.directory = "s"}, "-q", "-f", "concise", NULL),
                 PIECES("[users]/login.sql:3:1: error[lost-update]"));
}

/* The nearest wins over the project's, its overrides and the directories between. */
static void test_nearest(void **state)
{
    (void)state;
    put(".isolint.yml", "rules: {lost-update: note}\n"
                        "overrides:\n  - {paths: [a], rules: {lost-update: off}}\n"
                        "databases:\n  - {name: all, paths: [a, b]}\n");
    put("a/.isolint.yml", "rules: {lost-update: warning}\n");
    put("a/x/.isolint.yml", "rules: {lost-update: error}\n");
    put("a/login.sql", LOGIN);
    put("a/x/y/login.sql", LOGIN);
    put("b/login.sql", LOGIN);
    expect_rules(FINDINGS("--severity", "note", NULL),
                 PIECES("a/login.sql:3:1: warning[lost-update]",
                        "a/x/y/login.sql:3:1: error[lost-update]",
                        "b/login.sql:3:1: note[lost-update]"));
}

/* One that is wrong is one line; the rest is linted. */
static void test_nested_wrong(void **state)
{
    (void)state;
    put("a/.isolint.yml", "rules: {lost-updat: error}\n");
    put("b/isolint.yml", "severity: error\n");
    put("c/.isolint.yml", "severity: error\nserver-version: 9.6\nretry: yes\n");
    put("a/login.sql", LOGIN);
    put("b/q.sql", "SELECT 1;\n");
    put("c/q.sql", "SELECT 1;\n");
    struct outcome outcome = run("-f", "concise", NULL);
    assert_int_equal(outcome.status, 2);
    assert_non_null(strstr(outcome.out, "a/login.sql:3:1: warning[lost-update]"));
    assert_non_null(strstr(outcome.err,
                           "isolint: a/.isolint.yml:1:9: there is no rule or group "
                           "\"lost-updat\"; did you mean lost-update?\n"
                           "isolint: b/isolint.yml: the configuration is called .isolint.yml; "
                           "rename it\n"
                           "isolint: c/.isolint.yml: left out, because it holds for the whole "
                           "run: server-version, severity; say it in the configuration of the "
                           "project\n"));
    outcome_finish(&outcome);
    expect_piece(run("-f", "concise", "--no-config", NULL), 1, "a/login.sql:3:1: warning");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_folders),      EACH(test_one_database),
        EACH(test_unclear),      EACH(test_configured),
        EACH(test_roles),        EACH(test_folder_of_the_name),
        EACH(test_connect),      EACH(test_names_of_the_file),
        EACH(test_nested),       EACH(test_nearest),
        EACH(test_nested_wrong),
    };

    if (!take_isolint(argc, argv))
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
