/* Places in a text in both encodings, and edits as an editor sends them. */
#include "lsp/document.h"
#include "lsp/message.h"
#include "support/check.h"

#define UNI "/* \xc3\xbcn\xc3\xaf\xf0\x9f\x99\x82 */"

static const struct {
    const char *text;
    size_t offset, line, utf8, utf16;
} places[] = {
    {"", 0, 0, 0, 0},
    {"a\nb", 2, 1, 0, 0},
    {"a\nb", 9, 1, 1, 1},
    {"a\r\nb\rc", 3, 1, 0, 0},
    {"a\r\nb\rc", 5, 2, 0, 0},
    {UNI " SELECT", 3, 0, 3, 3},
    {UNI " SELECT", 5, 0, 5, 4},
    {UNI " SELECT", 12, 0, 12, 8}, /* behind the smile, a pair of surrogates */
    {UNI " SELECT", 16, 0, 16, 12},
    {"x\n" UNI " SELECT", 18, 1, 16, 12},
    {"\xff\xfe"
     "ab",
     2, 0, 2, 2}, /* no UTF-8: a unit each */
};

static void finds_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        const char *text = places[i].text;
        size_t size = strlen(text), offset = MIN(places[i].offset, size);
        g_autoptr(GArray) lines = lines_of(text, size);
        struct place eight = place_of(text, size, lines, places[i].offset, ENCODING_UTF8);
        struct place sixteen = place_of(text, size, lines, places[i].offset, ENCODING_UTF16);
        assert_int_equal(eight.line, places[i].line);
        assert_int_equal(eight.character, places[i].utf8);
        assert_int_equal(sixteen.line, places[i].line);
        assert_int_equal(sixteen.character, places[i].utf16);
        assert_int_equal(place_offset(text, size, lines, eight, ENCODING_UTF8), offset);
        assert_int_equal(place_offset(text, size, lines, sixteen, ENCODING_UTF16), offset);
    }
}

static void keeps_places_in_the_text(void **state)
{
    const char text[] = "ab\r\n\xf0\x9f\x99\x82x";
    size_t size = strlen(text);
    g_autoptr(GArray) lines = lines_of(text, size);

    (void)state;
    /* Behind the end of a line, of the text, and within a character. */
    assert_int_equal(place_offset(text, size, lines, (struct place){0, 99}, ENCODING_UTF16), 2);
    assert_int_equal(place_offset(text, size, lines, (struct place){9, 0}, ENCODING_UTF16), size);
    assert_int_equal(place_offset(text, size, lines, (struct place){1, 1}, ENCODING_UTF16), 4);
    assert_int_equal(place_offset(text, size, lines, (struct place){1, 2}, ENCODING_UTF8), 4);
    assert_int_equal(place_of(text, size, lines, 6, ENCODING_UTF8).character, 0);
}

static bool change(struct document *document, const char *json, struct replaced *replaced)
{
    cJSON *parsed = cJSON_Parse(json);
    bool done;

    assert_non_null(parsed);
    done = document_change(document, parsed, ENCODING_UTF16, replaced);
    cJSON_Delete(parsed);
    return done;
}

#define RANGE(a, b, c, d)                                                               \
    "\"range\":{\"start\":{\"line\":" #a ",\"character\":" #b "},\"end\":{\"line\":" #c \
    ",\"character\":" #d "}}"

static void applies_changes(void **state)
{
    struct document *document = document_new("file:///a.sql", UNI " SELECT 1;\nCOMMIT;\n");
    struct replaced replaced;

    (void)state;
    assert_true(change(document, "{" RANGE(0, 12, 0, 18) ",\"text\":\"VALUES (2),\"}", &replaced));
    assert_string_equal(document->text->str, UNI " VALUES (2), 1;\nCOMMIT;\n");
    assert_int_equal(replaced.start, 16);
    assert_int_equal(replaced.end, 22);
    assert_int_equal(replaced.length, 11);
    assert_true(change(document, "{" RANGE(0, 0, 1, 0) ",\"text\":\"\"}", &replaced));
    assert_string_equal(document->text->str, "COMMIT;\n");
    /* Backwards, and behind the end. */
    assert_true(change(document, "{" RANGE(7, 0, 0, 6) ",\"text\":\" AND CHAIN;\"}", &replaced));
    assert_string_equal(document->text->str, "COMMIT AND CHAIN;");
    assert_true(change(document, "{\"text\":\"\"}", &replaced));
    assert_string_equal(document->text->str, "");
    assert_true(change(document, "{" RANGE(5, 5, 5, 5) ",\"text\":\"x\\r\\ny\"}", &replaced));
    assert_string_equal(document->text->str, "x\r\ny");
    assert_int_equal(document->lines->len, 2);
    /* A whole text says what differs in it. */
    assert_true(change(document, "{\"text\":\"x\\r\\nz\\r\\ny\"}", &replaced));
    assert_string_equal(document->text->str, "x\r\nz\r\ny");
    assert_int_equal(replaced.start, 3);
    assert_int_equal(replaced.end, 3);
    assert_int_equal(replaced.length, 3);
    assert_true(change(document, "{\"text\":\"x\\r\\nz\\r\\ny\"}", &replaced));
    assert_int_equal(replaced.end, replaced.start);
    assert_int_equal(replaced.length, 0);
    document_free(document);
}

static void refuses_what_is_no_change(void **state)
{
    static const char *const wrong[] = {
        "{}",
        "[]",
        "7",
        "{\"text\":7}",
        "{\"range\":7,\"text\":\"\"}",
        "{\"range\":{\"start\":{\"line\":0}},\"text\":\"\"}",
        "{" RANGE(-1, 0, 0, 0) ",\"text\":\"\"}",
    };
    struct document *document = document_new("file:///a.sql", "COMMIT;");
    struct replaced replaced;

    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_false(change(document, wrong[i], &replaced));
    assert_string_equal(document->text->str, "COMMIT;");
    assert_true(change(document, "{" RANGE(1e300, 0, 1e300, 0) ",\"text\":\"!\"}", &replaced));
    assert_string_equal(document->text->str, "COMMIT;!");
    document_free(document);
}

static void moves_offsets(void **state)
{
    const struct replaced insertion = {5, 5, 3}, deletion = {5, 8, 0}, change_ = {5, 8, 1};

    (void)state;
    assert_int_equal(replaced_move(&insertion, 4, true), 4);
    assert_int_equal(replaced_move(&insertion, 5, true), 8);  /* a beginning moves on … */
    assert_int_equal(replaced_move(&insertion, 5, false), 5); /* … an end stays */
    assert_int_equal(replaced_move(&insertion, 6, true), 9);
    assert_int_equal(replaced_move(&deletion, 6, true), 5);
    assert_int_equal(replaced_move(&deletion, 9, false), 6);
    assert_int_equal(replaced_move(&change_, 6, true), 5);
    assert_int_equal(replaced_move(&change_, 6, false), 6);
    assert_int_equal(replaced_move(&change_, 8, true), 6);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_places),    cmocka_unit_test(keeps_places_in_the_text),
        cmocka_unit_test(applies_changes), cmocka_unit_test(refuses_what_is_no_change),
        cmocka_unit_test(moves_offsets),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
