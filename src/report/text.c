/* Findings as compilers taught people to read them:
 *
 *     warning[rule]: message
 *       --> file:line:column
 *        |
 *      4 | UPDATE accounts SET balance = 90 WHERE id = 1;
 *        | ^^^^^^^^^^^^^^^ label
 *        = help: what to write instead
 *
 * Labelled places of one file are shown together in the order of their lines, each other file
 * under a heading of its own. */
#include "report/report.h"

#include <string.h>

#include <glib.h>

#include "lint/rule.h"
#include "report/terminal.h"

enum { WIDEST = 120, CONTEXT = 40 }; /* columns of source that are shown of a line */

struct place {
    struct script *script;
    struct span span;
    const char *label;
    bool primary;
    struct position position;
};

struct writer {
    FILE *out;
    bool color;
    int gutter; /* width of the line numbers */
};

static void put(const struct writer *writer, enum style style, const char *text)
{
    fprintf(writer->out, "%s%s%s", terminal_style(writer->color, style), text,
            terminal_style(writer->color, STYLE_NONE));
}

static void put_gutter(const struct writer *writer, const char *number, const char *bar)
{
    g_autofree char *text = g_strdup_printf("%*s %s", writer->gutter, number, bar);

    put(writer, STYLE_GUTTER, text);
}

static void put_harmless(const struct writer *writer, const char *text)
{
    GString *line = g_string_new(NULL);

    terminal_append(line, text, strlen(text));
    fputs(line->str, writer->out);
    g_string_free(line, TRUE);
}

static enum style style_of(enum severity severity)
{
    static const enum style styles[] = {STYLE_NOTE, STYLE_WARNING, STYLE_ERROR};

    return styles[severity];
}

static int digits(uint32_t number)
{
    int count = 1;

    while (number >= 10) {
        number /= 10;
        count++;
    }
    return count;
}

/* The part of a line that is shown: all of it, or what is around the span. */
static struct span visible(const struct script *script, struct span line, struct span span)
{
    struct span part = line;

    if (line.end - line.start <= WIDEST)
        return part;
    if (span.start - line.start > CONTEXT)
        part.start = span.start - CONTEXT;
    part.end = MIN(line.end, part.start + WIDEST);
    while (part.start > line.start && (script->bytes[part.start] & 0xc0) == 0x80)
        part.start--;
    while (part.end < line.end && (script->bytes[part.end] & 0xc0) == 0x80)
        part.end++;
    return part;
}

/* The columns that bytes of the line take. */
static size_t width(const struct script *script, uint32_t from, uint32_t to)
{
    GString *text = g_string_new(NULL);
    size_t columns = terminal_append(text, script->bytes + from, to - from);

    g_string_free(text, TRUE);
    return columns;
}

static void put_line(const struct writer *writer, const struct place *place, struct span line,
                     struct span part)
{
    GString *text = g_string_new(part.start > line.start ? "…" : "");
    g_autofree char *number = g_strdup_printf("%u", place->position.line);

    terminal_append(text, place->script->bytes + part.start, part.end - part.start);
    if (part.end < line.end)
        g_string_append(text, "…");
    put_gutter(writer, number, "| ");
    fprintf(writer->out, "%s\n", text->str);
    g_string_free(text, TRUE);
}

static void put_mark(const struct writer *writer, const struct place *place, struct span line,
                     struct span part)
{
    const struct script *script = place->script;
    uint32_t start = MIN(place->span.start, part.end); /* it may be the end of the line */
    uint32_t end = CLAMP(place->span.end, start, part.end);
    size_t length = MAX(width(script, start, end), 1);
    g_autofree char *mark = g_strnfill(length, place->primary ? '^' : '-');

    put_gutter(writer, "", "| ");
    fprintf(writer->out, "%*s", (int)((part.start > line.start) + width(script, part.start, start)),
            "");
    put(writer, place->primary ? STYLE_BOLD : STYLE_GUTTER, mark);
    if (place->label) {
        fputc(' ', writer->out);
        put_harmless(writer, place->label);
    }
    fputc('\n', writer->out);
}

/* Two places on one short line share it. */
static void put_source(const struct writer *writer, const struct place *place,
                       const struct place *previous)
{
    struct span line = script_line(place->script, place->position.line);
    struct span part = visible(place->script, line, place->span);
    bool shared = previous && previous->position.line == place->position.line &&
                  line.end - line.start <= WIDEST;

    if (!shared)
        put_line(writer, place, line, part);
    put_mark(writer, place, line, part);
}

static int compare_places(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->span.start != y->span.start)
        return x->span.start < y->span.start ? -1 : 1;
    return y->primary - x->primary;
}

static void add_place(GArray *places, const struct script *script, struct span span,
                      const char *label, bool primary)
{
    struct place place = {(struct script *)script, span, label, primary, {0}};

    place.position = script_position(place.script, span.start);
    g_array_append_val(places, place);
}

static void put_heading(const struct writer *writer, const char *arrow, const struct place *place)
{
    fprintf(writer->out, "%*s", writer->gutter, "");
    put(writer, STYLE_GUTTER, arrow);
    fputc(' ', writer->out);
    put_harmless(writer, place->script->path);
    fprintf(writer->out, ":%u:%u\n", place->position.line, place->position.column);
    put_gutter(writer, "", "|");
    fputc('\n', writer->out);
}

static void put_places(struct writer *writer, const struct finding *finding)
{
    GArray *own = g_array_new(FALSE, FALSE, sizeof(struct place));
    GArray *others = g_array_new(FALSE, FALSE, sizeof(struct place));
    const struct place *previous = NULL;

    add_place(own, finding->script, finding->span, finding->label, true);
    struct place primary = g_array_index(own, struct place, 0);
    for (const struct related *related = finding->related; related; related = related->next)
        add_place(related->script == finding->script ? own : others, related->script, related->span,
                  related->label, false);
    g_array_sort(own, compare_places);

    writer->gutter = digits(primary.position.line) + 1;
    for (guint i = 0; i < own->len; i++)
        writer->gutter =
            MAX(writer->gutter, digits(g_array_index(own, struct place, i).position.line) + 1);
    put_heading(writer, "-->", &primary);
    for (guint i = 0; i < own->len; i++) {
        const struct place *place = &g_array_index(own, struct place, i);
        if (previous && place->position.line > previous->position.line + 1) {
            put_gutter(writer, "", "·");
            fputc('\n', writer->out);
        }
        put_source(writer, place, previous);
        previous = place;
    }
    for (guint i = 0; i < others->len; i++) {
        const struct place *place = &g_array_index(others, struct place, i);
        put_heading(writer, ":::", place);
        put_source(writer, place, NULL);
    }
    g_array_unref(own);
    g_array_unref(others);
}

static void put_note(const struct writer *writer, const char *kind, const char *text)
{
    g_autofree char *head = g_strdup_printf("%s:", kind);

    put_gutter(writer, "", "= ");
    put(writer, STYLE_BOLD, head);
    fputc(' ', writer->out);
    put_harmless(writer, text);
    fputc('\n', writer->out);
}

/* A piece of text in one line, cut to what is needed to recognise it. */
static void append_quoted(GString *line, const char *text, size_t length)
{
    enum { MOST = 48 };
    g_autofree char *piece = g_strndup(text, length);
    bool cut = false;

    g_strstrip(piece);
    if (strcspn(piece, "\r\n") < strlen(piece)) {
        piece[strcspn(piece, "\r\n")] = '\0';
        cut = true;
    }
    for (char *at = piece + MIN(strlen(piece), MOST); *at && !cut; at++) {
        if ((*at & 0xc0) != 0x80) {
            *at = '\0';
            cut = true;
        }
    }
    g_string_append_printf(line, "\"%s%s\"", piece, cut ? "…" : "");
}

static void append_edit(GString *line, const struct script *script, const struct edit *edit)
{
    struct position at = script_position((struct script *)script, edit->span.start);
    size_t length = edit->span.end - edit->span.start;

    g_string_append(line, line->len ? ", " : "");
    if (length == 0) {
        g_string_append(line, "insert ");
        append_quoted(line, edit->replacement, strlen(edit->replacement));
    } else {
        g_string_append(line, *edit->replacement ? "replace " : "delete ");
        append_quoted(line, script->bytes + edit->span.start, length);
        if (*edit->replacement) {
            g_string_append(line, " by ");
            append_quoted(line, edit->replacement, strlen(edit->replacement));
        }
    }
    g_string_append_printf(line, " at %u:%u", at.line, at.column);
}

/* What --fix would do, and what it leaves to the reader. */
static void put_edits(const struct writer *writer, const struct finding *finding, bool safe)
{
    g_autoptr(GString) line = g_string_new(NULL);

    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        if (edit->safe == safe)
            append_edit(line, finding->script, edit);
    }
    if (line->len > 0)
        put_note(writer, safe ? "fix" : "suggestion", line->str);
}

/* One statement in one line, as wide as its column. */
static void put_cell(const struct writer *writer, const struct witness_step *step, size_t width)
{
    const char *bytes = step->script->bytes + step->span.start;
    size_t length = step->span.end - step->span.start;
    g_autofree char *raw = g_strndup(bytes, MIN(length, 4 * width));
    GString *text = g_string_new(NULL);

    for (char *c = raw; *c; c++) { /* line ends and runs of blanks become one blank */
        if (!g_ascii_isspace(*c))
            g_string_append_c(text, *c);
        else if (text->len > 0 && text->str[text->len - 1] != ' ')
            g_string_append_c(text, ' ');
    }
    GString *cell = g_string_new(NULL);
    for (size_t keep = text->len; terminal_append(cell, text->str, keep) > width && keep > 0;
         keep--)
        g_string_truncate(cell, 0);
    bool cut = cell->len < text->len || length > 4 * width;
    fprintf(writer->out, "%s%s", cell->str, cut ? "…" : "");
    g_string_free(text, TRUE);
    g_string_free(cell, TRUE);
}

/* The runs side by side, one statement a line. */
static void put_witness(const struct writer *writer, const struct witness *witness)
{
    enum { WIDTH = 38 };

    put_note(writer, "witness", witness->outcome);
    int blanks = writer->gutter + 5;
    for (unsigned run = 0; run < witness->runs; run++) {
        g_autofree char *name = g_strdup_printf("T%u %s", run + 1, witness->names[run]);
        GString *cell = g_string_new(NULL);
        int width = (int)terminal_append(cell, name, strlen(name));
        fprintf(writer->out, "%*s%s", blanks, "", cell->str);
        blanks = MAX(1, WIDTH + 1 - width);
        g_string_free(cell, TRUE);
    }
    fputc('\n', writer->out);
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        fprintf(writer->out, "%*s", writer->gutter + 5 + (int)step->run * (WIDTH + 1), "");
        put_cell(writer, step, WIDTH);
        if (step->note)
            fprintf(writer->out, "  -- %s", step->note);
        fputc('\n', writer->out);
    }
}

static void put_finding(struct writer *writer, const struct finding *finding)
{
    g_autofree char *head =
        g_strdup_printf("%s[%s]", severity_name(finding->severity), finding->rule->name);
    g_autofree char *allow = g_strdup_printf("-- isolint: allow %s", finding->rule->name);

    put(writer, style_of(finding->severity), head);
    fputs(": ", writer->out);
    put_harmless(writer, finding->message);
    fputc('\n', writer->out);
    put_places(writer, finding);
    for (const struct help *help = finding->help; help; help = help->next)
        put_note(writer, "help", help->text);
    put_edits(writer, finding, true);
    put_edits(writer, finding, false);
    if (finding->witness)
        put_witness(writer, finding->witness);
    put_note(writer, "allow", allow);
    fputc('\n', writer->out);
}

static void put_count(GString *text, size_t count, const char *one, const char *many)
{
    g_string_append_printf(text, "%zu %s", count, count == 1 ? one : many);
}

static void put_summary(const struct writer *writer, const struct report *report)
{
    size_t counts[3] = {0};
    GString *text = g_string_new(NULL);

    for (size_t i = 0; i < report->finding_count; i++)
        counts[report->findings[i]->severity]++;
    if (counts[SEVERITY_ERROR]) {
        put_count(text, counts[SEVERITY_ERROR], "error", "errors");
        g_string_append(text, ", ");
    }
    if (counts[SEVERITY_WARNING]) {
        put_count(text, counts[SEVERITY_WARNING], "warning", "warnings");
        g_string_append(text, ", ");
    }
    if (counts[SEVERITY_NOTE]) {
        put_count(text, counts[SEVERITY_NOTE], "note", "notes");
        g_string_append(text, ", ");
    }
    if (text->len == 0)
        g_string_append(text, "no findings");
    else
        g_string_truncate(text, text->len - 2);
    g_string_append(text, " in ");
    put_count(text, report->files, "file", "files");
    g_string_append(text, " (");
    put_count(text, report->statements, "statement", "statements");
    g_string_append(text, ", ");
    put_count(text, report->transactions, "transaction", "transactions");
    g_string_append_c(text, ')');
    if (report->allowed_count)
        g_string_append_printf(text, ", %zu allowed", report->allowed_count);
    if (report->known_count)
        g_string_append_printf(text, ", %zu known", report->known_count);
    fprintf(writer->out, "%s\n", text->str);
    g_string_free(text, TRUE);
}

void report_text(const struct report *report, FILE *out)
{
    struct writer writer = {.out = out, .color = report->color};

    for (size_t i = 0; i < report->finding_count; i++)
        put_finding(&writer, report->findings[i]);
    if (!report->quiet)
        put_summary(&writer, report);
}
