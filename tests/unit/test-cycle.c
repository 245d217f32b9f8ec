/* Which three or four programs can wait for one another. Each program of a sample is one line. */
#include "conflict/cycle.h"

#include "support/sample.h"

#define TABLES                                           \
    "CREATE TABLE t (id int PRIMARY KEY, v int, o int);" \
    "CREATE TABLE u (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE w (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE \"X\" (id int PRIMARY KEY, v int);"    \
    "CREATE TABLE m (id int PRIMARY KEY, v int);"        \
    "CREATE TABLE c (id int PRIMARY KEY, u int REFERENCES u);\n"
#define PROGRAM(statements)  "BEGIN;" statements " COMMIT;\n"
#define THREE(a, b, c)       TABLES PROGRAM(a) PROGRAM(b) PROGRAM(c)
#define FOUR(a, b, c, d)     THREE(a, b, c) PROGRAM(d)
#define UPDATE(table, value) "UPDATE " table " SET v = v + 1 WHERE id = " value ";"
#define ROW(value, mode)     "SELECT v FROM t WHERE id = " value " FOR " mode ";"
#define ROW_IN(values)       "SELECT v FROM t WHERE id IN (" values ") ORDER BY id FOR UPDATE;"
#define LOCK(table)          "LOCK TABLE " table " IN EXCLUSIVE MODE;"
#define SHARED(table)        "LOCK TABLE " table " IN SHARE MODE;"
#define UPSERT(value)        "INSERT INTO t VALUES (" value ", 0, 0) ON CONFLICT DO NOTHING;"
#define KEY(value)           "SELECT pg_advisory_xact_lock(" value ");"
#define TABLE_RING(first)                                                                   \
    THREE(first UPDATE("t", "1") UPDATE("u", "1"), first UPDATE("u", "1") UPDATE("w", "1"), \
          first UPDATE("w", "1") UPDATE("t", "1"))

static const struct sample samples[] = {
    {"one order",
     THREE(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("t", "1") UPDATE("w", "1")),
     ""},
    {"three tables", TABLE_RING(""), "4 with 2 3, certain\n"},
    {"three tables, by parameters",
     THREE(UPDATE("t", "$1") UPDATE("u", "$2"), UPDATE("u", "$1") UPDATE("w", "$2"),
           UPDATE("w", "$1") UPDATE("t", "$2")),
     "4 with 2 3\n"},
    {"the programs in another order",
     THREE(UPDATE("w", "1") UPDATE("t", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("t", "1") UPDATE("u", "1")),
     "4 with 3 2, certain\n"},
    {"four tables, one in quotes",
     FOUR(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
          UPDATE("w", "1") UPDATE("\"X\"", "1"), UPDATE("\"X\"", "1") UPDATE("t", "1")),
     "5 with 2 3 4, certain\n"},
    {"rows of one table",
     THREE(ROW("1", "UPDATE") ROW("2", "UPDATE"), ROW("2", "UPDATE") ROW("3", "UPDATE"),
           ROW("3", "UPDATE") ROW("1", "UPDATE")),
     "4 with 2 3, certain\n"},
    {"four rows of one table",
     FOUR(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2") UPDATE("t", "3"),
          UPDATE("t", "3") UPDATE("t", "4"), UPDATE("t", "4") UPDATE("t", "1")),
     "5 with 2 3 4, certain\n"},
    {"a row that is one of a list of the program that wants it",
     THREE(ROW("1", "UPDATE") ROW_IN("2, 9"), ROW("9", "UPDATE") UPDATE("u", "1"),
           UPDATE("u", "1") ROW("1", "UPDATE")),
     "4 with 2 3, certain\n"},
    {"a row that is one of a list of the program that has it",
     THREE(ROW("1", "UPDATE") ROW("9", "UPDATE"), ROW_IN("2, 9") UPDATE("u", "1"),
           UPDATE("u", "1") ROW("1", "UPDATE")),
     "4 with 2 3, certain\n"},
    {"a row that is one of two lists",
     THREE(ROW("1", "UPDATE") ROW_IN("2, 9"), ROW_IN("3, 9") UPDATE("u", "1"),
           UPDATE("u", "1") ROW("1", "UPDATE")),
     "4 with 2 3, certain\n"},
    {"a row that is none of a list",
     THREE(ROW("1", "UPDATE") ROW_IN("2, 8"), ROW("9", "UPDATE") UPDATE("u", "1"),
           UPDATE("u", "1") ROW("1", "UPDATE")),
     ""},
    {"rows that differ",
     THREE(UPDATE("t", "1") UPDATE("t", "2"), UPDATE("t", "2") UPDATE("t", "3"),
           UPDATE("t", "4") UPDATE("t", "1")),
     ""},
    {"rows of two tables, one of which differs",
     THREE(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "2") UPDATE("w", "1"),
           UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"tables", THREE(LOCK("t") LOCK("u"), LOCK("u") LOCK("w"), LOCK("w") LOCK("t")),
     "4 with 2 3, certain\n"},
    {"tables that are shared",
     THREE(SHARED("t") LOCK("u"), LOCK("u") LOCK("w"), LOCK("w") SHARED("t")), ""},
    {"tables and their rows",
     THREE(LOCK("t") UPDATE("u", "$1"), LOCK("u") UPDATE("w", "$1"), LOCK("w") UPDATE("t", "$1")),
     "4 with 2 3, certain\n"},
    {"advisory locks", THREE(KEY("1") KEY("2"), KEY("2") KEY("3"), KEY("3") KEY("1")),
     "4 with 2 3, certain\n"},
    {"advisory locks of other keys", THREE(KEY("1") KEY("2"), KEY("2") KEY("3"), KEY("4") KEY("1")),
     ""},
    {"an advisory lock and rows",
     THREE(KEY("1") UPDATE("t", "1"), UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") KEY("1")),
     "4 with 2 3, certain\n"},
    {"an advisory lock that is given back",
     THREE("SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1);" KEY("2"), KEY("2") KEY("3"),
           KEY("3") KEY("1")),
     ""},
    {"keys that are inserted",
     THREE(UPSERT("1") UPSERT("2"), UPSERT("2") UPSERT("3"), UPSERT("3") UPSERT("1")),
     "4 with 2 3, certain\n"},
    {"keys that are inserted in one order",
     THREE(UPSERT("1") UPSERT("2"), UPSERT("2") UPSERT("3"), UPSERT("1") UPSERT("3")), ""},
    {"a row, behind rows that parameters name",
     TABLES PROGRAM(UPDATE("t", "1") UPDATE("t", "2")) PROGRAM(UPDATE("t", "2") UPDATE("t", "3"))
         PROGRAM(UPDATE("t", "3") UPDATE("t", "1")) PROGRAM(UPDATE("t", "$1")),
     "4 with 2 3, certain\n"},
    {"behind a row", TABLE_RING(UPDATE("m", "1")), ""},
    {"behind a table", TABLE_RING(LOCK("m")), ""},
    {"behind an advisory lock", TABLE_RING(KEY("9")), ""},
    {"two behind an advisory lock",
     THREE(KEY("9") UPDATE("t", "1") UPDATE("u", "1"), KEY("9") UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"four behind an advisory lock, over as many tables as the machine has",
     FOUR(LOCK("m") UPDATE("t", "1") UPDATE("u", "1"), LOCK("m") UPDATE("u", "1") UPDATE("w", "1"),
          LOCK("m") UPDATE("w", "1") UPDATE("\"X\"", "1"),
          LOCK("m") UPDATE("\"X\"", "1") UPDATE("t", "1")),
     ""},
    {"one READ ONLY",
     TABLES PROGRAM(UPDATE("t", "1") UPDATE("u", "1")) PROGRAM(UPDATE("u", "1") UPDATE(
         "w",
         "1")) "BEGIN READ ONLY; SELECT v FROM w WHERE id = 1 FOR UPDATE; SELECT v FROM t WHERE id = 1 "
               "FOR UPDATE; COMMIT;\n",
     ""},
    {"shared at one end",
     THREE(ROW("1", "SHARE") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("w", "1") ROW("1", "SHARE")),
     ""},
    {"a key that is kept",
     THREE(ROW("1", "KEY SHARE") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"what is not waited for",
     THREE(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("w", "1") ROW("1", "UPDATE NOWAIT")),
     ""},
    {"given back by ROLLBACK TO",
     THREE("SAVEPOINT s;" UPDATE("t", "1") "ROLLBACK TO s;" UPDATE("u", "1"),
           UPDATE("u", "1") UPDATE("w", "1"), UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"committed in between",
     THREE(UPDATE("t", "1") "COMMIT; BEGIN;" UPDATE("u", "1"), UPDATE("u", "1") UPDATE("w", "1"),
           UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"two of them alone",
     THREE(UPDATE("t", "1") UPDATE("u", "1"), UPDATE("u", "1") UPDATE("t", "1"),
           UPDATE("u", "1") UPDATE("w", "1") UPDATE("t", "1")),
     ""},
    {"a fourth that does what the third does",
     TABLE_RING("") PROGRAM(UPDATE("w", "1") UPDATE("t", "1")), "4 with 2 3, certain\n"},
    {"a trigger",
     TABLES "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " UPDATE(
         "u", "1") "RETURN NEW; END $$; CREATE TRIGGER g AFTER UPDATE ON t FOR EACH ROW EXECUTE "
                   "FUNCTION f();\n" PROGRAM(UPDATE("t", "1"))
                       PROGRAM(UPDATE("u", "1") UPDATE("w", "1"))
                           PROGRAM(UPDATE("w", "1") ROW("1", "UPDATE")),
     "5 with 3 4, certain\n"},
    {"a foreign key",
     THREE(UPDATE("w", "1") "INSERT INTO c VALUES ($1, 1);",
           "DELETE FROM u WHERE id = 1;" UPDATE("t", "1"), UPDATE("t", "1") UPDATE("w", "1")),
     "4 with 2 3, certain\n"},
    {"functions that are called with constants",
     TABLES "CREATE FUNCTION f(a int) RETURNS void LANGUAGE sql AS 'UPDATE t SET v = 1 WHERE id = "
            "a';\n" PROGRAM("SELECT f(1); SELECT f(2);") PROGRAM("SELECT f(2); SELECT f(3);")
                PROGRAM("SELECT f(3); SELECT f(1);"),
     "5 with 3 4, certain\n"},
    {"branches of one routine",
     TABLES
     "CREATE FUNCTION f(k int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN IF k = 1 THEN " UPDATE(
         "t", "1") UPDATE("u", "1") "ELSE " UPDATE("u", "1")
         UPDATE("w", "1") "END IF; END $$;\n" PROGRAM(UPDATE("w", "1") UPDATE("t", "1")),
     "2 with 2 3, certain\n"},
    {"behind a view",
     TABLES "CREATE VIEW s AS SELECT id, v FROM u;\n" PROGRAM(UPDATE("t", "1") UPDATE("s", "1"))
         PROGRAM(UPDATE("u", "1") UPDATE("w", "1")) PROGRAM(UPDATE("w", "1") UPDATE("t", "1")),
     "5 with 3 4, certain\n"},
};

static unsigned line_of(const struct transaction *transaction)
{
    return script_line_number(transaction->script, transaction_first(transaction)->span.start);
}

static char *view_cycles(const char *text, const char *options)
{
    struct linted linted;
    GString *lines = g_string_new(NULL);

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct cycle *cycle = cycle_of(corpus, corpus->transactions->pdata[i]);
        if (!cycle)
            continue;
        g_string_append_printf(lines, "%u with", line_of(cycle->runs[0].transaction));
        for (unsigned run = 1; run < cycle->count; run++)
            g_string_append_printf(lines, " %u", line_of(cycle->runs[run].transaction));
        g_string_append(lines, cycle->certain ? ", certain\n" : "\n");
    }
    linted_finish(&linted);
    return g_string_free(lines, FALSE);
}

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_cycles);
    return tests_run("cycle", tests);
}
