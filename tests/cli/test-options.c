/* The command line: what each option does, and one line on what it does not know. */
#include <cjson/cJSON.h>

#include <glib/gstdio.h>

#include "cli/run.h"
#include "lint/registry.h"
#include "lint/rule.h"

static const char WARNED[] = "COMMIT;\n";

static void test_unknown(void **state)
{
    (void)state;
    expect_refused(run("--selct", "x", NULL), "Unknown option --selct; see isolint --help");
    expect_refused(run("-x", NULL), "Unknown option -x; see isolint --help");
    expect_refused(run("--output", NULL), "Missing argument for --output; see isolint --help");
    expect_refused(run("--jobs", "many", NULL),
                   "Cannot parse integer value “many” for --jobs; see isolint --help");
}

static void test_values(void **state)
{
    static const struct {
        const char *option, *value, *message;
    } cases[] = {
        {"--format", "xml", "--format: unknown format \"xml\" (choose "},
        {"--color", "red", "--color: unknown value \"red\" (choose auto, always, never)"},
        {"--severity", "info", "--severity: unknown value \"info\" (choose error, warning, note)"},
        {"--transaction", "maybe",
         "--transaction: unknown value \"maybe\" (choose auto, statement, file, message)"},
        {"--default-isolation", "snapshot",
         "--default-isolation: unknown value \"snapshot\" (choose "},
        {"--default-isolation", "", "--default-isolation: unknown value \"\" (choose "},
        {"--server-version", "x", "--server-version: not a version of PostgreSQL: \"x\""},
        {"--server-version", "0", "--server-version: not a version of PostgreSQL: \"0\""},
        {"--server-version", "nan", "--server-version: not a version of PostgreSQL: \"nan\""},
        {"--jobs", "0", "--jobs: must be at least 1"},
        {"--jobs", "-3", "--jobs: must be at least 1"},
        {"--select", "zzz", "unknown rule \"zzz\""},
        {"--ignore", "nested-begn", "unknown rule \"nested-begn\"; did you mean nested-begin?"},
        {"--extend-select", "sintax-error,nested-begin",
         "unknown rule \"sintax-error\"; did you mean syntax-error?"},
        {"--explain", "nested", "there is no rule \"nested\""},
        {"--explain", "commit-outside", "there is no rule \"commit-outside\""},
        {"--explain", "nested-beginn",
         "there is no rule \"nested-beginn\"; did you mean "
         "nested-begin?"},
    };

    (void)state;
    put("a.sql", WARNED);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct outcome outcome = run(cases[i].option, cases[i].value, "a.sql", NULL);
        g_autofree char *start = g_strdup_printf("isolint: %s", cases[i].message);
        if (outcome.status != 2 || *outcome.out || !g_str_has_prefix(outcome.err, start) ||
            strchr(outcome.err, '\n') != outcome.err + strlen(outcome.err) - 1)
            fail_msg("%s %s: status %d\n%s%s", cases[i].option, cases[i].value, outcome.status,
                     outcome.out, outcome.err);
        outcome_finish(&outcome);
    }
}

static void test_server_version(void **state)
{
    static const char *const right[] = {"15", "15.4", "9.6", "9.6.24", "17", NULL};
    static const char *const wrong[] = {"15abc", "15 ", "15.x", "9.6-rc1", "-15", NULL};

    (void)state;
    put("a.sql", "SELECT 1;\n");
    for (const char *const *version = right; *version; version++)
        expect_piece(run("--server-version", *version, "a.sql", NULL), 0, "no findings");
    for (const char *const *version = wrong; *version; version++) {
        struct outcome outcome = run("--server-version", *version, "a.sql", NULL);
        assert_int_equal(outcome.status, 2);
        outcome_finish(&outcome);
    }
}

/* As "$VARIABLE" that is not set. No rule would find nothing. */
static void test_empty_values(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    expect_refused(run("--select", "", "a.sql", NULL),
                   "--select: names no rule; \"all\" is all of them");
    expect_refused(run("--select= ,", "a.sql", NULL),
                   "--select: names no rule; \"all\" is all of them");
    expect_refused(run("--config", "", "a.sql", NULL), "--config: the name of the file is empty");
    expect_refused(run("--baseline=", "a.sql", NULL), "--baseline: the name of the file is empty");
    expect_refused(run("-o", "", "a.sql", NULL),
                   "--output: the name of the file is empty; see isolint --help");
    expect_refused(run("log", "--table", "", "a.csv", NULL),
                   "--table: the name of the file is empty");
    expect_refused(run("log", "--programs=", "a.csv", NULL),
                   "--programs: the name of the file is empty");
    expect(run("-q", "-f", "concise", "-s", "", "--exclude", "", "--ignore", "", "", "a.sql", NULL),
           2,
           "a.sql:1:1: warning[commit-outside-transaction]: COMMIT has no open transaction to end "
           "(WARNING 25P01)\n",
           "isolint: \"\": No such file or directory\n");
}

/* A value directly behind a short option; what is a value itself is left as it is. */
static void test_short_options_with_value(void **state)
{
    static const char *const options[] = {"-j1", "-j8", "-fsarif", "-oout.txt", "-sa.sql", NULL};

    (void)state;
    put("a.sql", "SELECT 1;\n");
    put("-j9.sql", "COMMIT;\n");
    for (const char *const *option = options; *option; option++) {
        struct outcome outcome = run(*option, "a.sql", NULL);
        assert_int_equal(outcome.status, 0);
        outcome_finish(&outcome);
    }
    g_autofree char *out = get("out.txt");
    assert_non_null(strstr(out, "no findings"));
    expect(run("-fgcc", "-o", "-fx", "a.sql", NULL), 0, "", "");
    g_autofree char *odd = get("-fx");
    assert_string_equal(odd, "");
    expect(run("-q", "--output", "-jx", "a.sql", NULL), 0, "", "");
    expect(run("-qv", "-sa.sql", "a.sql", NULL), 0, "", NULL);
    expect_piece(run("--", "-j9.sql", NULL), 1, "1 warning in 1 file");
    expect_refused(run("-j0", "a.sql", NULL), "--jobs: must be at least 1");
}

/* --fix=no must not repair. */
static void test_needless_value(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    put("--fix=no", "COMMIT;\n");
    expect_refused(run("--fix=no", "a.sql", NULL), "--fix: takes no value; see isolint --help");
    expect_refused(run("-q", "--no-config=", "a.sql", NULL),
                   "--no-config: takes no value; see isolint --help");
    g_autofree char *text = get("a.sql");
    assert_string_equal(text, "COMMIT;\n");
    expect_piece(run("--config", "--fix=no", "a.sql", NULL), 2, "");
    expect_piece(run("--", "--fix=no", NULL), 1, "1 warning in 1 file");
}

static void test_select(void **state)
{
    (void)state;
    put("a.sql", "COMMIT; BEGIN; BEGIN; COMMIT; SELEKT;\n");
    expect_piece(run("a.sql", NULL), 1, "2 errors, 1 warning in 1 file");
    expect_piece(run("a.sql", "--select", "nested-begin", NULL), 1, "1 error in 1 file");
    expect_piece(run("a.sql", "--select", "nested-begin,syntax-error", NULL), 1, "2 errors in 1");
    expect_piece(run("a.sql", "--ignore", "nested-begin,syntax-error", NULL), 1, "1 warning in 1");
    expect_piece(run("a.sql", "--select", "declaration", "--ignore", "nested-begin", NULL), 1,
                 "1 warning in 1 file");
    expect_piece(run("a.sql", "--select", "nested-begin", "--extend-select", "syntax-error", NULL),
                 1, "2 errors in 1 file");
    expect(run("a.sql", "-q", "--ignore", "all", NULL), 0, "", "");
}

static void test_severity(void **state)
{
    (void)state;
    put("a.sql", "COMMIT; SELEKT;\n-- isolint: allow nested-begin\nSELECT 1;\n");
    expect_piece(run("a.sql", NULL), 1, "1 error, 1 warning in 1 file (3 statements, ");
    expect_piece(run("a.sql", NULL), 1, "), 1 note not shown\n");
    expect_piece(run("a.sql", "--fail-on", "note", NULL), 1, "1 error, 1 warning, 1 note in 1");
    expect_piece(run("a.sql", "--select", "unused-suppression,declaration", NULL), 1,
                 "1 warning, 1 note");
    expect_piece(run("a.sql", "--severity", "note", NULL), 1, "1 error, 1 warning, 1 note in 1");
    expect_piece(run("a.sql", "--severity", "warning", NULL), 1, "1 error, 1 warning in 1 file");
    expect_piece(run("a.sql", "--severity", "error", NULL), 1, "1 error in 1 file");
    expect_piece(run("a.sql", "--severity", "error", NULL), 1, "), 1 warning, 1 note not shown\n");
}

/* The most severe first, and of too many the rest is counted; programs get all. */
/* What a batch does to rows of which nobody learns is no claim of them. */
static void test_severity_of_claims(void **state)
{
#define BATCH "UPDATE t SET a = NULL WHERE id = ANY (ARRAY(SELECT id FROM t WHERE a > 0 LIMIT 9))"
    (void)state;
    put("a.sql", BATCH ";\n");
    expect_piece(run("a.sql", "--severity", "note", NULL), 0, "note[queue-claim]");
    put("a.sql", BATCH " RETURNING id;\n");
    expect_piece(run("a.sql", NULL), 1, "error[queue-claim]");
}

static void test_max_findings(void **state)
{
    GString *many = g_string_new("SELECT 1;\n");

    (void)state;
    for (int i = 0; i < 60; i++)
        g_string_append(many, "COMMIT;\n");
    g_string_append(many, "SELEKT;\n");
    put("a.sql", many->str);
    struct outcome outcome = run("a.sql", NULL);
    assert_true(g_str_has_prefix(outcome.out, "error[syntax-error]"));
    assert_non_null(strstr(outcome.out, "\n    60  warning  commit-outside-transaction (11 not"));
    outcome_finish(&outcome);
    expect_piece(run("a.sql", "--max-findings", "0", NULL), 1, "--> a.sql:61:1");
    expect_piece(run("a.sql", "-f", "concise", NULL), 1, "\na.sql:61:1: warning[");
    expect_piece(run("a.sql", "-f", "gcc", "--max-findings", "1", NULL), 1, "\na.sql:61:1: ");
    expect(run("a.sql", "-q", "-f", "concise", "--max-findings", "1", NULL), 1,
           "a.sql:62:1: error[syntax-error]: syntax error at or near \"SELEKT\"\n", "");
    expect_refused(run("a.sql", "--max-findings", "-1", NULL),
                   "--max-findings: must not be negative");
    g_string_free(many, TRUE);
}

static void test_default_isolation(void **state)
{
    static const char *const serializable[] = {"serializable", "SERIALIZABLE", "Serializable",
                                               NULL};
    static const char *const repeatable[] = {"repeatable-read", "repeatable read",
                                             "REPEATABLE_READ", "Repeatable Read", NULL};
    static const char *const committed[] = {"read-committed", "read committed", "read-uncommitted",
                                            "READ_UNCOMMITTED", NULL};

    (void)state;
    put("a.sql", "BEGIN; SELECT a FROM t; SELECT b FROM t; COMMIT;\n");
    for (const char *const *level = serializable; *level; level++)
        expect_piece(run("a.sql", "--default-isolation", *level, NULL), 1,
                     "[serializable-read-not-deferrable]");
    for (const char *const *level = repeatable; *level; level++)
        expect_piece(run("a.sql", "--default-isolation", *level, NULL), 1,
                     "[repeatable-read-not-read-only]");
    for (const char *const *level = committed; *level; level++)
        expect_piece(run("a.sql", "--default-isolation", *level, NULL), 0, "no findings");
    expect_piece(run("a.sql", "--default-isolation=repeatable-read", "--default-read-only", NULL),
                 0, "no findings");
}

static void test_transaction(void **state)
{
    (void)state;
    put("a.sql", "SELECT 1;\nCOMMIT;\nSELECT 2;\n");
    expect_piece(run("a.sql", "--transaction", "file", NULL), 1, "COMMIT ends the transaction");
    expect_piece(run("a.sql", "--transaction", "statement", NULL), 1, "COMMIT has no open");
    expect_piece(run("a.sql", "--transaction=auto", NULL), 1, "COMMIT has no open");
}

static void test_explain(void **state)
{
    (void)state;
    for (size_t i = 0; i < rule_entry_count; i++)
        expect(run("--explain", rule_entries[i].rule->name, NULL), 0, rule_entries[i].page, "");
}

static void test_list_rules(void **state)
{
    struct outcome outcome = run("--list-rules", NULL);
    const char *last = outcome.out;

    (void)state;
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.err, "");
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        g_autofree char *name = g_strdup_printf("%s ", rule->name);
        g_autofree char *summary = g_strdup_printf("    %s\n", rule->summary);
        const char *found = strstr(last, name);
        if (!found || (found != outcome.out && found[-1] != '\n') || !strstr(found, summary))
            fail_msg("%s is not listed as it should", rule->name);
        last = found;
    }
    outcome_finish(&outcome);
}

static void test_list_rules_as_json(void **state)
{
    struct outcome outcome = run("--list-rules", "--format", "json", NULL);
    cJSON *list = cJSON_Parse(outcome.out);

    (void)state;
    assert_int_equal(outcome.status, 0);
    assert_int_equal(cJSON_GetArraySize(list), rule_entry_count);
    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        const cJSON *item = cJSON_GetArrayItem(list, (int)i);
#define TEXT(name) cJSON_GetStringValue(cJSON_GetObjectItem(item, name))
        assert_string_equal(TEXT("name"), rule->name);
        assert_string_equal(TEXT("severity"), severity_name(rule->severity));
        assert_string_equal(TEXT("summary"), rule->summary);
        assert_string_equal(TEXT("group"), rule->group);
#undef TEXT
        const cJSON *predicts = cJSON_GetObjectItem(item, "predicts");
        assert_true(cJSON_IsArray(predicts));
        for (size_t j = 0; j < G_N_ELEMENTS(rule->predicts) && rule->predicts[j]; j++)
            assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(predicts, (int)j)),
                                rule->predicts[j]);
    }
    cJSON_Delete(list);
    outcome_finish(&outcome);
}

static void test_version_and_help(void **state)
{
    struct outcome outcome = run("--version", NULL);

    (void)state;
    assert_int_equal(outcome.status, 0);
    assert_true(
        g_str_has_prefix(outcome.out, "isolint " ISOLINT_VERSION " (grammar of PostgreSQL "));
    outcome_finish(&outcome);
    outcome = run("--help", NULL);
    assert_int_equal(outcome.status, 0);
    assert_non_null(strstr(outcome.out, "--default-isolation"));
    assert_non_null(strstr(outcome.out, "Exit status: "));
    assert_string_equal(outcome.err, "");
    outcome_finish(&outcome);
}

/* A file is no option, whatever it is called: who adds files to a repository gives no options to
 * its hooks. */
static void test_files_like_options(void **state)
{
    static const char *const names[] = {"--output=schema.sql", "--config=.sql", "-q", "-fjunit.sql",
                                        "--fix"};

    (void)state;
    put("schema.sql", "CREATE TABLE t (a int);\n");
    put("a.sql", "COMMIT;\n");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *said = g_strdup_printf(
            "%s: is an option and the name of a file here; write \"--\" in front of file names",
            names[i]);
        put(names[i], "COMMIT;\n");
        expect_refused(run("a.sql", names[i], NULL), said);
        expect_refused(run(names[i], "a.sql", NULL), said);
        expect_piece(run("--severity", "note", "--", names[i], NULL), 1, names[i]);
        /* it is the value of another option */
        expect(run("a.sql", "-q", "--schema", names[i], NULL), i == 2 ? 2 : 1, NULL, NULL);
        g_remove(names[i]);
    }
    g_autofree char *schema = get("schema.sql"), *text = get("a.sql");
    assert_string_equal(schema, "CREATE TABLE t (a int);\n");
    assert_string_equal(text, "COMMIT;\n");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_files_like_options),
        EACH(test_unknown),
        EACH(test_values),
        EACH(test_server_version),
        EACH(test_empty_values),
        EACH(test_short_options_with_value),
        EACH(test_needless_value),
        EACH(test_select),
        EACH(test_severity),
        EACH(test_severity_of_claims),
        EACH(test_max_findings),
        EACH(test_default_isolation),
        EACH(test_transaction),
        EACH(test_explain),
        EACH(test_list_rules),
        EACH(test_list_rules_as_json),
        EACH(test_version_and_help),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
