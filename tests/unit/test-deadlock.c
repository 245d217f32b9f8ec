/* Which two programs can wait for each other. Each program of a sample is one line. */
#include "conflict/deadlock.h"

#include "support/sample.h"

#define TABLES                                           \
    "CREATE TABLE t (id int PRIMARY KEY, v int, o int);" \
    "CREATE TABLE u (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE c (id int PRIMARY KEY, u int REFERENCES u);\n"
#define PROGRAM(statements)  "BEGIN;" statements "; COMMIT;\n"
#define ONE(first)           TABLES PROGRAM(first)
#define TWO(first, second)   TABLES PROGRAM(first) PROGRAM(second)
#define UPDATE(table, value) "UPDATE " table " SET v = v + 1 WHERE id = " value ";"
#define SHARE(table, value)  "SELECT v FROM " table " WHERE id = " value " FOR SHARE;"
#define LOCK(table, mode)    "LOCK TABLE " table " IN " mode " MODE;"
#define INSERT(value)        "INSERT INTO t VALUES (" value ", 0, 0);"
#define UPSERT(value)        "INSERT INTO t VALUES (" value ", 0, 0) ON CONFLICT DO NOTHING;"
#define FAMILY(action, second)                                                               \
    "CREATE TABLE e (id int PRIMARY KEY, u int); CREATE TABLE d (id int PRIMARY KEY, "       \
    "u int REFERENCES u " action "); ALTER TABLE e ADD FOREIGN KEY (u) REFERENCES u " action \
    ";" TWO("DELETE FROM u WHERE id = 1", second)
#define MERGE(value)                                                                  \
    "MERGE INTO t USING (VALUES (" value ", 5)) AS s (key, n) ON id = s.key "         \
    "WHEN NOT MATCHED THEN INSERT VALUES (s.key, n, 0) WHEN MATCHED THEN UPDATE SET " \
    "v = n;"
#define LOOP(body, program)                                                           \
    "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE r record; " \
    "BEGIN FOR r IN SELECT id FROM t WHERE o = a ORDER BY id LOOP " body              \
    " END LOOP; END $$;" ONE(program)
#define KEY(value) "SELECT pg_advisory_xact_lock(" value ");"

static const struct sample samples[] = {
    {"one order", TWO(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "1") UPDATE("t", "2")), ""},
    {"two orders", TWO(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
    {"two tables", TWO(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
    {"two tables, by parameters",
     TWO(UPDATE("t", "$1") UPDATE("u", "$2"), UPDATE("u", "$1") UPDATE("t", "$2")),
     "3 order with 2\n"},
    {"two tables, rows that differ",
     TWO(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "2")), ""},
    {"constants, after a pair that a parameter decides",
     TWO(UPDATE("t", "$1") UPDATE("t", "1") UPDATE("t", "2"),
         UPDATE("t", "2") UPDATE("t", "$1") UPDATE("t", "1")),
     "2 order with 2\n3 order with 2, certain\n"},
    {"a constant and a parameter of two programs",
     TWO(UPDATE("t", "1") UPDATE("t", "$1"), UPDATE("t", "2") UPDATE("t", "1")),
     "3 order with 2\n"},
    {"two migrations",
     TWO("ALTER TABLE t ADD CHECK (v > 0); ALTER TABLE u ADD CHECK (v > 0)",
         "CREATE INDEX ON u (v); CREATE INDEX ON t (v)"),
     ""},
    {"a migration and a program",
     TWO("SELECT v FROM u; SELECT v FROM t",
         "ALTER TABLE t ADD CHECK (v > 0); ALTER TABLE u ADD CHECK (v > 0)"),
     "3 order with 2, certain\n"},
    {"a migration and a statement of the same script",
     TABLES PROGRAM(
         "ALTER TABLE t ADD CHECK (v > 0); ALTER TABLE u ADD CHECK (v > 0)") "WITH x AS (UPDATE u SET v = 1 WHERE id = 1 RETURNING id) UPDATE t SET v = 1 FROM x WHERE t.id = x.id;",
     ""},
    {"parameters crossed", ONE(UPDATE("t", "$1") UPDATE("t", "$2")), "2 order with 2\n"},
    {"one parameter", ONE(UPDATE("t", "$1") UPDATE("u", "$1") UPDATE("t", "$1")), ""},
    {"a parameter and a constant", ONE(UPDATE("t", "$1") UPDATE("t", "5")), ""},
    {"behind a row that both want",
     TWO(UPDATE("t", "9") UPDATE("t", "1") UPDATE("t", "2"),
         UPDATE("t", "9") UPDATE("t", "2") UPDATE("t", "1")),
     ""},
    {"behind a row that goes with the parameters",
     TWO(UPDATE("c", "$1") UPDATE("t", "$1") UPDATE("u", "$1"),
         UPDATE("c", "$7") UPDATE("u", "$7") UPDATE("t", "$7")),
     ""},
    {"behind an advisory lock",
     TWO(KEY("1") UPDATE("t", "1") UPDATE("u", "1"), KEY("1") UPDATE("u", "1") UPDATE("t", "1")),
     ""},
    {"behind another advisory lock",
     TWO(KEY("1") UPDATE("t", "1") UPDATE("u", "1"), KEY("2") UPDATE("u", "1") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
    {"advisory locks", TWO(KEY("1") KEY("2"), KEY("2") KEY("1")), "3 order with 2, certain\n"},
    {"advisory locks of names",
     TWO(KEY("hashtext('a')") KEY("hashtext('b')"), KEY("hashtext('c')") KEY("hashtext('d')")), ""},
    {"advisory locks that are given back",
     TWO("SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1);" KEY("2"), KEY("2") KEY("1")),
     ""},
    {"a single statement", TWO(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2")), ""},
    {"readers", TWO("SELECT * FROM t; SELECT * FROM u", "SELECT * FROM u; SELECT * FROM t"), ""},
    {"shared locks", TWO(SHARE("t", "1") SHARE("t", "2"), SHARE("t", "2") SHARE("t", "1")), ""},
    {"held by a list before",
     ONE("SELECT v FROM t WHERE id IN ($1, $2) ORDER BY id FOR UPDATE;" UPDATE("t", "$2")
             UPDATE("t", "$1")),
     ""},
    {"keys that are inserted", TWO(INSERT("1") INSERT("2"), INSERT("2") INSERT("1")),
     "3 order with 2, certain\n"},
    {"keys that are inserted in one order", TWO(INSERT("1") INSERT("2"), INSERT("1") INSERT("2")),
     ""},
    {"keys with ON CONFLICT", TWO(UPSERT("1") INSERT("2"), UPSERT("2") UPSERT("1")),
     "3 order with 2, certain\n"},
    {"keys by parameters", ONE(INSERT("$1") INSERT("$2")), "2 order with 2\n"},
    {"keys that differ", TWO(INSERT("1") INSERT("2"), INSERT("3") INSERT("1")), ""},
    {"keys behind one that both insert",
     TWO(INSERT("9") INSERT("1") INSERT("2"), INSERT("9") INSERT("2") INSERT("1")), ""},
    {"a key that nobody finds",
     TWO(UPSERT("1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1")), ""},
    {"an upsert of a row",
     TWO("INSERT INTO t VALUES (1, 0, 0) ON CONFLICT (id) DO UPDATE SET v = 1;" UPDATE("u", "1"),
         UPDATE("u", "1") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
    {"several rows of one statement, and two of another",
     TWO("UPDATE t SET v = 0 WHERE o = $1", UPDATE("t", "1") UPDATE("t", "2")), "3 order with 2\n"},
    {"several rows, and one", TWO("UPDATE t SET v = 0 WHERE o = $1", UPDATE("t", "1")), ""},
    {"a row, and then those of a loop", LOOP(UPDATE("t", "r.id"), UPDATE("t", "$1") "SELECT f($2)"),
     "2 order with 2\n"},
    {"the rows of a loop alone", LOOP(UPDATE("t", "r.id"), "SELECT f($2)"), ""},
    {"the same rows of a loop, and then a row",
     LOOP(UPDATE("t", "r.id"), "SELECT f(1);" UPDATE("t", "$1")), ""},
    {"rows of a loop, and then a row", LOOP(UPDATE("t", "r.id"), "SELECT f($2);" UPDATE("t", "$1")),
     "2 order with 2\n"},
    {"a row, and then some of a loop",
     LOOP("IF r.id > a THEN " UPDATE("t", "r.id") " END IF;", UPDATE("t", "$1") "SELECT f($2)"),
     ""},
    {"columns that differ",
     TWO("UPDATE t SET v = 0 WHERE o = 7;" UPDATE("t", "1"),
         UPDATE("t", "1") "UPDATE t SET v = 0 WHERE o = 7"),
     "3 order with 2, certain\n"},
    {"the same rows, first by their key",
     TWO(UPDATE("t", "1") "UPDATE t SET v = 0 WHERE o = 7",
         UPDATE("t", "1") "UPDATE t SET v = 0 WHERE o = 8"),
     ""},
    {"the row was inserted",
     ONE(UPDATE("t", "$1") "INSERT INTO t (v) VALUES (1);" UPDATE("t", "$2")), ""},
    {"least and greatest", ONE(UPDATE("t", "least($1, $2)") UPDATE("t", "greatest($1, $2)")), ""},
    {"share of rows that it may be among",
     ONE("SELECT v FROM t WHERE o = 5 ORDER BY id FOR SHARE;" UPDATE("t", "1")),
     "2 upgrade with 2\n"},
    {"the actions of a MERGE",
     ONE("MERGE INTO t USING u ON t.id = u.id WHEN MATCHED AND u.v = 0 THEN DELETE "
         "WHEN MATCHED THEN UPDATE SET v = u.v"),
     ""},
    {"rows that the first statement keeps for itself",
     ONE("UPDATE t SET v = 1 WHERE id = ANY ($1);"
         "DELETE FROM t WHERE id = ANY ($1);"),
     ""},
    {"share, then update", ONE(SHARE("t", "$1") UPDATE("t", "$1")), "2 upgrade with 2\n"},
    {"share, then update of another row", ONE(SHARE("t", "1") UPDATE("t", "2")), ""},
    {"share of several rows",
     ONE("SELECT v FROM t WHERE o = $1 FOR SHARE; UPDATE t SET v = 0 WHERE o = $1"),
     "2 upgrade with 2\n"},
    {"behind a lock", ONE(LOCK("t", "SHARE ROW EXCLUSIVE") SHARE("t", "1") UPDATE("t", "1")), ""},
    {"a child, then its parent",
     ONE("INSERT INTO c VALUES ($1, $2); SELECT v FROM u WHERE id = $2 FOR UPDATE"),
     "2 upgrade with 2\n"},
    {"a child, then the counter of its parent",
     ONE("INSERT INTO c VALUES ($1, $2);" UPDATE("u", "$2")), ""},
    {"children that go with their parent, in the order of their foreign keys",
     FAMILY("ON DELETE CASCADE", "DELETE FROM d WHERE id = 1; DELETE FROM e WHERE id = 1"), ""},
    {"and in another",
     FAMILY("ON DELETE CASCADE", "DELETE FROM e WHERE id = 1; DELETE FROM d WHERE id = 1"),
     "3 order with 2, certain\n"},
    {"rows in a written order, and all of one kind",
     TWO(UPDATE("t", "2") UPDATE("t", "1"), "UPDATE t SET v = 0 WHERE o = 7;"),
     "3 order with 2, certain\n"},
    {"and a kind that a parameter says",
     TWO(UPDATE("t", "2") UPDATE("t", "1"), "UPDATE t SET v = 0 WHERE o = $1;"),
     "3 order with 2\n"},
    {"MERGE in another order", TWO(MERGE("1") UPDATE("t", "2"), UPDATE("t", "2") MERGE("1")),
     "3 order with 2, certain\n"},
    {"children that keep their parent are not held",
     FAMILY("", "DELETE FROM e WHERE id = 1; DELETE FROM d WHERE id = 1"), ""},
    {"a shared table", ONE(LOCK("t", "SHARE") UPDATE("t", "$1")), "2 upgrade with 2, certain\n"},
    {"a table of its own", ONE(LOCK("t", "SHARE ROW EXCLUSIVE") UPDATE("t", "$1")), ""},
    {"read, then lock", ONE("SELECT * FROM t;" LOCK("t", "ACCESS EXCLUSIVE")),
     "2 upgrade with 2, certain\n"},
    {"a row, then its table, beside one statement",
     TABLES PROGRAM(
         "DELETE FROM t WHERE id = 1; CREATE INDEX ON t (v)") "UPDATE t SET v = 1 WHERE id = 1;",
     "2 upgrade with 3, certain\n"},
    {"a row and a table",
     TWO("SELECT v FROM t WHERE id = 1 FOR UPDATE;" UPDATE("t", "1"),
         LOCK("t", "SHARE ROW EXCLUSIVE") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
    {"what is not waited for",
     TWO("SELECT v FROM t WHERE id = 1 FOR UPDATE NOWAIT;"
         "SELECT v FROM t WHERE id = 2 FOR UPDATE NOWAIT",
         UPDATE("t", "2") UPDATE("t", "1")),
     ""},
    {"a table that is created here",
     ONE("CREATE TABLE n (id int PRIMARY KEY); SELECT * FROM n; ALTER TABLE n ADD COLUMN v int"),
     ""},
    {"rows that the other passes over",
     ONE("SELECT id FROM t WHERE o = 1 FOR UPDATE SKIP LOCKED;" UPDATE(
         "t", "1") "LOCK TABLE t IN "
                   "SHARE ROW EXCLUSIVE MODE"),
     "2 upgrade with 2\n"},
    {"a function of which nothing is known",
     TWO("SELECT gate();" UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2") UPDATE("t", "1")),
     "3 order with 2, certain\n"},
};

static unsigned line_of(const struct transaction *transaction)
{
    return script_line_number(transaction->script, transaction_first(transaction)->span.start);
}

static char *view_deadlocks(const char *text, const char *options)
{
    struct linted linted;
    GString *lines = g_string_new(NULL);

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct deadlock *each = deadlock_of(corpus, corpus->transactions->pdata[i]);
        for (; each; each = each->next)
            g_string_append_printf(lines, "%u %s with %u%s\n", line_of(each->transaction),
                                   each->upgrade ? "upgrade" : "order", line_of(each->other),
                                   each->certain ? ", certain" : "");
    }
    linted_finish(&linted);
    return g_string_free(lines, FALSE);
}

/* Two programs that lock two tables in two orders, after `count` others that each has for itself. */
static char *behind_others(unsigned count)
{
    static const char *const orders[][2] = {{"a", "b"}, {"b", "a"}};
    GString *text = g_string_new("CREATE TABLE a (id int PRIMARY KEY, v int);"
                                 "CREATE TABLE b (id int PRIMARY KEY, v int);");

    for (unsigned i = 0; i < count; i++)
        g_string_append_printf(text, "CREATE TABLE x%u (id int PRIMARY KEY, v int);", i);
    for (unsigned program = 0; program < 2; program++) {
        g_string_append(text, "\nBEGIN;");
        for (unsigned i = 0; i < count; i++)
            g_string_append_printf(text, "UPDATE x%u SET v = 1 WHERE id = %u;", i, program);
        for (unsigned i = 0; i < 2; i++)
            g_string_append_printf(text, "UPDATE %s SET v = 1 WHERE id = 1;", orders[program][i]);
        g_string_append(text, "COMMIT;");
    }
    return g_string_free(text, FALSE);
}

/* Whether the deadlock is found, and how often a bound was reached. */
static void check_behind(unsigned count, bool found, size_t reached)
{
    g_autofree char *text = behind_others(count);
    struct linted linted;

    lint_text(&linted, text);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    bool any = g_hash_table_size(corpus->deadlocks) > 0;
    size_t limits = limits_count(&linted.project.limits);
    linted_finish(&linted);
    assert_int_equal(any, found);
    assert_int_equal(limits, reached);
}

static void test_limits(void **state)
{
    (void)state;
    check_behind(31, true, 0);
    check_behind(MOST_LOCKS - 2, true, 0);
    check_behind(MOST_LOCKS - 1, false, 2);
}

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_deadlocks);
    test_add(tests, "as many locks as are followed", test_limits);
    return tests_run("deadlock", tests);
}
