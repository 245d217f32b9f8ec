#include "report/writer.h"

#include <string.h>

#include <glib.h>

enum { NARROWEST = 40 };

struct writer writer_of(const struct report *report, FILE *out)
{
    int width = report->width ? MAX(report->width, NARROWEST) : TERMINAL_USUAL;

    return (struct writer){
        .out = out, .color = report->color, .links = report->links, .width = width};
}

void writer_put(const struct writer *writer, enum style style, const char *text)
{
    fputs(terminal_style(writer->color, style), writer->out);
    fputs(text, writer->out);
    fputs(terminal_style(writer->color, STYLE_NONE), writer->out);
}

void writer_put_harmless(const struct writer *writer, const char *text)
{
    g_autoptr(GString) line = g_string_new(NULL);

    terminal_append(line, text, strlen(text));
    fputs(line->str, writer->out);
}

void writer_put_path(const struct writer *writer, const char *path)
{
    g_autoptr(GString) line = g_string_new(NULL);

    terminal_append_path(line, path);
    fputs(line->str, writer->out);
}

/* The bytes up to the next blank that is not within backquotes. */
static size_t word_length(const char *text)
{
    bool quoted = false;
    size_t length = 0;

    while (text[length] && (text[length] != ' ' || quoted))
        quoted ^= text[length++] == '`';
    return quoted ? strcspn(text, " ") : length; /* a backquote that stands alone */
}

void writer_put_folded(const struct writer *writer, const char *text, int column, int indent)
{
    g_autoptr(GString) folded = g_string_new(NULL);
    bool first = true;

    while (*text) {
        size_t length = word_length(text);
        int width = (int)terminal_columns(text, length);
        bool command = terminal_is_command(text, length); /* begins no line */
        if (!first && column + 1 + width > writer->width && !command) {
            g_string_append_printf(folded, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            g_string_append_c(folded, ' ');
            column++;
        }
        terminal_append(folded, text, length);
        column += width;
        first = false;
        text += length + (text[length] == ' ');
    }
    fputs(folded->str, writer->out);
}

void writer_put_gutter(const struct writer *writer, const char *number, const char *bar)
{
    fputs(terminal_style(writer->color, STYLE_GUTTER), writer->out);
    for (int blanks = writer->gutter - (int)strlen(number); blanks > 0; blanks--)
        fputc(' ', writer->out);
    fputs(number, writer->out);
    fputc(' ', writer->out);
    fputs(bar, writer->out);
    fputs(terminal_style(writer->color, STYLE_NONE), writer->out);
}

void writer_put_note(const struct writer *writer, const char *kind, const char *text)
{
    g_autofree char *head = g_strdup_printf("%s:", kind);
    int column = writer->gutter + 4 + (int)strlen(head);

    writer_put_gutter(writer, "", "= ");
    writer_put(writer, STYLE_BOLD, head);
    fputc(' ', writer->out);
    writer_put_folded(writer, text, column, column);
    fputc('\n', writer->out);
}
