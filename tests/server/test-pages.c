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
    (void)argc;
    return suite_run_pages("pages", argv + 1, test_page, summarize);
}
