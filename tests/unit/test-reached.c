/* What the machine comes to and is said of it: a line for each finding that foretells an anomaly,
 * 23505 or 40P01. */
#include "lint/verify.h"
#include "search/reached.h"

#include "support/sample.h"

#define TABLE \
    "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id int PRIMARY KEY, n int);"
#define TWO(first, second)                        \
    TABLE "-- isolint: program one\nBEGIN;" first \
          "; COMMIT;\n-- isolint: program two\nBEGIN;" second "; COMMIT;"

#define LOST "SELECT n FROM t WHERE id = 1; UPDATE t SET n = 5 WHERE id = 1"

static char *view_reached(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        if (finding_reaches(finding) & (REACHED_ANOMALY | REACHED_UNIQUE | REACHED_DEADLOCK))
            g_string_append_printf(out, "%s %s%s%s\n", severity_name(finding->severity),
                                   finding->rule->name, finding->predicts ? ": " : "",
                                   finding->predicts ? finding->predicts : "");
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

static const struct sample samples[] = {
    {"a row that SKIP LOCKED leaves out",
     TWO("UPDATE t SET n = 6 WHERE id = 1", "SELECT n FROM t WHERE id = 1 FOR SHARE SKIP LOCKED"),
     ""},
    {"a row that NOWAIT does not leave out, between two reads",
     TWO("UPDATE t SET n = 6 WHERE id = 1",
         "SELECT n FROM t WHERE id = 1; SELECT n FROM t WHERE id = 1 FOR SHARE NOWAIT"),
     "warning dangerous-structure: read-skew\n"},
    {"a row that was inserted is no lost update",
     TWO("INSERT INTO t VALUES (1, 3) ON CONFLICT (id) DO UPDATE SET n = 3;"
         "UPDATE t SET n = n + 1 WHERE id = 1",
         "DELETE FROM t WHERE id = 1; UPDATE t SET n = n + 1 WHERE id = 1"),
     "warning dangerous-structure: write-skew\n"},
    {"of two predictions the one that comes true",
     TWO("DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (1, 2)", "SELECT n FROM u"),
     "warning upsert-by-hand: 23505\n"},
    {"constants alone",
     TWO("UPDATE t SET n = n + 1 WHERE id = 1; UPDATE u SET n = n + 1 WHERE id = 1",
         "SELECT n FROM t WHERE id = 1; SELECT n FROM u WHERE id = 1"),
     "warning read-skew\n"},
    {"one UPDATE of many rows, between two reads",
     TWO("UPDATE t SET n = n + 1",
         "SELECT n FROM t WHERE n = 2; SELECT n FROM t WHERE n > 1 AND id <= 2"),
     "warning dangerous-structure: read-skew\n"},
    {"a structure of the second alone, of which something else comes",
     "CREATE TABLE s (id int PRIMARY KEY, n int UNIQUE, m int); -- isolint: program one\n"
     "BEGIN; DELETE FROM s WHERE n = 3; INSERT INTO s VALUES (3, 3, 3); COMMIT;"
     "-- isolint: program two\n"
     "BEGIN; SELECT n FROM s WHERE m = 2; UPDATE s SET m = m + 10 WHERE m > 2; COMMIT;",
     "warning lock-order\nwarning upsert-by-hand: 23505\nwarning dangerous-structure: read-skew\n"
     "note write-misses-new-row\n"},
    {"parameters",
     TWO("UPDATE t SET n = n + 1 WHERE id = $1; UPDATE u SET n = n + 1 WHERE id = $1",
         "SELECT n FROM t WHERE id = $1; SELECT n FROM u WHERE id = $1"),
     "note read-skew\n"},
    {"a key of constants", TWO("DELETE FROM t; INSERT INTO t VALUES (1, 1)", "SELECT 1"),
     "warning unique-race: 23505\n"},
    {"a key that is a parameter", TWO("DELETE FROM t; INSERT INTO t VALUES ($1, 1)", "SELECT 1"),
     "note unique-race: 23505\n"},
    {"a row that goes between two statements",
     TWO("SELECT n FROM t WHERE n = 1; DELETE FROM t WHERE id > 2", "SELECT 1"),
     "warning dangerous-structure: read-skew\n"},
    {"RETURNING is a result",
     TWO("DELETE FROM t RETURNING n; INSERT INTO t VALUES (1, 1)", "SELECT 1"),
     "warning unique-race: 23505\n"},
    {"what is written was read",
     TWO("SELECT n AS old FROM t WHERE id = 2 \\gset\nUPDATE u SET n = :old WHERE id = "
         "(SELECT id FROM u ORDER BY id LIMIT 1)",
         "UPDATE u SET n = n + 1 WHERE id < 3; UPDATE t SET n = n + 1 WHERE id = 2"),
     "warning dangerous-structure: lost-update\nnote read-skew\n"},
    {"a note that does not say which anomaly",
     TWO("SELECT n FROM t WHERE id = 1 FOR KEY SHARE; UPDATE t SET n = 5 WHERE id = 1", "SELECT 1"),
     "warning one-sided-lock\n"},
    {"a phantom is a note whatever else it is called",
     TWO("SELECT count(*) FROM t WHERE id = 5; INSERT INTO t VALUES (5, 1) ON CONFLICT DO NOTHING",
         "SELECT 1"),
     "note count-then-insert: phantom\n"},
    {"23505, and an anomaly that stays without it",
     TWO("UPDATE t SET id = 1 WHERE id = 2;"
         "INSERT INTO t SELECT 2, 3 WHERE NOT EXISTS (SELECT FROM t WHERE id > 1);"
         "UPDATE t SET n = 2 WHERE id IN (3, 1) AND n = 3",
         "INSERT INTO t VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET n = t.n + 10"),
     "warning dangerous-structure: write-skew\nwarning upsert-by-hand: 23505\n"},
    {"two rules about one INSERT",
     "BEGIN; SELECT n FROM v WHERE k = $1; UPDATE v SET n = n + 1 WHERE k = $1;"
     "INSERT INTO v (k, n) VALUES ($1, 1); COMMIT;",
     "note stale-check\nwarning upsert-by-hand\n"},
    {"the row that psql has stored is the one that was found",
     "CREATE TABLE j (id int PRIMARY KEY, n int); CREATE INDEX ON j (n);"
     "BEGIN; SELECT id FROM j WHERE n > 0 ORDER BY id LIMIT 1 \\gset p_\n"
     "UPDATE j SET n = 2 WHERE id = :p_id; COMMIT;",
     "", "--default-isolation repeatable-read"},
    {"a number that was read from a row of another table",
     TWO("SELECT n AS no FROM t WHERE id = 1 \\gset\nUPDATE t SET n = :no + 1 WHERE id = 1;"
         "INSERT INTO u VALUES (:no, 1)",
         "SELECT 1"),
     "warning unique-race: 23505\n"},
    {"a key of some rows, and an UPDATE that brings one of them",
     "CREATE TABLE d (id int PRIMARY KEY, owner int, main bool);"
     "CREATE UNIQUE INDEX ON d (owner) WHERE main; -- isolint: program one\n"
     "BEGIN; UPDATE d SET main = false WHERE owner = 1 AND main; UPDATE d SET main = true WHERE id = 2;"
     "COMMIT; -- isolint: program two\n"
     "BEGIN; UPDATE d SET main = false WHERE owner = 1 AND main; UPDATE d SET main = true WHERE id = 3;"
     "COMMIT;",
     "warning dangerous-structure: read-skew\nwarning unique-race: 23505\n"
     "warning dangerous-structure: read-skew\nwarning unique-race: 23505\n"},
    {"a row that serves as a lock is there",
     "CREATE TABLE t (id int PRIMARY KEY, n int); CREATE TABLE u (id serial PRIMARY KEY, n int);"
     "BEGIN ISOLATION LEVEL REPEATABLE READ; UPDATE t SET n = n WHERE id = 1;"
     "SELECT count(*) FROM u WHERE n = 1; INSERT INTO u (n) VALUES (1); COMMIT;",
     ""},
    {"a rule that is off explains all the same", TWO(LOST, "SELECT 1"), "", "--ignore lost-update"},
    {"a general rule that is asked for alone reports what the others leave", TWO(LOST, "SELECT 1"),
     "", "--select dangerous-structure"},
    {"two rows of one table that constants name",
     TWO("SELECT n FROM t WHERE id = 1 FOR SHARE; UPDATE t SET n = 2 WHERE n = 1", "SELECT 1"),
     "warning lock-order\n"},
    {"two rows of one table that parameters name",
     TWO("SELECT n FROM t WHERE id = $1 FOR SHARE; UPDATE t SET n = 2 WHERE n = $2", "SELECT 1"),
     "note lock-order\n"},
    {"two rows of one table that the arguments of a routine name",
     TABLE "CREATE FUNCTION f(a int, b int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
           "PERFORM FROM t WHERE id = a FOR UPDATE; PERFORM FROM t WHERE id = b FOR UPDATE; "
           "UPDATE t SET n = 2 WHERE id = a; UPDATE t SET n = 3 WHERE id = b; END $$",
     "warning lock-order\n"},
    {"two rows of one table that one argument and another value name",
     TABLE "CREATE FUNCTION f(a int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE b int := $1 + 1; "
           "BEGIN UPDATE t SET n = 2 WHERE id = a; UPDATE t SET n = 3 WHERE id = b; END $$",
     "note lock-order\n"},
    {"two rows that constants name, given up",
     TABLE
     "BEGIN; SELECT n FROM t WHERE id = 1 FOR SHARE; UPDATE t SET n = 2 WHERE n = 1; ROLLBACK;",
     "warning lock-order\n"},
    {"two rows that constants name, run again",
     TABLE "-- isolint: retry\nBEGIN; SELECT n FROM t WHERE id = 1 FOR SHARE;"
           "UPDATE t SET n = 2 WHERE n = 1; COMMIT;",
     "note lock-order\n"},
};

/* ------------------------------------------------------------------ kinds of programs */

/* Each is like the first one but for something that the machine is given. # is a number of its own. */
static const char *const kinds[] = {
#define LEVEL(level)      "BEGIN ISOLATION LEVEL " level ";"
#define TABLE_OF(columns) "CREATE TABLE t# (id int PRIMARY KEY, " columns ");"
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE id = $1;"
                                              "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("m int") LEVEL("READ COMMITTED") "SELECT m FROM t# WHERE id = $3;"
                                              "UPDATE t# SET m = $4 WHERE id = $3; COMMIT;",
    TABLE_OF("n int") LEVEL("REPEATABLE READ") "SELECT n FROM t# WHERE id = $1;"
                                               "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("SERIALIZABLE") "SELECT n FROM t# WHERE id = $1;"
                                            "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE id = $1 FOR UPDATE;"
                                              "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE id = $1 FOR SHARE;"
                                              "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE id = $1;"
                                              "UPDATE t# SET n = n + 1 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE id = $1;"
                                              "INSERT INTO t# VALUES ($1, $2); COMMIT;",
    TABLE_OF("n int UNIQUE") LEVEL("READ COMMITTED") "SELECT id FROM t# WHERE id = $1;"
                                                     "UPDATE t# SET n = $2 WHERE id = $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "DELETE FROM t#; INSERT INTO t# VALUES ($1, 1);"
                                              "COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "DELETE FROM t#; INSERT INTO t# VALUES (1, 1);"
                                              "COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "DELETE FROM t#; INSERT INTO t# VALUES ($1, 1)"
                                              " ON CONFLICT (id) DO NOTHING; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "UPDATE t# SET n = 1 WHERE id = $1;"
                                              "UPDATE t# SET n = 1 WHERE id = $2; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "UPDATE t# SET n = 1 WHERE id = 1;"
                                              "UPDATE t# SET n = 1 WHERE id = 2; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "UPDATE t# SET n = 1 WHERE id > $1; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE n = 1;"
                                              "DELETE FROM t# WHERE id > 2; COMMIT;",
    TABLE_OF("n int") LEVEL("READ COMMITTED") "SELECT n FROM t# WHERE n = 1;"
                                              "DELETE FROM t# WHERE id < 2; COMMIT;",
    TABLE_OF("n int") LEVEL("REPEATABLE READ") "DELETE FROM t#; INSERT INTO t# VALUES ($1, 1);"
                                               "COMMIT;",
};

/* There and back again: each comes before and after each. */
enum { TEXTS = 2 * G_N_ELEMENTS(kinds) };

static char *kind_text(unsigned at)
{
    unsigned kind = at < G_N_ELEMENTS(kinds) ? at : TEXTS - 1 - at;
    g_autofree char *number = g_strdup_printf("%u", at);
    g_auto(GStrv) parts = g_strsplit(kinds[kind], "#", -1);

    return g_strjoinv(number, parts);
}

/* What came of one kind is not taken for what comes of another, and is taken for what comes of its
 * like: together they have the findings that each has alone. */
static void test_kinds(void **state)
{
    g_autoptr(GString) expected = g_string_new(NULL);
    const char *names[TEXTS + 1] = {NULL}, *texts[TEXTS + 1] = {NULL};
    struct linted linted;

    (void)state;
    for (unsigned i = 0; i < TEXTS; i++) {
        names[i] = g_strdup_printf("%02u.sql", i);
        texts[i] = kind_text(i);
        lint_texts(&linted, NULL, (const char *[]){names[i], NULL},
                   (const char *[]){texts[i], NULL});
        g_autofree char *alone = linted_summary(&linted, true);
        g_string_append(expected, alone);
        linted_finish(&linted);
    }
    lint_texts(&linted, NULL, names, texts);
    g_autofree char *together = linted_summary(&linted, true);
    linted_finish(&linted);
    assert_string_equal(together, expected->str);
    for (unsigned i = 0; i < TEXTS; i++) {
        g_free((char *)names[i]);
        g_free((char *)texts[i]);
    }
}

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_reached);
    test_add(tests, "kinds of programs", test_kinds);
    return tests_run("reached", tests);
}
