/* The framing of what an editor sends: what is whole, what is nonsense, and that the next message is
 * found behind it. */
#include "base/limits.h"
#include "lsp/wire.h"
#include "support/check.h"

/* What comes of some bytes: "{…}" for a message, "!…" for a fault, one a line. */
static char *read_all(const char *bytes, size_t size, size_t step)
{
    GString *all = g_string_new(NULL);
    struct wire wire;

    wire_init(&wire);
    for (size_t at = 0; at < size; at += step) {
        const char *text;
        size_t length;
        enum wire_state state;
        wire_feed(&wire, bytes + at, MIN(step, size - at));
        while ((state = wire_next(&wire, &text, &length)) != WIRE_MORE) {
            if (state == WIRE_FAULT)
                g_string_append_printf(all, "!%s\n", text);
            else
                g_string_append_printf(all, "{%.*s}\n", (int)length, text);
        }
    }
    wire_finish(&wire);
    return g_string_free(all, FALSE);
}

static const struct {
    const char *bytes, *expected;
} samples[] = {
    {"Content-Length: 2\r\n\r\nab", "{ab}\n"},
    {"Content-Length: 2\r\n\r\nabContent-Length: 0\r\n\r\nContent-Length: 1\r\n\r\nc",
     "{ab}\n{}\n{c}\n"},
    {"content-length:2\nContent-Type: application/vscode-jsonrpc; charset=utf-8\n\nab", "{ab}\n"},
    {"\r\n\r\nContent-Length: 2\r\n\r\nab", "{ab}\n"},
    {"Content-Length: 9\r\n\r\nab", ""},
    {"Content-Length: -2\r\n\r\nContent-Length: 1\r\n\r\nc",
     "!Content-Length is not a number\n{c}\n"},
    {"Content-Length: 2x\r\n\r\nContent-Length: 1\r\n\r\nc",
     "!Content-Length is not a number\n{c}\n"},
    {"Content-Length: 99999999999\r\n\r\nContent-Length: 1\r\n\r\nc",
     "!Content-Length is not a number\n{c}\n"},
    {"Content-Type: x\r\n\r\nContent-Length: 1\r\n\r\nc",
     "!the header lacks Content-Length\n{c}\n"},
    {"no header\r\n\r\nContent-Length: 1\r\n\r\nc", "!a header line is not a field\n{c}\n"},
    {"Content-Length: 1\r\n\r\n{}Content-Length: 2\r\n\r\nab",
     "{{}\n!a header line is not a field\n{ab}\n"},
};

static void reads_messages(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(samples); i++) {
        size_t size = strlen(samples[i].bytes);
        for (size_t step = 1; step <= size; step++) {
            g_autofree char *all = read_all(samples[i].bytes, size, step);
            assert_string_equal(all, samples[i].expected);
        }
    }
}

static void passes_over_long_lines(void **state)
{
    g_autoptr(GString) bytes = g_string_new(NULL);

    (void)state;
    for (size_t i = 0; i < 3 * MOST_HEADER_BYTES; i++)
        g_string_append_c(bytes, 'x');
    g_string_append(bytes, "\r\nContent-Length: 1\r\n\r\nc");
    g_autofree char *all = read_all(bytes->str, bytes->len, 1000);
    assert_string_equal(all, "!a header line is too long\n{c}\n");
}

static void passes_over_long_messages(void **state)
{
    g_autofree char *header = g_strdup_printf("Content-Length: %d\r\n\r\n", MOST_MESSAGE_BYTES + 1);
    g_autofree char *body = g_strnfill(1 << 20, '{');
    const char next[] = "Content-Length: 1\r\n\r\nc", *text;
    struct wire wire;
    size_t size;

    (void)state;
    wire_init(&wire);
    wire_feed(&wire, header, strlen(header));
    assert_int_equal(wire_next(&wire, &text, &size), WIRE_FAULT);
    assert_string_equal(text, "the message is too long and is skipped");
    for (int i = 0; i < MOST_MESSAGE_BYTES >> 20; i++) {
        wire_feed(&wire, body, 1 << 20);
        assert_int_equal(wire_next(&wire, &text, &size), WIRE_MORE);
        assert_true(wire.bytes->len <= 2 << 20); /* it is not kept */
    }
    wire_feed(&wire, "{", 1);
    wire_feed(&wire, next, strlen(next));
    assert_int_equal(wire_next(&wire, &text, &size), WIRE_MESSAGE);
    assert_int_equal(size, 1);
    wire_finish(&wire);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_messages),
        cmocka_unit_test(passes_over_long_lines),
        cmocka_unit_test(passes_over_long_messages),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
