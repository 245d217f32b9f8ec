/* Two runs side by side, a statement a line:
 *
 *        run 1: WriteCheck                 run 2: Balance
 *        BEGIN
 *        SELECT bal FROM saving …
 *                                          UPDATE saving SET bal …
 *
 * Where the columns would be too narrow, each line names its run instead. */
#include <string.h>

#include <glib.h>

#include "report/writer.h"

enum { NARROWEST = 32, WIDEST = 60, GAP = 2 }; /* columns of a column */

/* A statement in one line: line ends and runs of blanks become one blank. */
static void put_statement(const struct writer *writer, const struct witness_step *step, int width)
{
    const char *bytes = step->script->bytes + step->span.start;
    size_t length = step->span.end - step->span.start;
    size_t most = MIN(length, 4 * (size_t)width);
    g_autoptr(GString) text = g_string_new(NULL), cell = g_string_new(NULL);

    for (const char *c = bytes; c < bytes + most; c++) {
        if (!g_ascii_isspace(*c))
            g_string_append_c(text, *c);
        else if (text->len > 0 && text->str[text->len - 1] != ' ')
            g_string_append_c(text, ' ');
    }
    bool cut = most < length || terminal_columns(text->str, text->len) > (size_t)width;
    size_t fits = terminal_fit(text->str, text->len, (size_t)width - cut);
    terminal_append(cell, text->str, fits);
    fprintf(writer->out, "%s%s\n", cell->str, cut ? "…" : "");
}

static void put_step_note(const struct writer *writer, const struct witness_step *step, int column)
{
    fprintf(writer->out, "%*s-- ", column, "");
    writer_put_folded(writer, step->note, column + 3, column + 3);
    fputc('\n', writer->out);
}

static void put_columns(const struct writer *writer, const struct witness *witness, int left,
                        int width)
{
    int blanks = left;

    for (unsigned run = 0; run < witness->runs; run++) {
        g_autofree char *name = g_strdup_printf("run %u: %s", run + 1, witness->names[run]);
        g_autoptr(GString) cell = g_string_new(NULL);
        size_t fits = terminal_fit(name, strlen(name), (size_t)width);
        int columns = (int)terminal_append(cell, name, fits);
        fprintf(writer->out, "%*s%s", blanks, "", cell->str);
        blanks = width + GAP - columns;
    }
    fputc('\n', writer->out);
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        int column = left + (int)step->run * (width + GAP);
        fprintf(writer->out, "%*s", column, "");
        put_statement(writer, step, width);
        if (step->note)
            put_step_note(writer, step, column);
    }
}

static void put_rows(const struct writer *writer, const struct witness *witness, int left)
{
    int column = left + (int)strlen("run 1: ");

    for (unsigned run = 0; run < witness->runs; run++) {
        fprintf(writer->out, "%*srun %u is ", left, "", run + 1);
        writer_put_harmless(writer, witness->names[run]);
        fputc('\n', writer->out);
    }
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        fprintf(writer->out, "%*srun %u: ", left, "", step->run + 1);
        put_statement(writer, step, writer->width - column);
        if (step->note)
            put_step_note(writer, step, column);
    }
}

void witness_put(const struct writer *writer, const struct witness *witness)
{
    int left = writer->gutter + 3;
    int runs = (int)witness->runs;
    int width = (writer->width - left - (runs - 1) * GAP) / runs;

    writer_put_note(writer, "witness", witness->outcome);
    if (witness->start)
        writer_put_note(writer, "start", witness->start);
    if (width >= NARROWEST)
        put_columns(writer, witness, left, MIN(width, WIDEST));
    else
        put_rows(writer, witness, left);
}
