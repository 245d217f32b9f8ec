#include "report/report.h"

#include <string.h>

const struct report_format report_formats[] = {
    {"text", report_text},     {"gcc", report_gcc},
    {"json", report_json},     {"sarif", report_sarif},
    {"github", report_github}, {"gitlab", report_gitlab},
    {"junit", report_junit},   {NULL, NULL},
};

const char *const report_format_names[] = {"text",   "gcc",    "json",  "sarif",
                                           "github", "gitlab", "junit", NULL};

const struct report_format *report_format_find(const char *name)
{
    for (const struct report_format *format = report_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}
