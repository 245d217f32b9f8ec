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
    fprintf(writer->out, "%s%s%s", terminal_style(writer->color, style), text,
            terminal_style(writer->color, STYLE_NONE));
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
    bool first = true;

    while (*text) {
        size_t length = word_length(text);
        g_autofree char *word = g_strndup(text, length);
        int width = (int)terminal_columns(word, length);
        bool command = terminal_is_command(word, length); /* begins no line */
        if (!first && column + 1 + width > writer->width && !command) {
            fprintf(writer->out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', writer->out);
            column++;
        }
        writer_put_harmless(writer, word);
        column += width;
        first = false;
        text += length + (text[length] == ' ');
    }
}

void writer_put_gutter(const struct writer *writer, const char *number, const char *bar)
{
    g_autofree char *text = g_strdup_printf("%*s %s", writer->gutter, number, bar);

    writer_put(writer, STYLE_GUTTER, text);
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
