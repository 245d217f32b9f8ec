#include "report/report.h"

#include <string.h>

#include <glib.h>

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
