#include "report/json-text.h"

#include <string.h>

#include <glib.h>

#include "report/terminal.h"

void json_add_text(cJSON *object, const char *name, const char *text)
{
    g_autofree char *valid = g_utf8_make_valid(text, -1);

    cJSON_AddStringToObject(object, name, valid);
}

static void append_escaped(GString *text, gunichar c)
{
    if (c >= 0x10000)
        g_string_append_printf(text, "\\u%04x\\u%04x", 0xd800 + ((c - 0x10000) >> 10),
                               0xdc00 + ((c - 0x10000) & 0x3ff));
    else
        g_string_append_printf(text, "\\u%04x", c);
}

/* Such characters stand only in strings: cJSON has escaped those below U+0020 there, and between
 * its tokens it writes no others than line ends and tabs. So does what begins a command of a log. */
static void append_character(GString *text, const char *at, const char *end)
{
    gunichar c = g_utf8_get_char(at);

    if (c == '#' ? terminal_command_length(at, (size_t)(end - at)) : terminal_is_harmful(c))
        append_escaped(text, c);
    else
        g_string_append_len(text, at, g_utf8_next_char(at) - at);
}

static bool is_plain(char c)
{
    return c == '\n' || c == '\t' || (c >= ' ' && c < 0x7f && c != '#');
}

void json_write(const cJSON *json, FILE *out)
{
    char *printed = cJSON_Print(json);
    const char *end = printed + strlen(printed);
    GString *text = g_string_sized_new((gsize)(end - printed) + 2);

    for (const char *at = printed; at < end;) {
        const char *plain = at; /* nearly all is */
        while (is_plain(*at))
            at++;
        g_string_append_len(text, plain, at - plain);
        if (at < end) {
            append_character(text, at, end);
            at = g_utf8_next_char(at);
        }
    }
    cJSON_free(printed);
    g_string_append_c(text, '\n');
    fwrite(text->str, 1, text->len, out);
    g_string_free(text, TRUE);
}
