/* The dependency graph: as text, for Graphviz, and for Mermaid, which many Markdown viewers draw.
 */
#include "report/graph.h"

#include <string.h>

#include "report/terminal.h"

struct view {
    const struct graph *graph;
    FILE *out;
    struct arena arena;
    GHashTable *numbers;           /* transaction → its place among those shown, from 1 */
    GHashTable *pivots;            /* transaction → the structure it is the pivot of */
    GHashTable *pairs;             /* struct pair: programs of one structure; NULL: draw all */
    const struct dependency *next; /* the first of a program that is not written yet */
};

/* What can be said of the dependencies from one program to another with one line. */
enum line {
    LINE_PLAIN,      /* ww and wr: only one order of the two is possible */
    LINE_RW,         /* rw, but the two cannot both commit while they overlap */
    LINE_VULNERABLE, /* rw, and they can */
};

struct edge {
    const struct transaction *from, *to;
    enum line line;
    const char *label; /* "ww saving, wr checking" */
};

/* Harmless in every one of the formats: no quotes, no control characters. */
static char *label_of(const char *text)
{
    GString *label = g_string_new(NULL);

    terminal_append(label, text, strlen(text));
    g_strdelimit(label->str, "\"\\<>&|[]{}#;`", ' ');
    if (terminal_is_command(label->str, label->len)) /* it may begin a line */
        *strchr(label->str, ':') = ' ';
    return g_string_free(label, FALSE);
}

static const struct structure *structure_of(const struct view *view,
                                            const struct transaction *program)
{
    return g_hash_table_lookup(view->pivots, program);
}

static guint number_of(const struct view *view, const struct transaction *program)
{
    return GPOINTER_TO_UINT(g_hash_table_lookup(view->numbers, program));
}

static char *name_of(struct view *view, const struct transaction *program)
{
    return label_of(transaction_name(program, &view->arena));
}

static const char *level_of(const struct transaction *program)
{
    return isolation_level_name(transaction_level(program));
}

/* ------------------------------------------------------------------ what is drawn */

/* Of a large project all dependencies are a tangle; what can go wrong are those between the
 * programs of one structure. */
struct pair {
    const struct transaction *from, *to;
};

static guint pair_hash(gconstpointer data)
{
    const struct pair *pair = data;

    return g_direct_hash(pair->from) * 31 + g_direct_hash(pair->to);
}

static gboolean pair_equal(gconstpointer a, gconstpointer b)
{
    const struct pair *x = a, *y = b;

    return x->from == y->from && x->to == y->to;
}

static void add_pairs(GHashTable *pairs, const struct structure *structure)
{
    const struct transaction *programs[] = {structure->pivot, structure->out, structure->in,
                                            structure->middle};

    for (size_t i = 0; i < G_N_ELEMENTS(programs); i++) {
        for (size_t j = 0; j < G_N_ELEMENTS(programs); j++) {
            struct pair pair = {programs[i], programs[j]};
            if (pair.from && pair.to)
                g_hash_table_add(pairs, g_memdup2(&pair, sizeof pair));
        }
    }
}

static bool is_drawn(const struct view *view, const struct dependency *dependency)
{
    struct pair pair = {dependency->from->transaction, dependency->to->transaction};

    return !view->pairs || g_hash_table_contains(view->pairs, &pair);
}

/* ------------------------------------------------------------------ edges */

static enum line line_of(const struct dependency *dependency)
{
    return dependency->kind != DEPENDENCY_RW ? LINE_PLAIN
           : dependency->vulnerable          ? LINE_VULNERABLE
                                             : LINE_RW;
}

static bool joins(const struct edge *edge, const struct dependency *dependency)
{
    return edge->from == dependency->from->transaction && edge->to == dependency->to->transaction &&
           edge->line == line_of(dependency);
}

static void put_joined(struct view *view, struct edge *edge, const struct dependency *first,
                       void (*put)(struct view *, const struct edge *))
{
    GString *raw = g_string_new(NULL);

    for (const struct dependency *each = first; each && each->from->transaction == edge->from;
         each = each->next) {
        if (joins(edge, each))
            g_string_append_printf(raw, "%s%s %s", raw->len ? ", " : "",
                                   dependency_kind_name(each->kind),
                                   access_relation_name(each->from));
    }
    g_autofree char *label = label_of(raw->str);
    edge->label = label;
    put(view, edge);
    g_string_free(raw, TRUE);
}

/* The dependencies of one program come together; the same two programs may come again. */
static void each_edge(struct view *view, void (*put)(struct view *, const struct edge *))
{
    const struct dependency *program = view->graph->dependencies;

    for (const struct dependency *first = program; first; first = first->next) {
        if (first->from->transaction != program->from->transaction)
            program = first;
        if (!is_drawn(view, first))
            continue;
        struct edge edge = {first->from->transaction, first->to->transaction, line_of(first), NULL};
        const struct dependency *earlier = program;
        while (earlier != first && !joins(&edge, earlier))
            earlier = earlier->next;
        if (earlier == first)
            put_joined(view, &edge, first, put);
    }
}

static void number_programs(struct view *view)
{
    const GPtrArray *programs = view->graph->programs;

    view->numbers = g_hash_table_new(NULL, NULL);
    for (const struct dependency *each = view->graph->dependencies; each; each = each->next) {
        if (!is_drawn(view, each))
            continue;
        g_hash_table_add(view->numbers, (gpointer)each->from->transaction);
        g_hash_table_add(view->numbers, (gpointer)each->to->transaction);
    }
    guint number = 0;
    for (guint i = 0; i < programs->len; i++) {
        if (g_hash_table_contains(view->numbers, programs->pdata[i]))
            g_hash_table_replace(view->numbers, programs->pdata[i], GUINT_TO_POINTER(++number));
    }
}

static void each_program(struct view *view, void (*put)(struct view *, const struct transaction *))
{
    const GPtrArray *programs = view->graph->programs;

    for (guint i = 0; i < programs->len; i++) {
        if (g_hash_table_contains(view->numbers, programs->pdata[i]))
            put(view, programs->pdata[i]);
    }
}

static void view_init(struct view *view, const struct graph *graph, FILE *out)
{
    *view = (struct view){.graph = graph, .out = out, .next = graph->dependencies};
    view->pivots = g_hash_table_new(NULL, NULL);
    view->pairs = graph->all ? NULL : g_hash_table_new_full(pair_hash, pair_equal, g_free, NULL);
    for (const struct structure *each = graph->structures; each; each = each->next) {
        g_hash_table_insert(view->pivots, (gpointer)each->pivot, (gpointer)each);
        if (view->pairs)
            add_pairs(view->pairs, each);
    }
    number_programs(view);
}

static void view_finish(struct view *view)
{
    g_hash_table_unref(view->numbers);
    g_hash_table_unref(view->pivots);
    g_clear_pointer(&view->pairs, g_hash_table_unref);
    arena_finish(&view->arena);
}

/* ------------------------------------------------------------------ text */

static const char *outcome_of(const struct structure *structure)
{
    static const char *const outcomes[] = {
        [STRUCTURE_SILENT] = "anomaly without an error",
        [STRUCTURE_ONE_SIDED] = "anomaly without an error, in spite of a lock",
        [STRUCTURE_MIXED] = "anomaly without an error, in spite of SERIALIZABLE",
        [STRUCTURE_REPORT] = "a report sees what no serial order gives",
        [STRUCTURE_FAILURE] = "40001",
    };

    return outcomes[structure->kind];
}

static void put_text_program(struct view *view, const struct transaction *program)
{
    const struct structure *structure = structure_of(view, program);
    g_autofree char *name = name_of(view, program);

    fprintf(view->out, "%s (%s)", name, level_of(program));
    if (structure) {
        g_autofree char *out = name_of(view, structure->out), *in = name_of(view, structure->in);
        fprintf(view->out, ", pivot of %s → %s → %s: %s", in, name, out, outcome_of(structure));
    }
    fputc('\n', view->out);
    while (view->next && number_of(view, view->next->from->transaction) == 0)
        view->next = view->next->next; /* programs that are not drawn */
    for (; view->next && view->next->from->transaction == program; view->next = view->next->next) {
        const struct dependency *each = view->next;
        if (!is_drawn(view, each))
            continue;
        g_autofree char *to = name_of(view, each->to->transaction);
        g_autofree char *table = label_of(access_relation_name(each->from));
        fprintf(view->out, "    %s %s → %s%s\n", dependency_kind_name(each->kind), table, to,
                each->vulnerable ? ", vulnerable" : "");
    }
}

void report_graph_text(const struct graph *graph, FILE *out)
{
    struct view view;

    view_init(&view, graph, out);
    each_program(&view, put_text_program);
    view_finish(&view);
}

/* ------------------------------------------------------------------ Graphviz */

static void put_dot_program(struct view *view, const struct transaction *program)
{
    g_autofree char *name = name_of(view, program);

    fprintf(view->out, "    p%u [label=\"%s\\n%s\"%s];\n", number_of(view, program), name,
            level_of(program),
            structure_of(view, program)
                ? ", style=filled, fillcolor=\"#ffdddd\", color=\"#cc0000\", penwidth=2"
                : "");
}

static void put_dot_edge(struct view *view, const struct edge *edge)
{
    static const char *const styles[] = {
        [LINE_PLAIN] = "color=\"#888888\", fontcolor=\"#888888\"",
        [LINE_RW] = "style=dashed",
        [LINE_VULNERABLE] = "color=\"#cc0000\", fontcolor=\"#cc0000\", penwidth=2",
    };

    fprintf(view->out, "    p%u -> p%u [label=\"%s\", %s];\n", number_of(view, edge->from),
            number_of(view, edge->to), edge->label, styles[edge->line]);
}

void report_graph_dot(const struct graph *graph, FILE *out)
{
    struct view view;

    view_init(&view, graph, out);
    fputs("digraph isolint {\n    node [shape=box, fontname=\"sans-serif\"];\n"
          "    edge [fontname=\"sans-serif\", fontsize=10];\n",
          out);
    each_program(&view, put_dot_program);
    each_edge(&view, put_dot_edge);
    fputs("}\n", out);
    view_finish(&view);
}

/* ------------------------------------------------------------------ Mermaid */

static void put_mermaid_program(struct view *view, const struct transaction *program)
{
    g_autofree char *name = name_of(view, program);

    fprintf(view->out, "    p%u[\"%s<br/>%s\"]%s\n", number_of(view, program), name,
            level_of(program), structure_of(view, program) ? ":::pivot" : "");
}

static void put_mermaid_edge(struct view *view, const struct edge *edge)
{
    static const char *const arrows[] = {
        [LINE_PLAIN] = "-->", [LINE_RW] = "-.->", [LINE_VULNERABLE] = "==>"};

    fprintf(view->out, "    p%u %s|\"%s\"| p%u\n", number_of(view, edge->from), arrows[edge->line],
            edge->label, number_of(view, edge->to));
}

void report_graph_mermaid(const struct graph *graph, FILE *out)
{
    struct view view;

    view_init(&view, graph, out);
    fputs("flowchart LR\n", out);
    each_program(&view, put_mermaid_program);
    each_edge(&view, put_mermaid_edge);
    fputs("    classDef pivot fill:#ffdddd,stroke:#cc0000,stroke-width:2px,color:#000\n", out);
    view_finish(&view);
}
