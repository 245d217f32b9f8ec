/* What runs once and alone: migrations, what fills a database, what mends one by hand; and what is not
 * run any more. */
#include <glib.h>

#include "cli/run.h"

/* One warning where it counts. */
static const char WARNED[] = "COMMIT;\n";

#define CROSSED                                                                             \
    "CREATE TABLE t (id int PRIMARY KEY, n int);\n"                                         \
    "BEGIN;\nUPDATE t SET n = 1 WHERE id = 1;\nUPDATE t SET n = 1 WHERE id = 2;\nCOMMIT;\n" \
    "BEGIN;\nUPDATE t SET n = 1 WHERE id = 2;\nUPDATE t SET n = 1 WHERE id = 1;\nCOMMIT;\n"

/* Two copies of what fills a new database, or makes a version of it of another, do not meet, whatever
 * they would lock. */
static void test_first_data(void **state)
{
    static const char *const alone[] = {"docker-entrypoint-initdb.d/01-data.sql",
                                        "db/seeds/a.sql",
                                        "seed.sql",
                                        "app.seed-shop.sql",
                                        "db/1.5.4/1.5.4.sql",
                                        "v2.0.1-rc.sql",
                                        "2026-01-15_prices.sql",
                                        "db/rollback/1.5.4/1.5.4.sql",
                                        "db/seed-mock/a.sql",
                                        "demo_data.sql",
                                        "app/sample-data/a.sql",
                                        "quick-fix-orders.sql",
                                        "sql/fixes/a.sql",
                                        "one-off/a.sql",
                                        "DEBUG_totals.sql",
                                        "scripts/039_backfill_totals.sql",
                                        "sql/migrations.sql",
                                        "insertBaseData-psql.sql"};
    static const char *const programs[] = {"initdb/a.sql", "seedling.sql",           "reseed.sql",
                                           "1.5.sql",      "rollback/3.sql",         "prefix.sql",
                                           "fixtures.sql", "example_database.sql",   "debugger.sql",
                                           "fill.sql",     "sql/migrations_list.sql"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(alone); i++) {
        put(alone[i], CROSSED);
        expect_piece(run(alone[i], NULL), 0, "no findings in 1 file");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        put(programs[i], CROSSED);
        expect_piece(run(programs[i], NULL), 1, "warning[lock-order]");
    }
}

/* What an export of a table writes, which fires a trigger. A transaction with as many rows is a
 * program. */
static void test_rows(void **state)
{
    g_autoptr(GString) rows = g_string_new(NULL);

    (void)state;
    put("schema.sql", "CREATE TABLE t (id int PRIMARY KEY, n int);\n"
                      "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN\n"
                      "  SELECT max(n) + 1 INTO NEW.n FROM t; RETURN NEW; END $$;\n"
                      "CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f();\n");
    for (int i = 0; i < 11; i++)
        g_string_append_printf(rows, "INSERT INTO t (id) VALUES (%d);\n", i);
    put("t_rows.sql", rows->str);
    expect_piece(run("-f", "concise", ".", NULL), 1,
                 "schema.sql:3:3: warning[integrity-trigger-race]");
    g_string_prepend(rows, "BEGIN;\n");
    g_string_append(rows, "COMMIT;\n");
    put("t_rows.sql", rows->str);
    expect_piece(run("-f", "concise", ".", NULL), 1, "t_rows.sql:2:1: warning[count-then-insert]");
}

/* Who reads along runs it once. Its functions are programs all the same. */
static void test_by_hand(void **state)
{
    static const char alter[] = "ALTER TABLE t ADD u int;\n";
    static const char *const speeches[] = {
        "SELECT 'rows are even now' AS message;\n", "SELECT 'done';\n",
        "SELECT 't' AS of, count(*) FROM t UNION ALL SELECT 'u', 0;\n",
        "DO $$ BEGIN RAISE NOTICE 'done'; END $$;\n"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(speeches); i++) {
        g_autofree char *silent = g_strconcat(CROSSED, speeches[i], NULL);
        g_autofree char *spoken = g_strconcat(silent, alter, NULL);
        put("convert.sql", silent);
        expect_piece(run("convert.sql", NULL), 1, "warning[lock-order]");
        put("convert.sql", spoken);
        expect_piece(run("convert.sql", NULL), 0, "no findings in 1 file");
        g_autofree char *working =
            g_strconcat(silent, "DO $$ BEGIN UPDATE t SET n = 0 WHERE id = 3; END $$;\n", NULL);
        put("convert.sql", working);
        expect_piece(run("convert.sql", NULL), 0, "no findings in 1 file");
    }
}

/* Outside of a transaction, for the person who looks on, or for one row of one database. */
static void test_acts(void **state)
{
    static const char write[] =
        "UPDATE t SET n = n + 1 WHERE id IN (SELECT id FROM t WHERE n < 3);\n";
    static const char *const alone[] = {"SELECT 'before';\n",
                                        "SELECT column_name FROM information_schema.columns;\n",
                                        "SELECT n FROM t WHERE mail = 'joe@shop.org';\n",
                                        "SELECT f('d2dc420f-bdf4-4dd9-8212-279cb74922a9');\n",
                                        "ALTER TABLE t ADD COLUMN IF NOT EXISTS u int;\n"};
    static const char *const programs[] = {
        "SELECT 'row' AS kind, n FROM t;\n",
        "SELECT n FROM t WHERE mail = $1;\n",
        "SELECT n FROM t WHERE mail LIKE '%@shop.org';\n",
        "SELECT n FROM t WHERE mail = 'joe@example.org';\n",
        "SELECT n FROM t WHERE tenant = '00000000-0000-0000-0000-000000000001';\n",
        "INSERT INTO t (id, mail) VALUES (1, 'joe@shop.org');\n",
        "BEGIN;\nSELECT n FROM t WHERE mail = 'joe@shop.org';\nCOMMIT;\n",
        "ALTER TABLE t ADD COLUMN u int;\n"};

    (void)state;
    put("schema.sql", "CREATE TABLE t (id int PRIMARY KEY, n int, mail text, tenant uuid);\n");
    for (size_t i = 0; i < G_N_ELEMENTS(alone); i++) {
        g_autofree char *text = g_strconcat(alone[i], write, NULL);
        put("a.sql", text);
        expect_piece(run(".", NULL), 0, "no findings in 2 files");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *text = g_strconcat(programs[i], write, NULL);
        put("a.sql", text);
        expect_piece(run(".", NULL), 1, "warning[update-from-own-subselect]");
    }
}

/* Who cleans up by hand looks at what is left; a job, or a program that reads in its transaction,
 * does not. */
static void test_cleaned(void **state)
{
    static const char *const names[] = {"cleanup-doubles.sql", "x/CLEAN_UP_t.sql", "corriger_n.sql",
                                        "correction-of-t.sql"};
    static const char *const programs[] = {"mend.sql", "cleanup.sql", "correctness-x.sql"};
    static const char looks[] = CROSSED "SELECT count(*) FROM t;\n";
    static const char reads[] = CROSSED "BEGIN;\nSELECT count(*) FROM t;\n";

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        put(names[i], looks);
        expect_piece(run(names[i], NULL), 0, "no findings in 1 file");
        put(names[i], CROSSED);
        expect_piece(run(names[i], NULL), 1, "warning[lock-order]");
        put(names[i], reads);
        expect_piece(run(names[i], NULL), 1, "warning[lock-order]");
    }
    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        put(programs[i], looks);
        expect_piece(run(programs[i], NULL), 1, "warning[lock-order]");
    }
}

/* What was put aside is not run, and its tables are not those that there are. */
static void test_archive(void **state)
{
    static const char *const paths[] = {"archive/a.sql", "db/archived-migrations/1_a.sql",
                                        "migrations_archive/1_a.sql", "docs/OBSOLETE/a.sql"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++)
        put(paths[i], WARNED);
    put("b.sql", "SELECT 1;\n");
    expect(run(".", NULL), 0,
           "not linted: 4 archived scripts\n"
           "no findings in 5 files (5 statements, 1 transaction)\n",
           "");
    expect_piece(run(paths[0], NULL), 1, "warning[commit-outside-transaction]");
    put("document.archive/a.sql", WARNED);
    expect_piece(run(".", NULL), 1, "1 warning in 6 files");
}

/* From one version to the next, by hand, while nothing else runs. */
static void test_upgrades(void **state)
{
    static const char *const names[] = {"engine_6.2_to_7.0.sql",
                                        "x.upgradestep.52.to.53.sql",
                                        "1.9-to-v2.sql",
                                        "v1_to_v2_data.sql",
                                        "changes/1.4/fix.sql",
                                        "migration-old/3a/1_x.sql",
                                        "updates/3/6/1/water/data.sql",
                                        "migrations/v1to2/of_a_customer/rights.sql",
                                        "update_names/scripts/3.2_names.sql",
                                        "move-migration.sql",
                                        "db/migrations/fill_names.sql",
                                        "upgrade/sl2.8.sql",
                                        "sql/Pg-upgrade2/number_jobs.sql",
                                        "system/10-base/5432310_sys_add_words.sql"};
    static const char text[] = "UPDATE job SET n = (SELECT max(n) + 1 FROM job) WHERE n IS NULL;\n";

    (void)state;
    put("points_to_2.sql", text);
    expect_piece(run("points_to_2.sql", NULL), 1, "warning[");
    put("batched-migrations/20250214171608_usages__backfill.sql", text);
    expect_piece(run("batched-migrations", NULL), 1, "warning[");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        put(names[i], text);
        expect_piece(run(names[i], NULL), 0, "no findings");
    }
}

/* sqlx takes files with a number; others lie beside a Cargo.toml by chance. */
static void test_beside_cargo(void **state)
{
    static const char text[] = "BEGIN;\nCREATE TABLE t (a int);\nCOMMIT;\nSELECT 1;\n";

    (void)state;
    put("Cargo.toml", "");
    put("migrations/1_a.sql", text);
    expect_piece(run("migrations/1_a.sql", NULL), 1, "error[commit-outside-transaction]");
    put("migrations/make_t.sql", text);
    expect_piece(run("migrations/make_t.sql", NULL), 0, "no findings");
}

/* What the journal of a tool does not list is run by hand, outside of its transaction. */
static void test_journal(void **state)
{
    static const char built[] = "CREATE INDEX CONCURRENTLY i ON t (a);\n";

    (void)state;
    put("db/meta/_journal.json", "{\"entries\": [{\"idx\": 0, \"tag\" : \"0000_first.try\"}]}\n");
    put("db/0000_first.try.sql", built);
    put("db/0000_first-try.sql", built);
    put("db/0001_index.sql", built);
    expect_piece(run("db/0000_first.try.sql", NULL), 1, "error[not-in-transaction-block]");
    expect_piece(run("db", NULL), 1, "1 error in 3 files");
}

/* So many that the last ones stand for themselves no more; a function of the application is beside
 * them. */
static void test_much_of_a_migration(void **state)
{
    g_autoptr(GString) rows = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 100; i++)
        g_string_append_printf(rows,
                               "INSERT INTO word (id, name) SELECT s.id, s.name FROM source s "
                               "WHERE s.id = %d AND NOT EXISTS "
                               "(SELECT FROM word w WHERE w.id = s.id);\n",
                               i);
    put("schema.sql", "CREATE TABLE word (id int, name text);\n"
                      "CREATE TABLE source (id int PRIMARY KEY, name text);\n"
                      "CREATE FUNCTION rename_word(int, text) RETURNS void LANGUAGE sql AS\n"
                      "    'UPDATE word SET name = $2 WHERE id = $1';\n");
    put("system/5432310_sys_add_words.sql", rows->str);
    expect_piece(run(".", NULL), 0, "no findings in 2 files");
}

/* Who runs it may have begun a transaction: nothing to take away there. */
static void test_commit_of_migration(void **state)
{
    static const char text[] = "UPDATE t SET a = 1;\nCOMMIT;\n";

    (void)state;
    put("migrations/1_a.sql", text);
    expect_piece(run("--severity", "note", "migrations/1_a.sql", NULL), 0,
                 "note[commit-outside-transaction]");
    expect_piece(run("--fix", "migrations/1_a.sql", NULL), 0, "no findings");
    g_autofree char *after = get("migrations/1_a.sql");
    assert_string_equal(after, text);
}

/* It may send the file as one message, in which LOCK TABLE is allowed. */
static void test_lock_of_migration(void **state)
{
    static const char text[] = "LOCK TABLE t;\nTRUNCATE t;\nSET LOCAL work_mem = 1;\n";

    (void)state;
    put("a.sql", text);
    expect_piece(run("a.sql", NULL), 1, "2 errors");
    put("migrations/1_a.sql", text);
    expect_piece(run("migrations/1_a.sql", NULL), 0,
                 "no findings in 1 file (3 statements, "
                 "2 transactions), 2 notes not shown");
}

/* Written for a client with autocommit turned off: the first COMMIT says it. */
static void test_commits_without_begin(void **state)
{
    (void)state;
    put("a.sql", "UPDATE t SET a = 1;\nCOMMIT;\nUPDATE t SET a = 2;\nCOMMIT;\nUPDATE t SET a = 3;\n"
                 "COMMIT;\n");
    expect_piece(run("a.sql", NULL), 1,
                 "1 warning in 1 file (6 statements, 3 transactions), 2 notes");
    put("a.sql", "BEGIN;\nUPDATE t SET a = 1;\nCOMMIT;\nUPDATE t SET a = 2;\nCOMMIT;\n"
                 "UPDATE t SET a = 3;\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 1, "2 warnings in 1 file");
    put("a.sql", "UPDATE t SET a = 1;\nCOMMIT;\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 1, "2 warnings in 1 file");
}

/* popx commits and begins anew in the transaction that it has begun itself. */
static void test_pop(void **state)
{
    static const char text[] = "CREATE TABLE t (a int);\nCOMMIT TRANSACTION;\nBEGIN TRANSACTION;\n"
                               "CREATE INDEX i ON t (a);\n";

    (void)state;
    put("20240101000000_x.up.sql", text);
    expect_piece(run("20240101000000_x.up.sql", NULL), 1, "unterminated-transaction]");
    put("20240101000000_x.sqlite3.up.sql", "");
    expect_piece(run("20240101000000_x.up.sql", NULL), 0, "no findings");
    put("20240101000001_x.postgres.up.sql", text);
    expect_piece(run("20240101000001_x.postgres.up.sql", NULL), 0, "no findings");
}

#define EACH(each) cmocka_unit_test_setup_teardown(each, sandbox_enter, sandbox_leave)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        EACH(test_first_data),
        EACH(test_rows),
        EACH(test_by_hand),
        EACH(test_acts),
        EACH(test_cleaned),
        EACH(test_archive),
        EACH(test_upgrades),
        EACH(test_beside_cargo),
        EACH(test_journal),
        EACH(test_much_of_a_migration),
        EACH(test_commit_of_migration),
        EACH(test_lock_of_migration),
        EACH(test_commits_without_begin),
        EACH(test_pop),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
