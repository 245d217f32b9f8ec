#include "report/report.h"

#include <string.h>

#include <glib.h>

#include "report/graph.h"

const struct report_format report_formats[] = {
    {"text", report_text, false, false},    {"concise", report_concise, false, false},
    {"gcc", report_gcc, false, false},      {"json", report_json, true, false},
    {"sarif", report_sarif, true, false},   {"github", report_github, false, false},
    {"gitlab", report_gitlab, true, false}, {"junit", report_junit, false, false},
    {"html", report_html, true, true},      {NULL, NULL, false, false},
};

const char *const *report_format_names(void)
{
    static const char *names[G_N_ELEMENTS(report_formats)];

    for (size_t i = 0; report_formats[i].name; i++)
        names[i] = report_formats[i].name;
    return names;
}

const struct report_format *report_format_find(const char *name)
{
    for (const struct report_format *format = report_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}

/* The first is the default. */
static const struct graph_format graph_formats[] = {
    {"text", report_graph_text},
    {"dot", report_graph_dot},
    {"mermaid", report_graph_mermaid},
    {NULL, NULL},
};

const char *const *graph_format_names(void)
{
    static const char *names[G_N_ELEMENTS(graph_formats)];

    for (size_t i = 0; graph_formats[i].name; i++)
        names[i] = graph_formats[i].name;
    return names;
}

const struct graph_format *graph_format_find(const char *name)
{
    for (const struct graph_format *format = graph_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}
