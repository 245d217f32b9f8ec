/* Facts can be used twice: the examples of the pages are linted again on the scripts that have been
 * parsed, which counts as no parse, and every byte of what is reported must be the same. Then the first
 * text is changed, which is one parse, and changed back. */
#include <stdlib.h>

#include "engine/shelf.h"
#include "report/report.h"

#include "support/page.h"

static char *report_of(const struct linted *linted)
{
    const GPtrArray *findings = linted->project.findings;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    const struct report report = {.findings = (struct finding **)findings->pdata,
                                  .finding_count = findings->len,
                                  .limits = &linted->project.limits};

    assert_non_null(out);
    report_json(&report, out);
    fclose(out);
    return text;
}

static char *run_again(struct linted *linted, struct shelf *shelf)
{
    project_finish(&linted->project);
    linted->options.settings.shelf = shelf;
    project_run(&linted->project, &linted->options.settings, &linted->selection);
    return report_of(linted);
}

static void assert_same(const char *what, const struct page *page, const struct fence *fence,
                        const char *a, const char *b)
{
    if (strcmp(a, b) != 0)
        fail_msg("%s.md:%u: %s\n%s\n%s", page->name, fence->line, what, a, b);
}

/* A text with a table of its own in front, or as it was. */
static char *run_changed(struct linted *linted, struct shelf *shelf, const char *path,
                         const char *before, const char *text)
{
    g_autofree char *changed = g_strconcat(before, text, NULL);

    memory_put(&linted->memory, path, changed, strlen(changed), true);
    return run_again(linted, shelf);
}

static void check_fence(const struct page *page, const struct fence *fence)
{
    struct shelf *shelf = shelf_new();
    struct linted linted;

    lint_fence(&linted, fence);
    const struct memory_text *first = linted.memory.texts->pdata[0];
    g_autofree char *path = g_strdup(first->path), *text = g_strdup(first->bytes);
    char *fresh = report_of(&linted);
    char *once = run_again(&linted, shelf);
    size_t parsed = shelf_parsed(shelf);
    char *twice = run_again(&linted, shelf);
    assert_int_equal(parsed, linted.project.scripts->len);
    assert_int_equal(shelf_parsed(shelf), parsed);
    assert_same("another run", page, fence, fresh, once);
    assert_same("the same facts", page, fence, fresh, twice);

    const char *table = "CREATE TABLE added_in_front (id int PRIMARY KEY);\n";
    char *changed = run_changed(&linted, shelf, path, table, text);
    assert_int_equal(shelf_parsed(shelf), parsed + 1);
    char *changed_fresh = run_changed(&linted, NULL, path, table, text);
    assert_same("one text changed", page, fence, changed_fresh, changed);
    char *back = run_changed(&linted, shelf, path, "", text);
    assert_same("and back", page, fence, fresh, back);

    char *all[] = {fresh, once, twice, changed, changed_fresh, back};
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        free(all[i]);
    linted_finish(&linted);
    shelf_free(shelf);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        struct page page;
        page_read(&page, argv[i]);
        for (guint j = 0; j < page.fences->len; j++)
            check_fence(&page, &g_array_index(page.fences, struct fence, j));
        page_finish(&page);
    }
    return 0;
}
