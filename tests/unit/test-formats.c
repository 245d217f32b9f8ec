/* The formats beside text and SARIF: what each writes of one and the same report. */
#include <stdio.h>

#include <cjson/cJSON.h>

#include "lint/fingerprint.h"
#include "report/report.h"
#include "support/made.h"

static struct script *script, *other;
static struct finding *findings[2];

static int set_up(void **state)
{
    (void)state;
    script = made_script("a.sql", "BEGIN;\n/* ä */ BEGIN;\nCOMMIT;\nSELECT 1,\n  2;\n");
    other = made_script("b,1:2%.sql", "SELECT 2;\n");
    findings[0] =
        made_finding(script, "nested-begin", "BEGIN;\nCOMMIT", "no-op: 100% <so> & \"so\"");
    findings[0]->span.end = findings[0]->span.start + 5;
    made_related(findings[0], other, "2", "it's there: a, b");
    made_help(findings[0], "do this");
    made_help(findings[0], "do that");
    findings[1] = made_finding(script, "read-skew", "SELECT 1,\n  2", "two lines");
    findings[1]->severity = SEVERITY_NOTE;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    script_free(script);
    script_free(other);
    return 0;
}

static char *written(const char *format, const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    report_format_find(format)->write(report, out);
    fclose(out);
    return text;
}

static char *both(const char *format)
{
    struct script *scripts[] = {script, other};
    struct repository repository;

    repository_init(&repository);
    fingerprint_findings(findings, 2, &repository);
    repository_finish(&repository);
    return written(format, &(struct report){.findings = findings,
                                            .finding_count = 2,
                                            .scripts = scripts,
                                            .script_count = 2,
                                            .files = 2,
                                            .fail_on = SEVERITY_WARNING});
}

/* Paths relative to the repository begin differently wherever the tests run. */
static char *without_directory(const char *text)
{
    struct repository repository;

    repository_init(&repository);
    const char *path = repository_path(&repository, script);
    g_autofree char *directory = g_strndup(path, strlen(path) - strlen("a.sql"));
    g_auto(GStrv) parts = g_strsplit(text, *directory ? directory : "\r", -1);
    repository_finish(&repository);
    return g_strjoinv("", parts);
}

static void check_text(const char *format, const char *expected)
{
    g_autofree char *text = both(format);
    g_autofree char *got = without_directory(text);

    assert_string_equal(got, expected);
}

static void test_gcc(void **state)
{
    (void)state;
    check_text("gcc", "a.sql:2:9: error: no-op: 100% <so> & \"so\" [nested-begin]\n"
                      "b,1:2%.sql:1:8: note: it's there: a, b\n"
                      "a.sql:2:9: note: do this\n"
                      "a.sql:2:9: note: do that\n"
                      "a.sql:4:1: note: two lines [read-skew]\n");
}

/* What spans lines has no columns. */
static void test_github(void **state)
{
    (void)state;
    check_text("github",
               "::error file=a.sql,line=2,endLine=2,col=9,endColumn=14,title=nested-begin::"
               "no-op: 100%25 <so> & \"so\"%0Ab,1:2%25.sql:1: it's there: a, b"
               "%0Ahelp: do this%0Ahelp: do that\n"
               "::notice file=a.sql,line=4,endLine=5,title=read-skew::two lines\n");
    findings[0]->script = other;
    findings[0]->span = (struct span){0, 6};
    g_autofree char *text = both("github");
    g_autofree char *got = without_directory(text);
    assert_true(g_str_has_prefix(got, "::error file=b%2C1%3A2%25.sql,line=1,"));
}

static void test_gitlab(void **state)
{
    g_autofree char *text = both("gitlab");
    g_autofree char *got = without_directory(text);
    cJSON *list = cJSON_Parse(got);

    (void)state;
    assert_int_equal(cJSON_GetArraySize(list), 2);
    cJSON *expected = cJSON_Parse(
        "{\"description\": \"no-op: 100% <so> & \\\"so\\\". Help: do this. Help: do that\","
        " \"check_name\": \"nested-begin\", \"severity\": \"critical\","
        " \"location\": {\"path\": \"a.sql\", \"lines\": {\"begin\": 2, \"end\": 2}}}");
    assert_non_null(expected);
    cJSON_AddStringToObject(expected, "fingerprint", findings[0]->fingerprint);
    assert_true(cJSON_Compare(cJSON_GetArrayItem(list, 0), expected, true));
    const cJSON *note = cJSON_GetArrayItem(list, 1);
    assert_string_equal(cJSON_GetObjectItem(note, "severity")->valuestring, "info");
    assert_string_not_equal(cJSON_GetObjectItem(note, "fingerprint")->valuestring,
                            findings[0]->fingerprint);
    cJSON_Delete(expected);
    cJSON_Delete(list);
}

/* A note fails no run, so it fails no case. */
static void test_junit(void **state)
{
    (void)state;
    check_text(
        "junit",
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites name=\"isolint\" tests=\"3\" failures=\"1\" errors=\"0\">\n"
        "  <testsuite name=\"a.sql\" tests=\"2\" failures=\"1\" errors=\"0\">\n"
        "    <testcase name=\"nested-begin 2:9\" classname=\"a.sql\" file=\"a.sql\" line=\"2\">\n"
        "      <failure type=\"error\" message=\"no-op: 100% &lt;so&gt; &amp; &quot;so&quot;\">"
        "no-op: 100% &lt;so&gt; &amp; &quot;so&quot;\n"
        "b,1:2%.sql:1:8: it&apos;s there: a, b\n"
        "help: do this\n"
        "help: do that</failure>\n"
        "    </testcase>\n"
        "    <testcase name=\"read-skew 4:1\" classname=\"a.sql\" file=\"a.sql\" line=\"4\">\n"
        "      <system-out>note: two lines</system-out>\n"
        "    </testcase>\n"
        "  </testsuite>\n"
        "  <testsuite name=\"b,1:2%.sql\" tests=\"1\" failures=\"0\" errors=\"0\">\n"
        "    <testcase name=\"no findings\" classname=\"b,1:2%.sql\" file=\"b,1:2%.sql\"/>\n"
        "  </testsuite>\n"
        "</testsuites>\n");
}

static void test_junit_troubles(void **state)
{
    char trouble[] = "c.sql: <no> such file";
    char *const troubles[] = {trouble};
    g_autofree char *text =
        written("junit", &(struct report){.troubles = troubles, .trouble_count = 1});

    (void)state;
    assert_non_null(strstr(text, "tests=\"1\" failures=\"0\" errors=\"1\""));
    assert_non_null(strstr(text, "<error message=\"c.sql: &lt;no&gt; such file\"/>"));
}

static void test_json(void **state)
{
    g_autofree char *text = both("json");
    cJSON *report = cJSON_Parse(text);
    struct edit edit = {.span = {0, 6}, .replacement = "x", .safe = true};

    (void)state;
    assert_int_equal(cJSON_GetObjectItem(report, "version")->valueint, 2);
    cJSON *summary =
        cJSON_Parse("{\"errors\": 1, \"warnings\": 0, \"notes\": 1, \"allowed\": 0,"
                    " \"known\": 0, \"files\": 2, \"statements\": 0,"
                    " \"transactions\": 0, \"limits\": 0, \"notAnalysed\": {\"dialects\": [],"
                    " \"tests\": 0, \"uninstalls\": 0, \"released\": 0, \"archived\": 0,"
                    " \"templates\": 0, \"executed\": 0, \"includes\": 0}}");
    assert_true(cJSON_Compare(cJSON_GetObjectItem(report, "summary"), summary, true));
    cJSON *expected = cJSON_Parse(
        "{\"rule\": \"nested-begin\", \"group\": \"declaration\", \"severity\": \"error\","
        " \"message\": \"no-op: 100% <so> & \\\"so\\\"\", \"predicts\": [\"25001\", \"no-op\"],"
        " \"path\": \"a.sql\", \"start\": {\"line\": 2, \"column\": 9, \"offset\": 16},"
        " \"end\": {\"line\": 2, \"column\": 14, \"offset\": 21},"
        " \"related\": [{\"path\": \"b,1:2%.sql\", \"message\": \"it's there: a, b\","
        "   \"start\": {\"line\": 1, \"column\": 8, \"offset\": 7},"
        "   \"end\": {\"line\": 1, \"column\": 9, \"offset\": 8}}],"
        " \"help\": [\"do this\", \"do that\"], \"edits\": []}");
    assert_non_null(expected);
    cJSON_AddStringToObject(expected, "fingerprint", findings[0]->fingerprint);
    g_autofree char *shown =
        cJSON_Print(cJSON_GetArrayItem(cJSON_GetObjectItem(report, "findings"), 0));
    if (!cJSON_Compare(cJSON_GetArrayItem(cJSON_GetObjectItem(report, "findings"), 0), expected,
                       true))
        fail_msg("%s", shown);
    cJSON_Delete(expected);
    cJSON_Delete(summary);
    cJSON_Delete(report);

    findings[0]->edits = &edit;
    g_autofree char *again = both("json");
    report = cJSON_Parse(again);
    const cJSON *edits = cJSON_GetObjectItem(
        cJSON_GetArrayItem(cJSON_GetObjectItem(report, "findings"), 0), "edits");
    expected = cJSON_Parse("[{\"start\": {\"line\": 1, \"column\": 1, \"offset\": 0},"
                           " \"end\": {\"line\": 1, \"column\": 7, \"offset\": 6},"
                           " \"replacement\": \"x\", \"safe\": true}]");
    assert_true(cJSON_Compare(edits, expected, true));
    cJSON_Delete(expected);
    cJSON_Delete(report);
}

static void test_nothing(void **state)
{
    static const char *const empty[] = {"gcc", "", "github", "", "gitlab", "[]\n", NULL};

    (void)state;
    for (const char *const *each = empty; *each; each += 2) {
        g_autofree char *text = written(each[0], &(struct report){0});
        assert_string_equal(text, each[1]);
    }
}

int main(void)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        EACH(test_gcc),     EACH(test_github),         EACH(test_gitlab),
        EACH(test_junit),   EACH(test_junit_troubles), EACH(test_json),
        EACH(test_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
