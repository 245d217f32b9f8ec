#include "report/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { REPLACEMENT = 0xFFFD };

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
        return c == 0xFFFE || c == 0xFFFF;
    }
}

/* The next character of a file's bytes. */
struct glyph {
    size_t size;    /* of the bytes that it is made of */
    size_t columns; /* that it takes */
    gunichar shown; /* U+FFFD for what does harm, a tab for four blanks */
};

static struct glyph next_glyph(const char *bytes, const char *end)
{
    if ((unsigned char)*bytes < 0x80) {
        bool plain = *bytes >= ' ' && *bytes < 0x7F;
        return (struct glyph){1, *bytes == '\t' ? 4 : 1,
                              plain || *bytes == '\t' ? (gunichar)*bytes : REPLACEMENT};
    }
    gunichar c = g_utf8_get_char_validated(bytes, end - bytes);
    if (c == (gunichar)-1 || c == (gunichar)-2)
        return (struct glyph){1, 1, REPLACEMENT};
    size_t size = (size_t)(g_utf8_next_char(bytes) - bytes);
    if (terminal_is_harmful(c))
        return (struct glyph){size, 1, REPLACEMENT};
    return (struct glyph){size, g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1, c};
}

size_t terminal_command_length(const char *text, size_t length)
{
    size_t at = 2;

    if (length < 3 || text[0] != '#' || text[1] != '#')
        return 0;
    while (at < length && (g_ascii_isalnum(text[at]) || strchr("._-", text[at])) && text[at])
        at++;
    return at < length && text[at] == '[' ? at : 0;
}

bool terminal_is_command(const char *line, size_t length)
{
    while (length > 0 && (*line == ' ' || *line == '\t' || *line == '\r'))
        line++, length--;
    return length >= 2 && line[0] == ':' && line[1] == ':';
}

/* Printable ASCII up to the next thing that needs a look. */
static const char *plain_end(const char *bytes, const char *end)
{
    while (bytes < end && *bytes >= ' ' && *bytes < 0x7F &&
           !(*bytes == '#' && terminal_command_length(bytes, (size_t)(end - bytes))))
        bytes++;
    return bytes;
}

size_t terminal_append_path(GString *text, const char *path)
{
    size_t length = strlen(path);

    if (!terminal_is_command(path, length))
        return terminal_append(text, path, length);
    g_string_append(text, "./");
    return 2 + terminal_append(text, path, length);
}

size_t terminal_append(GString *text, const char *bytes, size_t length)
{
    const char *end = bytes + length;
    size_t columns = 0;

    while (bytes < end) {
        const char *run = bytes; /* most text is plain ASCII */
        bytes = plain_end(bytes, end);
        g_string_append_len(text, run, bytes - run);
        columns += (size_t)(bytes - run);
        if (bytes == end)
            break;
        size_t command = terminal_command_length(bytes, (size_t)(end - bytes));
        if (command) {
            g_string_append_len(text, bytes, (gssize)command);
            g_string_append_unichar(text, REPLACEMENT);
            columns += command + 1;
            bytes += command + 1;
            continue;
        }
        struct glyph glyph = next_glyph(bytes, end);
        if (glyph.shown == '\t')
            g_string_append(text, "    ");
        else
            g_string_append_unichar(text, glyph.shown);
        columns += glyph.columns;
        bytes += glyph.size;
    }
    return columns;
}

/* How many bytes from here on are characters of one byte and one column. */
static size_t narrow(const char *bytes, size_t length)
{
    size_t i = 0;

    while (i < length && bytes[i] >= ' ' && bytes[i] < 0x7F)
        i++;
    return i;
}

size_t terminal_columns(const char *bytes, size_t length)
{
    size_t i = narrow(bytes, length), columns = i;

    while (i < length) {
        struct glyph glyph = next_glyph(bytes + i, bytes + length);
        columns += glyph.columns;
        i += glyph.size;
    }
    return columns;
}

size_t terminal_fit(const char *bytes, size_t length, size_t columns)
{
    size_t i = narrow(bytes, MIN(length, columns));

    columns -= i;
    while (i < length) {
        struct glyph glyph = next_glyph(bytes + i, bytes + length);
        if (glyph.columns > columns)
            break;
        columns -= glyph.columns;
        i += glyph.size;
    }
    return i;
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

int terminal_width(int descriptor)
{
    struct winsize size = {0};

    if (!isatty(descriptor) || ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
        return TERMINAL_USUAL;
    return size.ws_col;
}

bool terminal_knows_links(void)
{
    static const char *const marks[] = {"KITTY_WINDOW_ID", "WT_SESSION", "KONSOLE_VERSION",
                                        "ALACRITTY_WINDOW_ID", "GHOSTTY_RESOURCES_DIR"};
    static const char *const programs[] = {"iTerm.app", "WezTerm", "vscode", "ghostty", NULL};
    const char *force = getenv("FORCE_HYPERLINK"), *vte = getenv("VTE_VERSION");
    const char *program = getenv("TERM_PROGRAM");

    if (force && *force)
        return strcmp(force, "0") != 0;
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++) {
        if (getenv(marks[i]))
            return true;
    }
    return (vte && atoi(vte) >= 5000) || (program && g_strv_contains(programs, program));
}

const char *terminal_style(bool color, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_NONE] = "\033[0m",    [STYLE_ERROR] = "\033[1;31m", [STYLE_WARNING] = "\033[1;33m",
        [STYLE_NOTE] = "\033[1;36m", [STYLE_BOLD] = "\033[1m",     [STYLE_GUTTER] = "\033[1;34m",
    };

    return color ? sequences[style] : "";
}
