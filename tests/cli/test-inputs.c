/* What is read, and what becomes of what cannot be: exit status, findings of the others. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli/run.h"

/* One warning, status 1. */
static const char WARNED[] = "COMMIT;\n";
static const char CLEAN[] = "SELECT 1;\n";

static void test_status(void **state)
{
    (void)state;
    put("clean.sql", CLEAN);
    put("warned.sql", WARNED);
    put("wrong.sql", "SELEKT 1;\n");
    put("noted.sql", "-- isolint: allow nested-begin\nSELECT 1;\n");
    expect(run("clean.sql", NULL), 0, "no findings in 1 file (1 statement, 1 transaction)\n", "");
    expect_piece(run("warned.sql", NULL), 1, "warning[commit-outside-transaction]");
    expect_piece(run("wrong.sql", NULL), 1, "error[syntax-error]");
    expect_piece(run("noted.sql", "--severity", "note", NULL), 0, "note[unused-suppression]");
    expect_piece(run("clean.sql", "warned.sql", NULL), 1, "1 warning in 2 files");
}

/* Nothing to lint is most likely a mistake, and what was left out is said. */
static void test_nothing_matched(void **state)
{
    static const char kinds[] = "*.sql, *.ddl, *.pgsql, *.psql";

    (void)state;
    put("empty/readme.txt", "");
    put("old/a.sql", "SELECT 1;\n");
    put("build/.gitignore", "*.sql\n");
    put("build/b.sql", "SELECT 1;\n");
    const struct {
        const char *path, *why;
    } cases[] = {{"empty", ""},
                 {"old", "; 1 left out by exclude patterns"},
                 {"build", "; 1 left out by .gitignore"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *line =
            g_strdup_printf("isolint: %s: no file to lint (%s)%s; --allow-empty accepts that\n",
                            cases[i].path, kinds, cases[i].why);
        expect(run("-q", "--exclude", "a.sql", cases[i].path, NULL), 2, "", line);
        expect(run("-q", "--exclude", "a.sql", "--allow-empty", cases[i].path, NULL), 0, "", "");
    }
    expect(run("-q", "--force-exclude", "--exclude", "a.sql", "--allow-empty", "old/a.sql", NULL),
           0, "", "");
    expect(run("-q", "empty", "old", NULL), 0, "", "");
}

static void test_fail_on(void **state)
{
    (void)state;
    put("warned.sql", WARNED);
    put("noted.sql", "-- isolint: allow nested-begin\nSELECT 1;\n");
    expect(run("--fail-on", "error", "warned.sql", NULL), 0, NULL, "");
    expect(run("--fail-on=warning", "warned.sql", NULL), 1, NULL, "");
    expect(run("--fail-on", "note", "noted.sql", NULL), 1, NULL, "");
    expect(run("--fail-on", "never", "warned.sql", NULL), 0, NULL, "");
    expect_refused(run("--fail-on", "some", "warned.sql", NULL),
                   "--fail-on: unknown value \"some\" (choose error, warning, note, never)");
}

/* Two files of one name are told apart by their directories. */
static void test_names(void **state)
{
    static const char one[] = "BEGIN;\nUPDATE a SET n = 1 WHERE id = 1;\n"
                              "UPDATE b SET n = 1 WHERE id = 1;\nCOMMIT;\n";
    static const char other[] = "BEGIN;\nUPDATE b SET n = 1 WHERE id = 1;\n"
                                "UPDATE a SET n = 1 WHERE id = 1;\nCOMMIT;\n";

    (void)state;
    put("new/pay.sql", one);
    put("old/pay.sql", other);
    put("old/take.sql", other);
    expect_piece(run("-f", "concise", "new/pay.sql", "old/pay.sql", NULL), 1,
                 "with new/pay.sql:1, which locks");
    expect_piece(run("-f", "concise", "new/pay.sql", "old/take.sql", NULL), 1,
                 "with pay.sql:1, which locks");
    put("pay.sql", other);
    expect_piece(run("-f", "concise", "new/pay.sql", "pay.sql", NULL), 1,
                 "with new/pay.sql:1, which locks");
}

/* Each of these is told in one line, and hides nothing of the others. */
static void test_troubles(void **state)
{
    static const struct {
        const char *name, *line;
    } cases[] = {
        {"nope.sql", "isolint: nope.sql: No such file or directory\n"},
        {"binary.sql", "isolint: binary.sql: is binary data (it has NUL bytes)\n"},
        {"app.csv.gz",
         "isolint: app.csv.gz: is compressed by gzip; of such files isolint log reads logs\n"},
        {"utf16.sql", "isolint: utf16.sql: is UTF-16; save it as UTF-8\n"},
        {"broken.sql", "isolint: broken.sql: No such file or directory\n"},
        {"/dev/null", "isolint: /dev/null: is a device\n"},
    };

    (void)state;
    put("warned.sql", WARNED);
    put_bytes("binary.sql", "SELECT\0 1", 9);
    put_bytes("app.csv.gz", "\x1f\x8b\x08\0", 4);
    put_bytes("utf16.sql", "\xFF\xFES\0", 4);
    assert_int_equal(symlink("nowhere", "broken.sql"), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = run(cases[i].name, "warned.sql", NULL);
        assert_int_equal(outcome.status, 2);
        assert_string_equal(outcome.err, cases[i].line);
        assert_non_null(strstr(outcome.out, "warning[commit-outside-transaction]"));
        assert_non_null(strstr(outcome.out, "1 warning in 1 file "));
        outcome_finish(&outcome);
    }
    struct outcome outcome = run("nope.sql", "--fail-on", "never", NULL);
    assert_int_equal(outcome.status, 2);
    outcome_finish(&outcome);
}

static void test_unreadable(void **state)
{
    (void)state;
    put("warned.sql", WARNED);
    put("secret.sql", WARNED);
    g_chmod("secret.sql", 0);
    if (!heeds_modes())
        skip();
    struct outcome outcome = run(".", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: secret.sql: Permission denied\n");
    assert_non_null(strstr(outcome.out, "1 warning in 1 file "));
    outcome_finish(&outcome);
    put("closed/a.sql", WARNED);
    g_chmod("closed", 0);
    expect(run("-q", "-f", "gcc", "--ignore", "all", "closed", "warned.sql", NULL), 2, "",
           "isolint: closed: Permission denied\n");
    expect(run("-q", "closed", NULL), 2, "", "isolint: closed: Permission denied\n");
    g_chmod("closed", 0700);
}

static void test_all_troubles_are_told(void **state)
{
    (void)state;
    expect(run("b.sql", "a.sql", NULL), 2,
           "no findings in 0 files (0 statements, 0 transactions)\n",
           "isolint: b.sql: No such file or directory\n"
           "isolint: a.sql: No such file or directory\n");
}

static void test_directories(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("db/b.sql", WARNED);
    put("db/c.txt", WARNED);
    put("x.sql/d.sql", WARNED);
    put(".hidden.sql", WARNED);
    expect_piece(run(NULL), 1, "3 warnings in 3 files");
    expect_piece(run(".", NULL), 1, "3 warnings in 3 files");
    expect_piece(run("db", NULL), 1, "--> db/b.sql:1:1\n");
    expect_piece(run("x.sql", NULL), 1, "--> x.sql/d.sql:1:1\n");
    expect_piece(run("db/c.txt", ".hidden.sql", NULL), 1, "2 warnings in 2 files");
}

static void test_a_file_twice(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    expect_piece(run("a.sql", "a.sql", NULL), 1, "1 warning in 1 file ");
    expect_piece(run("a.sql", ".", NULL), 1, "1 warning in 1 file ");
}

/* A file is linted once, however often and by whatever name it is met; the first name is shown. */
static void test_a_file_several_times(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    assert_int_equal(symlink("a.sql", "b.sql"), 0);
    expect_piece(run("a.sql", "a.sql", ".", NULL), 1, "1 warning in 1 file ");
    expect_piece(run("a.sql", "./a.sql", NULL), 1, "1 warning in 1 file ");
    expect_piece(run("b.sql", ".", NULL), 1, "--> b.sql:1:1");
}

/* What a link leads to, over and over. */
static void test_loops(void **state)
{
    (void)state;
    put("db/a.sql", WARNED);
    assert_int_equal(symlink("loop.sql", "loop.sql"), 0);
    assert_int_equal(symlink("..", "db/above"), 0);
    assert_int_equal(symlink("..", "db/above.sql"), 0);
    struct outcome outcome = run(".", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: loop.sql: Too many levels of symbolic links\n");
    assert_non_null(strstr(outcome.out, "1 warning in 1 file "));
    outcome_finish(&outcome);
}

/* A file that ends before its size, like one that shrinks while it is read: sysfs has such. */
static void test_shorter_than_said(void **state)
{
    static const char SETTING[] = "/sys/kernel/mm/transparent_hugepage/enabled";
    struct stat info;

    (void)state;
    g_autofree char *text = get(SETTING);
    if (!text || stat(SETTING, &info) != 0 || info.st_size <= (off_t)strlen(text))
        skip();
    assert_int_equal(symlink(SETTING, "short.sql"), 0);
    put("a.sql", WARNED);
    expect_piece(run("short.sql", "a.sql", NULL), 1, " in 2 files");
}

static void test_pipes(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    assert_int_equal(mkfifo("fifo.sql", 0666), 0);
    /* named: read, if something writes; found: not read, because it might never end */
    struct outcome outcome = run("fifo.sql", "a.sql", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: fifo.sql: is a pipe to which nothing writes\n");
    assert_non_null(strstr(outcome.out, "1 warning in 1 file "));
    outcome_finish(&outcome);
    outcome = run(".", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: fifo.sql: is no regular file\n");
    assert_non_null(strstr(outcome.out, "1 warning in 1 file "));
    outcome_finish(&outcome);
}

static void test_standard_input(void **state)
{
    const struct surroundings warned = {.input = WARNED};

    (void)state;
    expect_piece(run_with(&warned, "-", NULL), 1, "--> stdin:1:1\n");
    expect_piece(run_with(&warned, "-", "--stdin-filename", "db/x.sql", NULL), 1,
                 "--> db/x.sql:1:1\n");
    expect(run("-", NULL), 0, "no findings in 1 file (0 statements, 0 transactions)\n", "");
    /* without "-" it is not read */
    expect(run_with(&warned, "--allow-empty", NULL), 0,
           "no findings in 0 files (0 statements, 0 transactions)\n", "");
    put("a.sql", WARNED);
    expect_piece(run_with(&warned, "a.sql", "-", NULL), 1, "2 warnings in 2 files");
    expect_piece(run_with(&warned, "-", "--format", "sarif", "--stdin-filename", "db/x.sql", NULL),
                 1, "\"uri\":\t\"db/x.sql\"");
}

/* What an editor has not saved yet is linted beside the files of the project, and not twice. */
static void test_standard_input_replaces(void **state)
{
    const struct surroundings clean = {.input = "SELECT 1;\n"}, warned = {.input = WARNED};

    (void)state;
    put("db/a.sql", WARNED);
    put("db/b.sql", "SELECT 2;\n");
    expect_piece(run_with(&clean, "db", "-", "--stdin-filename", "db/a.sql", NULL), 0,
                 "no findings in 2 files");
    expect_piece(run_with(&clean, "-", "db", "--stdin-filename", "./db/a.sql", NULL), 0,
                 "no findings in 2 files");
    expect_piece(run_with(&warned, "db", "-", "--stdin-filename", "db/b.sql", NULL), 1,
                 "2 warnings in 2 files");
    expect_piece(run_with(&warned, "db", "-", "--stdin-filename", "db/new.sql", NULL), 1,
                 "2 warnings in 3 files");
    expect_piece(run_with(&clean, "-s", "db/a.sql", "-", "--stdin-filename", "db/a.sql", NULL), 0,
                 "no findings in 1 file");
}

static void test_names_with_a_dash(void **state)
{
    (void)state;
    put("-a.sql", WARNED);
    expect_piece(run("--", "-a.sql", NULL), 1, "--> -a.sql:1:1\n");
    expect_piece(run("./-a.sql", NULL), 1, "--> ./-a.sql:1:1\n");
}

static void test_schema(void **state)
{
    static const char READ[] = "BEGIN ISOLATION LEVEL SERIALIZABLE;\n"
                               "SELECT a FROM t WHERE a = 1; UPDATE t SET b = 1 WHERE a = 1;\n"
                               "COMMIT;\n";

    (void)state;
    put("schema.sql", "CREATE TABLE t (id int PRIMARY KEY, a int, b int); COMMIT;\n");
    put("db/read.sql", READ);
    expect_piece(run("--select", "unindexed-serializable-read", "db", NULL), 0, "no findings");
    struct outcome outcome =
        run("--select", "unindexed-serializable-read", "-s", "schema.sql", "db", NULL);
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "no index on a"));
    assert_non_null(strstr(outcome.out, " in 1 file "));
    outcome_finish(&outcome);
    /* it is not linted itself */
    expect_piece(
        run("--schema", "schema.sql", "db", "--select", "commit-outside-transaction", NULL), 0,
        "no findings in 1 file (4 statements, 1 transaction)");
    expect_piece(run("--schema=schema.sql", "--schema", "nope.sql", "db", NULL), 2, "");
    static const struct {
        const char *text, *said;
    } poor[] = {
        {"", "isolint: schema.sql: this schema is empty\n"},
        {"CREATE TABLE t (a int);\nCREATE TABLE u (a in",
         "isolint: schema.sql:2: this statement of the schema cannot be parsed; what it defines is not "
         "known\n"},
        {"CREATE TABL t;\nCREATE TABL u;\n",
         "isolint: schema.sql:1: 2 statements of this schema cannot be parsed, the first one here; what "
         "they define is not known\n"},
    };
    put("none.sql", "SELECT 1;\n");
    for (size_t i = 0; i < G_N_ELEMENTS(poor); i++) {
        put("schema.sql", poor[i].text);
        expect(run("-q", "-s", "schema.sql", "none.sql", NULL), 0, "", "");
        outcome = run("-s", "schema.sql", "none.sql", NULL);
        assert_int_equal(outcome.status, 0);
        assert_string_equal(outcome.err, poor[i].said);
        outcome_finish(&outcome);
    }
}

static void test_gitignore(void **state)
{
    (void)state;
    put("repository/.gitignore", "build/\n*.tmp.sql\n");
    put("repository/a.sql", WARNED);
    put("repository/b.tmp.sql", WARNED);
    put("repository/build/c.sql", WARNED);
    put("repository/db/d.sql", WARNED);
    put("repository/db/e.tmp.sql", WARNED);
    expect_piece(run("repository", NULL), 1, "2 warnings in 2 files");
    put("marked/.gitignore", "\xEF\xBB\xBF*.tmp.sql\r\n");
    put("marked/a.tmp.sql", WARNED);
    expect_piece(run("--allow-empty", "marked", NULL), 0, "in 0 files");
    /* outside a repository what stands above counts for nothing */
    expect_piece(run("repository/db", NULL), 1, "2 warnings in 2 files");
    g_mkdir("repository/.git", 0777);
    expect_piece(run("repository", NULL), 1, "2 warnings in 2 files");
    expect_piece(run("repository/db", NULL), 1, "1 warning in 1 file ");
    expect_piece(run_with(&(struct surroundings){.directory = "repository/db"}, NULL), 1,
                 "--> d.sql:1:1\n");
    /* who names a file wants it read */
    expect_piece(run("repository/b.tmp.sql", NULL), 1, "1 warning in 1 file ");
}

static void test_bytes_that_are_no_utf8(void **state)
{
    (void)state;
    put("latin.sql", "SELECT 'gr\xF6\xDF"
                     "e';\nSELECT '\xE4' oops oops;\n");
    struct outcome outcome = run("latin.sql", NULL);
    assert_int_equal(outcome.status, 1);
    assert_true(g_utf8_validate(outcome.out, -1, NULL));
    assert_non_null(strstr(outcome.out, "--> latin.sql:2:17\n"));
    assert_non_null(strstr(outcome.out, "SELECT '\xEF\xBF\xBD' oops oops;\n"));
    outcome_finish(&outcome);
    outcome = run("latin.sql", "--format", "sarif", NULL);
    assert_int_equal(outcome.status, 1);
    assert_true(g_utf8_validate(outcome.out, -1, NULL));
    outcome_finish(&outcome);
}

static void test_names_that_are_no_utf8(void **state)
{
    (void)state;
    put("gr\xF6\xDF"
        "e.sql",
        WARNED);
    struct outcome outcome = run(".", NULL);
    assert_int_equal(outcome.status, 1);
    assert_true(g_utf8_validate(outcome.out, -1, NULL));
    assert_non_null(strstr(outcome.out, "--> gr\xEF\xBF\xBD\xEF\xBF\xBD"
                                        "e.sql:1:1\n"));
    outcome_finish(&outcome);
    expect_piece(run(".", "--format", "sarif", NULL), 1, "\"uri\":\t\"gr%F6%DFe.sql\"");
}

/* --exclude, as .gitignore would have it; what is named is read unless --force-exclude. */
static void test_exclude(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("old/b.sql", WARNED);
    put("db/old/c.sql", WARNED);
    put("db/d.gen.sql", WARNED);
    put("db/extra/x/e.sql", WARNED);
    expect_piece(run(NULL), 1, "5 warnings in 5 files");
    expect_piece(run("--exclude", "old/", NULL), 1, "3 warnings in 3 files");
    expect_piece(run("--exclude", "/old/", NULL), 1, "4 warnings in 4 files");
    expect_piece(run("--exclude", "*.gen.sql", NULL), 1, "4 warnings in 4 files");
    expect_piece(run("--exclude", "db/**/e.sql", NULL), 1, "4 warnings in 4 files");
    expect_piece(run("--exclude", "old", "--exclude=*.gen.sql", "--exclude", "extra", NULL), 1,
                 "1 warning in 1 file");
    expect_piece(run("--exclude", "*", "--exclude", "!a.sql", NULL), 1, "1 warning in 1 file");
    expect_piece(run("--exclude", "*", "--allow-empty", NULL), 0, "no findings in 0 files");
    const struct surroundings below = {.directory = "db"};
    expect_piece(run_with(&below, "..", "--exclude", "old/", NULL), 1, "3 warnings in 3 files");
    expect_piece(run_with(&below, "..", "--exclude", "/old/", NULL), 1, "4 warnings in 4 files");
}

static void test_force_exclude(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("old/b.sql", WARNED);
    put("old/x/c.sql", WARNED);
    expect_piece(run("a.sql", "old/b.sql", "--exclude", "old/", NULL), 1, "2 warnings in 2 files");
    expect_piece(run("a.sql", "old", "--exclude", "old/", NULL), 1, "3 warnings in 3 files");
#define FORCE "--force-exclude", "--exclude", "old/"
    expect_piece(run("a.sql", "old/b.sql", FORCE, NULL), 1, "1 warning in 1 file");
    expect_piece(run("a.sql", "./old/../old/x/c.sql", FORCE, NULL), 1, "1 warning in 1 file");
    expect_piece(run("a.sql", "old/x", FORCE, NULL), 1, "1 warning in 1 file");
    expect_piece(run(".", FORCE, NULL), 1, "1 warning in 1 file");
    /* tables are read all the same, and so is standard input */
    put("old/schema.sql", "CREATE TABLE accounts (id int PRIMARY KEY, balance int);\n");
    put("u.sql", "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                 "SELECT balance FROM accounts WHERE id = $1;\n"
                 "UPDATE accounts SET balance = $2 WHERE id = $1;\nCOMMIT;\n");
    expect_piece(run("u.sql", "-s", "old/schema.sql", FORCE, NULL), 1,
                 "[snapshot-read-modify-write]");
    expect_piece(run_with(&(struct surroundings){.input = WARNED}, "-", "--stdin-filename",
                          "old/x.sql", FORCE, NULL),
                 1, "1 warning in 1 file");
}

/* What the configuration excludes, relative to its directory, beside what options do. */
static void test_exclude_of_configuration(void **state)
{
    const struct surroundings below = {.directory = "db"};

    (void)state;
    put(".isolint.yml", "exclude: [/db/old/]\n");
    put("a.sql", WARNED);
    put("db/b.sql", WARNED);
    put("db/old/c.sql", WARNED);
    expect_piece(run(NULL), 1, "2 warnings in 2 files");
    expect_piece(run("--exclude", "b.sql", NULL), 1, "1 warning in 1 file");
    expect_piece(run_with(&below, NULL), 1, "1 warning in 1 file");
    expect_piece(run_with(&below, "--exclude", "/b.sql", "..", NULL), 1, "1 warning in 1 file");
    expect_piece(run("db/old/c.sql", NULL), 1, "1 warning in 1 file");
    expect_piece(run("--allow-empty", "--force-exclude", "db/old/c.sql", NULL), 0, "in 0 files");
    expect_piece(run_with(&below, "--allow-empty", "--force-exclude", "old/c.sql", NULL), 0,
                 "in 0 files");
}

/* A directory that is excluded is not even opened. */
static void test_excluded_directory(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("data/b.sql", WARNED);
    assert_int_equal(chmod("data", 0), 0);
    struct outcome outcome = run("--exclude", "data", NULL);
    chmod("data", 0700);
    assert_int_equal(outcome.status, 1);
    assert_string_equal(outcome.err, "");
    outcome_finish(&outcome);
}

/* Whoever puts a pipe or a device beside the SQL stops nobody. */
static void test_no_pipes(void **state)
{
    const struct surroundings brief = {.seconds = 5};

    (void)state;
    put("a.sql", "SELECT 1;\n");
    assert_int_equal(mkfifo("pipe", 0600), 0);
    assert_int_equal(symlink("/dev/zero", "zero"), 0);
    expect_refused(run_with(&brief, "a.sql", "-c", "pipe", NULL), "pipe: is no regular file");
    expect_refused(run_with(&brief, "a.sql", "-c", "zero", NULL), "zero: is no regular file");
    expect_refused(run_with(&brief, "a.sql", "--baseline", "pipe", NULL),
                   "--baseline: pipe: is no regular file");
    expect(run_with(&brief, "a.sql", "-q", "-c", "/dev/null", NULL), 0, "", "");
    assert_int_equal(g_rename("pipe", ".isolint.yml"), 0);
    expect_refused(run_with(&brief, "a.sql", NULL), ".isolint.yml: is no regular file");
    assert_int_equal(g_rename(".isolint.yml", ".gitignore"), 0);
    expect(run_with(&brief, ".", "-q", NULL), 2, "", "isolint: ./.gitignore: is no regular file\n");
    assert_int_equal(g_remove(".gitignore"), 0);
    assert_int_equal(symlink("nothing", ".gitignore"), 0);
    expect(run_with(&brief, ".", "-q", NULL), 0, "", "");
}

/* A file of /proc may call itself regular and wait for ever. */
static void test_waiting_file(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    assert_int_equal(symlink("/proc/kmsg", "b.sql"), 0);
    expect_piece(run(".", "-f", "gcc", "-q", NULL), 2, "a.sql:1:1: warning: ");
}

/* One that is too large is left out before it is read, and the others are linted. */
static void test_too_large(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    put("b.sql", "");
    assert_int_equal(truncate("b.sql", ((off_t)1 << 30) + 1), 0);
    expect(run(".", "-f", "gcc", "-q", "--severity", "warning", NULL), 2, NULL,
           "isolint: b.sql: too large, the limit is 1 GB\n");
}

/* Nobody sees what stands behind it, the server neither. */
static void test_open_comment(void **state)
{
    (void)state;
    put("a.sql", "SELECT 1; /* open /* and closed */\nBEGIN;\n");
    expect_piece(run("a.sql", "-f", "gcc", NULL), 1,
                 "a.sql:1:11: error: unterminated /* comment [syntax-error]\n");
    put("a.sql", "SELECT 1; /* closed /* and closed */ */\n");
    expect(run("a.sql", "-q", NULL), 0, "", "");
}

/* A carriage return ends a comment on the server: what stands after it is run; and it ends a line. */
static void test_comment_before_carriage_return(void **state)
{
    (void)state;
    put("a.sql",
        "SELECT 1; -- one\rCOMMIT;\rCOMMIT; -- isolint: allow commit-outside-transaction\r");
    expect_piece(run("a.sql", "-f", "gcc", "-q", NULL), 1, "a.sql:2:1: warning: ");
    put("a.sql", "DO $$ BEGIN -- one\rPERFORM 1; END -- two\r$$;\rCOMMIT;\r");
    expect_piece(run("a.sql", "-f", "gcc", "-q", NULL), 1, "a.sql:4:1: warning: ");
    put("a.sql", "BEGIN; SELECT 1; -- ?\r SELECT ? -- it's\r; COMMIT;\rCOMMIT;\r");
    expect_piece(run("a.sql", "-f", "gcc", "-q", NULL), 1, "a.sql:4:1: warning: ");
}

/* Lines that end with a carriage return alone, as on old Macs, are lines to editors and to the server. */
static void test_carriage_returns(void **state)
{
    static const char feeds[] = "-- isolint: allow commit-outside-transaction\nCOMMIT;\n"
                                "DO $$ BEGIN\n-- one\nPERFORM 1; END $$;\nCOMMIT;\n"
                                "BEGIN;\nCOMMIT;\n";
    g_autofree char *returns = g_strdelimit(g_strdup(feeds), "\n", '\r');

    (void)state;
    put("a.sql", feeds);
    struct outcome same = run("a.sql", "-f", "gcc", NULL);
    assert_non_null(strstr(same.out, "a.sql:6:1: "));
    put("a.sql", returns);
    expect(run("a.sql", "-f", "gcc", NULL), 1, same.out, NULL);
    expect_piece(run("a.sql", "-f", "sarif", NULL), 1, "\"newlineSequences\"");
    outcome_finish(&same);
    put("a.sql", "SELECT 1;\r\nSELECT 2;\rCOMMIT;\nCOMMIT;\r");
    expect_piece(run("a.sql", "-f", "gcc", NULL), 1, "a.sql:3:1: ");
    expect_piece(run("a.sql", "-f", "gcc", NULL), 1, "a.sql:4:1: ");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_exclude),
        EACH(test_force_exclude),
        EACH(test_exclude_of_configuration),
        EACH(test_excluded_directory),
        EACH(test_status),
        EACH(test_nothing_matched),
        EACH(test_fail_on),
        EACH(test_names),
        EACH(test_troubles),
        EACH(test_unreadable),
        EACH(test_all_troubles_are_told),
        EACH(test_directories),
        EACH(test_a_file_twice),
        EACH(test_a_file_several_times),
        EACH(test_loops),
        EACH(test_shorter_than_said),
        EACH(test_pipes),
        EACH(test_standard_input),
        EACH(test_standard_input_replaces),
        EACH(test_names_with_a_dash),
        EACH(test_schema),
        EACH(test_gitignore),
        EACH(test_bytes_that_are_no_utf8),
        EACH(test_no_pipes),
        EACH(test_open_comment),
        EACH(test_comment_before_carriage_return),
        EACH(test_waiting_file),
        EACH(test_too_large),
        EACH(test_names_that_are_no_utf8),
        EACH(test_carriage_returns),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
