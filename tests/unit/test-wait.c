/* What a transaction waits for that is no lock: one line for each wait, and what is kept meanwhile. */
#include "locking/wait.h"

#include "support/view.h"

#define TABLE            "CREATE TABLE t (id int PRIMARY KEY, v int);"
#define RUN(statements)  TABLE "BEGIN;\n" statements "\nCOMMIT;"
#define CALM(statements) TABLE "BEGIN ISOLATION LEVEL REPEATABLE READ;\n" statements "\nCOMMIT;"
#define WRITE            "UPDATE t SET v = 1 WHERE id = 1;\n"

static void describe(GString *out, const struct transaction *transaction)
{
    struct arena arena = {0};

    for (const struct wait *wait = transaction_waits(transaction, &arena); wait;
         wait = wait->next) {
        const struct step *kept = wait_keeps_snapshot(transaction, wait);
        g_string_append(out, wait->what);
        for (const struct access *access = transaction->accesses; access; access = access->next) {
            if (wait_follows(wait, access))
                g_string_append_printf(out, ", after %s", access->statement->verb);
        }
        if (kept)
            g_string_append_printf(out, ", keeps the snapshot of %s", kept->statement->verb);
        g_string_append_c(out, '\n');
    }
    arena_finish(&arena);
}

static char *view_waits(const char *text, const char *options)
{
    return view_transactions(text, options, describe);
}

static const struct sample samples[] = {
    {"nothing", RUN(WRITE), ""},
    {"pg_sleep behind a write", RUN(WRITE "SELECT pg_sleep(5);"), "pg_sleep, after UPDATE\n"},
    {"pg_sleep before a write", RUN("SELECT pg_sleep(5);\n" WRITE), "pg_sleep\n"},
    {"in one statement with the write", RUN("UPDATE t SET v = 1 WHERE pg_sleep(1) IS NOT NULL;"),
     "pg_sleep\n"},
    {"under one snapshot", CALM("SELECT v FROM t;\nSELECT pg_sleep(5);"),
     "pg_sleep, after SELECT, keeps the snapshot of SELECT\n"},
    {"the snapshot of the wait itself", CALM("SELECT pg_sleep(5);"),
     "pg_sleep, keeps the snapshot of SELECT\n"},
    {"a person", RUN(WRITE "\\prompt name answer\nSELECT 1;"), "\\prompt, after UPDATE\n"},
    {"a program", RUN(WRITE "\\! curl example.org\nSELECT 1;"), "\\!, after UPDATE\n"},
    {"COPY to a program", RUN(WRITE "COPY t TO PROGRAM 'gzip > t.gz';"),
     "COPY … PROGRAM, after UPDATE\n"},
    {"COPY to a file", RUN(WRITE "COPY t TO '/tmp/t';"), ""},
    {"another server", RUN(WRITE "SELECT dblink_exec('host=a', 'DELETE FROM x');"),
     "dblink_exec, after UPDATE\n"},
    {"beside an open cursor", RUN("DECLARE c CURSOR FOR SELECT v FROM t;\nSELECT pg_sleep(5);"),
     "pg_sleep, after DECLARE CURSOR, keeps the snapshot of DECLARE CURSOR\n"},
    {"behind a cursor that is closed",
     RUN("DECLARE c CURSOR FOR SELECT v FROM t;\nCLOSE c;\nSELECT pg_sleep(5);"),
     "pg_sleep, after DECLARE CURSOR\n"},
    {"behind another cursor that is closed",
     RUN("DECLARE c CURSOR FOR SELECT v FROM t;\nCLOSE d;\nSELECT pg_sleep(5);"),
     "pg_sleep, after DECLARE CURSOR, keeps the snapshot of DECLARE CURSOR\n"},
    {"in a function",
     TABLE
     "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN UPDATE t SET v = 1; PERFORM pg_sleep(1); END $$; BEGIN; SELECT f(); COMMIT;",
     "pg_sleep, after UPDATE\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_waits);
    return tests_run("wait", tests);
}
