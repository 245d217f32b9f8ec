/* What trials understand: for each transaction with a BEGIN, what can come of it beside all others,
 * or "?" where one of them is not understood. */
#include "trial/trial.h"

#include "support/sample.h"

static char *view_verdicts(const char *text, const char *options)
{
    GString *out = g_string_new(NULL);
    struct linted linted;

    lint_sample(&linted, text, options);
    const struct corpus *corpus = &project_database(&linted.project, 0)->corpus;
    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (!transaction_is_declared(transaction))
            continue;
        struct verdict verdict = trial_judge(
            corpus, transaction, 1U << FAIL_SERIALIZATION | 1U << FAIL_UNIQUE | ANOMALOUS, NULL);
        g_string_append_printf(out, "%s%s%s%s\n", verdict.decided ? "" : "?",
                               verdict.outcomes & 1U << FAIL_SERIALIZATION ? " 40001" : "",
                               verdict.outcomes & 1U << FAIL_UNIQUE ? " 23505" : "",
                               verdict.outcomes & ANOMALOUS ? " anomaly" : "");
    }
    linted_finish(&linted);
    return g_string_free(out, FALSE);
}

#define STOCK      "CREATE TABLE stock (id int PRIMARY KEY, shelf int, n int);"
#define TOTAL      "CREATE TABLE total (id int PRIMARY KEY, n int);"
#define SEAT       "CREATE TABLE seat (id int PRIMARY KEY, n int, EXCLUDE USING btree (n WITH =));"
#define SLOT(when) "CREATE TABLE slot (id int PRIMARY KEY, n int UNIQUE DEFERRABLE" when ");"
#define RENEW      "DELETE FROM slot WHERE n = 1; INSERT INTO slot VALUES ($1, 1)"
#define JOB        "CREATE TABLE job (id int PRIMARY KEY, run int, state int);"
#define ONE_EACH   "CREATE UNIQUE INDEX one_each ON job (run) WHERE state = 1;"
#define COUNTED(when)                                                                         \
    STOCK TOTAL "CREATE FUNCTION count_stock() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " \
                "UPDATE total SET n = n + 1 WHERE id = 1; RETURN NULL; END $$;"               \
                "CREATE TRIGGER counted AFTER " when " EXECUTE FUNCTION count_stock();"

#define FILLED(when, statements)                                                            \
    STOCK "ALTER TABLE stock ADD changed timestamptz;"                                      \
          "CREATE FUNCTION fill() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN " statements \
          " RETURN NEW; END $$; CREATE TRIGGER filled BEFORE " when " ON stock "            \
          "FOR EACH ROW EXECUTE FUNCTION fill();"
#define CHANGE_ONE RR("UPDATE stock SET n = 1 WHERE id = 1")

#define SHELVED                                                                      \
    "CREATE TABLE shelf (id int PRIMARY KEY, n int); ALTER TABLE stock ADD FOREIGN " \
    "KEY (shelf) REFERENCES shelf ON DELETE SET NULL ON UPDATE CASCADE;"

#define BEGIN(level, statements) "BEGIN ISOLATION LEVEL " level ";" statements "; COMMIT;"
#define RC(statements)           BEGIN("READ COMMITTED", statements)
#define RR(statements)           BEGIN("REPEATABLE READ", statements)

#define MERGE(source, what) "MERGE INTO total t USING (" source ") s (k, m) ON t.id = s.k " what
#define MATCHED             "WHEN MATCHED THEN UPDATE SET n = s.m "
#define MISSING             "WHEN NOT MATCHED THEN INSERT VALUES (s.k, s.m)"

#define SUM(what, where) \
    "UPDATE total SET n = (SELECT " what " FROM stock WHERE " where ") WHERE id = 1"

#define REMADE "UPDATE stock SET n = CASE WHEN n > 2 THEN n - 1 ELSE 5 END "

#define WITH(change) "WITH w AS (" change ") "
#define CHANGE       "UPDATE stock SET n = 1 WHERE id = 1"
#define MOVED        "INSERT INTO stock SELECT id, 2, 3 FROM w"

#define CALLED(statements)                                                                               \
    "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ DECLARE x int; r record; BEGIN " statements \
    " END $$;" RC("SELECT f()")
#define RR_CALLED(statements)                                                                       \
    "CREATE FUNCTION g(d int) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x int; BEGIN " statements \
    " END $$;" RR("SELECT g($1)")
#define BRANCH(condition, statement) "IF " condition " THEN " statement "; END IF;"
#define TAKE                         "UPDATE total SET n = 1 WHERE id = 1;"
#define LESS                         "UPDATE total SET n = x - 1 WHERE id = 1"
#define LOOK                         "SELECT n INTO x FROM total WHERE id = 1;"
#define ADD                          "INSERT INTO total VALUES (1, 2)"
#define LOOP(lock, statements) \
    "FOR r IN SELECT id, n FROM stock ORDER BY id " lock " LOOP " statements "; END LOOP;"
#define RAISE_EACH "UPDATE stock SET n = r.n + 1 WHERE id = r.id"

static const struct sample samples[] = {
    /* MERGE */
    {"two insert what neither has found", TOTAL RC(MERGE("VALUES (1, 2)", MATCHED MISSING)),
     " 23505\n"},
    {"in the other order", TOTAL RC(MERGE("VALUES (1, 2)", MISSING " " MATCHED)), " 23505\n"},
    {"the values of a SELECT",
     TOTAL RC("MERGE INTO total t USING (SELECT 1 AS k, 2 AS m) s ON t.id = s.k " MATCHED MISSING),
     " 23505\n"},
    {"parameters", TOTAL RC(MERGE("VALUES ($1, $2)", MATCHED MISSING)), " 23505\n"},
    {"it only changes", TOTAL RC(MERGE("VALUES (1, 2)", MATCHED)), "\n"},
    {"it changes what another one changes", TOTAL RR(MERGE("VALUES (1, 2)", MATCHED)), " 40001\n"},
    {"it changes another row",
     TOTAL RR(MERGE("VALUES (1, 2)", MATCHED)) RC("UPDATE total SET n = 1 WHERE id = 2"),
     " 40001\n\n"},
    {"a lock keeps the other one out",
     TOTAL RC("LOCK TABLE total;" MERGE("VALUES (1, 2)", MATCHED MISSING)), "\n"},
    {"a condition of its own",
     TOTAL RC(MERGE("VALUES (1, 2)", "WHEN MATCHED AND t.n > 3 THEN DELETE " MISSING)), "?\n"},
    {"several rows", TOTAL RC(MERGE("VALUES (1, 2), (2, 2)", MATCHED MISSING)), "?\n"},
    {"what is asked of the source alone",
     TOTAL RC("MERGE INTO total t USING (VALUES (1, 2)) s (k, m) ON t.id = s.k AND s.m > 3 " MATCHED
                  MISSING),
     "?\n"},
    /* what an application looks for before it inserts */
    {"the row itself", TOTAL RC("SELECT * FROM total WHERE id = 1; " ADD), " 23505\n"},
    {"another row, so that the second run fails in any case",
     TOTAL RC("SELECT * FROM total WHERE id = 3; " ADD), "\n"},
    {"what may be the row", TOTAL RC("SELECT * FROM total WHERE id = $1; " ADD), " 23505\n"},
    /* values that the statement reads */
    {"the number after the last", TOTAL RC("INSERT INTO total SELECT max(id) + 1, 2 FROM total"),
     " 23505\n"},
    {"the number after the last, one run after the other",
     TOTAL RC("LOCK TABLE total; INSERT INTO total SELECT max(id) + 1, 2 FROM total"), "\n"},
    {"the number after the last, from a variable",
     TOTAL CALLED("SELECT max(id) INTO x FROM total; INSERT INTO total VALUES (x + 1, 2);"),
     " 23505\n"},
    {"the number of rows, in VALUES",
     TOTAL RC("INSERT INTO total VALUES ((SELECT count(*) FROM total), 2)"), " 23505\n"},
    {"a total of rows that another run adds",
     STOCK TOTAL RC("INSERT INTO stock VALUES ($1, 1, 5);" SUM("sum(n)", "shelf = 1")),
     " anomaly\n"},
    {"a number of rows that another run changes",
     STOCK TOTAL RC("UPDATE stock SET n = $1 WHERE shelf = 1;" SUM("count(*)", "shelf = 1")), "\n"},
    {"a value that nobody changes", STOCK TOTAL RC(SUM("n", "id = 1")), "\n"},
    {"the value of one of many rows", STOCK TOTAL RC(SUM("n", "shelf = 1")), "?\n"},
    {"totals of groups",
     STOCK TOTAL RC("INSERT INTO total SELECT shelf, sum(n) FROM stock GROUP BY shelf"), "?\n"},
    {"a total that may have no row",
     STOCK TOTAL RC("INSERT INTO total SELECT 1, sum(n) FROM stock HAVING sum(n) > 3"), "?\n"},
    /* what is asked of other rows than those of the write */
    {"a change where no row is as it makes one",
     STOCK RR(
         "UPDATE stock SET n = 1 WHERE id = $1 AND NOT EXISTS (SELECT FROM stock WHERE n = 1)"),
     " 40001 anomaly\n"},
    {"a DELETE where there is a row that nobody changes",
     STOCK TOTAL RC("DELETE FROM stock WHERE id = 1 AND EXISTS (SELECT FROM total WHERE id = 2)"),
     "\n"},
    {"it is asked of the row that is changed",
     STOCK TOTAL RC("UPDATE stock SET n = 1 WHERE id = 1 AND EXISTS (SELECT FROM total t WHERE "
                    "t.id = stock.shelf)"),
     "?\n"},
    {"it decides about some of the rows",
     STOCK TOTAL RC("UPDATE stock SET n = 1 WHERE id = 1 OR EXISTS (SELECT FROM total)"), "?\n"},
    /* what WITH gives */
    {"what a change returns is shown",
     STOCK RC("SELECT n FROM stock WHERE id = 2; " WITH(
         "UPDATE stock SET n = n + 1 WHERE id = 1 RETURNING n") "SELECT sum(n) FROM w")
         RC("UPDATE stock SET n = n + 1 WHERE id = 2; UPDATE stock SET n = n + 1 WHERE id = 1"),
     " anomaly\n anomaly\n"},
    {"it is not",
     STOCK RC("SELECT n FROM stock WHERE id = 2; UPDATE stock SET n = n + 1 WHERE id = 1")
         RC("UPDATE stock SET n = n + 1 WHERE id = 2; UPDATE stock SET n = n + 1 WHERE id = 1"),
     "\n\n"},
    {"some of what a change returns",
     STOCK RC(
         WITH("UPDATE stock SET n = n + 1 WHERE id = 1 RETURNING n") "SELECT n FROM w WHERE n > 3"),
     "?\n"},
    {"rows that are locked in WITH, under another name",
     STOCK RR(WITH("SELECT id AS k FROM stock WHERE shelf = 1 FOR UPDATE") "UPDATE stock SET n = 1 "
                                                                           "WHERE id IN (SELECT k "
                                                                           "FROM w)"),
     " 40001\n"},
    {"some of the rows that are locked in WITH",
     STOCK RR(
         WITH("SELECT id FROM stock WHERE shelf = 1 FOR UPDATE") "UPDATE stock SET n = 1 WHERE "
                                                                 "id IN (SELECT id FROM w "
                                                                 "LIMIT 1)"),
     "?\n"},
    /* a value beside others */
    {"the number of rows, beside a key",
     TOTAL RR("INSERT INTO total SELECT $1, (SELECT count(*) FROM total)"), " anomaly\n"},
    {"a value that may not be there, beside a key",
     STOCK TOTAL RR("INSERT INTO total SELECT 1, (SELECT n FROM stock WHERE shelf = 1)"), "?\n"},
    {"a total that is written and shown",
     STOCK TOTAL RC(
         "INSERT INTO stock VALUES ($1, 1, 5);" SUM("sum(n)", "shelf = 1") " RETURNING n"),
     " anomaly\n"},
    /* amounts */
    {"an amount that falls, where more is asked for",
     STOCK RC("UPDATE stock SET n = n - 1 WHERE id = 3; SELECT n FROM stock WHERE id = 1")
         RC("UPDATE stock SET n = n - 4 WHERE n > 2"),
     "\n\n"},
    {"an amount that rises",
     STOCK RC("UPDATE stock SET n = n + 1 WHERE id = 3; SELECT n FROM stock WHERE id = 1")
         RC("UPDATE stock SET n = n - 4 WHERE n > 2"),
     " anomaly\n anomaly\n"},
    /* a column by a function of its own */
    {"two runs change the row by the same one", STOCK RC(REMADE "WHERE id = 1"), "\n"},
    {"with one snapshot", STOCK RR(REMADE "WHERE id = 1"), " 40001\n"},
    {"after the row was read", STOCK RC("SELECT n FROM stock WHERE id = 1; " REMADE "WHERE id = 1"),
     " anomaly\n"},
    {"where more is asked for", STOCK RC(REMADE "WHERE n > 3"), "?\n"},
    {"of another column, and of two",
     STOCK RC("UPDATE stock SET n = shelf * 2 WHERE id = 1")
         RC("UPDATE stock SET n = n * shelf WHERE id = 1"),
     "?\n?\n"},
    /* sums */
    {"a sum of two columns, of which another run changes one",
     STOCK TOTAL RC(
         "UPDATE total SET n = total.n + s.n FROM stock s WHERE total.id = 1 AND s.id = 1")
         RC("UPDATE stock SET n = 7 WHERE id = 1; UPDATE total SET n = 0 WHERE id = 1"),
     " anomaly\n anomaly\n"},
    {"a sum of two columns that others add to as well",
     STOCK TOTAL RC(
         "UPDATE total SET n = total.n + s.n FROM stock s WHERE total.id = 1 AND s.id = 1")
         RC("UPDATE total SET n = n + 3 WHERE id = 1"),
     "\n\n"},
    {"two columns of the one row", STOCK RC("UPDATE stock SET n = shelf + n WHERE id = 1"), "?\n"},
    {"the column taken from another one",
     STOCK TOTAL RC(
         "UPDATE total SET n = s.n - total.n FROM stock s WHERE total.id = 1 AND s.id = 1"),
     "?\n"},
    {"what is brought is added",
     TOTAL RC("INSERT INTO total VALUES (1, 2) ON CONFLICT (id) DO UPDATE SET n = total.n + "
              "EXCLUDED.n"),
     "\n"},
    {"what is brought is added, with one snapshot",
     TOTAL RR("INSERT INTO total VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET n = total.n - "
              "EXCLUDED.n"),
     " 40001\n"},
    {"what is taken away does not let a condition hold",
     STOCK TOTAL RC(
         "UPDATE stock SET n = n - $2 WHERE id = 1 AND n >= $2; INSERT INTO total VALUES (1, "
         "$2) ON CONFLICT (id) DO UPDATE SET n = total.n + EXCLUDED.n"),
     "\n"},
    {"what is brought does",
     STOCK TOTAL RC(
         "UPDATE stock SET n = n + $2 WHERE id = 1 AND n >= $2; INSERT INTO total VALUES (1, "
         "$2) ON CONFLICT (id) DO UPDATE SET n = total.n + EXCLUDED.n"),
     " anomaly\n"},
    {"what MERGE is given is added",
     TOTAL RC(MERGE("VALUES (1, 2)", "WHEN MATCHED THEN UPDATE SET n = t.n + s.m")), "\n"},
    {"what a sub-SELECT finds is added",
     STOCK TOTAL RC("UPDATE total SET n = n + (SELECT sum(n) FROM stock) WHERE id = 1")
         RC("UPDATE stock SET n = 7 WHERE id = 1; UPDATE total SET n = 0 WHERE id = 1"),
     " anomaly\n anomaly\n"},
    {"a variable is added",
     STOCK TOTAL CALLED("SELECT n INTO x FROM stock WHERE id = 1;"
                        "UPDATE total SET n = n - x WHERE id = 1;"),
     "\n"},
    {"a row that is taken away is added to another one",
     STOCK TOTAL RC(WITH(
         "DELETE FROM stock WHERE id = 1 RETURNING n") "UPDATE total SET n = total.n + w.n FROM w WHERE total.id = 2"),
     "\n"},
    {"a row that is taken away is added to one that it names",
     STOCK TOTAL RR(WITH(
         "DELETE FROM stock WHERE id = 1 RETURNING shelf, n AS m") "UPDATE total SET n = total.n + w.m FROM w WHERE total.id = w.shelf"),
     " 40001\n"},
    {"a row that is taken away with all that it has",
     STOCK TOTAL RC(WITH(
         "DELETE FROM stock WHERE id = 1 RETURNING *") "UPDATE total SET n = total.n - w.n FROM w WHERE total.id = w.shelf"),
     "\n"},
    {"many rows that are taken away",
     STOCK TOTAL RC(WITH(
         "DELETE FROM stock WHERE shelf = 1 RETURNING n") "UPDATE total SET n = total.n + w.n FROM w WHERE total.id = 2"),
     "?\n"},
    {"what is asked of the row that is taken away",
     STOCK TOTAL RC(WITH(
         "DELETE FROM stock WHERE id = 1 RETURNING n") "UPDATE total SET n = total.n + w.n FROM w WHERE total.id = 2 AND w.n > 3"),
     "?\n"},
    /* joins */
    {"two tables that each run reads before it changes one of them",
     STOCK TOTAL RR("SELECT s.n + t.n FROM stock s JOIN total t ON t.id = s.id WHERE s.id = 1; "
                    "UPDATE stock SET n = 0 WHERE id = 1")
         RR("SELECT s.n + t.n FROM stock s JOIN total t ON t.id = s.id WHERE s.id = 1; "
            "UPDATE total SET n = 0 WHERE id = 1"),
     " 40001 anomaly\n 40001 anomaly\n"},
    {"what the other run changes is not shown",
     STOCK TOTAL RR("SELECT s.n FROM stock s, total t WHERE t.id = s.shelf AND s.id = 1; "
                    "UPDATE stock SET n = 0 WHERE id = 1")
         RR("UPDATE total SET n = 0 WHERE id = 1"),
     " 40001\n 40001\n"},
    {"what is asked of both rows",
     STOCK TOTAL RR("SELECT s.n FROM stock s, total t WHERE t.id = s.shelf AND s.n + t.n > 3"),
     "?\n"},
    {"an outer join", STOCK TOTAL RR("SELECT s.n FROM stock s LEFT JOIN total t ON t.id = s.shelf"),
     "?\n"},
    /* WITH */
    {"a change in WITH", STOCK TOTAL RR(WITH("DELETE FROM total WHERE id = 2") CHANGE), " 40001\n"},
    {"a change in WITH, at the default level",
     STOCK TOTAL RC(WITH("DELETE FROM total WHERE id = 2") CHANGE), "\n"},
    {"a change that is asked for",
     STOCK TOTAL RC(WITH("DELETE FROM total WHERE id = 2 RETURNING n") CHANGE
                    " AND n IN (TABLE w)"),
     "?\n"},
    {"a row that moves", STOCK TOTAL RC(WITH("DELETE FROM total WHERE id = 1 RETURNING id") MOVED),
     "\n"},
    {"a row that moves, and comes back",
     STOCK TOTAL RC(WITH("DELETE FROM total WHERE id = 1 RETURNING id") MOVED
                    "; INSERT INTO total VALUES (1, 2)"),
     " 23505\n"},
    {"rows that move", STOCK TOTAL RC(WITH("DELETE FROM total WHERE n = 1 RETURNING id") MOVED),
     "?\n"},
    {"a row that moves perhaps",
     STOCK TOTAL RC(WITH("DELETE FROM total WHERE id = 1 RETURNING id") MOVED " WHERE id > 3"),
     "?\n"},
    /* keys that are checked late */
    {"two bring the key that they have taken away", SLOT(" INITIALLY DEFERRED") RC(RENEW),
     " 23505\n"},
    {"one after the other", SLOT(" INITIALLY DEFERRED") RC("LOCK TABLE slot;" RENEW), "\n"},
    {"at the end of the statement", SLOT("") RC(RENEW), " 23505\n"},
    {"ON CONFLICT by another key", SLOT("") RC(RENEW " ON CONFLICT (id) DO NOTHING"),
     " 23505 anomaly\n"},
    {"ON CONFLICT by the late one", SLOT("") RC(RENEW " ON CONFLICT DO NOTHING"), "?\n"},
    /* exclusion constraints */
    {"rows that nobody changes", SEAT RR("SELECT * FROM seat FOR UPDATE"), "\n"},
    {"a seat is taken by two, which is no 23505",
     SEAT RC("INSERT INTO seat VALUES ($1, 1) ON CONFLICT (id) DO NOTHING"), "\n"},
    {"a key that each run brings", SEAT RC("INSERT INTO seat VALUES (1, $1)"), "\n"},
    {"ranges that overlap",
     "CREATE TABLE stay (id int PRIMARY KEY, during int4range,"
     "EXCLUDE USING gist (during WITH &&));" RR("SELECT * FROM stay FOR UPDATE"),
     "?\n"},
    /* triggers */
    {"what a trigger counts",
     COUNTED("INSERT ON stock FOR EACH ROW") RR("INSERT INTO stock VALUES ($1, 2, 3)"), " 40001\n"},
    {"what a trigger counts at the default level",
     COUNTED("INSERT ON stock FOR EACH ROW") RC("INSERT INTO stock VALUES ($1, 2, 3)"), "\n"},
    {"what sets no trigger off",
     COUNTED("INSERT ON stock FOR EACH ROW") RR("SELECT * FROM stock WHERE id = 1 FOR UPDATE"),
     "\n"},
    {"what a parent sets off that nobody deletes",
     COUNTED("UPDATE ON stock FOR EACH ROW") SHELVED RR("UPDATE shelf SET n = 2 WHERE id = 1"),
     " 40001\n"},
    {"what a parent sets off when it is deleted",
     COUNTED("UPDATE ON stock FOR EACH ROW") SHELVED RR("DELETE FROM shelf WHERE id = 1"),
     " 40001\n"},
    {"what a parent sets off when its key changes",
     COUNTED("UPDATE ON stock FOR EACH ROW") SHELVED RR("UPDATE shelf SET id = 2 WHERE id = 1"),
     " 40001\n"},
    {"a trigger for a part of the rows",
     COUNTED("INSERT ON stock FOR EACH ROW WHEN (NEW.n > 3)")
         RR("INSERT INTO stock VALUES ($1, 2, 3)"),
     "?\n"},
    {"a trigger for the statement",
     COUNTED("INSERT ON stock") RR("INSERT INTO stock VALUES ($1, 2, 3)"), "?\n"},
    {"a trigger that fills what nobody asks for",
     FILLED("INSERT OR UPDATE", "NEW.changed := now();") CHANGE_ONE, " 40001\n"},
    {"the same where something has changed",
     FILLED("UPDATE", "IF NEW.n <> OLD.n THEN NEW.changed := now(); END IF;") CHANGE_ONE,
     " 40001\n"},
    {"a trigger for a column that fills another one",
     FILLED("UPDATE OF n", "NEW.changed := now();") CHANGE_ONE, " 40001\n"},
    {"a trigger that fills what is asked for", FILLED("UPDATE", "NEW.n := NEW.n + 1;") CHANGE_ONE,
     "?\n"},
    {"a trigger that fills a key", FILLED("UPDATE", "NEW.id := 3;") CHANGE_ONE, "?\n"},
    {"a trigger that makes another row", FILLED("UPDATE", "NEW := OLD;") CHANGE_ONE, "?\n"},
    {"a trigger that refuses a value",
     FILLED("UPDATE", "IF NEW.n < 0 THEN RAISE EXCEPTION 'few'; END IF;") CHANGE_ONE, " 40001\n"},
    {"a trigger that asks for the row that is there",
     FILLED("UPDATE", "IF OLD.n < 0 THEN RAISE EXCEPTION 'few'; END IF;") CHANGE_ONE, "?\n"},
    {"a trigger that refuses all", FILLED("UPDATE", "RAISE EXCEPTION 'no';") CHANGE_ONE, "?\n"},
    {"a trigger that keeps the row as it is",
     FILLED("UPDATE", "IF NEW.n < 0 THEN RETURN NULL; END IF;") CHANGE_ONE, "?\n"},
    {"a trigger that no program sets off, which is a program that writes a row",
     FILLED("DELETE", "NULL;") CHANGE_ONE, "? 40001\n"},
    {"a trigger of a DELETE, which does nothing then",
     FILLED("DELETE", "NULL;") RR("DELETE FROM stock WHERE id = 1"), "?\n"},
    /* branches */
    {"two insert where neither has found", TOTAL CALLED(TAKE BRANCH("NOT FOUND", ADD)), " 23505\n"},
    {"in lower case, after a SELECT",
     TOTAL CALLED("SELECT n INTO x FROM total WHERE id = 1;" BRANCH("not  found", ADD)),
     " 23505\n"},
    {"it inserts what it has found", TOTAL CALLED(TAKE BRANCH("FOUND", ADD)), "\n"},
    {"the other branch",
     TOTAL CALLED(TAKE "IF FOUND THEN DELETE FROM total WHERE id = 2; ELSE " ADD "; END IF;"),
     " 23505\n"},
    {"a lock keeps the other one out of the branch",
     TOTAL CALLED("LOCK TABLE total;" TAKE BRANCH("NOT FOUND", ADD)), "\n"},
    {"a branch for two reasons", TOTAL CALLED(LOOK BRANCH("x > 3 AND x < 5", ADD)), "\n"},
    {"what one of two reasons keeps out",
     TOTAL CALLED(LOOK "IF x > 1 AND x < 5 THEN NULL; ELSE " ADD "; END IF;"), " 23505\n"},
    {"a variable or what was found", TOTAL CALLED(LOOK BRANCH("NOT FOUND OR x < 1", ADD)),
     " 23505\n"},
    {"two or three of three reasons", TOTAL CALLED(LOOK BRANCH("FOUND AND (x < 3 OR x > 5)", LESS)),
     " anomaly\n"},
    {"what a routine has read that returns nothing is no result of it",
     TOTAL CALLED(LOOK BRANCH("FOUND AND x > 5", "DELETE FROM total WHERE id = 1")), "\n"},
    {"two reasons in one of two", TOTAL CALLED(LOOK BRANCH("x < 3 OR x > 5 AND FOUND", ADD)),
     "?\n"},
    {"a row that is there",
     TOTAL CALLED(BRANCH("EXISTS (SELECT FROM total WHERE id = 1)",
                         "NULL") "IF NOT EXISTS (SELECT FROM total WHERE id = 1) THEN " ADD
                                 "; END IF;"),
     " 23505\n"},
    {"the same under a lock",
     TOTAL CALLED("LOCK TABLE total;" BRANCH("NOT EXISTS (SELECT FROM total WHERE id = 1)", ADD)),
     "\n"},
    {"a row that is there, or another one",
     TOTAL CALLED("IF EXISTS (SELECT FROM total WHERE id = 1) THEN RETURN; "
                  "ELSIF EXISTS (SELECT FROM total WHERE id = 2) THEN RETURN; END IF; " ADD ";"),
     " 23505\n"},
    {"one reason after another",
     TOTAL CALLED(LOOK "IF x < 5 THEN RETURN; ELSIF x IS NULL THEN " ADD "; ELSE " LESS
                       "; END IF;"),
     " 23505 anomaly\n"},
    {"what a sum has found", TOTAL CALLED("PERFORM sum(n) FROM total;" BRANCH("NOT FOUND", ADD)),
     "?\n"},
    {"what an INSERT has found",
     TOTAL CALLED(ADD " ON CONFLICT DO NOTHING;" BRANCH("NOT FOUND", TAKE)), "?\n"},
    {"a branch in a branch",
     TOTAL CALLED(TAKE "IF NOT FOUND THEN " TAKE BRANCH("NOT FOUND", ADD) " END IF;"), " 23505\n"},
    {"a branch in one that is never entered",
     TOTAL CALLED(TAKE "IF FOUND THEN " TAKE BRANCH("NOT FOUND", ADD) " END IF;"), "\n"},
    {"a variable that a branch sets",
     TOTAL CALLED(LOOK BRANCH("NOT FOUND", "x := 2") "UPDATE total SET n = x WHERE id = 1;"),
     "?\n"},
    {"the same in what is asked",
     TOTAL CALLED(LOOK BRANCH("NOT FOUND", "x := 2") BRANCH("x < 5", TAKE)), "?\n"},
    {"a variable that nobody asks for behind the branch",
     TOTAL CALLED(TAKE "IF NOT FOUND THEN x := 2; " ADD "; END IF;"), " 23505\n"},
    {"a variable that is asked for in the branch",
     TOTAL CALLED(TAKE "IF NOT FOUND THEN x := 2; INSERT INTO total VALUES (1, x); END IF;"),
     " 23505\n"},
    {"a loop that writes what it has read", STOCK CALLED(LOOP("", RAISE_EACH)), " anomaly\n"},
    {"a loop that has locked its rows", STOCK CALLED(LOOP("FOR UPDATE", RAISE_EACH)), "\n"},
    {"a loop that leaves rows out",
     STOCK CALLED(LOOP("FOR UPDATE", "IF r.n > 5 THEN " RAISE_EACH "; END IF")), "\n"},
    {"a loop that deletes all that it finds, however many there are",
     STOCK CALLED(LOOP("", "DELETE FROM stock WHERE id = r.id")), "\n"},
    {"a loop that ends in the middle", STOCK CALLED(LOOP("", RAISE_EACH "; RETURN")), "?\n"},
    {"what a loop has added up",
     STOCK TOTAL CALLED(LOOP("", "x := r.n") "UPDATE total SET n = x WHERE id = 1;"), "?\n"},
    {"what the last pass of a loop has left",
     STOCK CALLED(LOOP("", "UPDATE stock SET n = x WHERE id = r.id; x := r.n")), "?\n"},
    {"a lock for each of what is in no table",
     TOTAL CALLED(
         "FOR r IN SELECT unnest(ARRAY[1, 2]) AS id LOOP PERFORM pg_advisory_xact_lock(1); "
         "END LOOP;" TAKE),
     "?\n"},
    {"a loop over what is in no table",
     TOTAL CALLED("FOR r IN SELECT unnest(ARRAY[1, 2]) AS id LOOP " TAKE " END LOOP;"), "?\n"},
    {"a branch by a count", TOTAL CALLED("SELECT count(*) INTO x FROM total;" BRANCH("x < 1", ADD)),
     " 23505\n"},
    {"a branch by a count that it makes itself",
     TOTAL CALLED(BRANCH("(SELECT count(*) FROM total WHERE id = 1) = 0", ADD)), " 23505\n"},
    {"a branch by more than one row",
     TOTAL CALLED("SELECT count(*) INTO x FROM total;" BRANCH("x < 2", ADD)), " 23505\n"},
    {"a branch by two rows of which each run takes one away",
     STOCK RR_CALLED("SELECT count(*) INTO x FROM stock WHERE shelf = 7 AND n > 0;" BRANCH(
         "x > 1", "UPDATE stock SET n = 0 WHERE id = d")),
     " 40001 anomaly\n"},
    {"a branch by room for one more",
     STOCK RR_CALLED("SELECT count(*) INTO x FROM stock WHERE shelf = 7;" BRANCH(
         "x < 3", "INSERT INTO stock VALUES (d, 7, 0)")),
     " 23505 anomaly\n"},
    {"a row where there is room for one more",
     STOCK RC(
         "INSERT INTO stock SELECT $1, 7, 0 WHERE (SELECT count(*) FROM stock WHERE shelf = 7) "
         "< 3"),
     " 23505 anomaly\n"},
    {"a row of a key of two columns, where there is room for one more",
     "CREATE TABLE room (id int PRIMARY KEY, n int); CREATE TABLE guest (room int NOT NULL REFERENCES "
     "room, bed int, state text DEFAULT 'new', PRIMARY KEY (room, bed));" RC(
         "INSERT INTO guest SELECT $1, $2 WHERE (SELECT count(*) FROM guest WHERE room = $1 AND state = "
         "'new') < 3"),
     " 23505 anomaly\n"},
    {"a row where not too many are",
     STOCK RC("INSERT INTO stock SELECT $1, 7, 0 WHERE (SELECT count(*) FROM stock) < 20"), "?\n"},
    {"a row where there is room, and another one",
     STOCK RC(
         "INSERT INTO stock SELECT $1, 7, 0 WHERE (SELECT count(*) FROM stock) < 3 AND (SELECT "
         "count(*) FROM stock WHERE shelf = 7) < 2"),
     "?\n"},
    {"a branch by many rows",
     TOTAL CALLED("SELECT count(*) INTO x FROM total;" BRANCH("x < 20", ADD)), "?\n"},
    {"a branch by a number that is made of the count",
     TOTAL CALLED("SELECT count(*) + 1 INTO x FROM total;" BRANCH("x < 1", ADD)), "?\n"},
    {"a branch that fails", TOTAL CALLED(TAKE BRANCH("NOT FOUND", "RAISE EXCEPTION 'none'")), "\n"},
    {"it inserts what it has not found, or fails",
     TOTAL CALLED(LOOK BRANCH("FOUND", "RAISE EXCEPTION 'there'") ADD ";"), " 23505\n"},
    {"it fails in any case", TOTAL CALLED(ADD "; RAISE EXCEPTION 'no';"), "?\n"},
    {"what it has read is enough, or it fails",
     TOTAL CALLED(LOOK BRANCH("x < 5", "RAISE EXCEPTION 'few'") TAKE), " anomaly\n"},
    {"the same of a row that is locked",
     TOTAL CALLED("SELECT n INTO x FROM total WHERE id = 1 FOR UPDATE;" BRANCH(
         "x < 5", "RAISE EXCEPTION 'few'") TAKE),
     "\n"},
    {"written the other way round",
     TOTAL CALLED(LOOK BRANCH("5 > x", "RAISE EXCEPTION 'few'") TAKE), " anomaly\n"},
    {"the row is there, or it fails",
     TOTAL CALLED(LOOK BRANCH("x IS NOT NULL", "RAISE EXCEPTION 'there'") ADD ";"), " 23505\n"},
    {"the row is there, or it does something else",
     TOTAL CALLED(LOOK "IF x IS NULL THEN " ADD "; ELSE " LESS "; END IF;"), " 23505 anomaly\n"},
    {"it returns early where it has found the row",
     TOTAL CALLED(LOOK BRANCH("FOUND", "RETURN") ADD ";"), " 23505\n"},
    {"it returns early where it has not found the row",
     TOTAL CALLED(LOOK BRANCH("NOT FOUND", "RETURN") ADD ";"), "\n"},
    {"it returns early, for one of two reasons",
     TOTAL CALLED(LOOK BRANCH("x IS NULL", "RETURN") BRANCH("x < 5", "RETURN") LESS ";"),
     " anomaly\n"},
    {"it returns early from a row that is locked",
     TOTAL CALLED(
         "SELECT n INTO x FROM total WHERE id = 1 FOR UPDATE;" BRANCH("x < 5", TAKE "RETURN") TAKE),
     "\n"},
    {"it returns early, or fails",
     TOTAL CALLED(LOOK TAKE BRANCH("x >= 5", "RETURN")
                      BRANCH("x IS NOT NULL", "RAISE EXCEPTION 'few'")),
     " anomaly\n"},
    {"the program goes on behind what returns early",
     TOTAL "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN " TAKE BRANCH(
         "NOT FOUND", "RETURN") TAKE "END $$;" RC("SELECT f();" ADD),
     " 23505\n"},
    {"it returns in any case", TOTAL CALLED("RETURN;" ADD ";"), "?\n"},
    {"what it is called with is enough, or it fails",
     TOTAL "CREATE FUNCTION f(v int) RETURNS void LANGUAGE plpgsql AS $$ BEGIN "
           "IF v < 0 THEN RAISE EXCEPTION 'few'; END IF;" TAKE "END $$;" RC("SELECT f(3)"),
     "\n"},
    {"it fails for one of two reasons",
     TOTAL CALLED(LOOK BRANCH("x < 5 OR x > 9", "RAISE EXCEPTION 'no'") TAKE), " anomaly\n"},
    {"a reason that was computed",
     TOTAL CALLED(LOOK "x := x - 1;" BRANCH("x < 5", "RAISE EXCEPTION 'few'") TAKE), "?\n"},
    {"what must hold", TOTAL CALLED(LOOK "ASSERT x < 5;" TAKE), "?\n"},
    {"a call in a branch",
     TOTAL "CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN " ADD
           "; END $$;" CALLED(TAKE BRANCH("NOT FOUND", "PERFORM g()")),
     "?\n"},
    /* savepoints */
    {"a savepoint that is released",
     TOTAL RR("SAVEPOINT s; UPDATE total SET n = 1 WHERE id = 1; RELEASE s"), " 40001\n"},
    {"one within another",
     TOTAL RR(
         "SAVEPOINT s; SAVEPOINT r; UPDATE total SET n = 1 WHERE id = 1; RELEASE r; RELEASE s"),
     " 40001\n"},
    {"a savepoint that is released, and another one that is not",
     TOTAL RR("SAVEPOINT s; UPDATE total SET n = 1 WHERE id = 1; RELEASE s; SAVEPOINT s; "
              "UPDATE total SET n = 1 WHERE id = 2; ROLLBACK TO s"),
     "?\n"},
    /* reads */
    {"nobody writes",
     STOCK TOTAL BEGIN("SERIALIZABLE",
                       "SELECT * FROM total WHERE id = 1; SELECT * FROM total WHERE n < 3; "
                       "SELECT * FROM stock; SELECT * FROM stock WHERE id = 1; SAVEPOINT s; "
                       "LOCK TABLE total IN ACCESS SHARE MODE; ROLLBACK TO s"),
     "\n"},
    /* views */
    {"what is named is no view, and made of one",
     TOTAL "CREATE VIEW few AS SELECT * FROM total WHERE n < 3;" RC(
         "UPDATE total SET n = 1 WHERE id = 1; WITH s AS (SELECT n FROM few WHERE id = 2), "
         "m AS (SELECT *, n > 1 AS big FROM s) SELECT count(*) FROM m"),
     "?\n"},
    /* partial indexes */
    {"a sum that no index has", JOB ONE_EACH RC("UPDATE job SET state = state + 10 WHERE id = 1"),
     "\n"},
    {"a sum by what is not known",
     JOB ONE_EACH RC("UPDATE job SET state = state + $1 WHERE id = 1"), "?\n"},
    {"ON CONFLICT of a partial index",
     JOB ONE_EACH RC(
         "INSERT INTO job VALUES ($1, 2, 1) ON CONFLICT (run) WHERE state = 1 DO NOTHING"),
     "\n"},
    {"ON CONFLICT of a constraint",
     TOTAL RC("INSERT INTO total VALUES (1, 2) ON CONFLICT ON CONSTRAINT total_pkey DO NOTHING"),
     "\n"},
};

int main(void)
{
    GArray *tests = tests_new();

    samples_add(tests, samples, G_N_ELEMENTS(samples), view_verdicts);
    return tests_run("trial", tests);
}
