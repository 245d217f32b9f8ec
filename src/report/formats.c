#include "report/report.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", report_text, false},
    {"concise", report_concise, false},
    {"gcc", report_gcc, false},
    {"json", report_json, true},
    {"sarif", report_sarif, true},
    {"github", report_github, false},
    {"gitlab", report_gitlab, true},
    {"junit", report_junit, false},
    {NULL, NULL, false},
};

const char *const report_format_names[] = {"text",   "concise", "gcc",   "json", "sarif",
                                           "github", "gitlab",  "junit", NULL};

const struct report_format *report_format_find(const char *name)
{
    for (const struct report_format *format = report_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}
