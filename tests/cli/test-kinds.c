/* What a file is taken for: of another system's, of tests and of what was released nothing is
 * reported, and what they make and drop is not the others'. */
#include <glib.h>

#include "cli/run.h"

/* One warning where it counts. */
static const char WARNED[] = "COMMIT;\n";

static void test_dialects(void **state)
{
    static const char *const paths[] = {
        "1_x.mysql.up.sql",
        "ddl-oracle.sql",
        "sqlite/a.sql",
        "db/sqlite3/b.sql",
        "driver/appsqlite/c.sql",
        "schema/h2-schema.sql",
        "tables_sqlServer.sql",
        "mariadb10/c.sql",
        "d.cockroach.up.sql",
        "clickhouse/init/e.sql",
        "h2_engine_6.2_to_v7.0.sql",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(paths); i++) {
        put(paths[i], WARNED);
        expect_piece(run("--severity", "note", paths[i], NULL), 0, "note[other-dialect]");
    }
    expect_piece(run("--severity", "note", ".", NULL), 0,
                 "not linted: 1 file for ClickHouse, 1 file for CockroachDB, 2 files for H2, "
                 "1 file for MariaDB, 1 file for MySQL, 1 file for Oracle, 1 file for SQL Server, "
                 "3 files for SQLite\n"
                 "11 notes in 11 files");
}

/* A word that means something else as well counts where the grammar refuses the file. */
static void test_doubtful_names(void **state)
{
    (void)state;
    put("db-d1/a.sql", "CREATE TABLE user (id text PRIMARY KEY);\n");
    put("d1/b.sql", WARNED);
    expect_piece(run("db-d1", NULL), 0, "not linted: 1 file for SQLite\n");
    expect_piece(run("d1", NULL), 1, "warning[commit-outside-transaction]");
    put("a.sql", "CREATE TABLE user (at integer DEFAULT (unixepoch()));\n"
                 "CREATE TABLE \"order\" (at text DEFAULT (datetime('now')));\n");
    expect_piece(run("a.sql", NULL), 0, "SQLite");
}

static void test_own_names(void **state)
{
    static const char *const names[] = {"mysql_fdw.sql", "import_from_oracle.sql",
                                        "postgres-like-mysql.sql", "hive.sql", "accessories.sql"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        put(names[i], WARNED);
        expect_piece(run(names[i], NULL), 1, "warning[commit-outside-transaction]");
    }
    put("mysql/postgres/a.sql", WARNED);
    expect_piece(run("mysql/postgres/a.sql", NULL), 1, "warning[commit-outside-transaction]");
    put("oracle/b.sql", "DO $$ BEGIN PERFORM 1; END $$;\nCOMMIT;\n");
    expect_piece(run("oracle/b.sql", NULL), 1, "warning[commit-outside-transaction]");
}

#define FIVE                                                                               \
    "UPDATE t SET a = 1;\nUPDATE t SET a = 2;\nUPDATE t SET a = 3;\nUPDATE t SET a = 4;\n" \
    "UPDATE t SET a = 5;\n"
#define TAKEN FIVE FIVE FIVE FIVE

static void test_dialects_by_text(void **state)
{
    static const char *const texts[] = {
        "DROP TABLE `users`;\n",
        "CREATE TABLE t (a int) ENGINE=InnoDB;\n",
        "CREATE TABLE t (a int AUTO_INCREMENT);\n",
        "SELECT * FROM [dbo].[users]\nGO\n",
        "IF OBJECT_ID('tempdb..#ids', 'U') IS NOT NULL DROP TABLE #ids;\n",
        "SELECT id INTO #ids FROM t;\n",
        "CREATE TABLE t (a VARCHAR2(10) DEFAULT SYSDATE) PCTFREE 10\n/\n",
        "ALTER TABLE t MODIFY a text;\n",
        "ALTER TABLE t ADD COLUMN a int AFTER b;\n",
        "ALTER TABLE t CHANGE a b varchar(15) NOT NULL;\n",
        "PRAGMA foreign_keys = ON;\n",
        "CREATE TRIGGER a AFTER INSERT ON b BEGIN UPDATE b SET c = 1; END;\n",
        "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\n",
        "INSERT OR REPLACE INTO t VALUES (1);\n",
        "DROP INDEX i ON t;\n",
        "DROP EVENT IF EXISTS nightly;\n",
        "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO CALL clean();\n",
        "CREATE TABLE t (a int, UNIQUE INDEX i (a));\n",
        /* one line of a client says it, of many that PostgreSQL takes */
        "SET DEFINE OFF;\n" TAKEN,
        "DELIMITER //\nCREATE PROCEDURE p() BEGIN SELECT 1; END//\nDELIMITER ;\n" TAKEN,
        /* strings that only MySQL ends there */
        "/*!40101 SET NAMES utf8 */;\nINSERT INTO `t` VALUES ('it\\'s \\r here');\n"
        "INSERT INTO `t` VALUES ('$$', 'it\\'s');\n",
        "-- a copy\n/*!50003 SET @a = 1 */;\nINSERT INTO t VALUES ('it\\'s');\nSELEC 1;\n",
        "/*M!999999\\- enable the sandbox mode */\nSELEC 1;\nSELECT 1;\n",
        "-- MariaDB dump 10.19  Distrib 10.6.12-MariaDB\nINSERT INTO t VALUES ('it\\'s');\n",
        "-- MySQL dump 10.13\nCREATE TABLE t (a int) COMMENT 'x';\n",
        "CREATE TABLE t (a text COLLATE NOCASE, b int REFERENCES user);\n",
        "CREATE FUNCTION f (a IN NUMBER)\nRETURN NUMBER AS\n n NUMBER := 0;\nBEGIN\n"
        " RETURN n;\nEND;\n/\n",
        "ALTER TABLE t DISABLE CONSTRAINT k;\nALTER TABLE t ENABLE CONSTRAINT k;\n",
        "CREATE TABLE t (a int) ENABLE ROW MOVEMENT;\n",
        "CREATE INDEX i ON t (a) NOLOGGING;\n",
        "DROP SYNONYM s;\n",
        "CREATE CLUSTERED INDEX i ON t (a);\n",
        "CREATE TABLE t (id int NOT NULL IDENTITY);\n",
        "CREATE CONTRACT c (m SENT BY INITIATOR);\n",
        "SELECT * REPLACE (upper(a) AS a) FROM t;\n",
        "SELECT t.*EXCEPT(a) FROM t;\n",
        "CREATE EXTERNAL TABLE t (a int) LOCATION 's3://t';\n",
        "CREATE TABLE t (a int) DISTRIBUTED BY (a);\n",
        "CREATE OR REPLACE TABLE t (a int);\n",
        "CREATE INDEX i ON t (a) TABLESPACE [[fast]] INITRANS 32;\n",
        "CREATE TABLE t (a timestamp WITH LOCAL TIME ZONE);\n",
        "ALTER TRIGGER g DISABLE;\nUPDATE t SET a = 1;\nALTER TRIGGER g ENABLE;\n",
        "SHOW ERRORS\n" TAKEN,
        /* cut into pieces at its semicolons, of which few say what it is */
        "CREATE OR REPLACE PROCEDURE p (a IN NUMBER) IS\nBEGIN\n q(1);\n q(2);\n q(3);\n q(4);\n"
        " q(5);\n q(6);\n q(7);\n q(8);\n q(9);\n q(10);\n q(11);\n q(12);\n q(13);\n q(14);\n"
        " q(15);\n q(16);\n q(17);\n q(18);\n q(19);\n q(20);\n q(21);\nEND;\n",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        put("a.sql", texts[i]);
        expect_piece(run("--severity", "note", "a.sql", NULL), 0, "note[other-dialect]");
        expect_piece(run("a.sql", NULL), 0, "(0 statements, 0 transactions)");
    }
    put("a.sql", "SELEC 1;\nSELECT '`', 'ENGINE=';\n");
    expect_piece(run("a.sql", NULL), 1, "error[syntax-error]");
    put("a.sql", "\\timing on\nSELECT `a`;\n");
    expect_piece(run("a.sql", NULL), 1, "error[syntax-error]");
    /* made PostgreSQL's, and its head has stayed */
    g_autoptr(GString) moved = g_string_new("-- MySQL dump 10.13\n");
    for (int i = 0; i < 30; i++)
        g_string_append_printf(moved, "INSERT INTO t VALUES (%d);\n", i);
    g_string_append(moved, "SELEC 1;\n");
    put("a.sql", moved->str);
    expect_piece(run("a.sql", NULL), 1, "error[syntax-error]");
}

/* What nothing in a refused file tells, those beside it do. */
static void test_neighbours(void **state)
{
    static const char refused[] = "ALTER TABLE user ADD COLUMN a text;\n",
                      lite[] = "CREATE TABLE t (a int) WITHOUT ROWID;\n";
    static const char *const other[] = {
        "SELECT a::text FROM t;\n", "CREATE TABLE t (id bigserial);\n",
        "DO $$ BEGIN NULL; END $$;\nSELEC 1;\n", "CREATE TABLE u (a int) ENGINE=InnoDB;\n"};

    (void)state;
    put("db/a.sql", refused);
    put("db/b.sql", "CREATE TABLE u (a jsonb);\n");
    put("db/e.sql", WARNED);
    expect_piece(run(".", NULL), 1, "error[syntax-error]");
    put("db/c.sql", lite);
    expect_piece(run(".", NULL), 1, "not linted: 2 files for SQLite\n1 warning in 4 files");
    expect_piece(run("--severity", "note", "db", NULL), 1,
                 "SQL for SQLite, not for PostgreSQL\n  --> db/a.sql:1:13\n");
    for (size_t i = 0; i < G_N_ELEMENTS(other); i++) {
        put("db/d.sql", other[i]);
        expect_piece(run(".", NULL), 1, "--> db/a.sql:1:13\n");
        expect_piece(run(".", NULL), 1, "error[syntax-error]");
    }
    /* a name that tells of its own file tells nothing of others; nor does another directory */
    put("db/d.sql", "");
    put("db/c.sql", "");
    put("db/c.sqlite.sql", lite);
    put("lite/c.sql", "PRAGMA foreign_keys = ON;\n");
    expect_piece(run("db", NULL), 1, "error[syntax-error]");
    put(".isolint.yml", "overrides:\n  - {paths: [db/a.sql], kind: program}\n");
    put("db/c.sql", lite);
    expect_piece(run("db", NULL), 1, "error[syntax-error]");
}

/* Tools that give each migration a directory of its own. */
static void test_neighbours_of_migrations(void **state)
{
    (void)state;
    put("migrations/2024-01-01-000000_a/up.sql", "PRAGMA foreign_keys = ON;\n");
    put("migrations/2024-01-02-000000_b/up.sql", "ALTER TABLE user ADD COLUMN a text;\n");
    expect_piece(run(".", NULL), 0, "not linted: 2 files for SQLite\n");
}

static void test_tests(void **state)
{
    (void)state;
    put("sql/a.sql", WARNED);
    expect_piece(run("sql/a.sql", NULL), 1, "warning[commit-outside-transaction]");
    put("expected/a.out", "");
    expect(run("sql/a.sql", NULL), 0,
           "not linted: 1 test\nno findings in 1 file (1 statement, 0 transactions)\n", "");
    put("sql/b.sql", WARNED); /* the source */
    expect_piece(run("sql", NULL), 1, "1 warning in 2 files");
    put("tap.sql",
        "BEGIN;\nSELECT plan(1);\nSELECT ok(true);\nSELECT * FROM finish();\nROLLBACK;\nCOMMIT;\n");
    expect_piece(run("tap.sql", NULL), 0, "not linted: 1 test\nno findings");
    put("tap.sql", "CREATE FUNCTION test_add() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN\n"
                   "RETURN NEXT is(add(1, 2), 3, 'it adds'); END $$;\nCOMMIT;\n");
    expect_piece(run("tap.sql", NULL), 0, "not linted: 1 test\nno findings");
}

/* isolint … -s schema.sql > schema.out: the report is no expected output. */
static void test_schema_beside_report(void **state)
{
    (void)state;
    put("schema.sql", "CREATE TABLE driver (id int PRIMARY KEY, depot int, ready boolean);\n");
    put("schema.out", "");
    put("a.sql", "BEGIN;\nSELECT count(*) FROM driver WHERE depot = $1 AND ready = $2;\n"
                 "SELECT * FROM driver WHERE id = $3;\n"
                 "UPDATE driver SET ready = $4 WHERE id = $3;\nCOMMIT;\n");
    expect_piece(run("-s", "schema.sql", "a.sql", NULL), 1, "warning[write-skew]");
}

static void test_pointer(void **state)
{
    (void)state;
    put("dump.sql", "version https://git-lfs.github.com/spec/v1\n"
                    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\n"
                    "size 12345\n");
    expect_piece(run("--severity", "note", ".", NULL), 0,
                 "note[other-dialect]: this file is a pointer: Git LFS has not fetched its text\n");
    expect_piece(run(".", NULL), 0, "not linted: 1 file for Git LFS to fetch\n");
}

/* A macro is no session: dbt makes SQL of it. What has blocks and is SQL is read as before. */
static void test_macros(void **state)
{
    static const char *const macros[] = {"{% macro f(a) %}\n  COMMIT;\n{% endmacro %}\n",
                                         "{# its use -- /* #}\n\n{%- macro f(a) -%}\nCOMMIT;\n",
                                         "-- {% x %}\n/* b */ {% materialization v %}COMMIT;\n"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(macros); i++) {
        put("f.sql", macros[i]);
        expect_piece(run(".", NULL), 0, "not linted: 1 file for dbt\n");
    }
    put("f.sql", "{% if x %}\nCOMMIT;\n{% endif %}\n");
    expect_piece(run(".", NULL), 1, "warning[commit-outside-transaction]");
    put("f.sql", "COMMIT;\n{% macro f(a) %}{% endmacro %}\n");
    expect_piece(run(".", NULL), 1, "warning[commit-outside-transaction]");
}

/* What SQL Server's tools save; any other UTF-16 is refused. */
static void test_utf16(void **state)
{
    static const char text[] = "CREATE TABLE [dbo].[t] (a int)\nGO\n";
    g_autoptr(GByteArray) little = g_byte_array_new();

    (void)state;
    g_byte_array_append(little, (const guint8 *)"\xFF\xFE", 2);
    for (const char *at = text; *at; at++) {
        g_byte_array_append(little, (const guint8 *)at, 1);
        g_byte_array_append(little, (const guint8 *)"\0", 1);
    }
    put_bytes("a.sql", (const char *)little->data, little->len);
    expect_piece(run(".", NULL), 0, "not linted: 1 file for SQL Server\n");
    put_bytes("a.sql",
              "\xFE\xFF\0S\0E\0L\0E\0C\0T\0 \0"
              "1",
              18);
    struct outcome outcome = run("a.sql", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: a.sql: is UTF-16; save it as UTF-8\n");
    outcome_finish(&outcome);
}

/* What nobody but a test runs is found below a directory for tests; what is named is meant. */
static void test_test_directories(void **state)
{
    (void)state;
    put("t/sql/a.sql", WARNED);
    put("xt/data/c.sql", WARNED);
    put("app/__tests__/b.sql", WARNED);
    put("sql/_test/c.sql", WARNED);
    put("app/test_data/d.sql", WARNED);
    put("app/smoke_tests/e.sql", WARNED);
    put("app/fixtures/f.sql", WARNED);
    put("app/unit_testing_scripts/h.sql", WARNED);
    put("latest/contest.sql", "SELECT 1;\n");
    put("app/lab_tests/g.sql", "SELECT 1;\n");
    expect(run(".", NULL), 0,
           "not linted: 8 tests\nno findings in 10 files (10 statements, 2 transactions)\n", "");
    expect_piece(run("app", NULL), 0, "not linted: 5 tests\n");
    expect_piece(run("t/sql/a.sql", NULL), 1, "warning[commit-outside-transaction]");
    expect_piece(run("t", NULL), 1, "warning[commit-outside-transaction]");
    expect_piece(run(".", "t/sql/a.sql", NULL), 1, "1 warning in 10 files");
    put(".isolint.yml", "overrides:\n  - {paths: [t/**], kind: program}\n");
    expect_piece(run(".", NULL), 1, "1 warning in 10 files");
}

static void test_uninstall(void **state)
{
    (void)state;
    put("uninstall_app.sql", "DROP FUNCTION f(int);\nDROP TABLE t;\nCOMMIT;\n");
    put("z.sql", "DROP SCHEMA app CASCADE;\n");
    expect_piece(run("uninstall_app.sql", "z.sql", NULL), 0, "not linted: 2 uninstall scripts\n");
    put("reset.sql", "DROP SCHEMA app CASCADE;\nCREATE SCHEMA app;\nCALL fill();\nCOMMIT;\n");
    expect_piece(run("reset.sql", NULL), 1, "warning[commit-outside-transaction]");
    put("migrations/1_drop.sql", "DROP SCHEMA app CASCADE;\nCOMMIT;\n");
    expect_piece(run("--severity", "note", "migrations/1_drop.sql", NULL), 0,
                 "commit-outside-transaction]");
}

static void test_extensions(void **state)
{
    (void)state;
    put("e--1.0.sql", "BEGIN;\n");
    put("e--1.10.sql", "SELECT 1;\n");
    put("e--1.9.sql", "BEGIN;\n");
    put("e--1.9--1.10.sql", "BEGIN;\n");
    put("e--1.10--1.11.sql", "BEGIN;\n");
    expect_piece(run(".", NULL), 0, "not linted: 4 released scripts\nno findings in 5 files");
}

/* CREATE EXTENSION runs the parts of the script in one transaction, and nothing beside it. */
static void test_source_of_extension(void **state)
{
    static const char set_up[] = "SET LOCAL search_path = pg_catalog;\n"
                                 "DO $$ BEGIN IF NOT EXISTS (SELECT FROM conf WHERE k = 'a') THEN\n"
                                 "    INSERT INTO conf VALUES ('a'); END IF; END $$;\n";

    (void)state;
    put("src/sql/parts/head.sql", set_up);
    put("src/sql/z.sql", "CREATE TABLE conf (k text);\n");
    expect_piece(run(".", NULL), 1, "1 error in 2 files (3 statements, 2 transactions), 1 note");
    put("src/sql/f.sql", "CREATE FUNCTION f() RETURNS int LANGUAGE c AS 'MODULE_PATHNAME';\n"
                         "CREATE FUNCTION p() RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
                         "    IF NOT EXISTS (SELECT FROM conf WHERE k = 'b') THEN\n"
                         "    INSERT INTO conf VALUES ('b'); END IF; END $$;\n");
    expect_piece(run(".", NULL), 1, "1 warning in 3 files"); /* p() is called by anybody */
    put("other/a.sql", "SET LOCAL search_path = x;\n");
    expect_piece(run(".", NULL), 1, "1 error, 1 warning in 4 files");
    /* what creates the extension is none of its parts */
    put("src/sql/try.sql", "CREATE EXTENSION e;\nCREATE DATABASE d;\n");
    expect_piece(run(".", NULL), 1, "1 error, 1 warning in 5 files");
    /* nor is what only psql runs; a line of \echo stands in each script of an extension */
    put("src/sql/plans.sql", "\\pset pager\nBEGIN;\nSELECT 1;\nROLLBACK;\n");
    expect_piece(run(".", NULL), 1, "1 error, 1 warning in 6 files");
    put("src/sql/guarded.sql",
        "\\echo Use \"CREATE EXTENSION e\". \\quit\nSET LOCAL work_mem = 1;\n");
    expect_piece(run(".", NULL), 1, "1 error, 1 warning in 7 files");
}

/* YAML before the SQL describes it. */
static void test_front_matter(void **state)
{
    (void)state;
    put("a.sql", "\n--- yaml frontmatter\ntitle: It's a \"title\"\nabout: |\n  more; of it\n---\n"
                 "SELECT 1;\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 1, "--> a.sql:8:1");
    put("a.sql", "---\ntitle: x\nSELECT 1;\n"); /* nobody ends it */
    expect_piece(run("a.sql", NULL), 1, "--> a.sql:2:1");
    put("a.sql", "--- a line\nSELECT 1;\n---\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 1, "--> a.sql:4:1");
}

/* A program reads one query after the other by its title. */
static void test_titles(void **state)
{
    (void)state;
    put("q.sql", "-- get_a --\n-- Gets it\nSELECT f(%(a)s)\n\n-- get_b --\nSELECT 2 FROM t\n\n"
                 "-- list_c --\n-- Lists\nWITH x AS (SELECT 1)\nSELECT * FROM x;\n");
    expect_piece(run("q.sql", NULL), 0, "no findings in 1 file (3 statements");
    put("q.sql", "SELECT 1 FROM t\n-- and then\nWITH x AS (SELECT 1)\nSELECT * FROM x;\n");
    expect_piece(run("q.sql", NULL), 1, "--> q.sql:3:1");
    put("q.sql", "SELECT 1 FROM t\n-- get --\nWITH x AS (SELEC 1)\nSELECT * FROM x;\n");
    expect_piece(run("q.sql", NULL), 1, "--> q.sql:3:12");
}

static void test_configured(void **state)
{
    (void)state;
    put("a.mysql.sql", WARNED);
    put("b.sql", WARNED);
    put(".isolint.yml",
        "overrides:\n  - {paths: [a.*], kind: program}\n  - {paths: [b.sql], kind: test}\n");
    expect_piece(run("a.mysql.sql", NULL), 1, "warning[commit-outside-transaction]");
    expect_piece(run("b.sql", NULL), 0, "not linted: 1 test\n");
    put(".isolint.yml", "overrides:\n  - {paths: [b.sql], kind: foreign}\n");
    expect_piece(run("--severity", "note", "b.sql", NULL), 0, "note[other-dialect]");
}

/* What is included belongs to the session around it, and is reported where it stands. */
static void test_includes(void **state)
{
    (void)state;
    put("a.sql", "BEGIN;\n\\ir sub/b.sql\nCOMMIT;\n");
    put("sub/b.sql", "SELECT 1;\n\\ir c.sql\n");
    put("sub/c.sql", "SELECT 2;\nBEGIN");
    expect_piece(run("-f", "gcc", ".", NULL), 1, "sub/c.sql:2:1: error: BEGIN does not begin");
    put("sub/c.sql", "SELECT 2");
    expect_piece(run(".", NULL), 0, "no findings in 3 files");
    put("a.sql", "\\set d sub\n\\i :d/c.sql\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 1, "--> a.sql:3:1\n");
    /* what cannot be followed may have begun a transaction */
    put("a.sql", "\\i :e/c.sql\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 0, ", 1 statement not analysed\n");
    put("a.sql", "\\ir a.sql\n\\ir nope.sql\nCOMMIT;\n");
    expect_piece(run("--severity", "note", "a.sql", NULL), 0, "note[missing-include]");
    /* what is there, but cannot be read, is not missing */
    put_bytes("sub/b.sql", "SELECT 1;\n\0", 11);
    put("a.sql", "\\ir sub/b.sql\n\\ir sub/b.sql\nSELECT 1;\n");
    struct outcome outcome = run("--severity", "note", "a.sql", NULL);
    assert_string_equal(outcome.err, "isolint: sub/b.sql: is binary data (it has NUL bytes)\n");
    expect_piece(outcome, 2,
                 "no findings in 1 file (1 statement, 1 transaction), 2 statements not");
    put("a.sql", "\\ir /etc/passwd\nCOMMIT;\n");
    expect_piece(run("a.sql", NULL), 0, "no findings in 1 file (1 statement");
}

/* Other programs, and the places that a finding speaks of, are named where they stand as well. */
static void test_names_in_includes(void **state)
{
    (void)state;
    put("all.sql", "BEGIN;\n\\ir sub/take.sql\n\\ir sub/renew.sql\nCOMMIT;\n");
    put("sub/renew.sql", "CREATE FUNCTION renew() RETURNS void LANGUAGE sql\n"
                         "AS $$ UPDATE jobs SET worker = 'c' WHERE id = 1 $$;\nBEGIN;\n");
    put("sub/take.sql", "CREATE TABLE jobs (id int PRIMARY KEY, worker text);\n"
                        "CREATE FUNCTION take(w text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
                        "IF EXISTS (SELECT FROM jobs WHERE id = 1 AND worker IS NULL) THEN\n"
                        "UPDATE jobs SET worker = w WHERE id = 1; END IF; END $$;\n");
    expect_piece(run("all.sql", NULL), 1, "runs although renew() may have changed");
    expect_piece(run("all.sql", NULL), 1, "::: sub/renew.sql:2");
    expect_piece(run("all.sql", NULL), 1,
                 "the next COMMIT ends the outer transaction\n  ::: all.sql:1:1");
}

/* An edit in a text that is put together would be made somewhere else. */
static void test_no_edits_in_includes(void **state)
{
    static const char text[] = "\\ir b.sql\nCOMMIT;\n";

    (void)state;
    put("a.sql", text);
    put("b.sql", "SELECT 1;\nSELECT 2;\n");
    expect_piece(run("--fix", "a.sql", NULL), 1, "commit-outside-transaction]");
    g_autofree char *after = get("a.sql");
    assert_string_equal(after, text);
}

static void test_unread(void **state)
{
    (void)state;
    put("a.sql", "SELECT {{ columns }} FROM t {% if x %}FOR UPDATE{% endif %};\n:command;\n"
                 "CREATE FUNCTION f(t text) RETURNS void LANGUAGE plpgsql AS $$ BEGIN\n"
                 "EXECUTE t; EXECUTE 'SELECT 1'; END $$;\n");
    expect_piece(run("a.sql", NULL), 0, ", 3 statements not analysed\n");
    expect_piece(run("-f", "json", "a.sql", NULL), 0, "\"templates\":\t2");
    /* what is put in instead of an end that is there already */
    put("a.sql", "ALTER EVENT TRIGGER {{ name }}\n{% if off %} DISABLE;\n{% else %} ENABLE;\n"
                 "{% endif %}\n");
    expect_piece(run("a.sql", NULL), 0, "no findings in 1 file");
    /* after an operand, % is an operator unless the statement has other conversions */
    put("a.sql", "SELECT a FROM t %s LIMIT %s;\n");
    expect_piece(run("a.sql", NULL), 0, ", 1 statement not analysed\n");
    put("a.sql", "SELECT a FROM t %s;\n");
    expect_piece(run("a.sql", NULL), 1, "error[syntax-error]");
}

/* What a body is without its quotes, or text after a quote that is missing, is one mistake; two
 * statements with typing errors are two. */
static void test_stray(void **state)
{
    (void)state;
    put("a.sql", "CREATE FUNCTION f() RETURNS int AS DECLARE v int;\nw int;\nBEGIN\nv := 1;\n"
                 "SELECT n INTO w FROM t;\nIF w > v THEN\nRETURN 1;\nEND IF;\n"
                 "CREATE TABLE u (id int);\nSELEC 1;\nSELEC 2;\n");
    expect_piece(run("a.sql", NULL), 1, "line 8 it is read as statements");
    expect_piece(run("a.sql", NULL), 1, "3 errors in 1 file");
    put("a.sql", "SELECT $$a$$;\nSELECT 1 FROM FROM t;\ntwo;\nthree;\nfour;\nfive;\nsix;\n");
    expect_piece(run("a.sql", NULL), 1, "1 error in 1 file");
}

/* The grammar stops at the statement after the one that has no end. */
static void test_unended(void **state)
{
    (void)state;
    put("a.sql", "DROP INDEX i\n  ALTER TABLE t DROP COLUMN a;\n");
    expect_piece(run("a.sql", NULL), 1, "help: end the statement before this one with a semicolon");
    put("a.sql", "DROP INDEX i ALTER;\n");
    expect_piece(run("a.sql", NULL), 1, "help: correct the statement");
}

/* The rows of a result between statements are one mistake. */
static void test_pasted(void **state)
{
    (void)state;
    put("a.sql", "SELECT 1;\n\"old name\";\"\"\n\"new name\";12\n\"\";0.5\n;\nSELECT 2;\n");
    struct outcome outcome = run("a.sql", NULL);
    assert_non_null(strstr(outcome.out, "up to line 4,"));
    expect_piece(outcome, 1, "1 error in 1 file");
    put("a.sql", "SELECT 0;\nSELEC 1;\nSELEC 2;\nSELECT 1 FROM FROM;\nSELECT 2 FROM FROM;\n");
    expect_piece(run("a.sql", NULL), 1, "4 errors in 1 file");
}

/* Statements that have no IF EXISTS, and others that have one. */
static void test_if_exists(void **state)
{
    static const char *const texts[] = {
        "CREATE POLICY IF NOT EXISTS p ON t;\n",
        "ALTER TABLE t ADD CONSTRAINT if not exists k UNIQUE (a);\n",
        "CREATE INDEX IF EXISTS i ON t (a);\n"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        put("a.sql", texts[i]);
        expect_piece(run("a.sql", NULL), 1, "= help: leave out IF … EXISTS");
    }
    put("a.sql", "CREATE TABLE IF NOT EXISTS t;\n");
    struct outcome outcome = run("a.sql", NULL);
    assert_null(strstr(outcome.out, "leave out IF"));
    expect_piece(outcome, 1, "error[syntax-error]");
}

/* An earlier grammar takes them. */
static void test_new_keywords(void **state)
{
    static const char *const texts[] = {"CREATE TABLE t (\n System_User text);\n",
                                        "CREATE FUNCTION json_value(a int) RETURNS int RETURN a;\n",
                                        "CREATE FUNCTION f(normalize text) RETURNS int RETURN 1;\n",
                                        "CREATE FUNCTION f(json int) RETURNS int RETURN 1;\n"};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        put("a.sql", texts[i]);
        struct outcome outcome = run("--color=never", "-f", "json", "a.sql", NULL);
        assert_true(outcome.status == 0 || strstr(outcome.out, "` is a keyword of PostgreSQL 1"));
        outcome_finish(&outcome);
    }
    put("a.sql", "CREATE FUNCTION f(normalize text) RETURNS int RETURN 1;\nSELECT 1;\n"
                 "CREATE FUNCTION g(normalize text) RETURNS int RETURN 1;\n");
    expect_piece(run("a.sql", NULL), 1, "correct 1 more statement of this file");
    put("a.sql", "SELECT json_value FROM FROM t;\nCREATE TABLE t (user text);\n");
    struct outcome outcome = run("-f", "json", "a.sql", NULL);
    assert_null(strstr(outcome.out, "is a keyword"));
    expect_piece(outcome, 1, "syntax-error");
}

#define EACH(each) cmocka_unit_test_setup_teardown(each, sandbox_enter, sandbox_leave)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        EACH(test_dialects),
        EACH(test_doubtful_names),
        EACH(test_own_names),
        EACH(test_dialects_by_text),
        EACH(test_neighbours),
        EACH(test_neighbours_of_migrations),
        EACH(test_tests),
        EACH(test_schema_beside_report),
        EACH(test_pointer),
        EACH(test_macros),
        EACH(test_utf16),
        EACH(test_uninstall),
        EACH(test_extensions),
        EACH(test_configured),
        EACH(test_unread),
        EACH(test_stray),
        EACH(test_unended),
        EACH(test_pasted),
        EACH(test_if_exists),
        EACH(test_new_keywords),
        EACH(test_includes),
        EACH(test_names_in_includes),
        EACH(test_test_directories),
        EACH(test_source_of_extension),
        EACH(test_front_matter),
        EACH(test_titles),
        EACH(test_no_edits_in_includes),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
