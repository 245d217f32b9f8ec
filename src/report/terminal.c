#include "report/terminal.h"

#include <string.h>

static const char REPLACEMENT[] = "\xEF\xBF\xBD";

bool terminal_is_harmful(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_SURROGATE:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
        return true;
    default:
        return false;
    }
}

size_t terminal_append(GString *text, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    size_t columns = 0;

    while (bytes < end) {
        if (*bytes == '\t') {
            g_string_append(text, "    ");
            columns += 4;
            bytes++;
            continue;
        }
        const char *run = bytes; /* most text is plain ASCII */
        while (bytes < end && *bytes >= ' ' && *bytes < 0x7F)
            bytes++;
        if (bytes > run) {
            g_string_append_len(text, run, bytes - run);
            columns += (size_t)(bytes - run);
            continue;
        }
        gunichar c = (unsigned char)*bytes < 0x80 ? (gunichar)*bytes
                                                  : g_utf8_get_char_validated(bytes, end - bytes);
        if (c == (gunichar)-1 || c == (gunichar)-2 || terminal_is_harmful(c)) {
            bool valid = c != (gunichar)-1 && c != (gunichar)-2;
            g_string_append(text, REPLACEMENT);
            columns++;
            bytes = valid ? g_utf8_next_char(bytes) : bytes + 1;
            continue;
        }
        g_string_append_unichar(text, c);
        columns += g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
        bytes = g_utf8_next_char(bytes);
    }
    return columns;
}

GString *terminal_lines(const char *bytes, size_t length)
{
    const char *end = bytes + length;
    GString *text = g_string_new(NULL);

    while (bytes < end) {
        const char *stop = memchr(bytes, '\n', (size_t)(end - bytes));
        terminal_append(text, bytes, (size_t)((stop ? stop : end) - bytes));
        if (stop)
            g_string_append_c(text, '\n');
        bytes = stop ? stop + 1 : end;
    }
    return text;
}

const char *terminal_style(bool color, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_NONE] = "\033[0m",    [STYLE_ERROR] = "\033[1;31m", [STYLE_WARNING] = "\033[1;33m",
        [STYLE_NOTE] = "\033[1;36m", [STYLE_BOLD] = "\033[1m",     [STYLE_GUTTER] = "\033[1;34m",
    };

    return color ? sequences[style] : "";
}
