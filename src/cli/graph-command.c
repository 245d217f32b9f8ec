#include "cli/graph-command.h"

#include "cli/project-graph.h"
#include "output/output.h"
#include "report/graph.h"

static bool write_graph(const struct graph *graph, const struct output_request *request,
                        struct error *error)
{
    struct output_file output;

    if (!output_open(&output, request->path, error))
        return false;
    graph_format_find(request->format)->write(graph, output.stream);
    return output_close(&output, error);
}

enum status graph_command(const struct options *options)
{
    const GArray *requests = options->outputs.requests;
    enum status status = STATUS_CLEAN;
    struct project project;

    project_run(&project, &options->settings, NULL);
    for (guint i = 0; i < project.troubles->len; i++)
        status = fail(project.troubles->pdata[i]);
    struct graph graph = {.all = options->all};
    GPtrArray *programs = project_graph(&project, &graph);
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
