/* A rule that predicts an SQLSTATE or an anomaly has a schedule on its page that shows it. Needs no
 * server: that the schedule is true is for test-pages. Arguments are pages. */
#include "lint/registry.h"
#include "server/check-page.h"
#include "support/check.h"

static char **paths;

static void test_claims(void **state)
{
    g_autoptr(GString) troubles = g_string_new(NULL);

    (void)state;
    for (char **path = paths; *path; path++) {
        struct page page;
        page_read(&page, *path);
        const struct rule_entry *entry = rule_find(page.name);
        assert_non_null(entry);
        g_autofree char *trouble = check_claims(&page, entry->rule);
        g_string_append(troubles, trouble);
        page_finish(&page);
    }
    if (troubles->len > 0)
        fail_msg("%s", troubles->str);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_claims)};

    (void)argc;
    paths = argv + 1;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
