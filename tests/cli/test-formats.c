/* Several reports of one run, and that what machines read can be read. */
#include <cjson/cJSON.h>

#include "cli/run.h"
#include "report/report.h"
#include "support/schema.h"

static const char MANY[] =
    "CREATE TABLE doctors (id int PRIMARY KEY, on_call bool);\n"
    "CREATE INDEX ON doctors (on_call);\n"
    "BEGIN ISOLATION LEVEL REPEATABLE READ;\n"
    "SELECT count(*) FROM doctors WHERE on_call;\n"
    "UPDATE doctors SET on_call = false WHERE id = $1;\n"
    "COMMIT;\n"
    "COMMIT; -- isolint: allow commit-outside-transaction -- because\n"
    "BEGIN; SET TRANSACTION ISOLATION LEVEL READ UNCOMMITTED; SELECT 1; COMMIT;\n"
    "COMMIT;\nSELEKT;\n";

/* ------------------------------------------------------------------ several */

static char *alone(const char *format)
{
    struct outcome outcome = run("a.sql", "-f", format, NULL);
    char *out = g_strdup(outcome.out);

    assert_int_equal(outcome.status, 1);
    outcome_finish(&outcome);
    return out;
}

static void check_file(const char *name, const char *format)
{
    g_autofree char *got = get(name);
    g_autofree char *expected = alone(format);

    assert_string_equal(got, expected);
}

static void test_pairs(void **state)
{
    (void)state;
    put("a.sql", MANY);
    g_autofree char *text = alone("text");
    expect(run("a.sql", "-f", "text", "-f", "sarif", "-o", "out.sarif", NULL), 1, text, "");
    check_file("out.sarif", "sarif");
    expect(run("-f", "junit", "--output=out.xml", "--format", "gitlab", "-o", "out.json", "a.sql",
               "-f", "github", NULL),
           1, NULL, "");
    check_file("out.xml", "junit");
    check_file("out.json", "gitlab");
    /* before any --format it is for the first */
    expect(run("a.sql", "-o", "first", "-f", "gcc", "-f", "json", NULL), 1, NULL, "");
    check_file("first", "gcc");
    expect(run("a.sql", "-o", "-", NULL), 1, text, "");
    assert_int_equal(count_entries("."), 5);
}

static void test_pairs_refused(void **state)
{
    (void)state;
    put("a.sql", MANY);
    expect_refused(run("a.sql", "-f", "text", "-f", "json", NULL),
                   "--output: text and json both go to standard output");
    expect_refused(run("a.sql", "-f", "gcc", "-f", "json", "-o", "-", NULL),
                   "--output: gcc and json both go to standard output");
    expect_refused(run("a.sql", "-f", "text", "-o", "x", "-f", "json", "-o", "./x", NULL),
                   "--output: text and json both go to ./x");
    expect_refused(run("a.sql", "-f", "text", "-o", "x", "-o", "y", NULL),
                   "--output: \"x\" and \"y\" are for one --format; see isolint --help");
    assert_int_equal(count_entries("."), 1);
}

/* One that cannot be written takes nothing from the others. */
static void test_one_fails(void **state)
{
    (void)state;
    put("a.sql", MANY);
    g_autofree char *text = alone("text");
    expect(run("a.sql", "-f", "gcc", "-o", "no/where", "-f", "json", "-o", "out.json", "-f", "text",
               NULL),
           2, text, "isolint: no/where: No such file or directory\n");
    check_file("out.json", "json");
    assert_int_equal(count_entries("."), 2);
}

/* ------------------------------------------------------------------ JSON */

static cJSON *read_schema(void)
{
    g_autofree char *text = NULL;

    assert_true(g_file_get_contents(SOURCE_ROOT "/docs/report.schema.json", &text, NULL, NULL));
    cJSON *schema = cJSON_Parse(text);
    assert_non_null(schema);
    return schema;
}

static cJSON *report_of(const char *first, const char *second, int status)
{
    struct outcome outcome = run("-f", "json", "--extend-select", "all", first, second, NULL);
    cJSON *report = cJSON_Parse(outcome.out);

    assert_int_equal(outcome.status, status);
    assert_non_null(report);
    outcome_finish(&outcome);
    return report;
}

static void check_valid(const char *first, const char *second, int status)
{
    cJSON *schema = read_schema(), *report = report_of(first, second, status);
    g_autofree char *complaint = schema_complaint(schema, report);

    if (complaint)
        fail_msg("%s: %s", first, complaint);
    cJSON_Delete(report);
    cJSON_Delete(schema);
}

static void test_schema(void **state)
{
    (void)state;
    put("a.sql", MANY);
    put("empty.sql", "");
    check_valid("a.sql", NULL, 1);
    check_valid("empty.sql", NULL, 0);
    check_valid("a.sql", "nope.sql", 2);
    check_valid(SOURCE_ROOT "/fixtures", NULL, 1);
}

/* The example of the manual. */
static void test_example(void **state)
{
    g_autofree char *manual = NULL;
    cJSON *schema = read_schema();

    (void)state;
    assert_true(g_file_get_contents(SOURCE_ROOT "/docs/cli.md", &manual, NULL, NULL));
    const char *fence = strstr(manual, "```json\n");
    assert_non_null(fence);
    cJSON *example = cJSON_ParseWithOpts(fence + strlen("```json\n"), NULL, false);
    assert_non_null(example);
    g_autofree char *complaint = schema_complaint(schema, example);
    if (complaint)
        fail_msg("docs/cli.md: %s", complaint);
    cJSON_Delete(example);
    cJSON_Delete(schema);
}

/* What the examples have that the schema speaks of, so that it is held against something. */
static void test_schema_is_used(void **state)
{
    cJSON *report = report_of(SOURCE_ROOT "/fixtures", "nope.sql", 2);
    static const char *const parts[] = {
        "\"witness\":", "\"safe\":", "\"reason\":", "\"replacement\":", "\"label\":", NULL};
    g_autofree char *text = cJSON_Print(report);

    (void)state;
    for (const char *const *part = parts; *part; part++) {
        if (!strstr(text, *part))
            fail_msg("no fixture has %s", *part);
    }
    cJSON_Delete(report);
}

/* The schema refuses what is wrong. */
static void test_schema_refuses(void **state)
{
    static const struct {
        const char *object, *name, *value, *complaint;
    } cases[] = {
        {"", "version", "3", "/version: breaks \"const\""},
        {"", "findings", "{}", "/findings: breaks \"type\""},
        {"", "troubles", "[1]", "/troubles/0: breaks \"type\""},
        {"finding", "severity", "\"fatal\"", "/findings/0/severity: breaks \"enum\""},
        {"finding", "fingerprint", "\"x\"", "/findings/0/fingerprint: breaks \"pattern\""},
        {"finding", "start", "{\"line\": 1}", "/findings/0/start: has no \"column\""},
        {"finding", "start", "{\"line\": 0, \"column\": 1, \"offset\": 0}",
         "/findings/0/start/line: breaks \"minimum\""},
        {"finding", "edits", "[{\"safe\": 1}]", "/findings/0/edits/0: has no \"start\""},
        {"finding", "path", NULL, "/findings/0: has no \"path\""},
    };
    cJSON *schema = read_schema();

    (void)state;
    put("a.sql", MANY);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        cJSON *report = report_of("a.sql", NULL, 1);
        cJSON *object = *cases[i].object
                            ? cJSON_GetArrayItem(cJSON_GetObjectItem(report, "findings"), 0)
                            : report;
        cJSON_DeleteItemFromObject(object, cases[i].name);
        if (cases[i].value)
            cJSON_AddItemToObject(object, cases[i].name, cJSON_Parse(cases[i].value));
        g_autofree char *complaint = schema_complaint(schema, report);
        assert_non_null(complaint);
        assert_string_equal(complaint, cases[i].complaint);
        cJSON_Delete(report);
    }
    cJSON_Delete(schema);
}

/* ------------------------------------------------------------------ others */

/* A rule of two outcomes foretells the one that its finding speaks of, also where no trial tells them apart, as
 * with ILIKE. */
static void test_predicts(void **state)
{
    static const char newest[] =
        "BEGIN; SELECT n FROM credit WHERE owner ILIKE $1 ORDER BY n DESC LIMIT 1 FOR UPDATE;\n"
        "INSERT INTO credit (owner, n) VALUES ($2, $3); COMMIT;\n";

    (void)state;
    put("s.sql", "CREATE TABLE credit (owner text NOT NULL, n int NOT NULL);\n");
    put("k.sql", "CREATE TABLE credit (owner text NOT NULL, n int NOT NULL UNIQUE);\n");
    put("a.sql", newest);
    expect_piece(run("-f", "json", "-s", "s.sql", "a.sql", NULL), 1,
                 "\"predicts\":\t[\"lost-update\"]");
    expect_piece(run("-f", "json", "--severity", "note", "-s", "k.sql", "a.sql", NULL), 0,
                 "\"predicts\":\t[\"23505\"]");
}

/* What GitLab demands of each entry, and that no fingerprint comes twice. */
static void test_gitlab(void **state)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    struct outcome outcome =
        run("-f", "gitlab", "--extend-select", "all", SOURCE_ROOT "/fixtures", NULL);
    cJSON *list = cJSON_Parse(outcome.out);
    const cJSON *issue;

    (void)state;
    assert_true(cJSON_GetArraySize(list) > 10);
    cJSON_ArrayForEach(issue, list)
    {
        const cJSON *location = cJSON_GetObjectItem(issue, "location");
        const cJSON *lines = cJSON_GetObjectItem(location, "lines");
        assert_true(cJSON_IsString(cJSON_GetObjectItem(issue, "description")));
        assert_true(cJSON_IsString(cJSON_GetObjectItem(issue, "check_name")));
        assert_true(cJSON_IsString(cJSON_GetObjectItem(location, "path")));
        assert_true(cJSON_GetObjectItem(lines, "begin")->valueint >= 1);
        assert_true(g_hash_table_add(seen, cJSON_GetObjectItem(issue, "fingerprint")->valuestring));
    }
    cJSON_Delete(list);
    outcome_finish(&outcome);
}

struct counts {
    unsigned cases, failures, said_cases, said_failures;
};

static void on_element(GMarkupParseContext *context, const char *element, const char **names,
                       const char **values, gpointer data, GError **failure)
{
    struct counts *counts = data;

    (void)context, (void)failure;
    counts->cases += strcmp(element, "testcase") == 0;
    counts->failures += strcmp(element, "failure") == 0;
    for (; strcmp(element, "testsuite") == 0 && *names; names++, values++) {
        if (strcmp(*names, "tests") == 0)
            counts->said_cases += (unsigned)atoi(*values);
        if (strcmp(*names, "failures") == 0)
            counts->said_failures += (unsigned)atoi(*values);
    }
}

/* It is XML, and its counts are right. */
static void test_junit(void **state)
{
    const GMarkupParser parser = {.start_element = on_element};
    struct counts counts = {0};
    GMarkupParseContext *context = g_markup_parse_context_new(&parser, 0, &counts, NULL);
    struct outcome outcome = run("-f", "junit", SOURCE_ROOT "/fixtures", NULL);

    (void)state;
    assert_true(g_markup_parse_context_parse(context, outcome.out, -1, NULL));
    assert_true(g_markup_parse_context_end_parse(context, NULL));
    assert_true(counts.failures > 5 && counts.cases > counts.failures);
    assert_int_equal(counts.cases, counts.said_cases);
    assert_int_equal(counts.failures, counts.said_failures);
    g_markup_parse_context_free(context);
    outcome_finish(&outcome);
}

/* Which findings fail is what --fail-on says. */
static void test_junit_fail_on(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    expect_piece(run("-f", "junit", "a.sql", NULL), 1, "<failure type=\"warning\"");
    expect_piece(run("-f", "junit", "--fail-on", "error", "a.sql", NULL), 0,
                 "<system-out>warning: ");
    expect_piece(run("-f", "junit", "--fail-on", "never", "a.sql", NULL), 0, "failures=\"0\"");
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_pairs),   EACH(test_pairs_refused),  EACH(test_one_fails),      EACH(test_schema),
        EACH(test_example), EACH(test_schema_is_used), EACH(test_schema_refuses), EACH(test_gitlab),
        EACH(test_junit),   EACH(test_junit_fail_on),  EACH(test_predicts),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
