/* What the pages of the rules say about the server, said to a server: see check-page.h.
 *
 * Arguments are pages, and words of which a page's name must contain one. */
#include "lint/registry.h"
#include "server/check-page.h"
#include "server/suite.h"

static struct page_counts counts;

static void test_page(void **state)
{
    struct page *page = *state;
    const struct rule_entry *entry = rule_find(page->name);

    assert_non_null(entry);
    g_autofree char *troubles = check_page(&stage, page, entry->rule, &counts);
    if (*troubles)
        suite_fail(troubles);
}

static bool summarize(void)
{
    print_message("%u examples run with %u interleavings, %u not for a server\n", counts.run,
                  counts.interleavings, counts.left);
    counts = (struct page_counts){0};
    return true;
}

int main(int argc, char **argv)
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    struct page *pages = g_new0(struct page, (gsize)argc);

    for (int i = 1; i < argc; i++) {
        if (g_str_has_suffix(argv[i], ".md")) {
            page_read(&pages[i], argv[i]);
            suite_add(tests, pages[i].name, test_page, &pages[i]);
        } else {
            g_ptr_array_add(words, argv[i]);
        }
    }
    g_ptr_array_add(words, NULL);
    int status = suite_run("pages", tests, (char *const *)words->pdata, summarize);
    for (int i = 1; i < argc; i++) {
        if (pages[i].name)
            page_finish(&pages[i]);
    }
    g_free(pages);
    return status;
}
