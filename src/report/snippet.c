/* The places that a finding speaks of, in their source:
 *
 *       --> file:line:column
 *        |
 *      4 | UPDATE accounts SET balance = 90 WHERE id = 1;
 *        | ^^^^^^^^^^^^^^^ label
 *
 * Places of one file are shown together, in the order of their lines, each other file under a
 * heading of its own. A line that is too wide is cut around the span, and a label that does not fit
 * beside what it labels stands below it. */
#include <string.h>

#include <glib.h>

#include "report/places.h"
#include "report/writer.h"

/* ------------------------------------------------------------------ what is shown of a line */

static size_t columns(const struct script *script, uint32_t from, uint32_t to)
{
    return terminal_columns(script->bytes + from, to - from);
}

static uint32_t fit(const struct script *script, struct span part, size_t room)
{
    return part.start +
           (uint32_t)terminal_fit(script->bytes + part.start, part.end - part.start, room);
}

/* The part of a line that is shown in so many columns: all of it, or what is around the span. */
static struct span visible(const struct script *script, struct span line, struct span span,
                           size_t room)
{
    struct span part = line;

    span.start = MIN(span.start, line.end); /* it may begin at the line feed after a CR */
    uint32_t end = CLAMP(span.end, span.start, line.end);

    if (fit(script, line, room) == line.end)
        return line;
    part.end = fit(script, line, room - 1);
    if (part.end >= end)
        return part;
    room -= 2;                                /* an ellipsis on both sides */
    if (span.start - line.start > 4 * room) { /* lines of a dump may have a million bytes */
        part.start = span.start - 4 * (uint32_t)room;
        while ((script->bytes[part.start] & 0xc0) == 0x80)
            part.start++;
    }
    size_t before = columns(script, part.start, span.start);
    size_t marked = columns(script, span.start, fit(script, (struct span){span.start, end}, room));
    if (before + marked > room) {
        size_t keep = MIN(room - marked, room / 3);
        part.start = fit(script, (struct span){part.start, span.start}, before - MIN(keep, before));
    }
    part.end = fit(script, (struct span){part.start, line.end}, room);
    return part;
}

/* ------------------------------------------------------------------ writing */

static size_t room_of(const struct writer *writer)
{
    return (size_t)(writer->width - writer->gutter - 3);
}

static void put_heading(const struct writer *writer, const char *arrow, const struct place *place)
{
    struct position at;
    const char *path = script_place((struct script *)place->script, place->span.start, &at);

    fprintf(writer->out, "%*s", writer->gutter, "");
    writer_put(writer, STYLE_GUTTER, arrow);
    fputc(' ', writer->out);
    writer_put_harmless(writer, path);
    fprintf(writer->out, ":%u:%u\n", at.line, at.column);
    writer_put_gutter(writer, "", "|");
    fputc('\n', writer->out);
}

/* Where the reader finds it: of an included file in that file, of a program of a log in the log. */
static uint32_t shown_line(const struct place *place)
{
    struct position at;

    script_place((struct script *)place->script, place->span.start, &at);
    return at.line;
}

static void put_line(const struct writer *writer, const struct place *place, struct span line,
                     struct span part)
{
    g_autoptr(GString) text = g_string_new(part.start > line.start ? "…" : "");
    g_autofree char *number = g_strdup_printf("%u", shown_line(place));

    terminal_append(text, place->script->bytes + part.start, part.end - part.start);
    if (part.end < line.end)
        g_string_append(text, "…");
    writer_put_gutter(writer, number, "| ");
    fprintf(writer->out, "%s\n", text->str);
}

/* Below what it labels; further to the left, and on several lines, when it is long. */
static void put_label_below(const struct writer *writer, const char *label, size_t indent)
{
    enum { ENOUGH = 48 };
    size_t room = room_of(writer), width = terminal_columns(label, strlen(label));
    GString *line = g_string_new(NULL);
    g_auto(GStrv) words = g_strsplit(label, " ", -1);

    if (indent + width > room)
        indent = MIN(indent, room - MIN(room, MAX(ENOUGH, width)));
    for (char **word = words; *word; word++) {
        bool full = line->len > 0 && indent + terminal_columns(line->str, line->len) + 1 +
                                             terminal_columns(*word, strlen(*word)) >
                                         room;
        if (full) {
            writer_put_gutter(writer, "", "| ");
            fprintf(writer->out, "%*s", (int)indent, "");
            writer_put_harmless(writer, line->str);
            fputc('\n', writer->out);
            g_string_truncate(line, 0);
        }
        g_string_append_printf(line, "%s%s", line->len > 0 ? " " : "", *word);
    }
    writer_put_gutter(writer, "", "| ");
    fprintf(writer->out, "%*s", (int)indent, "");
    writer_put_harmless(writer, line->str);
    fputc('\n', writer->out);
    g_string_free(line, TRUE);
}

/* `again`: the same span has been underlined just now. */
static void put_mark(const struct writer *writer, const struct place *place, struct span line,
                     struct span part, bool again)
{
    const struct script *script = place->script;
    uint32_t start = MIN(place->span.start, part.end); /* it may be the end of the line */
    uint32_t end = CLAMP(place->span.end, start, part.end);
    size_t indent = (part.start > line.start) + columns(script, part.start, start);
    size_t length = MAX(columns(script, start, end), 1);
    const char *label = place->label;
    bool beside =
        label && indent + length + 1 + terminal_columns(label, strlen(label)) <= room_of(writer);

    if (!again) {
        g_autofree char *mark = g_strnfill(length, place->primary ? '^' : '-');
        writer_put_gutter(writer, "", "| ");
        fprintf(writer->out, "%*s", (int)indent, "");
        writer_put(writer, place->primary ? STYLE_BOLD : STYLE_GUTTER, mark);
        if (beside) {
            fputc(' ', writer->out);
            writer_put_harmless(writer, label);
        }
        fputc('\n', writer->out);
    }
    if (label && (again || !beside))
        put_label_below(writer, label, indent);
}

/* The places of one file from `first` on. Returns the first place of another file. */
static guint put_file(const struct writer *writer, const GArray *places, guint first)
{
    const struct place *previous = NULL;
    struct span part = {0};
    guint i = first;

    for (; i < places->len; i++) {
        const struct place *place = &g_array_index(places, struct place, i);
        if (previous && !places_share_file(previous, place))
            break;
        struct span line = place_line(place);
        bool same_line = previous && place->position.line == previous->position.line;
        bool again = same_line && place->span.start == previous->span.start &&
                     place->span.end == previous->span.end;
        if (previous && place->position.line > previous->position.line + 1) {
            writer_put_gutter(writer, "", "·");
            fputc('\n', writer->out);
        }
        if (!same_line || place->span.start >= part.end) {
            part = visible(place->script, line, place->span, room_of(writer));
            put_line(writer, place, line, part);
        }
        put_mark(writer, place, line, part, again);
        previous = place;
    }
    return i;
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

void snippet_put(struct writer *writer, const struct finding *finding)
{
    g_autoptr(GArray) ordered = places_of(finding);
    const struct place *primary = places_primary(ordered);

    writer->gutter = 0;
    for (guint i = 0; i < ordered->len; i++)
        writer->gutter =
            MAX(writer->gutter, digits(shown_line(&g_array_index(ordered, struct place, i))) + 1);
    put_heading(writer, "-->", primary);
    for (guint i = put_file(writer, ordered, 0); i < ordered->len;) {
        put_heading(writer, ":::", &g_array_index(ordered, struct place, i));
        i = put_file(writer, ordered, i);
    }
}
