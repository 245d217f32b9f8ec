/* The library: texts and settings in, findings out, without a file. */
#include "engine/engine.h"

#include "support/check.h"

static const char lost_update[] = "BEGIN;\n"
                                  "SELECT balance FROM accounts WHERE id = 1;\n"
                                  "UPDATE accounts SET balance = 5 WHERE id = 1;\n"
                                  "COMMIT;\n";

static void add(struct isolint_project *project, const char *path, const char *text)
{
    assert_true(isolint_project_add(project, path, text, strlen(text), ISOLINT_LINT));
}

/* "path:line:column rule" for each finding; owned by the caller. */
static char *summary_of(struct isolint_project *project)
{
    struct isolint_result *result = isolint_project_run(project);
    GString *text = g_string_new(NULL);

    assert_non_null(result);
    for (size_t i = 0; isolint_result_trouble(result, i); i++)
        g_string_append_printf(text, "trouble %s\n", isolint_result_trouble(result, i));
    for (size_t i = 0; i < isolint_result_count(result); i++) {
        const struct isolint_finding *finding = isolint_result_finding(result, i);
        const struct isolint_place *place = isolint_finding_place(finding);
        g_string_append_printf(text, "%s:%u:%u %s\n", place->path, place->line, place->column,
                               isolint_finding_rule(finding));
    }
    isolint_result_free(result);
    return g_string_free(text, FALSE);
}

static void assert_summary(struct isolint_project *project, const char *expected)
{
    g_autofree char *summary = summary_of(project);

    assert_string_equal(summary, expected);
}

static void test_finding(void **state)
{
    struct isolint_project *project = isolint_project_new();

    (void)state;
    add(project, "app.sql", lost_update);
    struct isolint_result *result = isolint_project_run(project);
    isolint_project_free(project); /* the result does not need it */
    assert_int_equal(isolint_result_count(result), 1);
    assert_null(isolint_result_finding(result, 1));
    assert_null(isolint_result_trouble(result, 0));
    assert_null(isolint_result_remark(result, 7));
    const struct isolint_finding *finding = isolint_result_finding(result, 0);
    assert_string_equal(isolint_finding_rule(finding), "lost-update");
    assert_string_equal(isolint_severity_name(isolint_finding_severity(finding)), "warning");
    assert_non_null(strstr(isolint_finding_message(finding), "UPDATE accounts"));
    assert_string_equal(isolint_finding_predicts(finding, 0), "lost-update");
    assert_null(isolint_finding_predicts(finding, 1));
    assert_non_null(isolint_finding_help(finding, 0));
    const struct isolint_place *place = isolint_finding_place(finding);
    assert_string_equal(place->path, "app.sql");
    assert_int_equal(place->line, 3);
    assert_int_equal(place->end_column, 16);
    assert_non_null(place->label);
    const struct isolint_place *related = isolint_finding_related(finding, 0);
    assert_int_equal(related->line, 2);
    assert_null(isolint_finding_related(finding, 1));
    isolint_result_free(result);
}

static void test_texts(void **state)
{
    static const char table[] = "CREATE TABLE accounts (id int PRIMARY KEY, balance int);\n";
    struct isolint_project *project = isolint_project_new();

    (void)state;
    assert_summary(project, "");
    assert_true(isolint_project_add(project, "schema.sql", table, strlen(table), ISOLINT_SCHEMA));
    add(project, "a.sql", lost_update);
    add(project, "./b.sql", lost_update);
    assert_summary(project, "a.sql:3:1 lost-update\nb.sql:3:1 lost-update\n");
    add(project, "b.sql", "SELECT 1;"); /* in the place of the other */
    assert_summary(project, "a.sql:3:1 lost-update\n");
    assert_true(isolint_project_remove(project, "./a.sql"));
    assert_summary(project, "");
    assert_false(isolint_project_remove(project, "a.sql"));
    assert_string_equal(isolint_project_error(project), "a.sql: is no text of the project");
    assert_false(isolint_project_add(project, "", "x", 1, ISOLINT_LINT));
    isolint_project_free(project);
}

/* Neither standard input nor a file that happens to be there is read. */
static void test_no_files(void **state)
{
    struct isolint_project *project = isolint_project_new();

    (void)state;
    add(project, "-", lost_update);
    assert_true(isolint_project_add(project, "binary.sql", "SELECT\0 1", 9, ISOLINT_LINT));
    add(project, "in.sql", "\\i " __FILE__ "\n");
    assert_true(isolint_project_set(project, "schema=" __FILE__));
    assert_summary(project, "trouble " __FILE__ ": there is no such file\n"
                            "trouble binary.sql: is binary data (it has NUL bytes)\n"
                            "-:3:1 lost-update\n");
    isolint_project_free(project);
}

static void test_settings(void **state)
{
    static const char yaml[] = "default-isolation: repeatable-read\n"
                               "overrides:\n"
                               "  - paths: [jobs/]\n"
                               "    rules: {all: off}\n";
    struct isolint_project *project = isolint_project_new();

    (void)state;
    add(project, "app.sql", lost_update);
    add(project, "jobs/night.sql", lost_update);
    assert_true(isolint_project_configure(project, NULL, yaml, strlen(yaml)));
    assert_summary(project, "app.sql:3:1 snapshot-read-modify-write\n");
    assert_false(isolint_project_configure(project, "conf.yml", "retry: perhaps\n", 15));
    assert_true(g_str_has_prefix(isolint_project_error(project), "conf.yml:1:"));
    assert_summary(project, "app.sql:3:1 snapshot-read-modify-write\n"); /* it stays */
    assert_true(isolint_project_set(project, "default-isolation=read-committed"));
    assert_summary(project, "app.sql:3:1 lost-update\n");
    assert_false(isolint_project_set(project, "default-isolation=high"));
    assert_true(g_str_has_prefix(isolint_project_error(project), "default-isolation"));
    assert_false(isolint_project_set(project, "nonsense"));
    assert_string_equal(isolint_project_error(project), "\"nonsense\" is not KEY=VALUE");
    assert_false(isolint_project_select(project, "lost-updaet", NULL, NULL));
    assert_string_equal(isolint_project_error(project),
                        "unknown rule \"lost-updaet\"; did you mean lost-update?");
    assert_true(isolint_project_select(project, NULL, NULL, "lost-update"));
    assert_summary(project, "");
    assert_true(isolint_project_select(project, "lost-update", NULL, NULL));
    assert_true(isolint_project_configure(project, NULL, NULL, 0));
    assert_summary(project, "app.sql:3:1 lost-update\njobs/night.sql:3:1 lost-update\n");
    isolint_project_free(project);
}

/* ------------------------------------------------------------------ other files */

static const char vacuum[] = "BEGIN;\nVACUUM t;\nCOMMIT;\n";

static enum isolint_file kind(void *context, const char *path)
{
    (void)context;
    return strcmp(path, "part.sql") == 0 || g_str_has_suffix(path, "metadata.toml")
               ? ISOLINT_REGULAR_FILE
               : ISOLINT_NO_FILE;
}

static char *read_one(void *context, const char *path, size_t *size)
{
    char *text = kind(context, path) == ISOLINT_NO_FILE ? NULL
                 : strcmp(path, "part.sql") == 0        ? g_strdup(vacuum)
                                                        : g_strdup("run_in_transaction = false\n");

    ++*(int *)context;
    *size = text ? strlen(text) : 0;
    return text;
}

static void release(void *context, char *bytes)
{
    --*(int *)context;
    g_free(bytes);
}

static void test_reader(void **state)
{
    int open = 0;
    const struct isolint_reader reader = {kind, read_one, release, &open};
    struct isolint_project *project = isolint_project_new();
    static const char migration[] = "CREATE INDEX CONCURRENTLY ON t (a);\n";

    (void)state;
    add(project, "main.sql", "SELECT 1;\n\\i part.sql\n");
    add(project, "2026-01-02-030405_x/up.sql", migration);
    g_autofree char *without = summary_of(project);
    /* Diesel runs it in a transaction, unless metadata.toml says otherwise. */
    assert_string_equal(without, "2026-01-02-030405_x/up.sql:1:1 not-in-transaction-block\n");
    isolint_project_reader(project, &reader);
    assert_summary(project, "part.sql:2:1 not-in-transaction-block\n");
    assert_int_equal(open, 0);
    isolint_project_reader(project, NULL);
    add(project, "part.sql", vacuum); /* what is added is found without one */
    g_autofree char *with = summary_of(project);
    assert_non_null(strstr(with, "part.sql:2:1 not-in-transaction-block\n"));
    isolint_project_free(project);
}

/* ------------------------------------------------------------------ runs */

static void test_cancelled(void **state)
{
    struct isolint_project *project = isolint_project_new();

    (void)state;
    add(project, "app.sql", lost_update);
    isolint_project_cancel(project);
    assert_null(isolint_project_run(project));
    assert_string_equal(isolint_project_error(project), "the run was cancelled");
    assert_summary(project, "app.sql:3:1 lost-update\n");
    isolint_project_free(project);
}

static void test_jobs(void **state)
{
    struct isolint_project *project = isolint_project_new();

    (void)state;
    for (int i = 0; i < 30; i++) {
        g_autofree char *path = g_strdup_printf("%d.sql", i);
        add(project, path, lost_update);
    }
    g_autofree char *one = summary_of(project);
    isolint_project_jobs(project, 4);
    assert_summary(project, one);
    isolint_project_free(project);
}

static void test_rules(void **state)
{
    size_t count = 0;

    (void)state;
    while (isolint_rule(count))
        assert_non_null(isolint_rule_page(isolint_rule(count++)));
    assert_true(count > 90);
    assert_null(isolint_rule_page("nonsense"));
    assert_true(g_str_has_prefix(isolint_grammar(), "PostgreSQL "));
    assert_true(g_ascii_isdigit(*isolint_version()));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_finding),  cmocka_unit_test(test_texts),
        cmocka_unit_test(test_no_files), cmocka_unit_test(test_settings),
        cmocka_unit_test(test_reader),   cmocka_unit_test(test_cancelled),
        cmocka_unit_test(test_jobs),     cmocka_unit_test(test_rules),
    };

    return cmocka_run_group_tests_name("engine", tests, NULL, NULL);
}
