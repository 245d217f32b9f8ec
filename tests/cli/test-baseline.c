/* The baseline: what it knows is not shown, wherever it has moved to. */
#include <cjson/cJSON.h>
#include <glib/gstdio.h>

#include "cli/run.h"

#define BASELINE "--baseline", "known.json"
#define UPDATE   BASELINE, "--update-baseline"

static void test_known(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\nSELEKT;\n");
    expect_piece(run("a.sql", NULL), 1, "1 error, 1 warning in 1 file");
    expect(run("a.sql", UPDATE, NULL), 0,
           "no findings in 1 file (2 statements, 1 transaction), 2 known\n", "");
    expect_piece(run("a.sql", BASELINE, NULL), 0, "2 known");
    put("a.sql", "SELECT 1;\n\n  COMMIT;  \nSELEKT;\nSELEKT 2;\n");
    struct outcome outcome = run("a.sql", BASELINE, NULL);
    assert_int_equal(outcome.status, 1);
    assert_non_null(strstr(outcome.out, "--> a.sql:5:1"));
    assert_non_null(strstr(outcome.out, "1 error in 1 file ("));
    assert_non_null(strstr(outcome.out, "), 2 known\n"));
    outcome_finish(&outcome);
    /* a line that is equal to a known one is new */
    put("a.sql", "COMMIT;\nCOMMIT;\nSELEKT;\n");
    expect_piece(run("a.sql", BASELINE, NULL), 1, "1 warning in 1 file");
    /* and so is a line that was changed, or the same in another file */
    put("a.sql", "COMMIT ;\nSELEKT;\n");
    expect_piece(run("a.sql", BASELINE, NULL), 1, "1 warning in 1 file");
    put("b.sql", "COMMIT;\n");
    expect_piece(run("b.sql", BASELINE, NULL), 1, "1 warning in 1 file");
}

static void test_every_format(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    expect(run("a.sql", UPDATE, "-q", NULL), 0, "", "");
    expect(run("a.sql", BASELINE, "-f", "gcc", NULL), 0, "", "");
    expect(run("a.sql", BASELINE, "-f", "gitlab", NULL), 0, "[]\n", "");
    expect_piece(run("a.sql", BASELINE, "-f", "json", NULL), 0, "\"known\":\t1");
    struct outcome outcome = run("a.sql", BASELINE, "-f", "sarif", NULL);
    assert_null(strstr(outcome.out, "ruleId"));
    outcome_finish(&outcome);
}

/* Fingerprints do not depend on what else is shown. */
static void test_fingerprints(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\n");
    put("b.sql", "COMMIT;\n-- isolint: allow commit-outside-transaction\nCOMMIT;\nCOMMIT;\n");
    expect(run(".", UPDATE, "-q", NULL), 0, "", "");
    g_autofree char *known = get("known.json");
    cJSON *json = cJSON_Parse(known);
    const cJSON *entry, *entries = cJSON_GetObjectItem(json, "findings");
    struct outcome outcome = run(".", "-f", "sarif", NULL);

    assert_int_equal(cJSON_GetArraySize(entries), 3);
    cJSON_ArrayForEach(entry, entries)
    {
        const char *print = cJSON_GetObjectItem(entry, "fingerprint")->valuestring;
        if (!strstr(outcome.out, print))
            fail_msg("%s is not in\n%s", print, outcome.out);
    }
    cJSON_Delete(json);
    outcome_finish(&outcome);
}

/* What is gone is told, and forgotten on demand. */
static void test_gone(void **state)
{
    (void)state;
    put("a.sql", "COMMIT;\nROLLBACK;\nSELEKT;\n");
    expect(run("a.sql", UPDATE, "-q", NULL), 0, "", "");
    g_autofree char *before = get("known.json");
    put("a.sql", "SELEKT;\n");
    expect(run("a.sql", BASELINE, NULL), 0, NULL,
           "isolint: known.json: 2 known findings are gone; --update-baseline forgets them\n");
    expect(run("a.sql", BASELINE, "-q", NULL), 0, "", "");
    g_autofree char *unchanged = get("known.json");
    assert_string_equal(before, unchanged);
    expect(run("a.sql", UPDATE, NULL), 0, NULL, "");
    expect(run("a.sql", BASELINE, NULL), 0, NULL, "");
    put("a.sql", "COMMIT;\nSELEKT;\n");
    expect_piece(run("a.sql", BASELINE, NULL), 1, "1 warning in 1 file");
}

/* A run says nothing about files and rules that it did not look at, or what it does not show. */
static void test_scope(void **state)
{
    (void)state;
    put("db/a.sql", "COMMIT;\n");
    put("db/b.sql", "SELEKT;\n-- isolint: allow nested-begin\nSELECT 1;\n");
    put("db/c.sql", "SELEKT;\n");
    expect(run("db", UPDATE, "-q", NULL), 0, "", "");
    g_autofree char *before = get("known.json");
    expect(run("db/a.sql", UPDATE, "-q", NULL), 0, "", "");
    expect(run("db/b.sql", UPDATE, "-q", "--select", "nested-begin", NULL), 0, "", "");
    expect(run("db", UPDATE, "-q", "--severity", "error", NULL), 0, "", "");
    expect(run("nope.sql", UPDATE, "-q", NULL), 2, "", NULL);
    g_autofree char *after = get("known.json");
    assert_string_equal(before, after);
    expect(run("db/a.sql", BASELINE, NULL), 0, NULL, "");
    /* a file that is gone takes its findings along */
    g_remove("db/c.sql");
    expect(run("db/a.sql", BASELINE, NULL), 0, NULL,
           "isolint: known.json: 1 known finding is gone; --update-baseline forgets it\n");
    expect(run("db/a.sql", UPDATE, "-q", NULL), 0, "", "");
    g_autofree char *without = get("known.json");
    assert_null(strstr(without, "db/c.sql"));
    assert_non_null(strstr(without, "db/b.sql"));
}

/* Lines in a fixed order, whatever the order of the command line; nothing that a terminal obeys. */
static void test_file(void **state)
{
    (void)state;
    g_mkdir(".git", 0777);
    put("db/b.sql", "COMMIT;\nSELEKT;\n");
    put("db/a\033\n\xC2\x9B.sql", "COMMIT;\n");
    const struct surroundings below = {.directory = "db"};
    expect(run_with(&below, "b.sql", ".", "--baseline", "../known.json", "--update-baseline", "-q",
                    NULL),
           0, "", "");
    g_autofree char *one = get("known.json");
    expect(run("db", "db/b.sql", UPDATE, "-q", "-j", "1", NULL), 0, "", "");
    g_autofree char *two = get("known.json");
    assert_string_equal(one, two);
    g_auto(GStrv) lines = g_strsplit(one, "\n", -1);
    assert_int_equal(g_strv_length(lines), 9);
    assert_true(
        g_str_has_prefix(lines[3], "    {\"path\":\"db/a%1B%0A%C2%9B.sql\",\"rule\":\"commit"));
    assert_true(g_str_has_prefix(lines[4], "    {\"path\":\"db/b.sql\",\"rule\":\"commit-outside"));
    assert_true(g_str_has_prefix(lines[5], "    {\"path\":\"db/b.sql\",\"rule\":\"syntax-error"));
    put("empty.sql", "");
    expect(run("empty.sql", "--baseline", "empty.json", "--update-baseline", "-q", NULL), 0, "",
           "");
    expect(run("empty.sql", "--baseline", "empty.json", "-q", NULL), 0, "", "");
}

static void test_refused(void **state)
{
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "known.json:1: is no baseline: this is not JSON"},
        {"[]", "known.json: is no baseline"},
        {"{\"version\": 1, \"findings\": []} x", "known.json:1: is no baseline: this is not JSON"},
        {"{\"version\": 1,\n<<<<<<< HEAD\n\"findings\": []}",
         "known.json:2: is no baseline: this is not JSON"},
        {"{\"version\": 2, \"findings\": []}",
         "known.json: is a baseline of version 2; this isolint knows version 1"},
        {"{\"version\": 1, \"findings\": [{\"path\": \"a\"}]}",
         "known.json: is no baseline: a finding lacks path, rule or fingerprint"},
    };

    (void)state;
    put("a.sql", "COMMIT;\n");
    expect(run("a.sql", BASELINE, NULL), 2, "",
           "isolint: --baseline: known.json: No such file or directory\n");
    expect_refused(run("a.sql", "--update-baseline", NULL),
                   "--update-baseline: needs --baseline FILE");
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        put("known.json", cases[i].text);
        expect_refused(run("a.sql", BASELINE, NULL), cases[i].message);
        /* nothing is written over what is no baseline */
        expect_refused(run("a.sql", UPDATE, NULL), cases[i].message);
        g_autofree char *text = get("known.json");
        assert_string_equal(text, cases[i].text);
    }
    struct outcome outcome =
        run("a.sql", "--baseline", "no/where.json", "--update-baseline", "-q", NULL);
    assert_int_equal(outcome.status, 2);
    assert_string_equal(outcome.err, "isolint: no/where.json: No such file or directory\n");
    outcome_finish(&outcome);
}

int main(int argc, char **argv)
{
#define EACH(test) cmocka_unit_test_setup_teardown(test, sandbox_enter, sandbox_leave)
    const struct CMUnitTest tests[] = {
        EACH(test_known), EACH(test_every_format), EACH(test_fingerprints), EACH(test_gone),
        EACH(test_scope), EACH(test_file),         EACH(test_refused),
    };

    if (!take_isolint(argc, argv))
        return 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
