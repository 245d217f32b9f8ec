#include "cli/graph-command.h"

#include <string.h>

#include "cli/output.h"
#include "cli/project.h"
#include "report/graph.h"

const char *const graph_formats[] = {"text", "dot", "mermaid", NULL};

static void write_format(const struct graph *graph, const char *format, FILE *out)
{
    if (strcmp(format, "dot") == 0)
        report_graph_dot(graph, out);
    else if (strcmp(format, "mermaid") == 0)
        report_graph_mermaid(graph, out);
    else
        report_graph_text(graph, out);
}

static bool write_graph(const struct graph *graph, const struct output_request *request,
                        struct error *error)
{
    struct output_file output;

    if (!output_open(&output, request->path, error))
        return false;
    write_format(graph, request->format, output.stream);
    return output_close(&output, error);
}

/* The programs of all databases, one after the other, with what is between them. */
static GPtrArray *join(struct project *project, struct graph *graph)
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

enum status graph_command(const struct options *options)
{
    const GArray *requests = options->outputs.requests;
    enum status status = STATUS_CLEAN;
    struct project project;

    project_run(&project, options, NULL);
    for (guint i = 0; i < project.troubles->len; i++)
        status = fail(project.troubles->pdata[i]);
    struct graph graph = {.all = options->all};
    GPtrArray *programs = join(&project, &graph);
    if (!graph.structures && graph.dependencies && !options->all && !options->quiet)
        say("there is no pivot; --all draws every program that depends on another");
    for (guint i = 0; i < requests->len; i++) {
        struct error error = {0};
        if (!write_graph(&graph, &g_array_index(requests, struct output_request, i), &error))
            status = fail_with(&error);
    }
    g_ptr_array_unref(programs);
    project_finish(&project);
    return status;
}
