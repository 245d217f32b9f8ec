/* --staged and --since, with the git that is installed; skipped where there is none. */
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli/run.h"

static bool has_git;

/* Runs git in the sandbox with a configuration of its own. */
static void git(const char *command)
{
    g_autofree char *line = g_strdup_printf(
        "GIT_CONFIG_NOSYSTEM=1 HOME=/nonexistent git -c user.name=x -c user.email=x@x "
        "-c init.defaultBranch=main %s >git.log 2>&1",
        command);
    int status;

    assert_true(g_spawn_command_line_sync("rm -f git.log", NULL, NULL, NULL, NULL));
    const char *arguments[] = {"sh", "-c", line, NULL};
    assert_true(g_spawn_sync(NULL, (char **)arguments, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL,
                             NULL, &status, NULL));
    if (status != 0) {
        g_autofree char *said = get("git.log");
        fail_msg("git %s: %s", command, said);
    }
}

static int set_up(void **state)
{
    int failed = sandbox_enter(state);

    if (failed || !has_git)
        return failed;
    put(".gitignore", "git.log\n");
    put("db/a.sql", "COMMIT;\n");
    put("db/b.sql", "COMMIT;\n");
    git("init -q");
    git("add .");
    git("commit -qm one");
    return 0;
}

#define NEEDS_GIT \
    (void)state;  \
    if (!has_git) \
    skip()

/* Which files something is shown of. */
static void check_files(struct outcome outcome, const char *const *files)
{
    g_auto(GStrv) lines = g_strsplit(outcome.out, "\n", -1);
    g_autoptr(GString) got = g_string_new(NULL), expected = g_string_new(NULL);

    for (char **line = lines; *line && **line; line++) {
        if (strstr(*line, ": note: "))
            continue;
        g_string_append_printf(got, "%.*s ", (int)strcspn(*line, ":"), *line);
    }
    for (; *files; files++)
        g_string_append_printf(expected, "%s ", *files);
    if (strcmp(got->str, expected->str) != 0)
        fail_msg("\"%s\" instead of \"%s\"\n%s", got->str, expected->str, outcome.err);
    outcome_finish(&outcome);
}

#define FILES(...) ((const char *const[]){__VA_ARGS__ __VA_OPT__(, ) NULL})

static void test_staged(void **state)
{
    NEEDS_GIT;
    check_files(run("-f", "gcc", "--staged", NULL), FILES());
    put("db/a.sql", "COMMIT;\n\n");
    put("new.sql", "COMMIT;\n");
    check_files(run("-f", "gcc", "--staged", NULL), FILES());
    git("add db/a.sql");
    check_files(run("-f", "gcc", "--staged", NULL), FILES("db/a.sql"));
    git("add new.sql");
    check_files(run("-f", "gcc", "--staged", NULL), FILES("db/a.sql", "new.sql"));
    check_files(run("-f", "gcc", "--staged", "db", NULL), FILES("db/a.sql"));
    const struct surroundings below = {.directory = "db"};
    check_files(run_with(&below, "-f", "gcc", "--staged", NULL), FILES("a.sql"));
    check_files(run_with(&below, "-f", "gcc", "--staged", "..", NULL),
                FILES("../db/a.sql", "../new.sql"));
    expect_piece(run("--staged", NULL), 1, "2 warnings in 2 files");
    expect_piece(run("--staged", "db/b.sql", NULL), 0, "no findings in 0 files");
}

/* Of an index that was cut off git lists what is left. */
static void test_damaged_index(void **state)
{
    NEEDS_GIT;
    put("new.sql", "COMMIT;\n");
    git("add new.sql");
    git("update-index --index-version 2");
    assert_int_equal(truncate(".git/index", 100), 0);
    struct outcome outcome = run("--staged", NULL);
    assert_int_equal(outcome.status, 2);
    assert_non_null(strstr(outcome.err, "the index of git is damaged"));
    assert_string_equal(outcome.out, "");
    outcome_finish(&outcome);
}

/* Before the first commit everything is new. */
static void test_no_commit(void **state)
{
    NEEDS_GIT;
    put("fresh/x.sql", "COMMIT;\n");
    g_chdir("fresh");
    git("init -q");
    git("add x.sql");
    check_files(run("-f", "gcc", "--staged", NULL), FILES("x.sql"));
    g_chdir("..");
    expect_refused(run_with(&(struct surroundings){.directory = "fresh"}, "--since", "HEAD", NULL),
                   "--since: not a commit: \"HEAD\"");
}

/* What is included belongs to another script, and is found in its own file. */
static void test_since_included(void **state)
{
    NEEDS_GIT;
    put("main.sql", "BEGIN;\n\\i part/one.psql\nCOMMIT;\n");
    put("part/one.psql", "SELECT 1;\n");
    git("add .");
    git("commit -qm two");
    put("part/one.psql", "SELECT 1;\nBEGIN;\n");
    check_files(run("-f", "gcc", "--since", "HEAD", NULL), FILES("part/one.psql"));
    put("part/one.psql", "SELECT 1;\n");
    put("db/c.sql", "COMMIT;\n");
    check_files(run("-f", "gcc", "--since", "HEAD", NULL), FILES("db/c.sql"));
}

static void test_since(void **state)
{
    NEEDS_GIT;
    git("checkout -qb work");
    put("db/c.sql", "COMMIT;\n");
    git("add .");
    git("commit -qm two");
    /* what others do in the meantime does not count */
    git("checkout -q main");
    put("db/b.sql", "COMMIT;\n\n");
    git("add .");
    git("commit -qm three");
    git("checkout -q work");
    check_files(run("-f", "gcc", "--since", "main", NULL), FILES("db/c.sql"));
    check_files(run("-f", "gcc", "--since=HEAD", NULL), FILES());
    check_files(run("-f", "gcc", "--since", "HEAD~1", NULL), FILES("db/c.sql"));
    /* what is changed, staged or unknown to git does */
    put("db/a.sql", "COMMIT;\n\n");
    put("db/d.sql", "COMMIT;\n");
    git("add db/a.sql");
    put("e.sql", "COMMIT;\n");
    const struct surroundings below = {.directory = "db"};
    check_files(run_with(&below, "-f", "gcc", "--since", "main", "..", NULL),
                FILES("../db/a.sql", "../db/c.sql", "../db/d.sql", "../e.sql"));
    g_remove("db/b.sql");
    check_files(run("-f", "gcc", "--since", "HEAD", NULL), FILES("db/a.sql", "db/d.sql", "e.sql"));
}

/* Names that git would quote, that look like options, and links. */
static void test_names(void **state)
{
    static const char *const names[] = {"-x.sql",
                                        "a b.sql",
                                        "gr\xC3\xB6\xC3\x9F"
                                        "e.sql",
                                        "line\nend.sql",
                                        "quote\".sql",
                                        "tab\t.sql",
                                        NULL};
    NEEDS_GIT;
    for (const char *const *name = names; *name; name++)
        put(*name, "COMMIT;\n");
    git("add .");
    expect_piece(run("--staged", NULL), 1, "6 warnings in 6 files");
    assert_int_equal(symlink("db/a.sql", "link.sql"), 0);
    git("add link.sql");
    check_files(run("-f", "gcc", "--staged", "link.sql", NULL), FILES("link.sql"));
    git("commit -qm names");
    put("db/a.sql", "COMMIT;\n\n");
    check_files(run("-f", "gcc", "--since", "HEAD", "link.sql", NULL), FILES("link.sql"));
}

/* Everything feeds the catalog, and a pair is shown when one of its files differs. */
static void test_others_count(void **state)
{
    static const char reader[] = "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
                                 "SELECT a FROM t WHERE id = $1;\n"
                                 "UPDATE t SET a = $2 WHERE id = $1;\nCOMMIT;\n";

    NEEDS_GIT;
    put("db/schema.sql", "CREATE TABLE t (id int PRIMARY KEY, a int);\n");
    git("add .");
    git("commit -qm schema");
    put("use.sql", reader);
    git("add .");
    expect_piece(run("--staged", NULL), 1, "[snapshot-read-modify-write]");
    expect_piece(run("--staged", "-f", "json", NULL), 1, "\"files\":\t1");
}

/* A finding in a file that is as it was, because of one that differs. */
static void test_other_place(void **state)
{
    NEEDS_GIT;
    put("roles.sql", "CREATE ROLE app;\n");
    put("use.sql", "BEGIN;\nSELECT amount FROM stock WHERE item = $1;\n"
                   "UPDATE stock SET amount = amount - 1 WHERE item = $1;\nCOMMIT;\n");
    git("add .");
    git("commit -qm use");
    put("roles.sql", "CREATE ROLE app;\n"
                     "ALTER DATABASE app SET default_transaction_isolation = 'repeatable read';\n");
    struct outcome outcome = run("--since", "HEAD", "--severity", "note", "-f", "junit", NULL);
    assert_non_null(strstr(outcome.out, "isolation-level-implicit 1:1\" classname=\"use.sql\""));
    assert_non_null(strstr(outcome.out, "<testsuite name=\"use.sql\""));
    assert_null(strstr(outcome.out, "db/a.sql"));
    outcome_finish(&outcome);
    git("commit -qam roles");
    check_files(run("--since", "HEAD", "-f", "gcc", NULL), FILES());
}

static void expect_said(struct outcome outcome, const char *line)
{
    g_autofree char *said = *line ? g_strdup_printf("isolint: %s\n", line) : g_strdup("");

    assert_string_equal(outcome.err, said);
    outcome_finish(&outcome);
}

/* Another repository in a directory, of which git keeps a commit. */
static void test_submodule(void **state)
{
    NEEDS_GIT;
    git("init -q sub");
    put("sub/a.sql", "COMMIT;\n");
    put("sub/b.sql", "COMMIT;\n");
    git("-C sub add .");
    git("-C sub commit -qm one");
    git("add sub");
    expect_said(run("--staged", "-f", "gcc", NULL),
                "--staged: sub: a submodule at another commit; all of its files count as changed");
    check_files(run("--staged", "-f", "gcc", NULL), FILES("sub/a.sql", "sub/b.sql"));
    git("commit -qm sub");
    check_files(run("--since", "HEAD", "-f", "gcc", NULL), FILES());

    put("sub/b.sql", "COMMIT; --\n");
    git("-C sub commit -qam two");
    check_files(run("--since", "HEAD", "-f", "gcc", NULL), FILES("sub/b.sql"));
    check_files(run("--staged", "-f", "gcc", NULL), FILES());
    git("add sub");
    expect_said(
        run("--staged", "-f", "gcc", NULL),
        "--staged: sub: a submodule at another commit; what differs in it counts as changed");
    check_files(run("--staged", "-f", "gcc", NULL), FILES("sub/b.sql"));
    /* as from a hook */
    const char *const hook[] = {"GIT_INDEX_FILE=.git/index", "GIT_DIR=.git", NULL};
    check_files(
        run_with(&(struct surroundings){.environment = hook}, "--staged", "-f", "gcc", NULL),
        FILES("sub/b.sql"));

    assert_int_equal(g_rename("sub/.git", "repository"), 0);
    expect_said(run("--staged", "-f", "gcc", NULL),
                "--staged: sub: a submodule at another commit; it is not checked out, so its files "
                "do not count as changed");
    expect_said(run("--staged", "-q", "-f", "gcc", NULL), "");
}
static void test_refused(void **state)
{
    NEEDS_GIT;
    expect_refused(run("--since", "nowhere", NULL), "--since: not a commit: \"nowhere\"");
    expect_refused(run("--since", "", NULL), "--since: not a commit: \"\"");
    expect_refused(run("--since", "--output=evil", NULL),
                   "--since: not a commit: \"--output=evil\"");
    expect_refused(run("--since", "HEAD:db", NULL), "--since: not a commit: \"HEAD:db\"");
    expect_refused(run("--since", "x\033[31m", NULL),
                   "--since: not a commit: \"x\xEF\xBF\xBD[31m\"");
    expect_refused(run("--since", "HEAD", "--staged", NULL),
                   "--staged: cannot be combined with --since");
    assert_int_equal(access("evil", F_OK), -1);
    const char *const none[] = {"PATH=/nonexistent", NULL};
    struct outcome outcome =
        run_with(&(struct surroundings){.environment = none}, "--staged", NULL);
    assert_int_equal(outcome.status, 2);
    assert_true(g_str_has_prefix(outcome.err, "isolint: --staged: git cannot be run: "));
    outcome_finish(&outcome);
    const char *const outside[] = {"GIT_CEILING_DIRECTORIES=/", "GIT_DIR=/nonexistent", NULL};
    outcome = run_with(&(struct surroundings){.environment = outside}, "--staged", NULL);
    assert_int_equal(outcome.status, 2);
    assert_true(g_str_has_prefix(outcome.err, "isolint: --staged: git: fatal: not a git repo"));
    outcome_finish(&outcome);
    put(".git/index", "no index\n");
    outcome = run("--staged", NULL);
    assert_int_equal(outcome.status, 2);
    assert_true(g_str_has_prefix(outcome.err, "isolint: --staged: git: fatal: "));
    outcome_finish(&outcome);
}

/* Programs that the repository's configuration names are not run. */
static void test_no_programs(void **state)
{
    static const char *const settings[] = {
        "core.fsmonitor",   "filter.f.clean",   "filter.f.process", "diff.external",
        "diff.d.textconv",  "diff.d.command",   "core.pager",       "core.sshCommand",
        "filter.f=x.clean", "credential.helper"};

    NEEDS_GIT;
    g_autofree char *here = g_get_current_dir();
    g_autofree char *program = g_strdup_printf("%s/.git/run", here);
    g_autofree char *script = g_strdup_printf("#!/bin/sh\necho \"$0 $*\" >>%s/ran\ncat\n", here);
    put(".git/run", script);
    put(".git/hooks/post-index-change", script);
    assert_int_equal(g_chmod(".git/run", 0755), 0);
    assert_int_equal(g_chmod(".git/hooks/post-index-change", 0755), 0);
    for (size_t i = 0; i < G_N_ELEMENTS(settings); i++) {
        g_autofree char *command = g_strdup_printf("config '%s' %s", settings[i], program);
        git(command);
    }
    put("db/.gitattributes", "*.sql filter=f diff=d\nb.sql filter=f=x\n");
    put("db/a.sql", "COMMIT;\n\n");
    put("db/c.sql", "COMMIT;\n");
    struct outcome outcome = run("--since", "HEAD", "-f", "gcc", NULL);
    assert_int_equal(outcome.status, 1);
    outcome_finish(&outcome);
    outcome = run("--staged", "-f", "gcc", NULL);
    outcome_finish(&outcome);
    g_autofree char *ran = get("ran");
    if (ran)
        fail_msg("%s", ran);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_no_programs), EACH(test_staged),       EACH(test_damaged_index),
        EACH(test_no_commit),   EACH(test_since),        EACH(test_since_included),
        EACH(test_names),       EACH(test_others_count), EACH(test_other_place),
        EACH(test_refused),     EACH(test_submodule),
    };
    g_autofree char *path = g_find_program_in_path("git");

    has_git = path != NULL;
    g_unsetenv("GIT_DIR"); /* of a hook that runs the tests */
    g_unsetenv("GIT_INDEX_FILE");
    g_unsetenv("GIT_WORK_TREE");
    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
