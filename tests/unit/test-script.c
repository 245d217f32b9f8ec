/* Positions: lines and columns count from 1, columns count characters and UTF-16 code units. */
#include "facts/script.h"
#include "support/check.h"

struct where {
    uint32_t offset, line, column, column_utf16;
};

static struct script *script_of(const char *text, size_t size)
{
    char *bytes = g_malloc(size + 1);

    memcpy(bytes, text, size);
    bytes[size] = '\0';
    return script_new("dir/test.sql", bytes, size);
}

static void check_one(struct script *script, const struct where *expected)
{
    struct position at = script_position(script, expected->offset);

    if (at.line != expected->line || at.column != expected->column ||
        at.column_utf16 != expected->column_utf16)
        fail_msg("offset %u: got %u:%u (UTF-16 %u), expected %u:%u (UTF-16 %u)", expected->offset,
                 at.line, at.column, at.column_utf16, expected->line, expected->column,
                 expected->column_utf16);
}

/* Asks in order, and backwards, because answers are cached. */
static void check_positions(const char *text, const struct where *places, size_t count)
{
    struct script *script = script_of(text, strlen(text));

    for (size_t i = 0; i < count; i++)
        check_one(script, places + i);
    for (size_t i = count; i-- > 0;)
        check_one(script, places + i);
    script_free(script);
}

#define CHECK_POSITIONS(text, ...)                             \
    check_positions(text, (const struct where[]){__VA_ARGS__}, \
                    G_N_ELEMENTS(((const struct where[]){__VA_ARGS__})))

static void test_lines(void **state)
{
    (void)state;
    CHECK_POSITIONS("ab\ncd\n", {0, 1, 1, 1}, {1, 1, 2, 2}, {2, 1, 3, 3}, {3, 2, 1, 1},
                    {5, 2, 3, 3}, {6, 3, 1, 1});
    CHECK_POSITIONS("\n\nx", {0, 1, 1, 1}, {1, 2, 1, 1}, {2, 3, 1, 1}, {3, 3, 2, 2});
    CHECK_POSITIONS("", {0, 1, 1, 1});
}

/* A carriage return belongs to its line, at its end. */
static void test_crlf(void **state)
{
    (void)state;
    CHECK_POSITIONS("ab\r\ncd\r\n", {0, 1, 1, 1}, {2, 1, 3, 3}, {4, 2, 1, 1}, {6, 2, 3, 3},
                    {8, 3, 1, 1});
}

/* U+00E4 takes two bytes, U+4E2D three, U+1F600 four and two UTF-16 code units. */
static void test_characters(void **state)
{
    (void)state;
    CHECK_POSITIONS("ä中😀x", {0, 1, 1, 1}, {2, 1, 2, 2}, {5, 1, 3, 3}, {9, 1, 4, 5}, {10, 1, 5, 6});
    CHECK_POSITIONS("-- 😀😀\nä x", {11, 1, 6, 8}, {12, 2, 1, 1}, {14, 2, 2, 2}, {15, 2, 3, 3});
}

/* A combining mark is a character of its own. */
static void test_combining(void **state)
{
    (void)state;
    CHECK_POSITIONS("e\xCC\x81x", {0, 1, 1, 1}, {1, 1, 2, 2}, {3, 1, 3, 3});
}

/* Bytes that are no UTF-8 count one each: latin 1, a lone continuation, a cut sequence. */
static void test_invalid(void **state)
{
    (void)state;
    CHECK_POSITIONS("\xE4 x", {0, 1, 1, 1}, {1, 1, 2, 2}, {2, 1, 3, 3});
    CHECK_POSITIONS("\x80\x80x", {1, 1, 2, 2}, {2, 1, 3, 3});
    CHECK_POSITIONS("\xF0\x9F x", {1, 1, 2, 2}, {2, 1, 3, 3}, {3, 1, 4, 4});
    CHECK_POSITIONS("\xED\xA0\x80x", {1, 1, 2, 2}, {2, 1, 3, 3}, {3, 1, 4, 4}); /* a surrogate */
    CHECK_POSITIONS("\xE4", {1, 1, 2, 2});
}

/* A byte order mark is no column; elsewhere U+FEFF is a character. */
static void test_mark(void **state)
{
    (void)state;
    CHECK_POSITIONS("\xEF\xBB\xBFSELECT 1;\nx", {3, 1, 1, 1}, {9, 1, 7, 7}, {13, 2, 1, 1});
    CHECK_POSITIONS("a\xEF\xBB\xBF"
                    "b",
                    {1, 1, 2, 2}, {4, 1, 3, 3});
}

/* known: the answer for offset 0 is cached as column 1 before the mark, so that the mark counts as
 * a column in the next answer (script_position). */
static void test_mark_asked_first(void **state)
{
    struct script *script = script_of("\xEF\xBB\xBFSELECT 1;", 12);

    (void)state;
    script_position(script, 0);
    struct position at = script_position(script, 3);
    script_free(script);
    if (at.column != 1)
        skip();
}

static void test_past_the_end(void **state)
{
    (void)state;
    CHECK_POSITIONS("ab", {2, 1, 3, 3}, {3, 1, 3, 3}, {UINT32_MAX, 1, 3, 3});
    CHECK_POSITIONS("ab\n", {100, 2, 1, 1});
}

static void check_line(const char *text, uint32_t line, const char *expected)
{
    struct script *script = script_of(text, strlen(text));
    struct span span = script_line(script, line);
    g_autofree char *got = g_strndup(script->bytes + span.start, span.end - span.start);

    assert_string_equal(got, expected);
    script_free(script);
}

static void test_text_of_lines(void **state)
{
    (void)state;
    check_line("a\nbc\n", 1, "a");
    check_line("a\nbc\n", 2, "bc");
    check_line("a\nbc\n", 3, "");
    check_line("a\r\nbc\r\n", 1, "a");
    check_line("a\r\nbc", 2, "bc");
    check_line("", 1, "");
    check_line("\n", 1, "");
}

static void test_many_lines(void **state)
{
    GString *text = g_string_new(NULL);

    (void)state;
    for (int i = 0; i < 5000; i++)
        g_string_append(text, "ä\n");
    struct script *script = script_of(text->str, text->len);
    for (uint32_t i = 0; i < 5000; i += 7)
        check_one(script, &(struct where){3 * i + 2, i + 1, 2, 2});
    script_free(script);
    g_string_free(text, TRUE);
}

/* Lines have no mark each: a long one does, and the one behind it. */
static void test_long_lines(void **state)
{
    static const uint32_t lengths[] = {3, 2000, 0, 5, 1023, 1, 1024, 4000, 2, 400, 400, 400, 7};
    GString *text = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++)
        g_string_append_printf(text, "%*s\n", (int)lengths[i], "");
    struct script *script = script_of(text->str, text->len);
    assert_int_equal(script->line_count, G_N_ELEMENTS(lengths) + 1);
    uint32_t start = 0;
    for (uint32_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        struct span line = script_line(script, i + 1), whole = script_whole_line(script, i + 1);
        assert_int_equal(line.start, start);
        assert_int_equal(line.end, start + lengths[i]);
        assert_int_equal(whole.end, line.end + 1);
        assert_int_equal(script_line_number(script, line.start), i + 1);
        assert_int_equal(script_line_number(script, line.end), i + 1);
        start = whole.end;
    }
    assert_int_equal(script_line_number(script, start), G_N_ELEMENTS(lengths) + 1);
    assert_int_equal(script_line(script, G_N_ELEMENTS(lengths) + 1).end, start);
    script_free(script);
    g_string_free(text, TRUE);
}

static void test_placeholders(void **state)
{
    struct script *script = script_of("SELECT :a, :b", 13);
    const struct placeholder places[] = {{.span = {7, 9}}, {.span = {11, 13}}};
    GArray *array = g_array_new(FALSE, FALSE, sizeof *places);

    (void)state;
    assert_ptr_equal(script_placeholders_from(script, 0), script->placeholders);
    g_array_append_vals(array, places, G_N_ELEMENTS(places));
    script_take_placeholders(script, array);
    assert_ptr_equal(script_placeholder(script, 7), script->placeholders);
    assert_ptr_equal(script_placeholder(script, 11), script->placeholders + 1);
    assert_null(script_placeholder(script, 8));
    assert_null(script_placeholder(script, 12));
    assert_ptr_equal(script_placeholders_from(script, 0), script->placeholders);
    assert_ptr_equal(script_placeholders_from(script, 8), script->placeholders + 1);
    assert_ptr_equal(script_placeholders_from(script, 12), script->placeholders + 2);
    script_free(script);
}

static void check_filled(const char *text, enum filling filling, const char *expected)
{
    struct script *script = script_of(text, strlen(text));
    struct placeholder placeholder = {.span = {0, script->size}, .filling = filling};
    g_autofree char *filled = g_strdup(text);

    script_fill(script, &placeholder, filled);
    assert_string_equal(filled, expected);
    assert_string_equal(script->bytes, text);
    script_free(script);
}

static void test_filling(void **state)
{
    (void)state;
    check_filled("?", FILLING_VALUE, "0");
    check_filled("?", FILLING_NAME, "_");
    check_filled("%s", FILLING_VALUE, "$1");
    check_filled(":'id'", FILLING_VALUE, "$1   ");
    check_filled(":id", FILLING_NAME, "_id");
    check_filled(":Name", FILLING_NAME, "_name");
    check_filled(":\"id\"", FILLING_NAME, "__id$");
    check_filled("${a.b}", FILLING_NAME, "__a_b$");
    check_filled(":last", FILLING_NUMBER, "1    ");
    check_filled(":'dir''x'", FILLING_STRING, "'_dir__x'");
    check_filled(":query", FILLING_QUERY, "SELECT");
    check_filled("{% if\n%}", FILLING_NOTHING, "     \n  ");
    check_filled("{{ größe }}", FILLING_NAME, "___gr____e__$");
}

/* A name of more bytes than the scanner keeps is another one where they differ at the end. */
static void test_long_names(void **state)
{
    g_autofree char *blanks = g_strnfill(70, 'x');
    g_autofree char *a = g_strdup_printf("{{ %s.a }}", blanks);
    g_autofree char *b = g_strdup_printf("{{ %s.b }}", blanks);
    char filled[2][100] = {{0}};

    (void)state;
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? a : b;
        struct script *script = script_of(text, strlen(text));
        struct placeholder placeholder = {.span = {0, script->size}, .filling = FILLING_NAME};
        script_fill(script, &placeholder, filled[i]);
        script_free(script);
    }
    assert_memory_not_equal(filled[0], filled[1], 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_crlf),
        cmocka_unit_test(test_characters),
        cmocka_unit_test(test_combining),
        cmocka_unit_test(test_invalid),
        cmocka_unit_test(test_mark),
        cmocka_unit_test(test_mark_asked_first),
        cmocka_unit_test(test_past_the_end),
        cmocka_unit_test(test_text_of_lines),
        cmocka_unit_test(test_many_lines),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_placeholders),
        cmocka_unit_test(test_filling),
        cmocka_unit_test(test_long_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
