/* Regular expressions: options, bytes, groups, and what is none. */
#include "base/pattern.h"
#include "support/check.h"

static void test_where(void **state)
{
    size_t start;

    (void)state;
    assert_true(pattern_find("^b+$", PATTERN_LINES, "a\r\nbb\r\nc", &start));
    assert_int_equal(start, 3);
    assert_false(pattern_find("^b+$", 0, "a\nbb\nc", &start));
    assert_true(pattern_occurs("A.B", PATTERN_CASELESS, "xa-by"));
    assert_false(pattern_occurs("A.B", PATTERN_CASELESS, "xa\nby"));
}

/* Bytes, not characters: a text may be of any encoding, or none. */
static void test_bytes(void **state)
{
    (void)state;
    assert_true(pattern_occurs("^..$", 0, "\xC3\xA4"));
    assert_true(pattern_occurs("^.$", 0, "\xFF"));
}

static void test_groups(void **state)
{
    char *name = pattern_group("name=(\\w+)( old)?", 0, "x name=abc", 1);
    char *old = pattern_group("name=(\\w+)( old)?", 0, "x name=abc", 2);

    (void)state;
    assert_string_equal(name, "abc");
    assert_string_equal(old, "");
    assert_null(pattern_group("name=(\\w+)", 0, "x", 1));
    g_free(name);
    g_free(old);
}

static void test_no_pattern(void **state)
{
    g_autofree char *far = g_strnfill(1 << 20, 'a');
    size_t start;

    (void)state;
    assert_null(pattern_new("(", 0));
    assert_false(pattern_find("(", 0, "(", &start));
    assert_null(pattern_group("(", 0, "(", 0));
    assert_false(pattern_occurs(far, 0, "a"));           /* too long for one, or does not match */
    assert_false(pattern_occurs("(a*)*(a*)*b", 0, far)); /* given up, or found to be so */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_where),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_groups),
        cmocka_unit_test(test_no_pattern),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
