#include "server/suite.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    SKIPPED = 77, /* Meson's word for it */
};

struct stage stage;

static const char *bin; /* of the server to start */

void suite_add(GArray *tests, const char *name, CMUnitTestFunction function, void *data)
{
    struct CMUnitTest test = {.name = name, .test_func = function, .initial_state = data};

    g_array_append_val(tests, test);
}

bool suite_updates(void)
{
    const char *value = g_getenv("ISOLINT_UPDATE");

    return value && *value && strcmp(value, "0") != 0;
}

int suite_run_pages(const char *name, char **arguments, CMUnitTestFunction function,
                    bool (*after)(void))
{
    g_autoptr(GArray) tests = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    g_autoptr(GPtrArray) words = g_ptr_array_new();
    guint count = g_strv_length(arguments);
    struct page *pages = g_new0(struct page, count);

    for (guint i = 0; i < count; i++) {
        if (g_str_has_suffix(arguments[i], ".md")) {
            page_read(&pages[i], arguments[i]);
            suite_add(tests, pages[i].name, function, &pages[i]);
        } else {
            g_ptr_array_add(words, arguments[i]);
        }
    }
    g_ptr_array_add(words, NULL);
    int status = suite_run(name, tests, (char *const *)words->pdata, after);
    for (guint i = 0; i < count; i++) {
        if (pages[i].name)
            page_finish(&pages[i]);
    }
    g_free(pages);
    return status;
}

void suite_fail(const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s%s", text, g_str_has_suffix(text, "\n") ? "" : "\n");
    fail_msg("see above");
}

static int start(void **state)
{
    (void)state;
    stage_init(&stage, bin);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    stage_finish(&stage);
    return 0;
}

static bool is_selected(const char *name, char *const *words)
{
    if (!*words)
        return true;
    for (; *words; words++) {
        if (strstr(name, *words))
            return true;
    }
    return false;
}

int suite_run(const char *name, const GArray *tests, char *const *words, bool (*after)(void))
{
    g_autoptr(GPtrArray) servers = server_installations();
    g_autoptr(GArray) selected = g_array_new(FALSE, FALSE, sizeof(struct CMUnitTest));
    bool failed = false;

    for (guint i = 0; i < tests->len; i++) {
        const struct CMUnitTest *test = &g_array_index(tests, struct CMUnitTest, i);
        if (is_selected(test->name, words))
            g_array_append_val(selected, *test);
    }
    if (selected->len == 0) {
        print_error("no test of \"%s\" has such a name\n", name);
        return EXIT_FAILURE;
    }
    if (servers->len == 0) {
        print_message("skipped: no PostgreSQL server in /usr/lib/postgresql/*/bin; install "
                      "postgresql-15\n");
        return g_getenv("ISOLINT_NO_SKIP") ? EXIT_FAILURE : SKIPPED;
    }
    for (guint i = 0; i < servers->len; i++) {
        bin = servers->pdata[i];
        print_message("%s on %s\n", name, bin);
        failed |= _cmocka_run_group_tests(name, (const struct CMUnitTest *)selected->data,
                                          selected->len, start, stop) != 0;
        failed |= after && !after();
    }
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
