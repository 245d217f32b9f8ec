/* docs/rules.md, the index of all rules: what isolint --list-rules says of them, a table for each
 * group. It must name every rule of rules/meson.build, whose pages are the arguments, and no other.
 *
 * ISOLINT_UPDATE=1 writes it anew. */
#include <stdlib.h>

#include <cjson/cJSON.h>

#include "cli/run.h"

static const char *index_path;
static GPtrArray *page_names; /* of the rules in rules/meson.build */

static const struct {
    const char *name, *title;
} groups[] = {
    {"declaration", "Declaration and transaction control"},
    {"read-only", "Read-only and deferrable transactions"},
    {"conflict", "Conflicts that end in 40001"},
    {"anomaly", "Silent anomalies"},
    {"snapshot", "Snapshots: what they see and what they cost"},
    {"predicate-lock", "Predicate locks and the cost of SERIALIZABLE"},
    {"lock", "Locks and deadlocks"},
    {"retry", "Retry and side effects"},
    {"routine", "Functions, procedures and triggers"},
    {"graph", "Across transactions"},
    {"environment", "Environment and versions"},
    {"input", "What isolint is given"},
};

static const char head[] =
    "# Rules\n"
    "\n"
    "All that isolint looks for, by group. `--select`, `--ignore` and `allow` comments take the\n"
    "name of a rule; `--select` and `--ignore` also take that of a group, in parentheses below.\n"
    "`isolint --explain RULE` prints the page that a name links to: how to fix the fault, an\n"
    "example, what to write instead, what the server does, and when the rule reports nothing.\n"
    "\n"
    "*Predicts* is the SQLSTATE that a client will get, or the anomaly that happens without an\n"
    "error; `no-op`: the server accepts the statement, and it has no effect; `performance`: it\n"
    "costs time or space. *Since* is the first version of PostgreSQL for which the rule is true;\n"
    "`--server-version` says which one runs the SQL. A finding can be less severe than its rule\n"
    "when isolint had to assume a fact.\n"
    "\n"
    "Generated from `isolint --list-rules` by `ISOLINT_UPDATE=1 meson test rule-index`.\n";

/* ------------------------------------------------------------------ the index */

static const char *text_of(const cJSON *rule, const char *key)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItem(rule, key));

    return text ? text : "";
}

static void append_row(GString *index, const cJSON *rule)
{
    const char *name = text_of(rule, "name");
    bool off = !cJSON_IsTrue(cJSON_GetObjectItem(rule, "default"));
    const cJSON *each;
    unsigned count = 0;

    g_string_append_printf(index, "| [%s](../rules/%s.md) | %s%s | ", name, name,
                           text_of(rule, "severity"), off ? ", off by default" : "");
    cJSON_ArrayForEach(each, cJSON_GetObjectItem(rule, "predicts"))
        g_string_append_printf(index, "%s%s", count++ ? ", " : "", cJSON_GetStringValue(each));
    g_string_append_printf(index, " | %s | %s |\n", text_of(rule, "since"),
                           text_of(rule, "summary"));
}

static bool is_of_group(const cJSON *rule, const char *group)
{
    return strcmp(text_of(rule, "group"), group) == 0;
}

static void append_group(GString *index, const cJSON *rules, size_t group)
{
    const cJSON *rule;
    bool first = true;

    cJSON_ArrayForEach(rule, rules)
    {
        if (!is_of_group(rule, groups[group].name))
            continue;
        if (first)
            g_string_append_printf(index,
                                   "\n## %s (`%s`)\n\n"
                                   "| rule | severity | predicts | since | what it finds |\n"
                                   "| --- | --- | --- | --- | --- |\n",
                                   groups[group].title, groups[group].name);
        first = false;
        append_row(index, rule);
    }
}

static cJSON *list_rules(void)
{
    struct outcome outcome = run("--list-rules", "--format", "json", NULL);
    cJSON *rules = cJSON_Parse(outcome.out);

    assert_int_equal(outcome.status, 0);
    assert_true(cJSON_IsArray(rules));
    outcome_finish(&outcome);
    return rules;
}

static char *make_index(const cJSON *rules)
{
    GString *index = g_string_new(head);

    for (size_t i = 0; i < G_N_ELEMENTS(groups); i++)
        append_group(index, rules, i);
    return g_string_free(index, FALSE);
}

/* ------------------------------------------------------------------ tests */

static void test_groups(void **state)
{
    cJSON *rules = list_rules();
    const cJSON *rule;

    (void)state;
    cJSON_ArrayForEach(rule, rules)
    {
        size_t i = 0;
        while (i < G_N_ELEMENTS(groups) && !is_of_group(rule, groups[i].name))
            i++;
        if (i == G_N_ELEMENTS(groups))
            fail_msg("%s: the group \"%s\" has no title in tests/cli/test-rule-index.c",
                     text_of(rule, "name"), text_of(rule, "group"));
    }
    cJSON_Delete(rules);
}

/* In the same order: that of rules/meson.build is alphabetical. */
static void test_names(void **state)
{
    cJSON *rules = list_rules();

    (void)state;
    assert_int_equal(cJSON_GetArraySize(rules), page_names->len);
    for (guint i = 0; i < page_names->len; i++)
        assert_string_equal(text_of(cJSON_GetArrayItem(rules, (int)i), "name"),
                            page_names->pdata[i]);
    cJSON_Delete(rules);
}

static void test_index(void **state)
{
    cJSON *rules = list_rules();
    g_autofree char *made = make_index(rules), *written = NULL;
    const char *update = getenv("ISOLINT_UPDATE");

    (void)state;
    cJSON_Delete(rules);
    g_file_get_contents(index_path, &written, NULL, NULL);
    if (g_strcmp0(made, written) == 0)
        return;
    if (update && *update && strcmp(update, "0") != 0) {
        assert_true(g_file_set_contents(index_path, made, -1, NULL));
        return;
    }
    g_auto(GStrv) now = g_strsplit(made, "\n", -1);
    g_auto(GStrv) then = g_strsplit(written ? written : "", "\n", -1);
    guint line = 0;
    while (now[line] && then[line] && strcmp(now[line], then[line]) == 0)
        line++;
    fail_msg(
        "%s:%u: is not what the rules say, ISOLINT_UPDATE=1 writes it anew; expected\n%s\ngot\n%s",
        index_path, line + 1, now[line] ? now[line] : "the end",
        then[line] ? then[line] : "the end");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_index),
    };

    if (argc < 3 || !take_isolint(2, argv))
        return 2;
    index_path = argv[2];
    page_names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 3; i < argc; i++) {
        char *name = g_path_get_basename(argv[i]);
        *strrchr(name, '.') = '\0';
        g_ptr_array_add(page_names, name);
    }
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    g_ptr_array_unref(page_names);
    return failed;
}
