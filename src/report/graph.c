/* The dependency graph: as text, for Graphviz, and for Mermaid, which many Markdown viewers draw.
 */
#include "report/graph-view.h"

/* ------------------------------------------------------------------ text */

static void put_text_program(struct graph_view *view, const struct transaction *program)
{
    const struct structure *structure = graph_structure_of(view, program);
    g_autofree char *name = graph_name(view, program);

    fprintf(view->out, "%s (%s)", name, graph_level(program));
    if (structure) {
        g_autofree char *out = graph_name(view, structure->out),
                        *in = graph_name(view, structure->in);
        fprintf(view->out, ", pivot of %s → %s → %s: %s", in, name, out, graph_outcome(structure));
    }
    fputc('\n', view->out);
    while (view->next && graph_number(view, view->next->from->transaction) == 0)
        view->next = view->next->next; /* programs that are not drawn */
    for (; view->next && view->next->from->transaction == program; view->next = view->next->next) {
        const struct dependency *each = view->next;
        if (!graph_draws(view, each))
            continue;
        g_autofree char *to = graph_name(view, each->to->transaction);
        g_autofree char *table = graph_label(access_relation_name(each->from));
        fprintf(view->out, "    %s %s → %s%s\n", dependency_kind_name(each->kind), table, to,
                each->vulnerable ? ", vulnerable" : "");
    }
}

void report_graph_text(const struct graph *graph, FILE *out)
{
    struct graph_view view;

    graph_view_init(&view, graph, out);
    graph_each_program(&view, put_text_program);
    graph_view_finish(&view);
}

/* ------------------------------------------------------------------ Graphviz */

static void put_dot_program(struct graph_view *view, const struct transaction *program)
{
    g_autofree char *name = graph_name(view, program);

    fprintf(view->out, "    p%u [label=\"%s\\n%s\"%s];\n", graph_number(view, program), name,
            graph_level(program),
            graph_structure_of(view, program)
                ? ", style=filled, fillcolor=\"#ffdddd\", color=\"#cc0000\", penwidth=2"
                : "");
}

static void put_dot_edge(struct graph_view *view, const struct graph_edge *edge)
{
    static const char *const styles[] = {
        [LINE_PLAIN] = "color=\"#888888\", fontcolor=\"#888888\"",
        [LINE_RW] = "style=dashed",
        [LINE_VULNERABLE] = "color=\"#cc0000\", fontcolor=\"#cc0000\", penwidth=2",
    };

    fprintf(view->out, "    p%u -> p%u [label=\"%s\", %s];\n", graph_number(view, edge->from),
            graph_number(view, edge->to), edge->label, styles[edge->line]);
}

void report_graph_dot(const struct graph *graph, FILE *out)
{
    struct graph_view view;

    graph_view_init(&view, graph, out);
    fputs("digraph isolint {\n    node [shape=box, fontname=\"sans-serif\"];\n"
          "    edge [fontname=\"sans-serif\", fontsize=10];\n",
          out);
    graph_each_program(&view, put_dot_program);
    graph_each_edge(&view, put_dot_edge);
    fputs("}\n", out);
    graph_view_finish(&view);
}

/* ------------------------------------------------------------------ Mermaid */

static void put_mermaid_program(struct graph_view *view, const struct transaction *program)
{
    g_autofree char *name = graph_name(view, program);

    fprintf(view->out, "    p%u[\"%s<br/>%s\"]%s\n", graph_number(view, program), name,
            graph_level(program), graph_structure_of(view, program) ? ":::pivot" : "");
}

static void put_mermaid_edge(struct graph_view *view, const struct graph_edge *edge)
{
    static const char *const arrows[] = {
        [LINE_PLAIN] = "-->", [LINE_RW] = "-.->", [LINE_VULNERABLE] = "==>"};

    fprintf(view->out, "    p%u %s|\"%s\"| p%u\n", graph_number(view, edge->from),
            arrows[edge->line], edge->label, graph_number(view, edge->to));
}

void report_graph_mermaid(const struct graph *graph, FILE *out)
{
    struct graph_view view;

    graph_view_init(&view, graph, out);
    fputs("flowchart LR\n", out);
    graph_each_program(&view, put_mermaid_program);
    graph_each_edge(&view, put_mermaid_edge);
    fputs("    classDef pivot fill:#ffdddd,stroke:#cc0000,stroke-width:2px,color:#000\n", out);
    graph_view_finish(&view);
}
