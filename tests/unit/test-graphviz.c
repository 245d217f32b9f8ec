/* Graphviz answers, is missing, fails, or does not end: stand-ins of its `dot`. */
#include "report/graphviz.h"

#include <string.h>

#include <glib/gstdio.h>

#include "support/check.h"
#include "support/files.h"

enum { LONG = 60000, SHORT = 100 };

/* Owned by the caller. */
static char *answer_of(const char *script, int milliseconds, bool *late)
{
    g_autofree char *directory = g_dir_make_tmp("isolint-XXXXXX", NULL);
    g_autofree char *dot = g_build_filename(directory, "dot", NULL);
    g_autofree char *before = g_strdup(g_getenv("PATH"));
    g_autofree char *path = g_strconcat(directory, ":", before, NULL);

    if (script) {
        assert_true(g_file_set_contents(dot, script, -1, NULL));
        assert_int_equal(g_chmod(dot, 0700), 0);
    }
    g_setenv("PATH", script ? path : directory, TRUE);
    char *answer = graphviz_plain("digraph {}\n", milliseconds, late);
    g_setenv("PATH", before, TRUE);
    remove_all(directory);
    return answer;
}

static void test_answer(void **state)
{
    bool late;
    g_autofree char *answer = answer_of("#!/bin/sh\necho $1; cat \"$2\"\n", LONG, &late);

    (void)state;
    assert_string_equal(answer, "-Tplain\ndigraph {}\n");
    assert_false(late);
}

static void test_none(void **state)
{
    bool late;

    (void)state;
    assert_null(answer_of(NULL, LONG, &late));
    assert_false(late);
    assert_null(answer_of("#!/bin/sh\necho graph; exit 1\n", LONG, &late));
    assert_false(late);
}

static void test_endless(void **state)
{
    bool late;

    (void)state;
    assert_null(answer_of("#!/bin/sh\necho graph; exec sleep 1000\n", SHORT, &late));
    assert_true(late);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_endless),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
