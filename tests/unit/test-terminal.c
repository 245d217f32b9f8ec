/* What reaches a terminal from a file is harmless, and its width is known. */
#include "report/terminal.h"
#include "support/check.h"

#define BAD "\xEF\xBF\xBD" /* U+FFFD */

struct harmless {
    const char *text, *shown;
    size_t columns;
};

static void check_all(const struct harmless *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        GString *got = g_string_new("> ");
        size_t columns = terminal_append(got, cases[i].text, strlen(cases[i].text));
        assert_string_equal(got->str + 2, cases[i].shown);
        assert_int_equal(columns, cases[i].columns);
        assert_true(g_utf8_validate(got->str, -1, NULL));
        g_string_free(got, TRUE);
    }
}

static void test_plain(void **state)
{
    static const struct harmless cases[] = {
        {"", "", 0},
        {"SELECT 1", "SELECT 1", 8},
        {"\tx\ty", "    x    y", 10},
        {"größe", "größe", 5},
        {"中文", "中文", 4},
        {"😀", "😀", 2},
        {"e\xCC\x81", "e\xCC\x81", 1},
    };

    (void)state;
    check_all(cases, G_N_ELEMENTS(cases));
}

static void test_harmful(void **state)
{
    static const struct harmless cases[] = {
        {"\033[31mred\033[0m", BAD "[31mred" BAD "[0m", 12},
        {"\033]0;title\a", BAD "]0;title" BAD, 10},
        {"a\r\nb", "a" BAD BAD "b", 4},
        {"a\bb\x7F", "a" BAD "b" BAD, 4},
        {"\xC2\x9B"
         "31m",
         BAD "31m", 4}, /* CSI as one character */
        {"\xE2\x80\xAE"
         "evil",
         BAD "evil", 5}, /* right-to-left override */
        {"a\xE2\x81\xA6"
         "b\xE2\x81\xA9",
         "a" BAD "b" BAD, 4},         /* isolates */
        {"\xE2\x80\x8B", BAD, 1},     /* zero width space */
        {"\xEF\xBB\xBF", BAD, 1},     /* byte order mark */
        {"\xE2\x80\xA8", BAD, 1},     /* line separator */
        {"\xF3\xA0\x80\x81", BAD, 1}, /* a tag character */
    };

    (void)state;
    check_all(cases, G_N_ELEMENTS(cases));
}

static void test_invalid(void **state)
{
    static const struct harmless cases[] = {
        {"\xE4", BAD, 1},
        {"a\xFF"
         "b",
         "a" BAD "b", 3},
        {"\xC3", BAD, 1},
        {"\xE4\xB8", BAD BAD, 2},
        {"\xC0\xAF", BAD BAD, 2},                 /* overlong */
        {"\xED\xA0\x80", BAD BAD BAD, 3},         /* a surrogate */
        {"\xF4\x90\x80\x80", BAD BAD BAD BAD, 4}, /* beyond U+10FFFF */
    };

    (void)state;
    check_all(cases, G_N_ELEMENTS(cases));
}

/* The length is what counts, not what stands behind it. */
static void test_length(void **state)
{
    GString *got = g_string_new(NULL);

    (void)state;
    assert_int_equal(terminal_append(got, "abcdef", 3), 3);
    assert_int_equal(terminal_append(got, "ä", 1), 1); /* half a character */
    assert_string_equal(got->str, "abc" BAD);
    g_string_free(got, TRUE);
}

static void test_styles(void **state)
{
    (void)state;
    for (int style = STYLE_NONE; style <= STYLE_GUTTER; style++) {
        assert_string_equal(terminal_style(false, (enum style)style), "");
        assert_true(g_str_has_prefix(terminal_style(true, (enum style)style), "\033["));
        assert_true(g_str_has_suffix(terminal_style(true, (enum style)style), "m"));
    }
    assert_string_equal(terminal_style(true, STYLE_NONE), "\033[0m");
}

/* Line ends stay, whatever else is in the lines. */
static void test_lines(void **state)
{
    static const char lines[] = "+a\033[31m\n\n-b\r\nc";
    g_autoptr(GString) text = terminal_lines(lines, strlen(lines));

    (void)state;
    assert_string_equal(text->str, "+a\xEF\xBF\xBD[31m\n\n-b\xEF\xBF\xBD\nc");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),   cmocka_unit_test(test_plain),
        cmocka_unit_test(test_harmful), cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_length),  cmocka_unit_test(test_styles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
