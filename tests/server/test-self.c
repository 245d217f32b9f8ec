/* The suite itself on a server: schedules that do not hold are refused, with a message that says
 * where; and what pages may need can be shown, a standby, prepared transactions, predicate locks.
 */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "server/check-page.h"
#include "server/explore.h"
#include "server/run.h"
#include "server/suite.h"

/* Plays a text; returns what did not hold, NULL when all did. Owned by the caller. */
static char *trouble_of(const char *text)
{
    struct schedule schedule;
    struct record record;

    schedule_read(&schedule, "test.sql", 1, text);
    run_schedule(&stage, &schedule, NULL, &record);
    char *trouble = g_steal_pointer(&record.trouble);
    record_finish(&record);
    schedule_finish(&schedule);
    return trouble;
}

static void assert_plays(const char *text)
{
    g_autofree char *trouble = trouble_of(text);

    if (trouble)
        suite_fail(trouble);
}

static void assert_trouble(const char *text, const char *expected)
{
    g_autofree char *trouble = trouble_of(text);

    assert_non_null(trouble);
    assert_string_equal(trouble, expected);
}

#define ACCOUNT                                               \
    "CREATE TABLE account (id int PRIMARY KEY, balance int);" \
    "INSERT INTO account VALUES (1, 100), (2, 100);\n"

/* ------------------------------------------------------------------ schedules */

static void test_waits(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session A\n"
                         "BEGIN;\n"
                         "UPDATE account SET balance = 0 WHERE id = 1;     --> UPDATE 1\n"
                         "-- session B\n"
                         "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                         "UPDATE account SET balance = 1 WHERE id = 1;     --> waits\n"
                         "-- session C\n"
                         "SELECT * FROM account WHERE id = 1 FOR UPDATE;   --> waits\n"
                         "-- session A\n"
                         "COMMIT;\n"
                         "-- session B goes on                             --> ERROR 40001\n"
                         "ROLLBACK;\n"
                         "-- session C goes on                             --> 1, 0\n");
}

static void test_deadlock(void **state)
{
    static const char text[] = ACCOUNT "-- session A\n"
                                       "BEGIN;\n"
                                       "UPDATE account SET balance = 0 WHERE id = 1;\n"
                                       "-- session B\n"
                                       "BEGIN;\n"
                                       "UPDATE account SET balance = 0 WHERE id = 2;\n"
                                       "-- session A\n"
                                       "UPDATE account SET balance = 0 WHERE id = 2;  --> waits\n"
                                       "-- session B\n";
    g_autofree char *second =
        g_strconcat(text,
                    "UPDATE account SET balance = 0 WHERE id = 1;  --> ERROR 40P01\n"
                    "-- session A goes on                          --> UPDATE 1\n",
                    NULL);
    g_autofree char *first =
        g_strconcat(text,
                    "UPDATE account SET balance = 0 WHERE id = 1;  --> waits\n"
                    "-- session A goes on                          --> ERROR 40P01\n"
                    "-- session B goes on                          --> UPDATE 1\n",
                    NULL);

    (void)state;
    assert_plays(second);
    assert_plays(first);
}

static void test_safe_snapshot(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session A\n"
                         "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                         "UPDATE account SET balance = 0 WHERE id = 1;\n"
                         "-- session B\n"
                         "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE;\n"
                         "SELECT sum(balance) FROM account;                --> waits\n"
                         "-- session A\n"
                         "COMMIT;\n"
                         "-- session B goes on                             --> 200\n");
}

static void test_naps(void **state)
{
    (void)state;
    assert_plays("-- session A\n"
                 "SELECT 1 FROM pg_sleep(0.3);  --> waits\n"
                 "-- session B\n"
                 "SELECT 2;                     --> 2\n"
                 "-- session A goes on          --> 1\n");
    assert_plays("-- session A\nSELECT 1 FROM pg_sleep(0.05);  --> 1\n");
}

static void test_variables(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session A\n"
                         "SELECT balance, balance > 50 AS rich FROM account WHERE id = 1 \\gset\n"
                         "\\if :rich\n"
                         "UPDATE account SET balance = :balance - 1 WHERE id = 1;\n"
                         "\\else\n"
                         "SELECT 1 / 0;\n"
                         "\\endif\n"
                         "SELECT :ROW_COUNT;             --> 1\n"
                         "-- finally\n"
                         "SELECT balance FROM account WHERE id = 1;  --> 99\n");
}

static void test_notices(void **state)
{
    (void)state;
    assert_plays(
        "COMMIT;                                              --> WARNING 25P01\n"
        "DO $$ BEGIN RAISE NOTICE 'here'; END $$;             --> NOTICE here\n"
        "SELECT 1 \\; SELECT 2;                               --> 1; 2\n"
        "LISTEN channel;\n"
        "NOTIFY channel, 'text';                              --> NOTIFICATION channel text\n");
}

static void test_disconnect(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session A\n"
                         "BEGIN;\n"
                         "DELETE FROM account;\n"
                         "-- session A disconnects\n"
                         "-- finally\n"
                         "SELECT count(*) FROM account;  --> 2\n");
}

/* ------------------------------------------------------------------ promises that do not hold */

static void test_refusals(void **state)
{
    (void)state;
    assert_trouble("SELECT 1;\n\nSELECT 2;  --> 3\n",
                   "test.sql:3: session single: expected 3, got 2\n    SELECT 2");
    assert_trouble("SELECT 1 / 0;\n", "test.sql:1: session single: expected success, got ERROR "
                                      "22012 (division by zero)\n    SELECT 1 / 0");
    assert_trouble("SELECT 1;  --> ERROR 40001\n",
                   "test.sql:1: session single: expected ERROR 40001, got 1\n    SELECT 1");
    assert_trouble("COMMIT;  --> COMMIT\n", "test.sql:1: session single: expected COMMIT, got "
                                            "WARNING 25P01 and COMMIT\n    COMMIT");
    assert_trouble("-- session A\nSELECT 1;  --> waits\n",
                   "test.sql:2: session A: expected waits, got 1\n    SELECT 1");
    assert_trouble("-- session A\nSELECT 1;\n-- session A goes on  --> 1\n",
                   "test.sql:3: session A does not wait");
    assert_trouble("SELECT 1;\n-- session A\nSELECT 1;\n-- finally\nSELECT 2;  --> 3\n",
                   "test.sql:5: session control: expected 3, got 2\n    SELECT 2");
}

#define LOCKED "CREATE TABLE t ();\n-- session A\nBEGIN; LOCK TABLE t;\n-- session B\n"

static void test_refused_waits(void **state)
{
    (void)state;
    assert_trouble(LOCKED "SELECT FROM t;  --> no rows\n",
                   "test.sql:5: session B: expected no rows, but it waits\n    SELECT FROM t");
    assert_trouble(LOCKED "SELECT FROM t;  --> waits\n",
                   "test.sql:5: session B still waits at the end\n    SELECT FROM t");
    assert_trouble(LOCKED "SELECT FROM t;  --> waits\n-- session B goes on  --> no rows\n",
                   "test.sql:6: session B: expected no rows, but it still waits");
    assert_trouble(LOCKED "SELECT FROM t;  --> waits\nSELECT 1;\n",
                   "test.sql:6: session B still waits; first it goes on\n    SELECT 1");
}

/* ------------------------------------------------------------------ interleavings */

static void assert_explored(const char *text, const char *expected)
{
    struct schedule schedule;
    struct exploration exploration;

    schedule_read(&schedule, "test.sql", 1, text);
    explore(&stage, &schedule, NULL, &exploration);
    g_autofree char *failures = exploration_failures(&exploration);
    g_autofree char *got = g_strdup_printf("%u of %u %s", exploration.anomalous, exploration.total,
                                           exploration.trouble ? exploration.trouble : failures);
    assert_string_equal(got, expected);
    assert_true((exploration.anomalous > 0) == (exploration.first != NULL));
    exploration_finish(&exploration);
    schedule_finish(&schedule);
}

static void test_explore(void **state)
{
    (void)state;
    assert_explored(ACCOUNT "-- session A\n"
                            "BEGIN;\n"
                            "SELECT balance FROM account WHERE id = 1 \\gset\n"
                            "UPDATE account SET balance = :balance - 10 WHERE id = 1;\n"
                            "COMMIT;\n"
                            "-- session B\n"
                            "UPDATE account SET balance = balance - 20 WHERE id = 1;\n",
                    "6 of 10 ");
    assert_explored(ACCOUNT "-- session A\n"
                            "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                            "UPDATE account SET balance = balance - 10 WHERE id = 1;\n"
                            "COMMIT;\n"
                            "-- session B\n"
                            "UPDATE account SET balance = balance - 20 WHERE id = 1;\n",
                    "0 of 6 40001:2");
    assert_explored("-- session A\nSELECT 1;\nSELECT 2;\n",
                    "0 of 0 test.sql: session A is not one transaction");
    assert_explored("-- session A\nBEGIN;\nSELECT 1;\nSELECT 2;\nSELECT 3;\nSELECT 4;\nCOMMIT;\n"
                    "-- session B\nBEGIN;\nSELECT 1;\nSELECT 2;\nSELECT 3;\nSELECT 4;\nCOMMIT;\n"
                    "-- session C\nBEGIN;\nSELECT 1;\nSELECT 2;\nSELECT 3;\nSELECT 4;\nCOMMIT;\n",
                    "0 of 0 test.sql: 756756 interleavings are too many: let the transactions do "
                    "less");
    assert_explored("SELECT 1 / 0;\n-- session A\nSELECT 1;\n",
                    "0 of 0 test.sql:1: session control: expected success, got ERROR 22012 "
                    "(division by zero)\n    SELECT 1 / 0");
}

/* A set-up that must be run as a whole each time, and sequences that failures move on. */
static void test_explore_definitions(void **state)
{
    (void)state;
    assert_explored("CREATE TABLE t AS SELECT 1 AS x;\n"
                    "-- session A\nALTER TABLE t ADD COLUMN y int;\n"
                    "-- session B\nUPDATE t SET x = 2;\n",
                    "0 of 6 ");
    assert_explored("CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY, k int PRIMARY KEY);\n"
                    "-- session A\nINSERT INTO t (k) VALUES (1);\n"
                    "-- session B\nINSERT INTO t (k) VALUES (1);\n",
                    "0 of 6 23505:6");
    assert_explored("CREATE SEQUENCE s;\n"
                    "-- session A\nSELECT nextval('s');\n-- session B\nSELECT nextval('s');\n",
                    "0 of 6 ");
}

/* ------------------------------------------------------------------ pages */

/* Checks a page of this text for a rule that predicts one thing; asserts what it says. */
static void assert_page(const char *predicts, const char *text, const char *expected)
{
    g_autofree char *directory = g_dir_make_tmp("isolint-page-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(directory, "rule.md", NULL);
    struct rule rule = {.name = "rule", .predicts = {predicts}};
    struct page_counts counts = {0};
    struct page page;

    assert_true(g_file_set_contents(path, text, -1, NULL));
    page_read(&page, path);
    g_autofree char *troubles = check_page(&stage, &page, &rule, &counts);
    g_autofree char *claims = check_claims(&page, &rule);
    g_autofree char *all = g_strconcat(claims, troubles, NULL);
    assert_string_equal(all, expected);
    page_finish(&page);
    g_unlink(path);
    g_rmdir(directory);
}

#define LOSES                                                                                    \
    ACCOUNT "-- session A\nBEGIN;\nSELECT balance FROM account WHERE id = 1;      --> 100\n"     \
            "-- session B\nUPDATE account SET balance = 80 WHERE id = 1;\n"                      \
            "-- session A\nUPDATE account SET balance = 90 WHERE id = 1;  --> UPDATE 1, found\n" \
            "COMMIT;\n"

static void test_pages(void **state)
{
    (void)state;
    assert_page("40001", "```sql wrong\nSELECT 1; -- found\n```\n",
                "rule.md: rule predicts 40001, and no schedule of the page shows it\n");
    assert_page("no-op", "```sql wrong\nSELECT 1; --> 2, found\n```\n",
                "rule.md:2: session single: expected 2, got 1\n    SELECT 1\n");
    assert_page("no-op",
                "```sql wrong\nBEGIN READ ONLY;\nCREATE TABLE t (); --> ERROR 25006\n```\n",
                "rule.md:2: the schedule shows 25006, which rule does not predict\n");
    assert_page("25006",
                "```sql wrong\nBEGIN READ ONLY;\nCREATE TABLE t (); --> ERROR 25006\n```\n",
                "rule.md:2: the schedule shows 25006, and no finding is marked\n");
    assert_page("lost-update", "```sql wrong\n" LOSES "-- finally: lost update\n```\n", "");
    assert_page("no-op", "```sql wrong\n" LOSES "-- finally: lost update\n```\n",
                "rule.md:2: the schedule shows lost-update, which rule does not predict\n");
    assert_page("no-op", "```sql wrong\n" LOSES "```\n",
                "rule.md:2: an anomaly that the page does not name (\"-- finally: lost update\"): "
                "what the sessions read and left is that of no serial order\n");
    assert_page("no-op", "```sql silent\nSELECT 1 / 0;\n```\n", "");
    assert_page("no-op", "```sql right\n\\timing\nSELECT 1 / 0;\n```\n", "");
    assert_page("no-op", "```sql right\nSELECT 1 / 0;\n```\n",
                "rule.md:2: session single: expected success, got ERROR 22012 (division by zero)\n"
                "    SELECT 1 / 0\n");
}

static void test_right_pages(void **state)
{
    static const char incremented[] =
        "```sql right\nCREATE TABLE t (x int);\nINSERT INTO t VALUES (1);\n"
        "-- session A\nBEGIN ISOLATION LEVEL REPEATABLE READ;\nUPDATE t SET x = x + 1;\nCOMMIT;\n"
        "-- session B\nUPDATE t SET x = x + 1;\n```\n";
    static const char claimed[] = "```sql right\nCREATE TABLE t (id int PRIMARY KEY, x int);\n"
                                  "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                                  "SELECT x FROM t WHERE id = 1;\n"
                                  "UPDATE t SET x = 2 WHERE id = 1;\nCOMMIT;\n```\n";

    (void)state;
    assert_page("no-op", incremented, "");
    assert_page("40001", incremented,
                "rule.md: rule predicts 40001, and no schedule of the page shows it\n"
                "rule.md:2: 40001 in 2 transactions of what is right\n");
    assert_page("no-op", claimed,
                "rule.md:2: nothing goes wrong, but isolint predicts 40001: "
                "snapshot-read-modify-write at line 5\n");
}

/* ------------------------------------------------------------------ what pages may need */

static void test_prepared(void **state)
{
    static const char text[] = ACCOUNT "-- session A\n"
                                       "BEGIN;\n"
                                       "UPDATE account SET balance = 0 WHERE id = 1;\n"
                                       "PREPARE TRANSACTION 'p';\n"
                                       "-- session A disconnects\n"
                                       "-- session B\n"
                                       "UPDATE account SET balance = 1 WHERE id = 1;  --> waits\n";
    g_autofree char *decided = g_strconcat(text,
                                           "-- session control\n"
                                           "COMMIT PREPARED 'p';\n"
                                           "-- session B goes on                  --> UPDATE 1\n",
                                           NULL);

    (void)state;
    assert_trouble(text, "test.sql:8: session B still waits at the end\n"
                         "    UPDATE account SET balance = 1 WHERE id = 1");
    assert_plays(decided);
}

static void test_predicate_locks(void **state)
{
    (void)state;
    assert_plays("CREATE TABLE t (id int PRIMARY KEY, x int);\n"
                 "INSERT INTO t SELECT n, 0 FROM generate_series(1, 2000) n;\n"
                 "ANALYZE t;\n"
                 "-- session A\n"
                 "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                 "SELECT x FROM t WHERE id = 7;  --> 0\n"
                 "SELECT relation::regclass, locktype FROM pg_locks\n"
                 "  WHERE mode = 'SIReadLock'\n"
                 "  ORDER BY relation::regclass::text;  --> t, tuple; t_pkey, page\n"
                 "SELECT count(*) FROM t WHERE x = 1;                --> 0\n"
                 "SELECT relation::regclass, locktype FROM pg_locks\n"
                 "  WHERE mode = 'SIReadLock' AND relation = 't'::regclass;  --> t, relation\n");
}

static void test_standby(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session standby\n"
                         "SELECT sum(balance) FROM account;             --> 200\n"
                         "BEGIN ISOLATION LEVEL SERIALIZABLE;           --> ERROR 0A000\n"
                         "-- session A\n"
                         "UPDATE account SET balance = 0;               --> UPDATE 2\n"
                         "-- session standby\n"
                         "SELECT sum(balance) FROM account;             --> 0\n"
                         "UPDATE account SET balance = 1;               --> ERROR 25006\n");
}

static void test_recovery_conflict(void **state)
{
    (void)state;
    assert_plays(ACCOUNT "-- session standby\n"
                         "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                         "SELECT sum(balance) FROM account;             --> 200\n"
                         "-- session A\n"
                         "DELETE FROM account WHERE id = 1;\n"
                         "VACUUM account;\n"
                         "-- session standby\n"
                         "SELECT sum(balance) FROM account;             --> ERROR 40001\n"
                         "-- session standby disconnects\n"
                         "-- session standby-report\n"
                         "SELECT sum(balance) FROM account;             --> 100\n");
}

static void test_standby_page(void **state)
{
    (void)state;
    assert_page("0A000",
                "```sql wrong --set target=standby\n"
                "BEGIN ISOLATION LEVEL SERIALIZABLE;  --> ERROR 0A000, found\n```\n",
                "");
    assert_page("no-op",
                "```sql right --default-isolation repeatable-read --default-read-only\n"
                "SHOW transaction_isolation;          --> repeatable read\n"
                "SHOW transaction_read_only;          --> on\n```\n",
                "");
}

/* ------------------------------------------------------------------ the server */

static bool exists(const char *path)
{
    return g_file_test(path, G_FILE_TEST_EXISTS);
}

/* A test that is killed leaves no server and no directory behind. */
static void test_killed(void **state)
{
    char directory[256] = "";
    int ends[2];

    (void)state;
    assert_return_code(pipe(ends), 0);
    pid_t test = fork();
    if (test == 0) {
        struct server server;
        server_start(&server, stage.server.bin);
        if (write(ends[1], server.directory, strlen(server.directory)) < 0)
            _exit(1);
        pause();
    }
    assert_true(read(ends[0], directory, sizeof directory - 1) > 0);
    g_autofree char *process = g_build_filename(directory, "data", "postmaster.pid", NULL);
    assert_true(exists(process));
    kill(test, SIGKILL);
    waitpid(test, NULL, 0);
    for (int tries = 0; exists(directory) && tries < 500; tries++)
        g_usleep(20000);
    assert_false(exists(directory));
    close(ends[0]);
    close(ends[1]);
}

int main(int argc, char **argv)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_waits),
        cmocka_unit_test(test_deadlock),
        cmocka_unit_test(test_safe_snapshot),
        cmocka_unit_test(test_naps),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_notices),
        cmocka_unit_test(test_disconnect),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_refused_waits),
        cmocka_unit_test(test_explore),
        cmocka_unit_test(test_explore_definitions),
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_right_pages),
        cmocka_unit_test(test_prepared),
        cmocka_unit_test(test_predicate_locks),
        cmocka_unit_test(test_standby),
        cmocka_unit_test(test_recovery_conflict),
        cmocka_unit_test(test_standby_page),
        cmocka_unit_test(test_killed),
    };
    g_autoptr(GArray) all = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));

    (void)argc;
    g_array_append_vals(all, tests, G_N_ELEMENTS(tests));
    return suite_run("self", all, argv + 1, NULL);
}
