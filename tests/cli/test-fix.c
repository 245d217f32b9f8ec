/* --fix and --diff: what is safe is done, in files as they were otherwise; what is not is shown. */
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli/run.h"

static const char BROKEN[] = "BEGIN ISOLATION LEVEL READ UNCOMMITTED, READ ONLY, READ ONLY;\n"
                             "SELECT 1;\n"
                             "COMMIT;\n"
                             "COMMIT; -- a second time\n"
                             "SELECT '\xE4', 'ß';\r\n"
                             "BEGIN;\n"
                             "SELECT 2;";
static const char WHOLE[] = "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY;\n"
                            "SELECT 1;\n"
                            "COMMIT;\n"
                            "-- a second time\n"
                            "SELECT '\xE4', 'ß';\r\n"
                            "BEGIN;\n"
                            "SELECT 2;";

static void check_file(const char *name, const char *expected)
{
    g_autofree char *text = get(name);

    assert_string_equal(text, expected);
}

static void test_fix(void **state)
{
    (void)state;
    put("a.sql", BROKEN);
    put("db/b.sql", "COMMIT;\nSELECT 1;\n");
    put("db/c.sql", "SELECT 1;\n");
    struct outcome outcome = run("--fix", "--severity", "note", NULL);
    assert_int_equal(outcome.status, 1); /* what is left: a BEGIN without COMMIT */
    assert_string_equal(outcome.err, "isolint: repaired 4 findings in 2 files\n");
    assert_null(strstr(outcome.out, "= fix:"));
    assert_non_null(strstr(outcome.out, "--> a.sql:6:1"));
    outcome_finish(&outcome);
    check_file("a.sql", WHOLE);
    check_file("db/b.sql", "SELECT 1;\n");
    check_file("db/c.sql", "SELECT 1;\n");
    /* once more changes nothing */
    expect(run("--fix", NULL), 1, NULL, "");
    check_file("a.sql", WHOLE);
    assert_int_equal(count_entries("."), 2);
    assert_int_equal(count_entries("db"), 2);
}

/* The diff is what --fix does, and does nothing itself; the exit status is that of what is found.
 */
static void test_diff(void **state)
{
    static const char expected[] =
        "--- a/a.sql\n"
        "+++ b/a.sql\n"
        "@@ -1,7 +1,7 @@\n"
        "-BEGIN ISOLATION LEVEL READ UNCOMMITTED, READ ONLY, READ ONLY;\n"
        "+BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY;\n"
        " SELECT 1;\n"
        " COMMIT;\n"
        "-COMMIT; -- a second time\n"
        "+-- a second time\n"
        " SELECT '\xE4', 'ß';\r\n"
        " BEGIN;\n"
        " SELECT 2;\n"
        "\\ No newline at end of file\n";

    (void)state;
    put("a.sql", BROKEN);
    put("b.sql", "SELECT 1;\n");
    expect(run("--diff", "--severity", "note", NULL), 1, expected, "");
    check_file("a.sql", BROKEN);
    expect(run("--diff", "--severity", "note", "-o", "out.diff", "a.sql", NULL), 1, "", "");
    check_file("out.diff", expected);
    expect(run_with(&(struct surroundings){.input = BROKEN}, "--diff", "--severity", "note", "-",
                    "--stdin-filename", "a.sql", "b.sql", NULL),
           1, expected, "");
    expect(run("--diff", "b.sql", NULL), 0, "", "");
    put("note.sql", "BEGIN ISOLATION LEVEL READ UNCOMMITTED;\nSELECT 1;\nCOMMIT;\n");
    expect_piece(run("--diff", "--severity", "note", "note.sql", NULL), 0,
                 "+BEGIN ISOLATION LEVEL READ COMMITTED;\n");
}

/* In a repository paths are those that git apply takes, from anywhere below it. */
static void test_diff_paths(void **state)
{
    (void)state;
    g_mkdir(".git", 0777);
    put("db/a\033\n.sql", "COMMIT;\n");
    const struct surroundings below = {.directory = "db"};
    expect_piece(run_with(&below, "--diff", NULL), 1,
                 "--- \"a/db/a\\033\\012.sql\"\n+++ \"b/db/a\\033\\012.sql\"\n");
}

/* Mode and links stay; a file that may not be written stays as it is, and is found still. */
static void test_kept(void **state)
{
    struct stat info;

    (void)state;
    put("a.sql", "COMMIT;\n");
    assert_int_equal(g_chmod("a.sql", 0751), 0);
    g_mkdir("links", 0777);
    assert_int_equal(symlink("../a.sql", "links/b.sql"), 0);
    expect(run("--fix", "-q", "links/b.sql", NULL), 0, "", "");
    check_file("a.sql", "");
    assert_int_equal(g_lstat("links/b.sql", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(g_stat("a.sql", &info), 0);
    assert_int_equal(info.st_mode & 07777, 0751);
}

static void test_not_written(void **state)
{
    const struct surroundings small = {.small_files = true};

    (void)state;
    put("a.sql", "COMMIT;\nSELECT 1;\n");
    struct outcome outcome = run_with(&small, "--fix", "a.sql", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: a.sql: File too large\n");
    assert_non_null(strstr(outcome.out, "1 warning in 1 file"));
    outcome_finish(&outcome);
    check_file("a.sql", "COMMIT;\nSELECT 1;\n");
    assert_int_equal(count_entries("."), 1);
    /* one that cannot be written takes nothing from the others */
    put("b.sql", "COMMIT;\n");
    assert_int_equal(g_chmod("a.sql", 0444), 0);
    if (!heeds_modes())
        return;
    expect(run("--fix", NULL), 2, NULL,
           "isolint: a.sql: Permission denied\nisolint: repaired 1 finding in 1 file\n");
    check_file("b.sql", "");
}

/* Only what is shown is repaired. */
static void test_what_is_shown(void **state)
{
    static const char allowed[] =
        "COMMIT; -- isolint: allow commit-outside-transaction -- so it is\n";

    (void)state;
    put("a.sql", allowed);
    expect(run("--fix", "-q", NULL), 0, "", "");
    check_file("a.sql", allowed);
    put("a.sql", "COMMIT;\nBEGIN ISOLATION LEVEL READ UNCOMMITTED;\nSELECT 1;\nCOMMIT;\n");
    expect(run("--fix", "-q", "--severity", "error", NULL), 0, "", "");
    expect(run("--fix", "-q", "--select", "nested-begin", NULL), 0, "", "");
    expect(run("-q", "--baseline", "known.json", "--update-baseline", NULL), 0, "", "");
    expect(run("--fix", "-q", "--baseline", "known.json", NULL), 0, "", "");
    check_file("a.sql", "COMMIT;\nBEGIN ISOLATION LEVEL READ UNCOMMITTED;\nSELECT 1;\nCOMMIT;\n");
    expect(run("--fix", "-q", "--select", "read-uncommitted", NULL), 0, "", "");
    check_file("a.sql", "COMMIT;\nBEGIN ISOLATION LEVEL READ COMMITTED;\nSELECT 1;\nCOMMIT;\n");
    /* what is read for its tables is never touched */
    expect(run("--fix", "-q", "-s", "a.sql", "/dev/null", NULL), 2, "", NULL);
    put("b.sql", "SELECT 1;\n");
    expect(run("--fix", "-q", "-s", "a.sql", "b.sql", NULL), 0, "", "");
    check_file("a.sql", "COMMIT;\nBEGIN ISOLATION LEVEL READ COMMITTED;\nSELECT 1;\nCOMMIT;\n");
}

#define NOTHING "isolint: no diff: none of the findings has a repair that --fix would make\n"

/* What is only suggested is shown, and left to the reader. */
static void test_suggestions(void **state)
{
    static const char unfinished[] = "BEGIN;\nSELECT 1;\n";

    (void)state;
    put("a.sql", unfinished);
    expect_piece(run("a.sql", NULL), 1, "   = suggestion: insert \"COMMIT;\" at 3:1\n");
    expect_piece(run("a.sql", "--fix", NULL), 1, "   = suggestion: insert \"COMMIT;\" at 3:1\n");
    check_file("a.sql", unfinished);
    expect(run("a.sql", "--diff", NULL), 1, "", NOTHING);
    expect(run("a.sql", "--diff", "--quiet", NULL), 1, "", "");
    put("b.sql", "COMMIT;\n");
    expect_piece(run("b.sql", NULL), 1, "   = fix: delete \"COMMIT;\" at 1:1\n");
}

static void test_refused(void **state)
{
    (void)state;
    put("a.sql", BROKEN);
    expect_refused(run("--fix", "--diff", NULL), "--fix: cannot be combined with --diff");
    expect_refused(run("--fix", "a.sql", "-", NULL),
                   "--fix: standard input cannot be rewritten; try --diff");
    expect_refused(run("--diff", "-f", "json", NULL),
                   "--diff: is written instead of findings, so it takes no --format");
    check_file("a.sql", BROKEN);
}

#define WRITER                                                                 \
    "CREATE TABLE t (id int PRIMARY KEY, v int);\nCREATE TABLE log (n int);\n" \
    "CREATE FUNCTION w() RETURNS int LANGUAGE plpgsql AS $$\n"                 \
    "BEGIN INSERT INTO log VALUES (1); RETURN 1; END $$;\n"                    \
    "CREATE FUNCTION yes(a int, b int) RETURNS boolean LANGUAGE sql AS\n"      \
    "  'SELECT w() = 1';\n"
#define READS "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSELECT v FROM t WHERE id = 1;\n"

/* Nothing that may write is declared READ ONLY, however it hides. Run on PostgreSQL 15, most of
 * these write, and fail once they are READ ONLY; of the others nobody knows. */
static const char *const may_write[] = {
    READS "SELECT w();\nCOMMIT;\n",
    "CREATE OPERATOR @@@ (FUNCTION = yes, LEFTARG = int, RIGHTARG = int);\n" READS
    "SELECT 1 @@@ 2;\nCOMMIT;\n",
    "CREATE OPERATOR @@@ (FUNCTION = yes, LEFTARG = int, RIGHTARG = int);\n" READS
    "SELECT 1 @@@ ANY (ARRAY[2]);\nCOMMIT;\n",
    "CREATE OPERATOR @@@ (FUNCTION = yes, LEFTARG = int, RIGHTARG = int);\n" READS
    "SELECT 1 IN (SELECT 2 WHERE v @@@ v) FROM t;\nCOMMIT;\n",
    "CREATE OPERATOR public.+ (FUNCTION = yes, LEFTARG = int, RIGHTARG = text);\n" READS
    "SELECT 1 + 'x'::text;\nCOMMIT;\n",
    "PREPARE q(int) AS SELECT v FROM t WHERE id = $1;\n" READS "EXECUTE q(w());\nCOMMIT;\n",
    "PREPARE q AS SELECT w();\n" READS "EXPLAIN ANALYZE EXECUTE q;\nCOMMIT;\n",
    "CREATE FUNCTION s() RETURNS int LANGUAGE plpgsql AS $$\n"
    "DECLARE x int[]; BEGIN x[w()] := 1; RETURN 1; END $$;\n" READS "SELECT s();\nCOMMIT;\n",
    "CREATE DOMAIN small AS int CHECK (yes(VALUE, 1));\n" READS "SELECT 1::small;\nCOMMIT;\n",
    "CREATE DOMAIN small AS int CHECK (yes(VALUE, 1));\n" READS
    "SELECT * FROM json_to_record('{\"a\": 1}') AS x(a small);\nCOMMIT;\n",
    "CREATE FUNCTION s(a int = w()) RETURNS int LANGUAGE sql AS 'SELECT 1';\n" READS
    "SELECT s();\nCOMMIT;\n",
    "CREATE FUNCTION add(int, int) RETURNS int LANGUAGE sql AS 'SELECT w()';\n"
    "CREATE AGGREGATE total(int) (SFUNC = add, STYPE = int, INITCOND = 0);\n" READS
    "SELECT total(v) FROM t;\nCOMMIT;\n",
    "CREATE FUNCTION lower(int) RETURNS int LANGUAGE sql AS 'SELECT w()';\n" READS
    "SELECT lower(v) FROM t;\nCOMMIT;\n",
    "CREATE FUNCTION read(text) RETURNS t LANGUAGE sql AS 'SELECT w(), 1';\n"
    "CREATE CAST (text AS t) WITH FUNCTION read(text) AS IMPLICIT;\n" READS "COMMIT;\n",
    "ALTER TABLE t ENABLE ROW LEVEL SECURITY;\nCREATE POLICY p ON t USING (w() = 1);\n" READS
    "COMMIT;\n",
    "CREATE VIEW u AS SELECT w() AS n;\n" READS "SELECT * FROM u;\nCOMMIT;\n",
    READS "SELECT v FROM t ORDER BY id LIMIT w();\nCOMMIT;\n",
    READS "SELECT v FROM t TABLESAMPLE bernoulli (w());\nCOMMIT;\n",
    READS "SELECT sum(v) OVER (ORDER BY id ROWS BETWEEN w() PRECEDING AND CURRENT ROW) FROM t;\n"
          "COMMIT;\n",
    READS "COPY (SELECT w()) TO STDOUT;\nCOMMIT;\n",
    READS "\\copy log from stdin\n1\n\\.\nCOMMIT;\n",
    READS "\\lo_import picture.png\nCOMMIT;\n",
    READS "SELECT 'DELETE FROM t' \\gexec\nCOMMIT;\n",
    READS "SELECT ${columns} FROM t;\nCOMMIT;\n",
    READS "COMMIT AND CHAIN;\nUPDATE t SET v = 1 WHERE id = 1;\nCOMMIT;\n",
    READS "BEGIN READ WRITE;\nCOMMIT;\n",
    "BEGIN ISOLATION LEVEL SERIALIZABLE;\nSET TRANSACTION READ WRITE;\nSELECT v FROM t;\nCOMMIT;\n",
    READS "SELECT set_config('transaction_read_only', 'off', true);\nCOMMIT;\n",
    READS,
};

static GString *chain_of_calls(unsigned length)
{
    GString *text = g_string_new(WRITER);

    for (unsigned i = 0; i < length; i++)
        g_string_append_printf(text,
                               "CREATE FUNCTION f%u() RETURNS int LANGUAGE plpgsql AS\n"
                               "$$ BEGIN RETURN f%u(); END $$;\n",
                               i, i + 1);
    g_string_append_printf(text,
                           "CREATE FUNCTION f%u() RETURNS int LANGUAGE sql AS 'SELECT w()';\n" READS
                           "SELECT f0();\nCOMMIT;\n",
                           length);
    return text;
}

static void check_left_alone(const char *text)
{
    struct outcome outcome;

    put("a.sql", text);
    outcome = run("a.sql", "--diff", "--severity", "note", NULL);
    if (*outcome.out)
        fail_msg("%s\nis changed:\n%s", text, outcome.out);
    outcome_finish(&outcome);
}

static void test_what_may_write(void **state)
{
    (void)state;
    put("a.sql", WRITER READS "FETCH 1 FROM c;\nCOMMIT;\n");
    expect_piece(run("a.sql", "--diff", NULL), 1, "+BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY;");
    for (size_t i = 0; i < G_N_ELEMENTS(may_write); i++) {
        g_autofree char *text = g_strconcat(WRITER, may_write[i], NULL);
        check_left_alone(text);
    }
    for (unsigned length = 15; length < 30; length++) {
        GString *text = chain_of_calls(length);
        check_left_alone(text->str);
        g_string_free(text, TRUE);
    }
}

/* Where one statement cannot be read nobody knows what is open. */
static void test_not_parsed(void **state)
{
    static const char *const texts[] = {
        "BEGN;\nUPDATE t SET v = 1;\nCOMMIT;\n",
        "BEGIN TRANSACTIN;\nUPDATE t SET v = 1;\nCOMMIT;\n",
        "BEGIN IMMEDIATE;\nUPDATE t SET v = 1;\nCOMMIT;\n",
        "BEGIN;\nSELECT 1;\nCOMIT;\nBEGIN;\nSELECT 2;\nCOMMIT;\n",
        "SELEKT 1;\nCOMMIT;\n",
        "{{ begin }};\nUPDATE t SET v = 1;\nCOMMIT;\n",
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        check_left_alone(texts[i]);
        struct outcome outcome = run("a.sql", "--select", "declaration", NULL);
        if (strstr(outcome.out, "--> "))
            fail_msg("%s\n%s", texts[i], outcome.out);
        outcome_finish(&outcome);
    }
    check_left_alone(
        "COMMIT;\nCOMMIT;\nBEGIN ISOLATION LEVEL READ UNCOMMITTED;\nSELECT 1;\nCOMMIT;\n"
        "SELEKT 1;\n");
    check_left_alone("-- name: Begin :exec\nBEGIN;\n-- name: End :exec\nCOMMIT;\n");
    check_left_alone("SELECT 'BEGIN' \\gexec\nUPDATE t SET v = 1;\nCOMMIT;\n");
}

/* What another file says changes nothing in this one. */
static void test_other_files(void **state)
{
    static const char plain[] =
        "BEGIN;\nSELECT v FROM t WHERE id = 1;\nUPDATE t SET v = 2;\nCOMMIT;\n"
        "BEGIN DEFERRABLE;\nSELECT 1;\nCOMMIT;\n";

    (void)state;
    put("a.sql", plain);
    put("b.sql", "ALTER DATABASE other SET default_transaction_isolation = 'serializable';\n");
    expect(run(".", "--diff", "--severity", "note", NULL), 1, "", NOTHING);
    put("b.sql", "SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE;\n");
    expect(run(".", "--diff", "--severity", "note", "--default-isolation", "serializable", NULL), 1,
           "", NOTHING);
    /* a function that is harmless there may be another one here */
    put("a.sql", READS "SELECT f();\nCOMMIT;\n");
    put("b.sql", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';\n");
    expect(run(".", "--diff", "--severity", "note", NULL), 1, "", NOTHING);
}

/* Everything else works as it does without: reports are of what is left. */
static void test_reports(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\nBEGIN;\n");
    struct outcome outcome = run("--fix", "-f", "gcc", "-f", "json", "-o", "out.json", NULL);
    assert_int_equal(outcome.status, 1);
    assert_true(g_str_has_prefix(outcome.out, "a.sql:1:1: warning: "));
    outcome_finish(&outcome);
    g_autofree char *json = get("out.json");
    assert_null(strstr(json, "commit-outside-transaction"));
    assert_non_null(strstr(json, "unterminated-transaction"));
    expect(run("nope.sql", "a.sql", "--fix", "-q", NULL), 2, NULL,
           "isolint: nope.sql: No such file or directory\n");
}

/* Two names of one file: the second finds it changed, and does no harm. */
static void test_two_names(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\nSELECT 1;\nCOMMIT;\n");
    assert_int_equal(symlink("a.sql", "b.sql"), 0);
    struct outcome outcome = run("--fix", "a.sql", "b.sql", NULL);
    outcome_finish(&outcome);
    check_file("a.sql", "SELECT 1;\n");
}

/* A name may be as long as the file system allows. */
static void test_long_names(void **state)
{
    g_autofree char *middle = g_strnfill(249, 'a');
    g_autofree char *plain = g_strconcat("aa", middle, ".sql", NULL);
    g_autofree char *umlaut = g_strconcat(middle, "\xC3\xA4.sql", NULL);
    g_autofree char *report = g_strconcat("aa", middle, ".txt", NULL);
    const char *const names[] = {plain, umlaut};

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        assert_true(g_file_set_contents_full(names[i], "COMMIT;\nSELECT 1;\n", -1,
                                             G_FILE_SET_CONTENTS_NONE, 0644, NULL));
    expect(run("--fix", "-o", report, NULL), 0, "", "isolint: repaired 2 findings in 2 files\n");
    check_file(plain, "SELECT 1;\n");
    check_file(umlaut, "SELECT 1;\n");
    assert_int_equal(count_entries("."), 3);
}

/* Line ends stay as they are, those of old Macs as well. */
static void test_line_ends(void **state)
{
    (void)state;
    put("a.sql", "SELECT 1;\rCOMMIT;\rSELECT 2; -- two\rCOMMIT;\r");
    put("b.sql", "SELECT 1;\r\nCOMMIT;\nSELECT 2;\rCOMMIT;\n");
    expect(run("--fix", NULL), 0, NULL, "isolint: repaired 4 findings in 2 files\n");
    check_file("a.sql", "SELECT 1;\rSELECT 2; -- two\r");
    check_file("b.sql", "SELECT 1;\r\nSELECT 2;\r");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_fix),         EACH(test_diff),           EACH(test_diff_paths),
        EACH(test_kept),        EACH(test_not_written),    EACH(test_what_is_shown),
        EACH(test_suggestions), EACH(test_refused),        EACH(test_reports),
        EACH(test_two_names),   EACH(test_what_may_write), EACH(test_not_parsed),
        EACH(test_other_files), EACH(test_long_names),     EACH(test_line_ends),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
