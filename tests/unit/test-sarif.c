/* SARIF 2.1.0: what GitHub code scanning reads of it. */
#include <stdio.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <glib/gstdio.h>

#include "lint/fingerprint.h"
#include "report/report.h"
#include "support/made.h"

/* ------------------------------------------------------------------ helpers */

static cJSON *sarif_of(const struct report *report)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);

    report_sarif(report, out);
    fclose(out);
    assert_true(g_str_has_suffix(text, "}\n"));
    assert_true(g_utf8_validate(text, -1, NULL));
    cJSON *log = cJSON_Parse(text);
    assert_non_null(log);
    free(text);
    return log;
}

static cJSON *sarif_of_findings(struct finding *const *findings)
{
    struct report report = {.findings = (struct finding **)findings};
    struct repository repository;

    while (findings[report.finding_count])
        report.finding_count++;
    repository_init(&repository);
    fingerprint_findings(findings, report.finding_count, &repository);
    repository_finish(&repository);
    return sarif_of(&report);
}

/* What stands at a path: names and numbers separated by slashes. */
static const cJSON *at(const cJSON *json, const char *path)
{
    g_auto(GStrv) steps = g_strsplit(path, "/", -1);

    for (char **step = steps; json && *step; step++)
        json = g_ascii_isdigit(**step) ? cJSON_GetArrayItem(json, atoi(*step))
                                       : cJSON_GetObjectItemCaseSensitive(json, *step);
    return json;
}

static const char *text_at(const cJSON *json, const char *path)
{
    const char *text = cJSON_GetStringValue(at(json, path));

    return text ? text : "(nothing)";
}

static int number_at(const cJSON *json, const char *path)
{
    const cJSON *number = at(json, path);

    return cJSON_IsNumber(number) ? number->valueint : -1;
}

static void check_region(const cJSON *region, int line, int column, int end_line, int end_column)
{
    assert_int_equal(number_at(region, "startLine"), line);
    assert_int_equal(number_at(region, "startColumn"), column);
    assert_int_equal(number_at(region, "endLine"), end_line);
    assert_int_equal(number_at(region, "endColumn"), end_column);
}

/* No string is empty, whatever it is called. */
static void check_no_empty_string(const cJSON *json)
{
    if (cJSON_IsString(json))
        assert_true(*json->valuestring != '\0');
    for (const cJSON *child = json->child; child; child = child->next)
        check_no_empty_string(child);
}

/* ------------------------------------------------------------------ tests */

static void test_empty(void **state)
{
    cJSON *log = sarif_of(&(struct report){0});

    (void)state;
    assert_string_equal(text_at(log, "version"), "2.1.0");
    assert_string_equal(text_at(log, "$schema"), "https://json.schemastore.org/sarif-2.1.0.json");
    assert_int_equal(cJSON_GetArraySize(at(log, "runs")), 1);
    assert_int_equal(cJSON_GetArraySize(at(log, "runs/0/results")), 0);
    assert_true(cJSON_IsArray(at(log, "runs/0/results")));
    assert_string_equal(text_at(log, "runs/0/tool/driver/name"), "isolint");
    assert_string_equal(text_at(log, "runs/0/tool/driver/semanticVersion"), ISOLINT_VERSION);
    assert_string_equal(text_at(log, "runs/0/columnKind"), "utf16CodeUnits");
    assert_string_equal(text_at(log, "runs/0/automationDetails/id"), "isolint/");
    assert_true(cJSON_IsTrue(at(log, "runs/0/invocations/0/executionSuccessful")));
    check_no_empty_string(log);
    cJSON_Delete(log);
}

static void test_result(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN;\n-- 😀\n/*😀*/ SELECT 1; -- ä\n");
    struct finding *finding = made_finding(script, "nested-begin", "SELECT 1", "it is so");

    (void)state;
    made_related(finding, script, "BEGIN", "begins at a[1]");
    made_help(finding, "do that");
    cJSON *log = sarif_of_findings((struct finding *[]){finding, NULL});
    const cJSON *result = at(log, "runs/0/results/0");
    assert_string_equal(text_at(result, "ruleId"), "nested-begin");
    assert_int_equal(number_at(result, "ruleIndex"), 0);
    assert_string_equal(text_at(result, "level"), "error");
    assert_string_equal(text_at(result, "message/text"),
                        "it is so. See: [begins at a\\[1\\]](1). Help: do that.");
    assert_int_equal(cJSON_GetArraySize(at(result, "locations")), 1);
    /* The smiley takes two UTF-16 code units. */
    check_region(at(result, "locations/0/physicalLocation/region"), 3, 8, 3, 16);
    check_region(at(result, "relatedLocations/0/physicalLocation/region"), 1, 1, 1, 6);
    assert_string_equal(text_at(result, "relatedLocations/0/message/text"), "begins at a[1].");
    assert_int_equal(number_at(result, "relatedLocations/0/id"), 1); /* the link leads here */
    assert_null(at(result, "fixes"));
    assert_null(at(result, "suppressions"));
    check_no_empty_string(log);
    cJSON_Delete(log);
    script_free(script);
}

static void test_rules(void **state)
{
    struct script *script = made_script("b.sql", "COMMIT; BEGIN;");
    struct finding *findings[] = {made_finding(script, "syntax-error", "COMMIT", "a"),
                                  made_finding(script, "nested-begin", "BEGIN", "b"),
                                  made_finding(script, "syntax-error", "BEGIN", "c"), NULL};

    (void)state;
    findings[1]->severity = SEVERITY_NOTE;
    cJSON *log = sarif_of_findings(findings);
    const cJSON *rules = at(log, "runs/0/tool/driver/rules");
    assert_int_equal(cJSON_GetArraySize(rules), 2);
    for (int i = 0; i < 3; i++) { /* ruleIndex points to the rule of ruleId */
        const cJSON *result = cJSON_GetArrayItem(at(log, "runs/0/results"), i);
        const cJSON *rule = cJSON_GetArrayItem(rules, number_at(result, "ruleIndex"));
        assert_string_equal(text_at(rule, "id"), text_at(result, "ruleId"));
    }
    assert_string_equal(text_at(log, "runs/0/results/1/level"), "note");
    const cJSON *rule = at(rules, "1");
    assert_string_equal(text_at(rule, "id"), "nested-begin");
    assert_string_equal(text_at(rule, "name"), "NestedBegin");
    assert_string_equal(text_at(rule, "defaultConfiguration/level"), "error");
    assert_string_equal(text_at(rule, "properties/precision"), "very-high");
    assert_string_equal(text_at(rule, "properties/problem.severity"), "error");
    assert_string_equal(text_at(rule, "properties/predicts/0"), "25001");
    assert_true(g_str_has_suffix(text_at(rule, "helpUri"), "/rules/nested-begin.md"));
    assert_true(g_str_has_prefix(text_at(rule, "help/markdown"), "# nested-begin\n"));
    assert_true(g_utf8_strlen(text_at(rule, "fullDescription/text"), -1) <= 1024);
    assert_true(cJSON_GetArraySize(at(rule, "properties/tags")) <= 20);
    assert_null(at(rule, "properties/security-severity"));
    check_no_empty_string(log);
    cJSON_Delete(log);
    script_free(script);
}

/* Fingerprints: stable under edits elsewhere, unique among equal lines. */
static char *print_of(const char *text, const char *piece, int which)
{
    struct script *script = made_script("b.sql", text);
    struct finding *findings[] = {made_finding(script, "nested-begin", piece, "m"),
                                  made_finding(script, "nested-begin", piece, "m"), NULL};
    const char *second = strstr(strstr(text, piece) + 1, piece);

    if (second)
        findings[1]->span =
            (struct span){(uint32_t)(second - text), (uint32_t)(second - text + strlen(piece))};
    cJSON *log = sarif_of_findings(findings);
    g_autofree char *path =
        g_strdup_printf("runs/0/results/%d/partialFingerprints/primaryLocationLineHash", which);
    char *print = g_strdup(text_at(log, path));
    cJSON_Delete(log);
    script_free(script);
    return print;
}

static void test_fingerprints(void **state)
{
    g_autofree char *one = print_of("BEGIN;\n", "BEGIN", 0);
    g_autofree char *moved = print_of("SELECT 1;\n\n  BEGIN;\nCOMMIT;", "BEGIN", 0);
    g_autofree char *other = print_of("BEGIN; -- x\n", "BEGIN", 0);
    g_autofree char *first = print_of("BEGIN;\nBEGIN;\n", "BEGIN", 0);
    g_autofree char *second = print_of("BEGIN;\nBEGIN;\n", "BEGIN", 1);

    (void)state;
    assert_string_equal(one, moved);
    assert_string_equal(one, first);
    assert_string_not_equal(one, other);
    assert_string_not_equal(first, second);
    assert_true(g_str_has_suffix(first, ":1"));
    assert_true(g_str_has_suffix(second, ":2"));
}

static void test_fixes(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN;\nCOMMIT;");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    struct edit edits[] = {
        {.span = {5, 5}, .replacement = " READ ONLY", .safe = true},
        {.span = {0, 5}, .replacement = "x", .safe = false},
        {.span = {7, 13}, .replacement = "", .safe = true},
    };

    (void)state;
    edits[0].next = edits + 1;
    edits[1].next = edits + 2;
    finding->edits = edits;
    cJSON *log = sarif_of_findings((struct finding *[]){finding, NULL});
    const cJSON *change = at(log, "runs/0/results/0/fixes/0/artifactChanges/0");
    assert_int_equal(cJSON_GetArraySize(at(change, "replacements")), 2);
    check_region(at(change, "replacements/0/deletedRegion"), 1, 6, 1, 6);
    assert_string_equal(text_at(change, "replacements/0/insertedContent/text"), " READ ONLY");
    check_region(at(change, "replacements/1/deletedRegion"), 2, 1, 2, 7);
    assert_null(at(change, "replacements/1/insertedContent"));
    check_no_empty_string(log);
    cJSON_Delete(log);
    script_free(script);
}

static void test_allowed(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN;");
    struct directive because = {.kind = DIRECTIVE_ALLOW, .text = "", .reason = "see ADR-7"};
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    struct report report = {.allowed = &finding, .allowed_count = 1};

    (void)state;
    finding->allowed = &because;
    cJSON *log = sarif_of(&report);
    const cJSON *suppression = at(log, "runs/0/results/0/suppressions/0");
    assert_string_equal(text_at(suppression, "kind"), "inSource");
    assert_string_equal(text_at(suppression, "justification"), "see ADR-7");
    cJSON_Delete(log);

    because.reason = NULL;
    log = sarif_of(&report);
    suppression = at(log, "runs/0/results/0/suppressions/0");
    assert_string_equal(text_at(suppression, "kind"), "inSource");
    assert_null(at(suppression, "justification"));
    cJSON_Delete(log);
    script_free(script);
}

static void test_troubles(void **state)
{
    char first[] = "a.sql: No such file", second[] = "b\xE4.sql: is a directory";
    char *const troubles[] = {first, second};
    cJSON *log = sarif_of(&(struct report){.troubles = troubles, .trouble_count = 2});
    const cJSON *invocation = at(log, "runs/0/invocations/0");

    (void)state;
    assert_true(cJSON_IsFalse(at(invocation, "executionSuccessful")));
    assert_int_equal(cJSON_GetArraySize(at(invocation, "toolExecutionNotifications")), 2);
    assert_string_equal(text_at(invocation, "toolExecutionNotifications/0/level"), "error");
    assert_string_equal(text_at(invocation, "toolExecutionNotifications/0/message/text"),
                        "a.sql: No such file.");
    cJSON_Delete(log);
}

/* Past 25,000 results the least severe go, and the run says so. */
static void test_limit(void **state)
{
    enum { NOTES = 20000, ERRORS = 5001 };
    struct script *script = made_script("b.sql", "BEGIN;");
    GPtrArray *findings = g_ptr_array_new();

    (void)state;
    for (int i = 0; i < NOTES + ERRORS; i++) {
        struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
        finding->severity = i % 5 == 0 && i / 5 < ERRORS ? SEVERITY_ERROR : SEVERITY_NOTE;
        g_ptr_array_add(findings, finding);
    }
    struct report report = {.findings = (struct finding **)findings->pdata,
                            .finding_count = findings->len};
    cJSON *log = sarif_of(&report);
    const cJSON *results = at(log, "runs/0/results"), *result;
    size_t errors = 0;
    cJSON_ArrayForEach(result, results) errors += strcmp(text_at(result, "level"), "error") == 0;
    assert_true(cJSON_GetArraySize(results) <= 25000);
    assert_int_equal(errors, ERRORS);
    const cJSON *notification = at(log, "runs/0/invocations/0/toolExecutionNotifications/0");
    assert_string_equal(text_at(notification, "level"), "warning");
    assert_non_null(strstr(text_at(notification, "message/text"), "left out"));
    cJSON_Delete(log);
    g_ptr_array_unref(findings);
    script_free(script);
}

static void test_equal_bytes(void **state)
{
    struct script *script = made_script("b.sql", "BEGIN;");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    struct report report = {.findings = &finding, .finding_count = 1};
    char *texts[2] = {NULL, NULL};

    (void)state;
    for (int i = 0; i < 2; i++) {
        size_t size;
        FILE *out = open_memstream(&texts[i], &size);
        report_sarif(&report, out);
        fclose(out);
    }
    assert_string_equal(texts[0], texts[1]);
    free(texts[0]);
    free(texts[1]);
    script_free(script);
}

/* ------------------------------------------------------------------ paths */

static char *uri_of(const char *path)
{
    struct script *script = made_script(path, "BEGIN;");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    cJSON *log = sarif_of_findings((struct finding *[]){finding, NULL});
    char *uri = g_strdup(
        text_at(log, "runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri"));

    cJSON_Delete(log);
    script_free(script);
    return uri;
}

static void check_uri(const char *path, const char *expected)
{
    g_autofree char *uri = uri_of(path);

    assert_string_equal(uri, expected);
}

/* A repository with db/a.sql and a link to it, the working directory being db. */
static void test_paths(void **state)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *root = g_dir_make_tmp("isolint-XXXXXX", NULL);
    g_autofree char *git = g_build_filename(root, ".git", NULL);
    g_autofree char *db = g_build_filename(root, "db", NULL);
    g_autofree char *file = g_build_filename(db, "a.sql", NULL);
    g_autofree char *link = g_build_filename(db, "l.sql", NULL);

    (void)state;
    assert_int_equal(g_mkdir(git, 0777), 0);
    assert_int_equal(g_mkdir(db, 0777), 0);
    assert_true(g_file_set_contents(file, "x", -1, NULL));
    assert_int_equal(symlink("a.sql", link), 0);
    assert_int_equal(g_chdir(db), 0);
    check_uri("a.sql", "db/a.sql");
    check_uri("./a.sql", "db/a.sql");
    check_uri("../db/a.sql", "db/a.sql");
    check_uri(file, "db/a.sql");
    check_uri("l.sql", "db/a.sql");
    check_uri("größe und 100%.sql", "db/gr%C3%B6%C3%9Fe%20und%20100%25.sql");
    check_uri("/nowhere/x.sql", "file:///nowhere/x.sql");
    g_chdir(here);
    g_remove(link);
    g_remove(file);
    g_rmdir(db);
    g_rmdir(git);
    g_rmdir(root);
}

/* An absolute URI is not said to be relative to %SRCROOT% (SARIF 2.1.0, 3.4.4). */
static void test_absolute_uri_has_no_base(void **state)
{
    struct script *script = made_script("/nowhere/x.sql", "BEGIN;");
    struct finding *finding = made_finding(script, "nested-begin", "BEGIN", "m");
    cJSON *log = sarif_of_findings((struct finding *[]){finding, NULL});

    (void)state;
    assert_null(
        at(log, "runs/0/results/0/locations/0/physicalLocation/artifactLocation/uriBaseId"));
    cJSON_Delete(log);
    script_free(script);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_result),
        cmocka_unit_test(test_rules),
        cmocka_unit_test(test_fingerprints),
        cmocka_unit_test(test_fixes),
        cmocka_unit_test(test_allowed),
        cmocka_unit_test(test_troubles),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_equal_bytes),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_absolute_uri_has_no_base),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
