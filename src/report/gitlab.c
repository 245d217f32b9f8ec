/* GitLab's Code Quality report (docs.gitlab.com, "Code Quality report format"): an array with one
 * object for each finding. Merge requests show what is new by comparing fingerprints. */
#include "report/report.h"

#include <glib.h>

#include "facts/repository.h"
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

    if (finding->observed)
        g_string_append_printf(text, ". Observed: %s", finding->observed->sentence);
    for (const struct help *help = finding->help; help; help = help->next)
        g_string_append_printf(text, ". Help: %s", help->text);
    return g_string_free(text, FALSE);
}

static cJSON *issue(struct repository *repository, const struct finding *finding)
{
    struct script *script = (struct script *)finding->script;
    struct position begin, end;
    const char *path = script_place(script, finding->span.start, &begin);
    cJSON *object = cJSON_CreateObject();
    g_autofree char *text = description(finding);

    script_place(script, finding->span.end, &end);
    json_add_text(object, "description", text);
    cJSON_AddStringToObject(object, "check_name", finding->rule->name);
    if (finding->fingerprint)
        cJSON_AddStringToObject(object, "fingerprint", finding->fingerprint);
    cJSON_AddStringToObject(object, "severity", severity_of(finding->severity));
    cJSON *location = cJSON_AddObjectToObject(object, "location");
    json_add_text(location, "path", repository_place(repository, path));
    cJSON *lines = cJSON_AddObjectToObject(location, "lines");
    cJSON_AddNumberToObject(lines, "begin", begin.line);
    cJSON_AddNumberToObject(lines, "end", MAX(begin.line, end.line));
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
