/* Where a report goes: whole or not at all, and every failure is told. */
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <glib/gstdio.h>

#include "output/output.h"
#include "cli/run.h"
#include "report/report.h"

static const char WARNED[] = "COMMIT;\n";

static char *report_of(const char *format)
{
    struct outcome outcome = run("a.sql", "--format", format, NULL);
    char *out = g_strdup(outcome.out);

    assert_int_equal(outcome.status, 1);
    outcome_finish(&outcome);
    return out;
}

static void test_to_a_file(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    g_autofree char *expected = report_of("sarif");
    expect(run("a.sql", "-f", "sarif", "-o", "out/report.sarif", NULL), 2, "", NULL);
    g_mkdir("out", 0777);
    expect(run("a.sql", "-f", "sarif", "-o", "out/report.sarif", NULL), 1, "", "");
    g_autofree char *got = get("out/report.sarif");
    assert_string_equal(got, expected);
    assert_int_equal(count_entries("out"), 1);
    expect(run("a.sql", "--output=out/report.txt", NULL), 1, "", "");
    g_autofree char *text = get("out/report.txt");
    g_autofree char *expected_text = report_of("text");
    assert_string_equal(text, expected_text);
}

static void test_mode_of_the_file(void **state)
{
    struct stat info;
    mode_t mask = umask(027);

    (void)state;
    put("a.sql", WARNED);
    expect(run("a.sql", "-o", "report.txt", NULL), 1, "", "");
    umask(mask);
    assert_int_equal(g_stat("report.txt", &info), 0);
    assert_int_equal(info.st_mode & 0777, 0640);
}

static void test_over_an_older_one(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("report.txt", "old\n");
    expect(run("a.sql", "-o", "report.txt", NULL), 1, "", "");
    g_autofree char *got = get("report.txt");
    assert_true(g_str_has_prefix(got, "warning["));
    assert_int_equal(count_entries("."), 2);
}

/* A run with troubles writes its report all the same. */
static void test_with_troubles(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    expect(run("a.sql", "nope.sql", "-f", "sarif", "-o", "report.sarif", NULL), 2, "",
           "isolint: nope.sql: No such file or directory\n");
    g_autofree char *got = get("report.sarif");
    assert_non_null(strstr(got, "\"executionSuccessful\":\tfalse"));
    assert_non_null(strstr(got, "nope.sql: No such file or directory."));
}

/* The file cannot grow: what stood there stands there still, and nothing is left beside it. */
static void test_not_written(void **state)
{
    const struct surroundings small = {.small_files = true};

    (void)state;
    put("a.sql", WARNED);
    put("report.txt", "old\n");
    expect_refused(run_with(&small, "a.sql", "-o", "report.txt", NULL),
                   "report.txt: File too large");
    g_autofree char *got = get("report.txt");
    assert_string_equal(got, "old\n");
    assert_int_equal(count_entries("."), 2);
    expect_refused(run_with(&small, "a.sql", "-o", "new.txt", NULL), "new.txt: File too large");
    assert_int_equal(count_entries("."), 2);
}

/* An interrupt while it is written: the report is there, nothing stands beside it, and the program
 * ends by the signal after all. */
static void check_interrupted(int signal)
{
    int status;

    put("report.txt", "old\n");
    pid_t child = fork();
    if (child == 0) {
        struct output_file output;
        struct error error = {0};
        if (!output_open(&output, "report.txt", &error))
            _exit(1);
        fputs("half", output.stream);
        fflush(output.stream);
        raise(signal);
        fputs(" and half\n", output.stream);
        output_close(&output, &error);
        _exit(2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == signal);
    g_autofree char *got = get("report.txt");
    assert_string_equal(got, "half and half\n");
    assert_int_equal(count_entries("."), 1);
}

static void test_interrupted(void **state)
{
    (void)state;
    check_interrupted(SIGINT);
    check_interrupted(SIGTERM);
    check_interrupted(SIGUSR1); /* as batch systems announce the end of a job */
}

static void test_no_place(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    g_mkdir("directory", 0777);
    expect_refused(run("a.sql", "-o", "nowhere/report.txt", NULL),
                   "nowhere/report.txt: No such file or directory");
    expect_refused(run("a.sql", "-o", "directory", NULL), "directory: Is a directory");
    assert_int_equal(count_entries("."), 2);
    assert_int_equal(count_entries("directory"), 0);
}

/* What is no file is written to, not replaced. */
static void test_devices(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    expect(run("a.sql", "-o", "/dev/null", NULL), 1, "", "");
    expect_refused(run("a.sql", "-o", "/dev/full", NULL), "/dev/full: No space left on device");
    struct outcome outcome = run("a.sql", "-q", "-o", "/dev/stderr", NULL);
    assert_int_equal(outcome.status, 1);
    assert_true(g_str_has_prefix(outcome.err, "warning["));
    outcome_finish(&outcome);
}

static void test_full_standard_output(void **state)
{
    const struct surroundings full = {.output = "/dev/full"};
    GString *many = g_string_new(NULL);

    (void)state;
    put("a.sql", WARNED);
    expect_refused(run_with(&full, "a.sql", NULL), "standard output: No space left on device");
    expect_refused(run_with(&full, "a.sql", "--format", "sarif", NULL),
                   "standard output: No space left on device");
    for (int i = 0; i < 1000; i++) /* more than a buffer */
        g_string_append(many, WARNED);
    put("b.sql", many->str);
    g_string_free(many, TRUE);
    expect_refused(run_with(&full, "b.sql", NULL), "standard output: No space left on device");
    struct outcome outcome = run_with(&full, "--list-rules", NULL);
    assert_int_equal(outcome.status, 2);
    outcome_finish(&outcome);
    outcome = run_with(&full, "--version", NULL);
    assert_int_equal(outcome.status, 2);
    outcome_finish(&outcome);
    /* of more than a buffer the last part is written, or there is none left */
    expect_refused(run_with(&full, "--explain", "nested-begin", NULL),
                   "standard output: could not be written");
    expect_refused(run_with(&full, "--help", NULL), "standard output: could not be written");
}

/* A reader that goes away, as head does, has read enough: the run ends as it would have, and the other
 * reports are written. */
static void test_closed_pipe(void **state)
{
    const struct surroundings closed = {.closed_pipe = true};

    (void)state;
    put("a.sql", WARNED);
    put("b.sql", "SELECT 1;\n");
    expect(run_with(&closed, "a.sql", NULL), 1, "", "");
    expect(run_with(&closed, "b.sql", NULL), 0, "", "");
    expect(run_with(&closed, "a.sql", "-o", "/dev/stdout", NULL), 1, "", "");
    expect(run_with(&closed, "a.sql", "-f", "text", "-f", "json", "-o", "a.json", NULL), 1, "", "");
    assert_true(g_file_test("a.json", G_FILE_TEST_EXISTS));
    expect_refused(run_with(&closed, "a.sql", "missing.sql", NULL),
                   "missing.sql: No such file or directory");
    expect(run_with(&closed, "--list-rules", NULL), 0, "", "");
    expect(run_with(&closed, "--explain", "lost-update", NULL), 0, "", "");
    expect(run_with(&closed, "--help", NULL), 0, "", "");
}

static void test_quiet(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("b.sql", "SELECT 1;\n");
    expect(run("b.sql", "-q", NULL), 0, "", "");
    struct outcome outcome = run("a.sql", "--quiet", NULL);
    assert_int_equal(outcome.status, 1);
    assert_null(strstr(outcome.out, "1 warning in"));
    outcome_finish(&outcome);
}

/* What is no finding goes to standard error. */
static void test_statistics(void **state)
{
    (void)state;
    put("a.sql",
        "COMMIT;\n-- isolint: allow commit-outside-transaction\nCOMMIT;\nSELEKT;\nSELEKT;\n");
    g_autofree char *plain = report_of("text");
    expect(run("a.sql", "--statistics", NULL), 1, plain,
           "isolint:      2 syntax-error\nisolint:      1 commit-outside-transaction\n");
    put("b.sql", "SELECT 1;\n");
    expect(run("b.sql", "--statistics", "-q", NULL), 0, "", "");
}

static void test_verbose(void **state)
{
    (void)state;
    put("a.sql", "BEGIN;\nSELECT 1;\nCOMMIT;\n");
    put("s.sql", "CREATE TABLE t (a int);\n");
    struct outcome outcome = run("a.sql", "-v", "-q", "-s", "s.sql", NULL);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.out, "");
    assert_non_null(strstr(outcome.err, " rules, grammar of PostgreSQL "));
    assert_true(g_str_has_suffix(outcome.err,
                                 "\nisolint: a.sql: linted; statements: 3, transactions: 1\n"
                                 "isolint: s.sql: for the catalog only; statements: 1, "
                                 "transactions: 0\n"));
    outcome_finish(&outcome);
}

/* A witness of the machine says which rows it begins with, and no others. */
static void test_start(void **state)
{
    (void)state;
    put("a.sql", "CREATE TABLE runner (id int PRIMARY KEY, place int UNIQUE);\nBEGIN;\n"
                 "UPDATE runner SET place = NULL WHERE place = 1;\n"
                 "UPDATE runner SET place = 1 WHERE id = $1;\nCOMMIT;\n");
    expect_piece(run("a.sql", "--severity", "note", "-f", "json", NULL), 0,
                 "\"start\":\t\"runner has (id = x, place = 1) and (id = y, place = x); run 1 has "
                 "$1 = x; run 2 has $1 = y\"");
    put("a.sql", "CREATE TABLE leader (slot int PRIMARY KEY, host text);\nBEGIN;\n"
                 "DELETE FROM leader;\nINSERT INTO leader VALUES (1, $1);\nCOMMIT;\n");
    expect_piece(run("a.sql", "--severity", "note", NULL), 0, "   = start: leader is empty\n");
    put("a.sql", "CREATE TABLE shelf (id int PRIMARY KEY, books int NOT NULL);\n"
                 "BEGIN;\nINSERT INTO shelf VALUES (3, 8);\n"
                 "UPDATE shelf SET books = 9\n"
                 "WHERE id = (SELECT id FROM shelf WHERE books > 5 ORDER BY id LIMIT 1);\nCOMMIT;\n"
                 "BEGIN;\nUPDATE shelf SET books = 9\n"
                 "WHERE id = (SELECT id FROM shelf WHERE books > 5 ORDER BY id LIMIT 1);\n"
                 "INSERT INTO shelf VALUES (3, 8);\nCOMMIT;\n");
    expect_piece(run("a.sql", "--select", "lock-order", NULL), 1, "   = start: shelf has (id = 2");
}

/* A program that reads nine rows, and then this. */
static void put_long(const char *rest)
{
    g_autoptr(GString) text =
        g_string_new("CREATE TABLE leader (slot int PRIMARY KEY, host text);\n"
                     "CREATE TABLE entry (id int PRIMARY KEY, n int);\n"
                     "BEGIN;\n");

    for (int i = 3; i < 12; i++)
        g_string_append_printf(text, "SELECT n FROM entry WHERE id = %d;\n", i);
    g_string_append_printf(text, "INSERT INTO entry VALUES (2, 2);\n%sCOMMIT;\n", rest);
    put("long.sql", text->str);
}

static void expect_limit(int count, const char *line)
{
    struct outcome outcome =
        run("long.sql", "-v", "--severity", "note", "-f", "json", "--fail-on", "never", NULL);
    cJSON *report = cJSON_Parse(outcome.out);
    const cJSON *summary = cJSON_GetObjectItem(report, "summary");

    assert_non_null(strstr(outcome.err, line));
    assert_int_equal(cJSON_GetObjectItem(summary, "limits")->valueint, count);
    cJSON_Delete(report);
    outcome_finish(&outcome);
}

/* What ends a search of the machine is said, of what rules foretell and of all else. */
static void test_limits(void **state)
{
    (void)state;
    put_long("UPDATE leader SET host = $1 WHERE slot = 1;\nINSERT INTO leader VALUES (1, $1);\n");
    /* The claim of 23505, and a deadlock that no rule claims. */
    expect_limit(2,
                 "\nisolint: 1 program with more interleavings than the machine tries: what rules "
                 "foretell of them is not tried to the end\n");
    put_long("DELETE FROM leader;\nINSERT INTO leader VALUES (1, $1);\n");
    expect_limit(
        1, "\nisolint: 1 program with more interleavings than the machine tries: what no rule "
           "foretells of them may be missed\n");
}

/* Output does not depend on threads, nor on the order in which files are named. */
static void test_equal_bytes(void **state)
{
    (void)state;
    for (int i = 0; i < 60; i++) {
        g_autofree char *name = g_strdup_printf("db/%d/f%d.sql", i % 7, i);
        g_autofree char *text =
            g_strdup_printf("CREATE TABLE t%d (id int PRIMARY KEY, a int);\n"
                            "CREATE VIEW v%d AS SELECT a FROM t%d;\n"
                            "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                            "SELECT * FROM v%d, t%d; UPDATE t%d SET a = 1 WHERE a = %d;\n"
                            "COMMIT; COMMIT; SELEKT;\n",
                            i, i, (i + 1) % 60, (i + 31) % 60, (i + 17) % 60, (i + 5) % 60, i);
        put(name, text);
    }
    for (const struct report_format *format = report_formats; format->name; format++) {
        struct outcome one = run("db", "-f", format->name, "-j", "1", NULL);
        assert_int_equal(one.status, 1);
        for (int times = 0; times < 3; times++) {
            struct outcome eight = run("db", "-f", format->name, "--jobs=8", NULL);
            assert_int_equal(eight.status, 1);
            assert_string_equal(one.out, eight.out);
            assert_string_equal(one.err, eight.err);
            outcome_finish(&eight);
        }
        outcome_finish(&one);
    }
}

static void test_order_of_paths(void **state)
{
    (void)state;
    put("b.sql", WARNED);
    put("a.sql", WARNED);
    put("a/c.sql", WARNED);
    struct outcome one = run("a.sql", "b.sql", "a", NULL), other = run("b.sql", "a", "a.sql", NULL);
    assert_string_equal(one.out, other.out);
    const char *first = strstr(one.out, "--> a.sql"), *second = strstr(one.out, "--> a/c.sql"),
               *third = strstr(one.out, "--> b.sql");
    assert_true(first && first < second && second < third);
    outcome_finish(&one);
    outcome_finish(&other);
}

/* A finding whose way leads through a foreign key that another file adds shows the line there. */
static void test_key_of_another_file(void **state)
{
    (void)state;
    put("1.sql", "CREATE TABLE child (id int PRIMARY KEY, parent int);\n"
                 "CREATE TABLE parent (id int PRIMARY KEY);\n");
    put("2.sql",
        "-- the first file ends before this file comes to the key, so what is found there\n"
        "-- cannot be shown from the text of the file that creates the table\n"
        "ALTER TABLE child ADD CONSTRAINT of_parent\n"
        "    FOREIGN KEY (parent) REFERENCES parent ON DELETE CASCADE;\n");
    put("3.sql", "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                 "SELECT id FROM child WHERE id = 3;\n"
                 "INSERT INTO child (id, parent) VALUES (:id, :parent);\n"
                 "COMMIT;\n");
    put("4.sql", "DELETE FROM parent WHERE id = :id;\n");
    for (const struct report_format *format = report_formats; format->name; format++) {
        struct outcome outcome = run(".", "--severity", "note", "-f", format->name, NULL);
        assert_true(outcome.status == 0 || outcome.status == 1);
        if (strcmp(format->name, "text") == 0) {
            assert_non_null(strstr(outcome.out, "2.sql:3:23"));
            assert_non_null(strstr(outcome.out, "via foreign key of_parent"));
        }
        outcome_finish(&outcome);
    }
}

/* What is read is not written over, by whatever name it is called. */
static void test_never_an_input(void **state)
{
    static const struct {
        const char *path, *use;
    } places[] = {
        {"a.sql", "an input"},
        {"./a.sql", "an input"},
        {"link", "an input"},
        {"s.txt", "a schema"},
        {".isolint.yml", "a configuration"},
        {"c.yml", "a configuration"},
        {"known.json", "the baseline"},
        {"other.sql", "SQL"},
        {"other.DDL", "SQL"},
    };

    (void)state;
    put("a.sql", "COMMIT;\nSELECT 1;\n");
    put("s.txt", "CREATE TABLE t (a int);\n");
    put("c.yml", "fail-on: never\n");
    put(".isolint.yml", "fail-on: never\n");
    put("other.sql", "SELECT 1;\n");
    put("other.DDL", "SELECT 1;\n");
    assert_int_equal(symlink("a.sql", "link"), 0);
    expect(run("a.sql", "--baseline", "known.json", "--update-baseline", "-q", NULL), 0, "", "");
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *before = get(places[i].path);
        g_autofree char *said = g_strdup_printf("--output: %s is %s, and is not overwritten",
                                                places[i].path, places[i].use);
        expect_refused(run("a.sql", "-s", "s.txt", "-c", "c.yml", "--baseline", "known.json", "-o",
                           places[i].path, NULL),
                       said);
        expect_refused(run("a.sql", "-s", "s.txt", "-c", "c.yml", "--baseline", "known.json",
                           "--diff", "-o", places[i].path, NULL),
                       said);
        g_autofree char *after = get(places[i].path);
        assert_string_equal(before, after);
    }
    expect_refused(run("graph", "a.sql", "-o", "a.sql", NULL),
                   "--output: a.sql is an input, and is not overwritten");
    expect_refused(run(".", "-o", "a.sql", NULL), "--output: a.sql is SQL, and is not overwritten");
    expect_refused(run("s.txt", "--baseline", "a.sql", "--update-baseline", NULL),
                   "--baseline: a.sql is SQL, and is not overwritten");
    assert_int_equal(count_entries("."), 8);
}

/* A link stays one, a directory and a link to nothing are left alone, a device is written to. */
static void test_places_of_other_kinds(void **state)
{
    struct stat info;

    (void)state;
    put("a.sql", "COMMIT;\n");
    put("report.txt", "older");
    g_mkdir("directory", 0777);
    assert_int_equal(g_chmod("report.txt", 0640), 0);
    assert_int_equal(symlink("report.txt", "link"), 0);
    assert_int_equal(symlink("nothing", "dangling"), 0);
    expect(run("a.sql", "-f", "gcc", "-o", "link", NULL), 1, "", "");
    g_autofree char *text = get("report.txt");
    assert_true(g_str_has_prefix(text, "a.sql:1:1: "));
    assert_int_equal(g_lstat("link", &info), 0);
    assert_true(S_ISLNK(info.st_mode));
    assert_int_equal(g_stat("report.txt", &info), 0);
    assert_int_equal(info.st_mode & 07777, 0640);
    expect(run("a.sql", "-o", "directory", NULL), 2, "", "isolint: directory: Is a directory\n");
    expect(run("a.sql", "-o", "dangling", NULL), 2, "",
           "isolint: dangling: is a link to nothing\n");
    assert_int_equal(count_entries("directory"), 0);
    assert_int_equal(g_lstat("nothing", &info), -1);
    expect(run("a.sql", "-o", "/dev/null", NULL), 1, "", "");
    assert_int_equal(g_lstat("/dev/null", &info), 0);
    assert_true(S_ISCHR(info.st_mode));
    assert_int_equal(count_entries("."), 5);
}

/* What lies deeper than is followed is unknown, and that is said. */
static void test_deep_calls(void **state)
{
    g_autoptr(GString) text = g_string_new(
        "CREATE TABLE t (a int);\nCREATE FUNCTION f0() RETURNS void LANGUAGE sql AS 'UPDATE t SET a = 1';\n");

    (void)state;
    for (int i = 1; i < 30; i++)
        g_string_append_printf(
            text, "CREATE FUNCTION f%d() RETURNS void LANGUAGE sql AS 'SELECT f%d()';\n", i, i - 1);
    g_string_append(text, "SELECT f29();\n");
    put("deep.sql", text->str);
    struct outcome outcome = run("-v", "deep.sql", NULL);
    assert_non_null(strstr(outcome.err,
                           " with more than 20 views, routines and triggers inside one "
                           "another: what the inner ones do is not known\n"));
    outcome_finish(&outcome);
}

/* And what comes after thousands of accesses: a routine that hands on to many others. */
static void test_many_accesses_of_calls(void **state)
{
    g_autoptr(GString) text = g_string_new("CREATE TABLE t (a int);\n"
                                           "CREATE FUNCTION f() RETURNS void LANGUAGE sql AS '");

    (void)state;
    for (int i = 0; i < 50; i++)
        g_string_append_printf(text, "UPDATE t SET a = %d WHERE a = %d; ", i, i + 1);
    g_string_append(text, "';\nCREATE FUNCTION g() RETURNS void LANGUAGE sql AS '");
    for (int i = 0; i < 50; i++)
        g_string_append(text, "SELECT f(); ");
    g_string_append(text, "';\n");
    put("many.sql", text->str);
    struct outcome outcome = run("-v", "many.sql", NULL);
    assert_non_null(strstr(outcome.err, "1 program with more than 2000 accesses in views, routines "
                                        "and triggers: what the later ones do is not known\n"));
    outcome_finish(&outcome);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_to_a_file),
        EACH(test_mode_of_the_file),
        EACH(test_over_an_older_one),
        EACH(test_with_troubles),
        EACH(test_not_written),
        EACH(test_no_place),
        EACH(test_devices),
        EACH(test_full_standard_output),
        EACH(test_closed_pipe),
        EACH(test_quiet),
        EACH(test_statistics),
        EACH(test_verbose),
        EACH(test_limits),
        EACH(test_start),
        EACH(test_equal_bytes),
        EACH(test_order_of_paths),
        EACH(test_key_of_another_file),
        EACH(test_interrupted),
        EACH(test_never_an_input),
        EACH(test_places_of_other_kinds),
        EACH(test_deep_calls),
        EACH(test_many_accesses_of_calls),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
