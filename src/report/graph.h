#pragma once
/* The dependencies between programs, drawn. Pivots and vulnerable dependencies stand out; programs
 * that depend on nobody, not even on another run of themselves, are left out. */

#include <stdio.h>

#include "search/graph.h"

struct graph {
    const GPtrArray *programs; /* struct transaction */
    const struct structure *structures;
    const struct dependency *dependencies;
    bool all; /* every program, not only pivots and the programs that make them so */
};

/* Each program with what goes out from it. */
void report_graph_text(const struct graph *graph, FILE *out);

/* For Graphviz: dot -Tsvg. */
void report_graph_dot(const struct graph *graph, FILE *out);

/* For Mermaid, in a Markdown fence. */
void report_graph_mermaid(const struct graph *graph, FILE *out);
