/* One rule page: its examples are what the rule is tested by. */
#include "lint/registry.h"
#include "support/page.h"

static struct page page;

static void add_line(GHashTable *lines, const struct finding *finding)
{
    struct script *script = (struct script *)finding->script;

    if (strcmp(finding->rule->name, page.name) == 0 && !finding->allowed)
        g_hash_table_add(lines,
                         GUINT_TO_POINTER(script_position(script, finding->span.start).line));
}

/* Lines of the fence, counted from 1, on which the page's rule found something. */
static GHashTable *lines_found(const struct fence *fence)
{
    GHashTable *lines = g_hash_table_new(NULL, NULL);
    struct linted linted;

    lint_fence(&linted, fence);
    for (guint i = 0; i < linted.project.findings->len; i++) {
        const struct finding *finding = linted.project.findings->pdata[i];
        for (; finding; finding = finding->joined) /* other rules may say it better */
            add_line(lines, finding);
    }
    linted_finish(&linted);
    return lines;
}

static void check_wrong(const struct fence *fence)
{
    g_autoptr(GHashTable) found = lines_found(fence);
    g_auto(GStrv) lines = g_strsplit(fence->text, "\n", -1);
    unsigned marked = 0;

    for (unsigned i = 0; lines[i]; i++) {
        bool expected = line_is_marked(lines[i]);
        bool got = g_hash_table_contains(found, GUINT_TO_POINTER(i + 1));
        marked += expected;
        if (expected != got)
            fail_msg("%s.md:%u: %s: %s", page.name, fence->line + i,
                     expected ? "not found" : "found, but not marked", lines[i]);
    }
    if (marked == 0)
        fail_msg("%s.md:%u: no line is marked \"found\"", page.name, fence->line);
}

static void check_silent(const struct fence *fence)
{
    g_autoptr(GHashTable) found = lines_found(fence);
    GHashTableIter iter;
    gpointer line;

    g_hash_table_iter_init(&iter, found);
    if (g_hash_table_iter_next(&iter, &line, NULL))
        fail_msg("%s.md:%u: found where the page says nothing is", page.name,
                 fence->line + GPOINTER_TO_UINT(line) - 1);
}

static void test_examples(void **state)
{
    unsigned counts[3] = {0};

    (void)state;
    for (guint i = 0; i < page.fences->len; i++) {
        const struct fence *fence = &g_array_index(page.fences, struct fence, i);
        counts[fence->kind]++;
        if (fence->kind == FENCE_WRONG)
            check_wrong(fence);
        else
            check_silent(fence);
    }
    if (counts[FENCE_WRONG] == 0 || counts[FENCE_RIGHT] + counts[FENCE_SILENT] == 0)
        fail_msg("%s.md: needs an example that is found and one that is not", page.name);
}

static void test_form(void **state)
{
    /* The repair first, then what goes wrong, and the reasons last. */
    static const char *const sections[] = {"How to fix", "What goes wrong", "What to write instead",
                                           "When nothing is reported"};
    const char *before = page.text;
    g_autofree char *title = g_strdup_printf("# %s\n\n", page.name);

    (void)state;
    if (!g_str_has_prefix(page.text, title))
        fail_msg("%s.md: begins with \"# %s\"", page.name, page.name);
    for (size_t i = 0; i < G_N_ELEMENTS(sections); i++) {
        g_autofree char *heading = g_strdup_printf("\n## %s\n", sections[i]);
        before = strstr(before, heading);
        if (!before)
            fail_msg("%s.md: has no section \"## %s\", or not in its place", page.name,
                     sections[i]);
    }
    const struct rule_entry *entry = rule_find(page.name);
    assert_non_null(entry);
    assert_string_equal(entry->page, page.text);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_examples),
    };

    if (argc != 2)
        return 2;
    page_read(&page, argv[1]);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    page_finish(&page);
    return failed;
}
