/* The programs that can meet in a dangerous structure, as a picture where Graphviz is installed, and always
 * as a list: that is what a screen reader reads, and what is left where `dot` is missing.
 *
 * `dot` is given no text of the inputs. Its labels are as wide as the real ones and made of x's and a
 * number; it answers with coordinates (-Tplain), and the picture is drawn here. */
#include <stdlib.h>
#include <string.h>

#include <glib.h>

#include "report/graph-view.h"
#include "report/graphviz.h"
#include "report/html.h"
#include "report/terminal.h"

enum {
    MOST_PROGRAMS = 40, /* beyond that a picture is a tangle, and dot may take minutes */
    MOST_EDGES = 160,
    MOST_SECONDS = 10, /* for a picture of that size: it takes less than one */
    WIDEST_LABEL = 40, /* columns */
    POINTS = 72,       /* an inch */
    LINE = 15,         /* from one line of a label to the next, in points */
};

struct box {
    char *name;
    const char *level;
    bool pivot;
};

struct arrow {
    guint from, to; /* numbers of boxes, from 1 */
    enum graph_line line;
    char *label;
};

struct drawing {
    GArray *boxes;  /* struct box */
    GArray *arrows; /* struct arrow */
};

/* ------------------------------------------------------------------ what is drawn */

static void box_clear(gpointer data)
{
    g_free(((struct box *)data)->name);
}

static void arrow_clear(gpointer data)
{
    g_free(((struct arrow *)data)->label);
}

/* Cut to WIDEST_LABEL. Owned by the caller. */
static char *cut(const char *text)
{
    size_t length = strlen(text);

    if (terminal_columns(text, length) <= WIDEST_LABEL)
        return g_strdup(text);
    g_autofree char *most = g_strndup(text, terminal_fit(text, length, WIDEST_LABEL - 1));
    return g_strconcat(most, "…", NULL);
}

static void add_box(struct graph_view *view, const struct transaction *program)
{
    struct drawing *drawing = view->context;
    g_autofree char *name = graph_name(view, program);
    struct box box = {cut(name), graph_level(program), graph_structure_of(view, program) != NULL};

    g_array_append_val(drawing->boxes, box);
}

static void add_arrow(struct graph_view *view, const struct graph_edge *edge)
{
    struct drawing *drawing = view->context;
    struct arrow arrow = {graph_number(view, edge->from), graph_number(view, edge->to), edge->line,
                          cut(edge->label)};

    g_array_append_val(drawing->arrows, arrow);
}

/* ------------------------------------------------------------------ Graphviz */

/* A letter, a number, and x's up to the width of the label: a word that dot does not quote. */
static void append_label(GString *dot, guint number, const char *label)
{
    g_autofree char *digits = g_strdup_printf("x%u", number);
    size_t columns = terminal_columns(label, strlen(label));

    g_string_append(dot, digits);
    for (size_t i = strlen(digits); i < columns; i++)
        g_string_append_c(dot, 'x');
}

static char *dot_of(const struct drawing *drawing)
{
    GString *dot = g_string_new("digraph { rankdir=LR; ranksep=0.7;\n"
                                "node [shape=box, fontname=Courier, fontsize=12];\n"
                                "edge [fontname=Courier, fontsize=12];\n");

    for (guint i = 0; i < drawing->boxes->len; i++) {
        const struct box *box = &g_array_index(drawing->boxes, struct box, i);
        g_string_append_printf(dot, "p%u [label=\"", i + 1);
        append_label(dot, i, box->name);
        g_string_append(dot, "\\n");
        append_label(dot, i, box->level);
        g_string_append(dot, "\"];\n");
    }
    for (guint i = 0; i < drawing->arrows->len; i++) {
        const struct arrow *arrow = &g_array_index(drawing->arrows, struct arrow, i);
        g_string_append_printf(dot, "p%u -> p%u [label=\"", arrow->from, arrow->to);
        append_label(dot, i, arrow->label);
        g_string_append(dot, "\"];\n");
    }
    g_string_append(dot, "}\n");
    return g_string_free(dot, FALSE);
}

/* ------------------------------------------------------------------ the picture */

/* Points, with one decimal and a point in every locale. */
static void put_number(FILE *out, double number)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    fputs(g_ascii_formatd(text, sizeof text, "%.1f", number * POINTS), out);
}

static void put_attribute(FILE *out, const char *name, double number)
{
    fprintf(out, " %s=\"", name);
    put_number(out, number);
    fputc('"', out);
}

static void put_text(FILE *out, double x, double y, int below, const char *text)
{
    fputs("<text text-anchor=\"middle\"", out);
    put_attribute(out, "x", x);
    put_attribute(out, "y", y + (double)below / POINTS);
    fputc('>', out);
    html_text(out, text);
    fputs("</text>\n", out);
}

/* node NAME X Y WIDTH HEIGHT … */
static void put_box(FILE *out, const struct drawing *drawing, char **words, double height)
{
    guint number = (guint)atoi(words[1] + 1);

    if (number < 1 || number > drawing->boxes->len)
        return;
    const struct box *box = &g_array_index(drawing->boxes, struct box, number - 1);
    double x = g_ascii_strtod(words[2], NULL), y = height - g_ascii_strtod(words[3], NULL);
    double wide = g_ascii_strtod(words[4], NULL), high = g_ascii_strtod(words[5], NULL);
    fprintf(out, "<rect class=\"%s\" rx=\"4\"", box->pivot ? "pivot" : "box");
    put_attribute(out, "x", x - wide / 2);
    put_attribute(out, "y", y - high / 2);
    put_attribute(out, "width", wide);
    put_attribute(out, "height", high);
    fputs("/>\n", out);
    put_text(out, x, y, -3, box->name);
    put_text(out, x, y, LINE - 3, box->level);
}

/* edge TAIL HEAD COUNT X1 Y1 … XN YN LABEL X Y … */
static void put_arrow(FILE *out, const struct drawing *drawing, char **words, double height)
{
    static const char *const classes[] = {
        [LINE_PLAIN] = "plain", [LINE_RW] = "rw", [LINE_VULNERABLE] = "vulnerable"};
    guint count = (guint)atoi(words[3]), all = g_strv_length(words);

    if (count < 4 || all < 4 + 2 * count + 3)
        return;
    guint number = (guint)atoi(words[4 + 2 * count] + 1);
    if (number >= drawing->arrows->len)
        return;
    const struct arrow *arrow = &g_array_index(drawing->arrows, struct arrow, number);
    fprintf(out, "<path class=\"%s\" marker-end=\"url(#head)\" d=\"", classes[arrow->line]);
    for (guint i = 0; i < count; i++) {
        fputs(i == 0 ? "M" : i == 1 ? " C" : " ", out);
        put_number(out, g_ascii_strtod(words[4 + 2 * i], NULL));
        fputc(' ', out);
        put_number(out, height - g_ascii_strtod(words[5 + 2 * i], NULL));
    }
    fputs("\"/>\n", out);
    put_text(out, g_ascii_strtod(words[5 + 2 * count], NULL),
             height - g_ascii_strtod(words[6 + 2 * count], NULL), 4, arrow->label);
}

/* graph SCALE WIDTH HEIGHT */
static double put_frame(FILE *out, char **words)
{
    const double margin = 0.1;
    double wide = g_ascii_strtod(words[2], NULL), high = g_ascii_strtod(words[3], NULL);

    fputs("<div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Picture\">\n"
          "<svg role=\"img\" aria-labelledby=\"graph-title\"",
          out);
    put_attribute(out, "width", wide + 2 * margin);
    put_attribute(out, "height", high + 2 * margin);
    fputs(" viewBox=\"", out);
    const double box[] = {-margin, -margin, wide + 2 * margin, high + 2 * margin};
    for (size_t i = 0; i < G_N_ELEMENTS(box); i++) {
        fputs(i ? " " : "", out);
        put_number(out, box[i]);
    }
    fputs(
        "\">\n<title id=\"graph-title\">The transactions below, and which depends on which</title>\n"
        "<defs><marker id=\"head\" viewBox=\"0 0 10 10\" refX=\"0\" refY=\"5\" markerWidth=\"10\" "
        "markerHeight=\"10\" markerUnits=\"userSpaceOnUse\" orient=\"auto\">"
        "<path d=\"M0 1 L10 5 L0 9 z\"/></marker></defs>\n",
        out);
    return high;
}

static void put_picture(FILE *out, const struct drawing *drawing)
{
    if (drawing->boxes->len > MOST_PROGRAMS || drawing->arrows->len > MOST_EDGES)
        return;
    bool late;
    g_autofree char *dot = dot_of(drawing),
                    *plain = graphviz_plain(dot, 1000 * MOST_SECONDS, &late);
    if (late)
        fprintf(out, "<p>There is no picture: Graphviz&#39; dot took longer than %d seconds.</p>\n",
                MOST_SECONDS);
    if (!plain || !g_str_has_prefix(plain, "graph "))
        return;
    g_auto(GStrv) lines = g_strsplit(plain, "\n", -1);
    double height = 0;
    for (char **line = lines; *line; line++) {
        g_auto(GStrv) words = g_strsplit(*line, " ", -1);
        guint count = g_strv_length(words);
        if (line == lines && count >= 4)
            height = put_frame(out, words);
        else if (count >= 6 && strcmp(words[0], "node") == 0)
            put_box(out, drawing, words, height);
        else if (count >= 4 && strcmp(words[0], "edge") == 0)
            put_arrow(out, drawing, words, height);
    }
    fputs(
        "</svg>\n</div>\n<p>Red box: a pivot. Thick arrow: a read that the other transaction "
        "overwrites while both run. Dashed: the same, but the two cannot both commit. On an "
        "arrow from A to B, rw: A reads what B overwrites; wr: B reads what A wrote; ww: both write "
        "the same rows.</p>\n",
        out);
}

/* ------------------------------------------------------------------ the list */

static void put_list(FILE *out, const struct drawing *drawing, const struct graph_view *view)
{
    fputs("<ul>\n", out);
    for (const struct structure *each = view->graph->structures; each; each = each->next) {
        const struct transaction *programs[] = {each->in, each->pivot, each->out};
        fputs("<li>", out);
        for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
            guint number = graph_number(view, programs[i]);
            if (number == 0)
                continue;
            fputs(i == 0 ? "" : " → ", out);
            fputs(i == 1 ? "<strong>" : "", out);
            html_text(out, g_array_index(drawing->boxes, struct box, number - 1).name);
            fputs(i == 1 ? "</strong>" : "", out);
        }
        fprintf(out, ": %s</li>\n", graph_outcome(each));
    }
    fputs("</ul>\n", out);
}

void html_graph(const struct html *html)
{
    const struct graph *graph = html->report->graph;

    if (!graph || !graph->structures)
        return;
    struct drawing drawing = {g_array_new(FALSE, FALSE, sizeof(struct box)),
                              g_array_new(FALSE, FALSE, sizeof(struct arrow))};
    struct graph_view view;
    g_array_set_clear_func(drawing.boxes, box_clear);
    g_array_set_clear_func(drawing.arrows, arrow_clear);
    graph_view_init(&view, graph, html->out);
    view.context = &drawing;
    graph_each_program(&view, add_box);
    graph_each_edge(&view, add_arrow);
    fputs(
        "<section id=\"graph\">\n<h2>Transactions that conflict</h2>\n"
        "<p>In each chain the pivot (bold) reads what the last transaction overwrites, and conflicts with "
        "the first one, while they run at the same time.</p>\n",
        html->out);
    put_picture(html->out, &drawing);
    put_list(html->out, &drawing, &view);
    fputs("</section>\n", html->out);
    graph_view_finish(&view);
    g_array_unref(drawing.boxes);
    g_array_unref(drawing.arrows);
}
