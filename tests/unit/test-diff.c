/* Unified diffs: their form, and that the new text comes of the old one. */
#include <stdio.h>

#include "report/diff.h"

#include "support/check.h"

static GString *diff_of(const char *path, const char *old, const char *new)
{
    g_autoptr(GBytes) a = g_bytes_new(old, strlen(old)), b = g_bytes_new(new, strlen(new));
    GString *diff = g_string_new(NULL);

    diff_append(diff, path, a, b);
    return diff;
}

static void check(const char *old, const char *new, const char *expected)
{
    g_autoptr(GString) diff = diff_of("x", old, new);
    g_autofree char *whole = g_strconcat(*expected ? "--- a/x\n+++ b/x\n" : "", expected, NULL);

    assert_string_equal(diff->str, whole);
}

static void test_form(void **state)
{
    (void)state;
    check("a\n", "a\n", "");
    check("a\nb\nc\n", "a\nB\nc\n", "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    check("a\n", "", "@@ -1 +0,0 @@\n-a\n");
    check("", "a\n", "@@ -0,0 +1 @@\n+a\n");
    check("1\n2\n3\n4\n5\n6\n", "1\n2\n3\n4\n6\n", "@@ -2,5 +2,4 @@\n 2\n 3\n 4\n-5\n 6\n");
    check("a", "b",
          "@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+b\n"
          "\\ No newline at end of file\n");
    check("a\nb", "a\nb\n", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+b\n");
    check("a\r\nb\r\n", "a\r\n", "@@ -1,2 +1 @@\n a\r\n-b\r\n");
}

/* Six equal lines between two changes are in one hunk, seven part them. */
static void test_hunks(void **state)
{
    (void)state;
    check("x\n1\n2\n3\n4\n5\n6\ny\n", "X\n1\n2\n3\n4\n5\n6\nY\n",
          "@@ -1,8 +1,8 @@\n-x\n+X\n 1\n 2\n 3\n 4\n 5\n 6\n-y\n+Y\n");
    check("x\n1\n2\n3\n4\n5\n6\n7\ny\n", "1\n2\n3\n4\n5\n6\n7\nY\n",
          "@@ -1,4 +1,3 @@\n-x\n 1\n 2\n 3\n@@ -6,4 +5,4 @@\n 5\n 6\n 7\n-y\n+Y\n");
}

/* Names as git quotes them. */
static void test_names(void **state)
{
    static const struct {
        const char *path, *from;
    } cases[] = {
        {"db/a b.sql", "--- a/db/a b.sql\n"},
        {"x\033[31m\n.sql", "--- \"a/x\\033[31m\\012.sql\"\n"},
        {"gr\xC3\xB6.sql", "--- \"a/gr\\303\\266.sql\"\n"},
        {"a\"\\.sql", "--- \"a/a\\\"\\\\.sql\"\n"},
    };

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) diff = diff_of(cases[i].path, "a\n", "b\n");
        assert_true(g_str_has_prefix(diff->str, cases[i].from));
    }
}

/* ------------------------------------------------------------------ applying */

static const char *next_line(const char *text)
{
    return text + strcspn(text, "\n") + (strchr(text, '\n') != NULL);
}

/* What patch would make of the old text, which has lines; the test fails where the diff does not
 * fit. */
static char *apply(const char *old, const char *diff)
{
    GString *new = g_string_new(NULL);
    unsigned at = 1, start;

    for (diff = next_line(next_line(diff)); *diff; diff = next_line(diff)) {
        const char *next = next_line(diff);
        if (sscanf(diff, "@@ -%u", &start) == 1) {
            for (; at < start; at++, old = next_line(old))
                g_string_append_len(new, old, next_line(old) - old);
        } else if (*diff == '+') {
            g_string_append_len(new, diff + 1, next - diff - 1);
        } else if (*diff != '\\') {
            size_t length = (size_t)(next - diff - 1);
            assert_true(strncmp(old, diff + 1, length) == 0);
            if (*diff == ' ')
                g_string_append_len(new, old, (gssize)length);
            old = next_line(old);
            at++;
        }
    }
    g_string_append(new, old);
    return g_string_free(new, FALSE);
}

static char *random_text(GRand *random, int lines)
{
    GString *text = g_string_new(NULL);

    for (int i = 0; i < lines; i++)
        g_string_append_printf(text, "%d\n", g_rand_int_range(random, 0, 6));
    return g_string_free(text, FALSE);
}

static void test_applies(void **state)
{
    GRand *random = g_rand_new_with_seed(40001);

    (void)state;
    for (int i = 0; i < 2000; i++) {
        g_autofree char *old = random_text(random, g_rand_int_range(random, 1, 40));
        g_autofree char *new = random_text(random, g_rand_int_range(random, 1, 40));
        g_autoptr(GString) diff = diff_of("x", old, new);
        g_autofree char *made = diff->len ? apply(old, diff->str) : g_strdup(old);
        if (strcmp(made, new) != 0)
            fail_msg("of\n%s\nand\n%s\ncomes\n%s", old, diff->str, made);
    }
    g_rand_free(random);
}

/* A change in a long text is a short diff; texts that have nothing in common are no trouble. */
static void test_size(void **state)
{
    GString *old = g_string_new(NULL), *new = g_string_new(NULL), *other = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 20000; i++) {
        g_string_append_printf(old, "line %d\n", i);
        if (i != 5 && i != 19990)
            g_string_append_printf(new, "line %d\n", i);
        g_string_append_printf(other, "other %d\n", i);
    }
    g_autoptr(GString) small = diff_of("x", old->str, new->str);
    assert_true(small->len < 400);
    g_autoptr(GString) large = diff_of("x", old->str, other->str);
    g_autofree char *made = apply(old->str, large->str);
    assert_string_equal(made, other->str);
    g_string_free(old, TRUE);
    g_string_free(new, TRUE);
    g_string_free(other, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),    cmocka_unit_test(test_hunks), cmocka_unit_test(test_names),
        cmocka_unit_test(test_applies), cmocka_unit_test(test_size),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
