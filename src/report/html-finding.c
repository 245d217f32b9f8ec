/* A finding: its source with what is marked in it, advice, and the interleaving that shows it. */
#include <string.h>

#include <glib.h>

#include "lint/edit-line.h"
#include "lint/rule.h"
#include "report/html.h"
#include "report/places.h"
#include "report/terminal.h"

enum {
    MOST_LINES = 6,     /* of one place */
    LONGEST_LINE = 400, /* bytes of one line: dumps have lines of a megabyte */
    BEFORE = 120,       /* bytes before a mark in a line that is cut */
};

/* ------------------------------------------------------------------ source */

/* The places of one file. */
struct file {
    const struct place *places;
    guint count;
};

static uint32_t last_line(const struct place *place)
{
    uint32_t end = MAX(place->span.end, place->span.start + 1) - 1;
    struct position last = script_position((struct script *)place->script, end);

    return MIN(last.line, place->position.line + MOST_LINES - 1);
}

/* Whether the place has a part of this line. */
static bool covers(const struct place *place, uint32_t line)
{
    return place->position.line <= line && line <= last_line(place);
}

/* The next line that a place of the file covers, from `line` on; 0 when there is none. */
static uint32_t next_line(const struct file *file, uint32_t line)
{
    uint32_t next = 0;

    for (guint i = 0; i < file->count; i++) {
        uint32_t first = MAX(file->places[i].position.line, line);
        if (covers(&file->places[i], first) && (next == 0 || first < next))
            next = first;
    }
    return next;
}

static uint32_t whole_character(const struct script *script, uint32_t offset, uint32_t end)
{
    while (offset < end && (script->bytes[offset] & 0xc0) == 0x80)
        offset++;
    return offset;
}

/* The part of a line that is shown: all of it, or what is around the first mark. */
static struct span shown_part(const struct file *file, uint32_t number, struct span line)
{
    const struct script *script = file->places->script;
    uint32_t mark = line.end;

    if (line.end - line.start <= LONGEST_LINE)
        return line;
    for (guint i = 0; i < file->count; i++) {
        if (covers(&file->places[i], number))
            mark = MIN(mark, MAX(file->places[i].span.start, line.start));
    }
    struct span part = {mark > line.start + BEFORE ? mark - BEFORE : line.start, line.end};
    part.start = whole_character(script, part.start, line.end);
    if (part.end - part.start > LONGEST_LINE)
        part.end = whole_character(script, part.start + LONGEST_LINE, line.end);
    return part;
}

static void put_source(FILE *out, const struct file *file, uint32_t number, struct span part)
{
    const char *bytes = file->places->script->bytes;
    uint32_t at = part.start;

    for (guint i = 0; i < file->count; i++) {
        const struct place *place = &file->places[i];
        if (!covers(place, number))
            continue;
        uint32_t start = MAX(place->span.start, at), end = MIN(place->span.end, part.end);
        if (start >= end) /* within what is marked already, or cut off */
            continue;
        html_bytes(out, bytes + at, start - at);
        fputs(place->primary ? "<mark>" : "<mark class=\"other\">", out);
        html_bytes(out, bytes + start, end - start);
        fputs("</mark>", out);
        at = end;
    }
    html_bytes(out, bytes + at, part.end - at);
}

static void put_line(FILE *out, const struct file *file, uint32_t number)
{
    struct script *script = (struct script *)file->places->script;
    struct span line = script_line(script, number);
    struct position at = {.line = number};

    if (line.start == 0 && line.end >= 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0)
        line.start = 3;
    if (script->included) /* a line of another file */
        script_place(script, line.start, &at);
    struct span part = shown_part(file, number, line);
    fprintf(out, "<span class=\"no\">%u</span> %s", at.line, part.start > line.start ? "…" : "");
    put_source(out, file, number, part);
    fputs(part.end < line.end ? "…\n" : "\n", out);
    for (guint i = 0; i < file->count; i++) {
        const struct place *place = &file->places[i];
        if (!place->label || last_line(place) != number)
            continue;
        fprintf(out, "<span class=\"%s\">", place->primary ? "label" : "label other");
        html_prose(out, place->label);
        fputs("</span>\n", out);
    }
}

static void put_file(FILE *out, const struct file *file)
{
    uint32_t before = 0;

    const struct place *named = file->places;
    for (guint i = 0; i < file->count; i++)
        named = file->places[i].primary ? &file->places[i] : named;
    fputs("<figure>\n<figcaption>", out);
    html_place(out, named->script, named->span.start);
    fputs("</figcaption>\n<pre tabindex=\"0\">", out);
    for (uint32_t line = 1; (line = next_line(file, line)) != 0; line++) {
        if (before > 0 && line > before + 1)
            fputs("<span class=\"no\">·</span>\n", out);
        put_line(out, file, line);
        before = line;
    }
    fputs("</pre>\n</figure>\n", out);
}

static void put_snippet(FILE *out, const struct finding *finding)
{
    g_autoptr(GArray) places = places_of(finding);
    const struct place *all = (const struct place *)(void *)places->data;

    for (guint first = 0, next; first < places->len; first = next) {
        for (next = first + 1; next < places->len && places_share_file(&all[next], &all[first]);)
            next++;
        put_file(out, &(struct file){all + first, next - first});
    }
}

/* ------------------------------------------------------------------ the witness */

static void put_step(FILE *out, const struct witness *witness, const struct witness_step *step)
{
    fputs("<tr>", out);
    for (unsigned run = 0; run < witness->runs; run++) {
        if (run != step->run) {
            fputs("<td></td>", out);
            continue;
        }
        fputs("<td><code>", out);
        html_statement(out, step->script->bytes + step->span.start,
                       step->span.end - step->span.start);
        fputs("</code>", out);
        if (step->note) {
            fputs("<br/>", out);
            html_prose(out, step->note);
        }
        fputs("</td>", out);
    }
    fputs("</tr>\n", out);
}

static void put_witness(FILE *out, const struct witness *witness)
{
    fputs("<details>\n<summary>Witness: ", out);
    html_prose(out, witness->outcome);
    fputs("</summary>\n", out);
    if (witness->start) {
        fputs("<p>Start: ", out);
        html_prose(out, witness->start);
        fputs("</p>\n", out);
    }
    fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Witness\">\n"
          "<table class=\"witness\">\n<thead><tr>",
          out);
    for (unsigned run = 0; run < witness->runs; run++) {
        fprintf(out, "<th scope=\"col\">run %u: ", run + 1);
        html_text(out, witness->names[run]);
        fputs("</th>", out);
    }
    fputs("</tr></thead>\n<tbody>\n", out);
    for (const struct witness_step *step = witness->steps; step; step = step->next)
        put_step(out, witness, step);
    fputs("</tbody>\n</table>\n</div>\n</details>\n", out);
}

/* ------------------------------------------------------------------ all of it */

static void put_fact(FILE *out, const char *name, const char *text)
{
    fprintf(out, "<div><dt>%s</dt><dd>", name);
    html_prose(out, text);
    fputs("</dd></div>\n", out);
}

static void put_facts(FILE *out, const struct finding *finding)
{
    g_autofree char *fix = edits_line(finding, true), *suggestion = edits_line(finding, false);

    fputs("<dl>\n", out);
    if (finding->observed)
        put_fact(out, "observed", finding->observed->sentence);
    for (const struct help *help = finding->help; help; help = help->next)
        put_fact(out, "help", help->text);
    if (fix)
        put_fact(out, "fix", fix);
    if (suggestion)
        put_fact(out, "suggestion", suggestion);
    fprintf(out, "<div><dt>allow</dt><dd><code>-- isolint: allow %s</code></dd></div>\n</dl>\n",
            finding->rule->name);
}

void html_finding(const struct html *html, const struct finding *finding)
{
    FILE *out = html->out;

    fputs("<article ", out);
    html_anchor(out, "id", finding);
    fprintf(out, " class=\"%s\">\n<h3><span class=\"severity\">%s</span> ",
            severity_name(finding->severity), severity_name(finding->severity));
    html_prose(out, finding->message);
    fputs("</h3>\n<p class=\"rule\">Rule ", out);
    html_rule(out, finding->rule);
    fputs("</p>\n", out);
    put_snippet(out, finding);
    put_facts(out, finding);
    if (finding->witness)
        put_witness(out, finding->witness);
    fputs("</article>\n", out);
}
