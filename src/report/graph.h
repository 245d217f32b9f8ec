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

struct graph_format {
    const char *name;
    void (*write)(const struct graph *graph, FILE *out);
};

/* The names of all of them, the default first; NULL-terminated, static. */
const char *const *graph_format_names(void);

/* The format of this name, or NULL. */
const struct graph_format *graph_format_find(const char *name);
