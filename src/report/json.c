/* Everything that is known of findings, for programs. docs/cli.md is the reference; what it
 * says of a version number holds: fields are added within one, and none goes or changes meaning. */
#include "report/report.h"
#include <string.h>

#include <glib.h>

#include "lint/rule.h"
#include "report/json-text.h"
#include "report/observed.h"
#include "report/unread.h"

enum { FORMAT_VERSION = 2 };

static void add_position(cJSON *object, const char *name, const struct script *script,
                         uint32_t offset)
{
    cJSON *position = cJSON_AddObjectToObject(object, name);
    struct position at;

    script_place((struct script *)script, offset, &at);

    cJSON_AddNumberToObject(position, "line", at.line);
    cJSON_AddNumberToObject(position, "column", at.column);
    cJSON_AddNumberToObject(position, "offset", offset);
}

static void add_span(cJSON *object, const struct script *script, struct span span)
{
    add_position(object, "start", script, span.start);
    add_position(object, "end", script, MAX(span.end, span.start));
}

static void add_place(cJSON *object, const struct script *script, struct span span)
{
    struct position at;

    json_add_text(object, "path", script_place((struct script *)script, span.start, &at));
    add_span(object, script, span);
}

static void add_predicts(cJSON *object, const struct finding *finding)
{
    cJSON *list = cJSON_AddArrayToObject(object, "predicts");
    const char *const *all = finding->rule->predicts;

    if (finding->predicts)
        cJSON_AddItemToArray(list, cJSON_CreateString(finding->predicts));
    for (size_t i = 0; !finding->predicts && i < G_N_ELEMENTS(finding->rule->predicts) && all[i];
         i++)
        cJSON_AddItemToArray(list, cJSON_CreateString(all[i]));
}

static void add_related(cJSON *object, const struct finding *finding)
{
    cJSON *list = cJSON_AddArrayToObject(object, "related");

    for (const struct related *related = finding->related; related; related = related->next) {
        cJSON *item = cJSON_CreateObject();
        add_place(item, related->script, related->span);
        json_add_text(item, "message", related->label);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_help(cJSON *object, const struct finding *finding)
{
    cJSON *list = cJSON_AddArrayToObject(object, "help");

    for (const struct help *help = finding->help; help; help = help->next) {
        g_autofree char *valid = g_utf8_make_valid(help->text, -1);
        cJSON_AddItemToArray(list, cJSON_CreateString(valid));
    }
}

static void add_edits(cJSON *object, const struct finding *finding)
{
    cJSON *list = cJSON_AddArrayToObject(object, "edits");

    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        cJSON *item = cJSON_CreateObject();
        add_span(item, finding->script, edit->span);
        json_add_text(item, "replacement", edit->replacement);
        cJSON_AddBoolToObject(item, "safe", edit->safe);
        cJSON_AddItemToArray(list, item);
    }
}

static void add_witness(cJSON *object, const struct witness *witness)
{
    cJSON *item = cJSON_AddObjectToObject(object, "witness");

    json_add_text(item, "outcome", witness->outcome);
    if (witness->start)
        json_add_text(item, "start", witness->start);
    cJSON *programs = cJSON_AddArrayToObject(item, "programs");
    for (unsigned run = 0; run < witness->runs; run++) {
        g_autofree char *valid = g_utf8_make_valid(witness->names[run], -1);
        cJSON_AddItemToArray(programs, cJSON_CreateString(valid));
    }
    cJSON *steps = cJSON_AddArrayToObject(item, "steps");
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        cJSON *each = cJSON_CreateObject();
        cJSON_AddNumberToObject(each, "program", step->run);
        add_place(each, step->script, step->span);
        if (step->note)
            json_add_text(each, "note", step->note);
        cJSON_AddItemToArray(steps, each);
    }
}

static cJSON *finding_object(const struct finding *finding)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddStringToObject(object, "rule", finding->rule->name);
    cJSON_AddStringToObject(object, "group", finding->rule->group);
    cJSON_AddStringToObject(object, "severity", severity_name(finding->severity));
    json_add_text(object, "message", finding->message);
    if (finding->label)
        json_add_text(object, "label", finding->label);
    add_predicts(object, finding);
    add_place(object, finding->script, finding->span);
    if (finding->fingerprint)
        cJSON_AddStringToObject(object, "fingerprint", finding->fingerprint);
    add_related(object, finding);
    add_help(object, finding);
    add_edits(object, finding);
    if (finding->witness)
        add_witness(object, finding->witness);
    if (finding->observed)
        cJSON_AddItemToObject(object, "observed", observed_json(finding->observed));
    if (finding->allowed && finding->allowed->reason)
        json_add_text(object, "reason", finding->allowed->reason);
    return object;
}

static void add_findings(cJSON *object, const char *name, struct finding *const *findings,
                         size_t count)
{
    cJSON *list = cJSON_AddArrayToObject(object, name);

    for (size_t i = 0; i < count; i++)
        cJSON_AddItemToArray(list, finding_object(findings[i]));
}

static void add_unread(cJSON *summary, const struct report *report)
{
    cJSON *object = cJSON_AddObjectToObject(summary, "notAnalysed");
    cJSON *dialects = cJSON_AddArrayToObject(object, "dialects");
    struct unread_files files = unread_files(report);
    struct unread statements = unread_statements(report);

    for (guint i = 0, count; i < files.dialects->len; i += count) {
        const char *name = files.dialects->pdata[i];
        for (count = 1; i + count < files.dialects->len &&
                        strcmp(name, files.dialects->pdata[i + count]) == 0;)
            count++;
        cJSON *dialect = cJSON_CreateObject();
        cJSON_AddStringToObject(dialect, "name", name);
        cJSON_AddNumberToObject(dialect, "files", count);
        cJSON_AddItemToArray(dialects, dialect);
    }
    cJSON_AddNumberToObject(object, "tests", (double)files.tests);
    cJSON_AddNumberToObject(object, "uninstalls", (double)files.uninstalls);
    cJSON_AddNumberToObject(object, "released", (double)files.released);
    cJSON_AddNumberToObject(object, "archived", (double)files.archived);
    cJSON_AddNumberToObject(object, "templates", statements.templates);
    cJSON_AddNumberToObject(object, "executed", statements.executed);
    cJSON_AddNumberToObject(object, "includes", statements.includes);
    unread_files_finish(&files);
}

static void add_summary(cJSON *object, const struct report *report)
{
    cJSON *summary = cJSON_AddObjectToObject(object, "summary");
    size_t counts[3] = {0};

    for (size_t i = 0; i < report->finding_count; i++)
        counts[report->findings[i]->severity]++;
    cJSON_AddNumberToObject(summary, "errors", (double)counts[SEVERITY_ERROR]);
    cJSON_AddNumberToObject(summary, "warnings", (double)counts[SEVERITY_WARNING]);
    cJSON_AddNumberToObject(summary, "notes", (double)counts[SEVERITY_NOTE]);
    cJSON_AddNumberToObject(summary, "allowed", (double)report->allowed_count);
    cJSON_AddNumberToObject(summary, "known", (double)report->known_count);
    cJSON_AddNumberToObject(summary, "files", (double)report->files);
    cJSON_AddNumberToObject(summary, "statements", (double)report->statements);
    cJSON_AddNumberToObject(summary, "transactions", (double)report->transactions);
    cJSON_AddNumberToObject(summary, "limits",
                            report->limits ? (double)limits_count(report->limits) : 0);
    add_unread(summary, report);
}

void report_json(const struct report *report, FILE *out)
{
    cJSON *object = cJSON_CreateObject();

    cJSON_AddNumberToObject(object, "version", FORMAT_VERSION);
    cJSON_AddStringToObject(object, "isolint", ISOLINT_VERSION);
    add_summary(object, report);
    add_findings(object, "findings", report->findings, report->finding_count);
    add_findings(object, "allowed", report->allowed, report->allowed_count);
    if (report->unforeseen_count > 0)
        cJSON_AddItemToObject(object, "unforeseen", unforeseen_json(report));
    cJSON *troubles = cJSON_AddArrayToObject(object, "troubles");
    for (size_t i = 0; i < report->trouble_count; i++) {
        g_autofree char *valid = g_utf8_make_valid(report->troubles[i], -1);
        cJSON_AddItemToArray(troubles, cJSON_CreateString(valid));
    }
    json_write(object, out);
    cJSON_Delete(object);
}
