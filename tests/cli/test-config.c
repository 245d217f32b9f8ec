/* .isolint.yml: where it is found, what is stronger than what, and what each key does. What is no
 * configuration is in tests/config. */
#include <unistd.h>

#include <glib/gstdio.h>

#include "cli/run.h"

/* At REPEATABLE READ this is snapshot-read-modify-write, a warning. */
static const char TRANSFER[] = "BEGIN;\nSELECT balance FROM accounts WHERE id = $1;\n"
                               "UPDATE accounts SET balance = $2 WHERE id = $1;\nCOMMIT;\n";
static const char FOUND[] = "warning[snapshot-read-modify-write]";
static const char WARNED[] = "COMMIT;\n";

/* Asserts whether the report has a piece; frees the outcome. */
static void expect_found(struct outcome outcome, const char *piece, bool found)
{
    if ((strstr(outcome.out, piece) != NULL) != found || *outcome.err)
        fail_msg("%s%s: %s%s", found ? "" : "not ", piece, outcome.out, outcome.err);
    outcome_finish(&outcome);
}

static void test_found(void **state)
{
    const struct surroundings below = {.directory = "app/queries"};

    (void)state;
    put(".isolint.yml", "default-isolation: repeatable-read\n");
    put("app/queries/a.sql", TRANSFER);
    expect_found(run("app", NULL), FOUND, true);
    expect_found(run_with(&below, "a.sql", NULL), FOUND, true);
    expect_found(run("--no-config", "app", NULL), FOUND, false);
    put("other.yml", "default-isolation: read-committed\n");
    expect_found(run("-c", "other.yml", "app", NULL), FOUND, false);
    put("app/.isolint.yml", "default-isolation: serializable\n");
    expect_found(run_with(&below, "a.sql", NULL), "check that these connections use SERIALIZABLE",
                 true);
    expect_refused(run("--config", "none.yml", NULL), "none.yml: No such file or directory");
}

static void test_faults_have_a_way(void **state)
{
    (void)state;
    put(".isolint.yml", "ruls: {}\n");
    put("app/a.sql", WARNED);
    expect_refused(run(NULL), ".isolint.yml:1:1: unknown key \"ruls\"; did you mean rules?");
    expect_refused(run_with(&(struct surroundings){.directory = "app"}, NULL),
                   "../.isolint.yml:1:1: unknown key \"ruls\"; did you mean rules?");
    expect(run("--no-config", "app", NULL), 1, NULL, "");
}

/* What was meant to configure, and would be ignored. */
static void test_ignored_in_part(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    assert_int_equal(symlink("nothing.yml", ".isolint.yml"), 0);
    expect_refused(run(".", NULL), ".isolint.yml: No such file or directory");
    g_remove(".isolint.yml");
    assert_int_equal(symlink(".isolint.yml", ".isolint.yml"), 0);
    expect_refused(run(".", NULL), ".isolint.yml: Too many levels of symbolic links");
    g_remove(".isolint.yml");
    put(".isolint.yml", "---\nrules: {}\n...\n");
    expect_found(run(".", NULL), "1 warning", true);
    put(".isolint.yml", "rules: {}\n---\nrules: {}\n");
    expect_refused(run(".", NULL),
                   ".isolint.yml:2:1: a second document, of which nothing would be read");
    put(".isolint.yml", "fail-on: error\nexclude:\n  - caf\xE9.sql\n");
    expect_refused(run("a.sql", NULL), ".isolint.yml:3:9: is not UTF-8");
}

static void test_options_win(void **state)
{
    (void)state;
    put("a.sql", TRANSFER);
    put(".isolint.yml", "default-isolation: repeatable-read\nfail-on: never\nseverity: error\n"
                        "overrides: [{paths: ['*.sql'], default-isolation: serializable}]\n");
    expect_found(run("--severity", "note", "a.sql", NULL),
                 "check that these connections use SERIALIZABLE", true);
    expect_found(run("--severity", "note", "--default-isolation", "read-committed", "a.sql", NULL),
                 FOUND, false);
    expect_piece(run("a.sql", NULL), 0, "no findings in 1 file (4 statements, 1 transaction), ");
    expect(run("--severity", "warning", "--fail-on", "warning", "a.sql", NULL), 1, NULL, "");
}

static void test_rules(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put(".isolint.yml", "rules: {commit-outside-transaction: off}\n");
    expect(run("a.sql", NULL), 0, NULL, "");
    expect(run("--extend-select", "commit-outside-transaction", "a.sql", NULL), 1, NULL, "");
    put(".isolint.yml", "rules: {commit-outside-transaction: error, all: off}\n");
    expect_piece(run("a.sql", NULL), 1, "error[commit-outside-transaction]");
    put(".isolint.yml", "rules: {declaration: note, all: off}\n");
    expect_piece(run("a.sql", "--severity", "note", NULL), 0, "note[commit-outside-transaction]");
    expect(run("--ignore", "declaration", "a.sql", NULL), 0, NULL, "");
    expect(run("--select", "nested-begin", "a.sql", NULL), 0, NULL, "");
    put(".isolint.yml", "rules: {all: off}\n");
    expect_piece(run("--select", "declaration", "a.sql", NULL), 1, "[commit-outside-transaction]");
}

static void test_inputs(void **state)
{
    const struct surroundings below = {.directory = "app"};

    (void)state;
    put("app/a.sql", WARNED);
    put("db/b.sql", WARNED);
    put("db/old/c.sql", WARNED);
    put("db/old/keep.sql", WARNED);
    put("db/x.gen.sql", WARNED);
    put(".isolint.yml", "paths: [db]\nexclude: [db/old/*, '*.gen.sql', '!keep.sql']\n");
    expect_piece(run(NULL), 1, "2 warnings in 2 files");
    expect_piece(run_with(&below, NULL), 1, "--> ../db/b.sql:1:1");
    expect_piece(run("app", NULL), 1, "1 warning in 1 file");
    expect_piece(run("db/old/c.sql", NULL), 1, "1 warning in 1 file");
    expect_piece(run("--no-config", NULL), 1, "5 warnings in 5 files");
}

static void test_schema(void **state)
{
    static const char view[] = "CREATE TABLE t (a int PRIMARY KEY);\nCREATE VIEW v AS TABLE t;\n";

    (void)state;
    put("schema/all.sql", view);
    put("a.sql", "BEGIN READ ONLY;\nDELETE FROM v;\nCOMMIT;\n");
    put(".isolint.yml", "schema: [schema]\npaths: [a.sql]\n");
    expect_piece(run(NULL), 1, "in 1 file (");
    put("empty.sql", "SELECT 1;\n");
    expect_piece(run("-s", "empty.sql", NULL), 1, "in 1 file (");
}

static void test_migrations(void **state)
{
    static const char skew[] =
        "BEGIN ISOLATION LEVEL REPEATABLE READ;\nSELECT balance FROM accounts WHERE id = 1;\n"
        "UPDATE accounts SET balance = 2 WHERE id = 1;\nCOMMIT;\n";

    (void)state;
    put("deploy/a.sql", skew);
    expect_found(run(NULL), FOUND, true);
    put(".isolint.yml", "migrations: [deploy]\n");
    expect_found(run(NULL), FOUND, false);
    put(".isolint.yml", "overrides: [{paths: [deploy], runs: once}]\n");
    expect_found(run(NULL), FOUND, false);
    put("app.sql", "UPDATE accounts SET balance = balance - $1 WHERE id = $2;\n");
    expect_found(run(NULL), FOUND, true);
    put(".isolint.yml", "overrides: [{paths: [deploy], runs: alone}]\n");
    expect_found(run(NULL), FOUND, false);
    put(".isolint.yml",
        "migrations: [deploy]\noverrides: [{paths: [deploy], runs: concurrently}]\n");
    expect_found(run(NULL), FOUND, true);
}

static void test_overrides(void **state)
{
    (void)state;
    put("a/x.sql", TRANSFER);
    put("b/x.sql", TRANSFER);
    put("c/x.sql", "SELECT 1;\nCOMMIT;\n");
    put(".isolint.yml", "overrides:\n"
                        "  - {paths: [a, b], default-isolation: repeatable-read}\n"
                        "  - {paths: [b/], rules: {conflict: off}}\n"
                        "  - {paths: [c/*], transaction: file}\n");
    expect_found(run("--severity", "note", NULL), "--> a/x.sql:3:1", true);
    expect_found(run("--severity", "note", NULL), "--> b/x.sql:3:1", false);
    expect_found(run("--severity", "note", NULL), "COMMIT ends the transaction that the", true);
    expect_found(run("--transaction", "statement", "c", NULL), "COMMIT ends the transaction",
                 false);
}

static void test_settings(void **state)
{
    (void)state;
    put("a.sql", "BEGIN;\nUPDATE t SET a = 1;\nCOMMIT;\n");
    expect(run("a.sql", NULL), 0, NULL, "");
    put(".isolint.yml", "default-read-only: yes\n");
    expect_piece(run("a.sql", NULL), 1, "25006");
    put(".isolint.yml", "target: standby\n");
    expect_piece(run("--set", "target=primary", "a.sql", NULL), 0, "no findings");
    put(".isolint.yml", "server-version: 9.0\n");
    put("b.sql", "BEGIN ISOLATION LEVEL SERIALIZABLE;\nTABLE t;\nCOMMIT;\n");
    expect_piece(run("--show-config", NULL), 0, "\nserver-version: 9.0\n");
    expect_piece(run("--server-version", "16.2", "--show-config", NULL), 0,
                 "\nserver-version: 16\n");
    expect_piece(run("--set", "require-retry=true", "--show-config", NULL), 0,
                 "\nrequire-retry: yes\n");
}

/* --set takes every key as the file has it, and is stronger than the file. */
static void test_set(void **state)
{
    (void)state;
    put("a.sql", WARNED);
    put("old/b.sql", WARNED);
    put("x.gen.sql", WARNED);
    put(".isolint.yml", "target: standby\nexclude: [a.sql]\nrules: {nested-begin: off}\n");
    expect_piece(run("--set", "exclude=old/,*.gen.sql", NULL), 1, "1 warning in 1 file");
    expect_piece(run("--set", "exclude=[old/*]", NULL), 1, "2 warnings in 2 files");
    expect_piece(run("--set", "rules.commit-outside-transaction=error", "old", NULL), 1,
                 "error[commit-outside-transaction]");
    expect_piece(run("--set", "rules={declaration: off}", "old", NULL), 0, "no findings");
    expect_piece(run("--set", "overrides=[{paths: [old], rules: {all: off}}]", NULL), 1,
                 "1 warning in 2 files");
    expect_piece(run("--set", "severity=error", "old", NULL), 0, "1 warning not shown");
    struct outcome outcome = run("--set", "rules.lost-update=off", "--set", "server-version=9.6",
                                 "--set", "all-serializable=on", "--show-config", NULL);
    assert_non_null(strstr(outcome.out, "\nserver-version: 9.6\ntarget: standby\n"));
    assert_non_null(strstr(outcome.out, "\nall-serializable: yes\n"));
    assert_non_null(strstr(outcome.out, "\n  lost-update: off\n"));
    assert_non_null(strstr(outcome.out, "\n  nested-begin: off\n"));
    outcome_finish(&outcome);
    expect_refused(run("--set", "target=standy", NULL),
                   "--set: target: unknown value \"standy\" (choose primary, standby)");
    expect_refused(run("--set", "targt=standby", NULL),
                   "--set: unknown key \"targt\"; did you mean target?");
    expect_refused(run("--set", "target", NULL), "--set: \"target\" is not KEY=VALUE");
    expect_refused(run("--set", "exclude=a,", NULL), "--set: exclude: a text is empty");
    expect_refused(run("--set", "exclude=[", NULL),
                   "--set: \"exclude=[\": did not find expected node content");
    expect_refused(run("--set", "databases=[{name: a, paths: [b]}, {name: a, paths: [c]}]", NULL),
                   "--set: databases: two have the name \"a\"");
    put(".isolint.yml", "databases: [{name: a, paths: [b]}, {name: a, paths: [c]}]\n");
    expect_refused(run(NULL), ".isolint.yml: databases: two have the name \"a\"");
    expect_refused(run("--set", "target=\xff", NULL),
                   "the value of an option is not UTF-8; see isolint --help");
}

static void test_show(void **state)
{
    (void)state;
    expect_piece(run("--show-config", NULL), 0, "# no configuration file\npaths:\n  - '.'\n");
    put(".isolint.yml",
        "rules: {nested-begin: note}\noverrides: [{paths: [\"a'b\"], retry: yes}]\n");
    expect_piece(run("--show-config", NULL), 0, "# .isolint.yml\n");
    expect_piece(run("--show-config", NULL), 0, "\n  nested-begin: note\n");
    expect_piece(run("--show-config", NULL), 0, "overrides:\n  -\n    paths:\n      - 'a''b'\n");
    expect_piece(run("--show-config", "--ignore", "nested-begin", NULL), 0,
                 "\n  nested-begin: off\n");
    expect_refused(run("--show-config", "--select", "nothing", NULL), "unknown rule \"nothing\"");
}

#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)

/* What stands above the repository, or above the home directory, is somebody else's; what belongs
 * to another user is not read. */
static void test_of_others(void **state)
{
    static const char never[] = "fail-on: never\n";

    (void)state;
    put(".isolint.yml", never);
    put("r/db/a.sql", "COMMIT;\n");
    const struct surroundings below = {.directory = "r/db"};
    expect(run_with(&below, "a.sql", "-q", NULL), 0, NULL, "");
    g_autofree char *here = g_get_current_dir();
    g_autofree char *home = g_strdup_printf("HOME=%s/r", here);
    const struct surroundings at_home = {.directory = "r/db",
                                         .environment = (const char *const[]){home, NULL}};
    expect(run_with(&at_home, "a.sql", "-q", NULL), 1, NULL, "");
    put("r/.git", "gitdir: elsewhere\n");
    expect(run_with(&below, "a.sql", "-q", NULL), 1, NULL, "");
    put("r/.isolint.yml", never);
    expect(run_with(&below, "a.sql", "-q", NULL), 0, NULL, "");
    if (geteuid() != 0)
        return;
    assert_int_equal(chown("r/.isolint.yml", 65534, 65534), 0);
    expect_refused(run_with(&below, "a.sql", NULL),
                   "../.isolint.yml: belongs to another user, so it is not read; name a "
                   "configuration with --config, or use --no-config");
    expect(run_with(&below, "a.sql", "-q", "--no-config", NULL), 1, NULL, "");
    expect(run_with(&below, "a.sql", "-q", "-c", "../.isolint.yml", NULL), 0, NULL, "");
    assert_int_equal(chown("r/db", 65534, 65534), 0);
    expect(run_with(&below, "a.sql", "-q", NULL), 0, NULL, "");

    put("n/.git", "gitdir: elsewhere\n");
    put("n/db/a.sql", "COMMIT;\n");
    put("n/db/.isolint.yml", "rules:\n  commit-outside-transaction: off\n");
    const struct surroundings around = {.directory = "n"};
    expect(run_with(&around, "-q", NULL), 0, NULL, "");
    assert_int_equal(chown("n/db/.isolint.yml", 65534, 65534), 0);
    expect_piece(run_with(&around, NULL), 2, "db/a.sql:1:1");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        EACH(test_of_others),       EACH(test_found),      EACH(test_faults_have_a_way),
        EACH(test_options_win),     EACH(test_rules),      EACH(test_inputs),
        EACH(test_schema),          EACH(test_migrations), EACH(test_overrides),
        EACH(test_settings),        EACH(test_set),        EACH(test_show),
        EACH(test_ignored_in_part),
    };

    if (!take_isolint(argc, argv))
        return 99;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
