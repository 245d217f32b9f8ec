#include "cli/project-graph.h"

GPtrArray *project_graph(struct project *project, struct graph *graph)
{
    GPtrArray *programs = g_ptr_array_new();
    struct dependency *dependencies = NULL, **end = &dependencies;
    struct structure *structures = NULL, **last = &structures;

    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        g_ptr_array_extend(programs, database->corpus.transactions, NULL, NULL);
        *end = graph_dependencies(&database->corpus, &database->arena);
        *last = database->structures;
        while (*end)
            end = &(*end)->next;
        while (*last)
            last = &(*last)->next;
    }
    graph->programs = programs;
    graph->dependencies = dependencies;
    graph->structures = structures;
    return programs;
}
