/* The repairs of each rule, on its own page's examples: a repaired text is parsed as the one before
 * was, what was repaired is found no more, and to repair it again changes nothing.
 * Arguments: ISOLINT PAGE… */
#include <cjson/cJSON.h>
#include <glib/gstdio.h>

#include "cli/run.h"
#include "support/page.h"

static char **page_paths;

/* How many findings of a rule have a safe edit, and how many statements were refused. */
struct state {
    unsigned repairable, refused;
};

static struct outcome lint(const struct fence *fence, const char *rules, const char *first,
                           const char *second)
{
    GPtrArray *arguments = g_ptr_array_new();

    for (char **option = fence->options; *option; option++)
        g_ptr_array_add(arguments, *option);
    for (guint i = arguments->len; i < 4; i++) /* no page has more */
        g_ptr_array_add(arguments, (gpointer) "--jobs=1");
    assert_int_equal(arguments->len, 4);
    char *const *options = (char *const *)arguments->pdata;
    struct outcome outcome = run(options[0], options[1], options[2], options[3], "-q", "-f", "json",
                                 "--select", rules, ".", first, second, NULL);
    g_ptr_array_unref(arguments);
    return outcome;
}

static bool is_safe(const cJSON *finding)
{
    const cJSON *edit;

    cJSON_ArrayForEach(edit, cJSON_GetObjectItem(finding, "edits"))
    {
        if (cJSON_IsTrue(cJSON_GetObjectItem(edit, "safe")))
            return true;
    }
    return false;
}

static struct state state_of(const struct outcome *outcome)
{
    cJSON *report = cJSON_Parse(outcome->out);
    const cJSON *finding;
    struct state state = {0};

    assert_non_null(report);
    cJSON_ArrayForEach(finding, cJSON_GetObjectItem(report, "findings"))
    {
        state.repairable += is_safe(finding);
        state.refused +=
            strcmp(cJSON_GetObjectItem(finding, "rule")->valuestring, "syntax-error") == 0;
    }
    cJSON_Delete(report);
    return state;
}

static GPtrArray *write_parts(const struct fence *fence)
{
    g_autoptr(GHashTable) parts = fence_parts(fence);
    g_autoptr(GList) keys = g_list_sort(g_hash_table_get_keys(parts), (GCompareFunc)strcmp);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);

    for (GList *key = keys; key; key = key->next) {
        if (strcmp(key->data, "finally") == 0)
            continue;
        bool setup = strcmp(key->data, "setup") == 0; /* whose tables the others stand on */
        g_ptr_array_add(names, g_strdup_printf("%d-%s.sql", !setup, (char *)key->data));
        put(names->pdata[names->len - 1], g_hash_table_lookup(parts, key->data));
    }
    return names;
}

static char *texts(const GPtrArray *names)
{
    GString *all = g_string_new(NULL);

    for (guint i = 0; i < names->len; i++) {
        g_autofree char *text = get(names->pdata[i]);
        g_string_append(all, text);
    }
    return g_string_free(all, FALSE);
}

static void remove_parts(const GPtrArray *names)
{
    for (guint i = 0; i < names->len; i++)
        g_remove(names->pdata[i]);
}

/* Returns how many findings had a repair. */
static unsigned check_fence(const struct page *page, const struct fence *fence, const char *rules)
{
    g_autoptr(GPtrArray) names = write_parts(fence);
    struct outcome outcome = lint(fence, rules, NULL, NULL);
    struct state before = state_of(&outcome), after;

    outcome_finish(&outcome);
    if (before.repairable == 0) {
        remove_parts(names);
        return 0;
    }
    outcome = lint(fence, rules, "--fix", NULL);
    after = state_of(&outcome);
    g_autofree char *once = texts(names);
    if (after.repairable > 0 || after.refused > before.refused || *outcome.err)
        fail_msg("%s.md:%u (%s): %u of %u are still there, %u statements refused\n%s%s", page->name,
                 fence->line, rules, after.repairable, before.repairable, after.refused,
                 outcome.err, once);
    outcome_finish(&outcome);
    outcome = lint(fence, rules, "--fix", NULL);
    outcome_finish(&outcome);
    g_autofree char *twice = texts(names);
    assert_string_equal(once, twice);
    remove_parts(names);
    return before.repairable;
}

static void test_pages(void **state)
{
    unsigned repairs = 0;

    (void)state;
    for (char **path = page_paths; *path; path++) {
        struct page page;
        page_read(&page, *path);
        g_autofree char *own = g_strdup_printf("%s,syntax-error", page.name);
        for (guint i = 0; i < page.fences->len; i++) {
            const struct fence *fence = &g_array_index(page.fences, struct fence, i);
            if (fence->kind == FENCE_WRONG)
                repairs += check_fence(&page, fence, own);
            check_fence(&page, fence, "all");
        }
        page_finish(&page);
    }
    if (repairs < 10)
        fail_msg("only %u repairs were made", repairs);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_pages, sandbox_enter, sandbox_leave),
    };

    if (argc < 3 || !take_isolint(2, argv))
        return 2;
    page_paths = argv + 2;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
