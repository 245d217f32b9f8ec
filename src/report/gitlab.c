/* GitLab's Code Quality report (docs.gitlab.com, "Code Quality report format"): an array with one
 * object for each finding. Merge requests show what is new by comparing fingerprints. */
#include "report/report.h"

#include <glib.h>

#include "lint/repository.h"
#include "lint/rule.h"
#include "report/json-text.h"

static const char *severity_of(enum severity severity)
{
    static const char *const names[] = {"info", "major", "critical"};

    return names[severity];
}

static char *description(const struct finding *finding)
{
    GString *text = g_string_new(finding->message);

    for (const struct help *help = finding->help; help; help = help->next)
        g_string_append_printf(text, ". Help: %s", help->text);
    return g_string_free(text, FALSE);
}

static cJSON *issue(struct repository *repository, const struct finding *finding)
{
    struct script *script = (struct script *)finding->script;
    uint32_t begin = script_position(script, finding->span.start).line;
    uint32_t end = script_position(script, finding->span.end).line;
    cJSON *object = cJSON_CreateObject();
    g_autofree char *text = description(finding);

    json_add_text(object, "description", text);
    cJSON_AddStringToObject(object, "check_name", finding->rule->name);
    if (finding->fingerprint)
        cJSON_AddStringToObject(object, "fingerprint", finding->fingerprint);
    cJSON_AddStringToObject(object, "severity", severity_of(finding->severity));
    cJSON *location = cJSON_AddObjectToObject(object, "location");
    json_add_text(location, "path", repository_path(repository, script));
    cJSON *lines = cJSON_AddObjectToObject(location, "lines");
    cJSON_AddNumberToObject(lines, "begin", begin);
    cJSON_AddNumberToObject(lines, "end", MAX(begin, end));
    return object;
}

void report_gitlab(const struct report *report, FILE *out)
{
    struct repository repository;
    cJSON *list = cJSON_CreateArray();

    repository_init(&repository);
    for (size_t i = 0; i < report->finding_count; i++)
        cJSON_AddItemToArray(list, issue(&repository, report->findings[i]));
    json_write(list, out);
    cJSON_Delete(list);
    repository_finish(&repository);
}
