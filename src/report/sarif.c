/* SARIF 2.1.0 (OASIS), in the subset and with the limits that GitHub code scanning documents:
 * results point into files relative to the repository, columns count UTF-16 code units, and a
 * fingerprint of the line lets an alert survive edits elsewhere in the file. */
#include "report/report.h"

#include <string.h>

#include <cjson/cJSON.h>
#include <glib.h>

#include "lint/registry.h"
#include "facts/repository.h"
#include "lint/rule.h"
#include "report/json-text.h"
#include "report/observed.h"

enum { MOST_RESULTS = 25000, LONGEST_DESCRIPTION = 1024 };

static const char HOME[] = "https://github.com/isolint/isolint";

struct writer {
    struct repository repository;
    GHashTable *uris;       /* script → its URI */
    GHashTable *rule_index; /* rule → index + 1 in rules[] */
    cJSON *rules;
};

/* ------------------------------------------------------------------ text */

/* Messages end with a full stop. */
static void add_sentence(cJSON *object, const char *name, const char *text)
{
    bool ended = g_str_has_suffix(text, ".") || g_str_has_suffix(text, "?");
    g_autofree char *sentence = g_strconcat(text, ended ? "" : ".", NULL);

    json_add_text(object, name, sentence);
}

static void add_message(cJSON *object, const char *name, const char *text)
{
    add_sentence(cJSON_AddObjectToObject(object, name), "text", text);
}

/* ------------------------------------------------------------------ paths */

static const char *place_uri(struct writer *writer, const char *place)
{
    char *uri = g_hash_table_lookup(writer->uris, place);

    if (uri)
        return uri;
    const char *path = repository_place(&writer->repository, place);
    uri = g_path_is_absolute(path) ? g_filename_to_uri(path, NULL, NULL)
                                   : g_uri_escape_string(path, "/", FALSE);
    g_hash_table_insert(writer->uris, (gpointer)place, uri);
    return uri;
}

/* An absolute URI has no base (SARIF 2.1.0, 3.4.4). */
static void add_artifact(struct writer *writer, cJSON *object, const char *place)
{
    cJSON *artifact = cJSON_AddObjectToObject(object, "artifactLocation");

    cJSON_AddStringToObject(artifact, "uri", place_uri(writer, place));
    if (!g_path_is_absolute(repository_place(&writer->repository, place)))
        cJSON_AddStringToObject(artifact, "uriBaseId", "%SRCROOT%");
}

/* ------------------------------------------------------------------ places */

static void add_region(cJSON *object, const char *name, const struct script *script,
                       struct span span)
{
    cJSON *region = cJSON_AddObjectToObject(object, name);
    struct position start, end;

    script_place((struct script *)script, span.start, &start);
    script_place((struct script *)script, MAX(span.end, span.start), &end);

    cJSON_AddNumberToObject(region, "startLine", start.line);
    cJSON_AddNumberToObject(region, "startColumn", start.column_utf16);
    cJSON_AddNumberToObject(region, "endLine", end.line);
    cJSON_AddNumberToObject(region, "endColumn", end.column_utf16);
}

static cJSON *location(struct writer *writer, const struct script *script, struct span span)
{
    cJSON *location = cJSON_CreateObject();
    cJSON *physical = cJSON_AddObjectToObject(location, "physicalLocation");

    struct position at;

    add_artifact(writer, physical, script_place((struct script *)script, span.start, &at));
    add_region(physical, "region", script, span);
    return location;
}

/* ------------------------------------------------------------------ rules */

static const char *level_of(enum severity severity)
{
    return severity_name(severity); /* SARIF uses the same three words */
}

static const char *precision_name(enum precision precision)
{
    static const char *const names[] = {"very-high", "high", "medium"};

    return names[precision];
}

/* "lost-update" is LostUpdate: names are identifiers, ids are what people type. */
static char *pascal_case(const char *kebab)
{
    GString *name = g_string_new(NULL);
    bool upper = true;

    for (; *kebab; kebab++) {
        if (*kebab != '-')
            g_string_append_c(name, upper ? g_ascii_toupper(*kebab) : *kebab);
        upper = *kebab == '-';
    }
    return g_string_free(name, FALSE);
}

/* The first paragraph of a page behind its title. */
static char *first_paragraph(const char *page)
{
    const char *start = strstr(page, "\n\n");
    const char *end = start ? strstr(start + 2, "\n\n") : NULL;
    char *text = end ? g_strndup(start + 2, (gsize)(end - start - 2)) : g_strdup(page);

    if (strlen(text) > LONGEST_DESCRIPTION)
        text[LONGEST_DESCRIPTION] = '\0';
    g_strdelimit(text, "\n", ' ');
    return text;
}

static void add_predicts(cJSON *properties, const struct rule *rule)
{
    cJSON *predicts = cJSON_AddArrayToObject(properties, "predicts");

    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++)
        cJSON_AddItemToArray(predicts, cJSON_CreateString(rule->predicts[i]));
}

static cJSON *rule_descriptor(const struct rule_entry *entry)
{
    const struct rule *rule = entry->rule;
    cJSON *descriptor = cJSON_CreateObject();
    g_autofree char *name = pascal_case(rule->name);
    g_autofree char *full = first_paragraph(entry->page);
    g_autofree char *uri = rule_page_address(rule);

    cJSON_AddStringToObject(descriptor, "id", rule->name);
    cJSON_AddStringToObject(descriptor, "name", name);
    add_message(descriptor, "shortDescription", rule->summary);
    add_message(descriptor, "fullDescription", full);
    cJSON *help = cJSON_AddObjectToObject(descriptor, "help");
    json_add_text(help, "text", entry->page);
    json_add_text(help, "markdown", entry->page);
    cJSON_AddStringToObject(descriptor, "helpUri", uri);
    cJSON *configuration = cJSON_AddObjectToObject(descriptor, "defaultConfiguration");
    cJSON_AddStringToObject(configuration, "level", level_of(rule->severity));

    cJSON *properties = cJSON_AddObjectToObject(descriptor, "properties");
    cJSON *tags = cJSON_AddArrayToObject(properties, "tags");
    cJSON_AddItemToArray(tags, cJSON_CreateString("isolation"));
    cJSON_AddItemToArray(tags, cJSON_CreateString(rule->group));
    cJSON_AddStringToObject(properties, "precision", precision_name(rule->precision));
    cJSON_AddStringToObject(properties, "problem.severity",
                            rule->severity == SEVERITY_NOTE ? "recommendation"
                                                            : severity_name(rule->severity));
    add_predicts(properties, rule);
    return descriptor;
}

static int rule_position(struct writer *writer, const struct rule *rule)
{
    int position = GPOINTER_TO_INT(g_hash_table_lookup(writer->rule_index, rule));

    if (position == 0) {
        cJSON_AddItemToArray(writer->rules, rule_descriptor(rule_find(rule->name)));
        position = cJSON_GetArraySize(writer->rules);
        g_hash_table_insert(writer->rule_index, (gpointer)rule, GINT_TO_POINTER(position));
    }
    return position - 1;
}

/* ------------------------------------------------------------------ results */

static void add_related(struct writer *writer, cJSON *result, const struct finding *finding)
{
    enum { MOST = 1000 };
    cJSON *array = cJSON_AddArrayToObject(result, "relatedLocations");
    int id = 0;

    for (const struct related *related = finding->related; related && id < MOST;
         related = related->next) {
        cJSON *place = location(writer, related->script, related->span);
        cJSON_AddNumberToObject(place, "id", ++id);
        add_message(place, "message", related->label);
        cJSON_AddItemToArray(array, place);
    }
}

/* One thread flow a run; executionOrder tells how they interleave. */
static void add_code_flow(struct writer *writer, cJSON *result, const struct witness *witness)
{
    cJSON *flow = cJSON_CreateObject();
    int order = 0;

    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "codeFlows"), flow);
    if (witness->start) {
        g_autofree char *text = g_strdup_printf("%s; %s", witness->start, witness->outcome);
        add_message(flow, "message", text);
    } else {
        add_message(flow, "message", witness->outcome);
    }
    cJSON *threads = cJSON_AddArrayToObject(flow, "threadFlows");
    for (unsigned run = 0; run < witness->runs; run++) {
        static const char *const ids[] = {"T1", "T2", "T3", "T4"};
        cJSON *thread = cJSON_CreateObject();
        cJSON_AddStringToObject(thread, "id", ids[run]);
        add_message(thread, "message", witness->names[run]);
        cJSON_AddArrayToObject(thread, "locations");
        cJSON_AddItemToArray(threads, thread);
    }
    for (const struct witness_step *step = witness->steps; step; step = step->next) {
        cJSON *item = cJSON_CreateObject();
        cJSON *place = location(writer, step->script, step->span);
        if (step->note)
            add_message(place, "message", step->note);
        cJSON_AddItemToObject(item, "location", place);
        cJSON_AddNumberToObject(item, "executionOrder", ++order);
        cJSON *thread = cJSON_GetArrayItem(threads, (int)step->run);
        cJSON_AddItemToArray(cJSON_GetObjectItem(thread, "locations"), item);
    }
}

static void add_fix(struct writer *writer, cJSON *result, const struct finding *finding)
{
    cJSON *replacements = NULL;

    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        if (!edit->safe)
            continue;
        if (!replacements) {
            cJSON *fix = cJSON_CreateObject(), *change = cJSON_CreateObject();
            cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "fixes"), fix);
            cJSON_AddItemToArray(cJSON_AddArrayToObject(fix, "artifactChanges"), change);
            add_artifact(writer, change, finding->script->path);
            replacements = cJSON_AddArrayToObject(change, "replacements");
        }
        cJSON *replacement = cJSON_CreateObject();
        add_region(replacement, "deletedRegion", finding->script, edit->span);
        if (*edit->replacement)
            json_add_text(cJSON_AddObjectToObject(replacement, "insertedContent"), "text",
                          edit->replacement);
        cJSON_AddItemToArray(replacements, replacement);
    }
}

static void add_suppression(cJSON *result, const struct finding *finding)
{
    if (!finding->allowed)
        return;
    cJSON *suppression = cJSON_CreateObject();
    cJSON_AddStringToObject(suppression, "kind", "inSource");
    if (finding->allowed->reason)
        json_add_text(suppression, "justification", finding->allowed->reason);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "suppressions"), suppression);
}

/* The message and the advice in one text, because GitHub shows no more. */
/* "[text](1)", which GitHub shows as a link to the related location 1, and without which it shows
 * none (SARIF 2.1.0, 3.11.6: brackets and backslashes inside are escaped). */
static void append_link(GString *text, const struct related *related, int id)
{
    g_string_append_c(text, '[');
    for (const char *c = related->label; *c; c++) {
        if (strchr("[]\\", *c))
            g_string_append_c(text, '\\');
        g_string_append_c(text, *c);
    }
    g_string_append_printf(text, "](%d)", id);
}

static void add_result_message(cJSON *result, const struct finding *finding)
{
    enum { MOST_LINKS = 10 };
    GString *text = g_string_new(finding->message);
    int id = 0;

    for (const struct related *each = finding->related; each && id < MOST_LINKS;
         each = each->next) {
        g_string_append(text, id ? "; " : ". See: ");
        append_link(text, each, ++id);
    }
    if (finding->observed)
        g_string_append_printf(text, ". Observed: %s", finding->observed->sentence);
    for (const struct help *help = finding->help; help; help = help->next)
        g_string_append_printf(text, ". Help: %s", help->text);
    add_message(result, "message", text->str);
    g_string_free(text, TRUE);
}

static void add_properties(cJSON *result, const struct finding *finding)
{
    if (!finding->predicts && !finding->observed)
        return;
    cJSON *properties = cJSON_AddObjectToObject(result, "properties");
    if (finding->predicts)
        cJSON_AddItemToArray(cJSON_AddArrayToObject(properties, "predicts"),
                             cJSON_CreateString(finding->predicts));
    if (finding->observed)
        cJSON_AddItemToObject(properties, "observed", observed_json(finding->observed));
}

static cJSON *result_of(struct writer *writer, const struct finding *finding)
{
    cJSON *result = cJSON_CreateObject();

    cJSON_AddStringToObject(result, "ruleId", finding->rule->name);
    cJSON_AddNumberToObject(result, "ruleIndex", rule_position(writer, finding->rule));
    cJSON_AddStringToObject(result, "level", level_of(finding->severity));
    add_result_message(result, finding);
    cJSON_AddItemToArray(cJSON_AddArrayToObject(result, "locations"),
                         location(writer, finding->script, finding->span));
    if (finding->related)
        add_related(writer, result, finding);
    if (finding->fingerprint)
        cJSON_AddStringToObject(cJSON_AddObjectToObject(result, "partialFingerprints"),
                                "primaryLocationLineHash", finding->fingerprint);
    add_properties(result, finding);
    if (finding->witness)
        add_code_flow(writer, result, finding->witness);
    add_fix(writer, result, finding);
    add_suppression(result, finding);
    return result;
}

/* The lowest severity that still fits under the limit, most severe first. */
static enum severity cut_severity(const struct report *report, size_t *dropped)
{
    size_t counts[3] = {0}, kept = report->allowed_count;

    for (size_t i = 0; i < report->finding_count; i++)
        counts[report->findings[i]->severity]++;
    *dropped = 0;
    for (int severity = SEVERITY_ERROR; severity > SEVERITY_NOTE; severity--) {
        kept += counts[severity];
        if (kept + counts[severity - 1] > MOST_RESULTS)
            return (enum severity)severity;
    }
    return SEVERITY_NOTE;
}

static size_t add_results(struct writer *writer, cJSON *run, const struct report *report)
{
    cJSON *results = cJSON_AddArrayToObject(run, "results");
    size_t dropped = 0, count = 0;
    enum severity lowest = report->finding_count + report->allowed_count > MOST_RESULTS
                               ? cut_severity(report, &dropped)
                               : SEVERITY_NOTE;

    /* Appending to a cJSON array is done in constant time only through the last child. */
    for (size_t i = 0, j = 0; i < report->finding_count || j < report->allowed_count;) {
        const struct finding *finding;
        if (i < report->finding_count)
            finding = report->findings[i++];
        else
            finding = report->allowed[j++];
        if (finding->severity < lowest || count == MOST_RESULTS) {
            dropped++;
            continue;
        }
        cJSON_AddItemToArray(results, result_of(writer, finding));
        count++;
    }
    return dropped;
}

/* ------------------------------------------------------------------ the run */

static void add_notification(cJSON *notifications, const char *level, const char *text)
{
    cJSON *notification = cJSON_CreateObject();

    cJSON_AddStringToObject(notification, "level", level);
    add_message(notification, "message", text);
    cJSON_AddItemToArray(notifications, notification);
}

static void add_invocation(cJSON *run, const struct report *report, size_t dropped)
{
    cJSON *invocation = cJSON_CreateObject();

    bool limited = report->limits && limits_count(report->limits) > 0;

    cJSON_AddBoolToObject(invocation, "executionSuccessful", report->trouble_count == 0);
    if (report->trouble_count > 0 || dropped > 0 || limited) {
        cJSON *notifications = cJSON_AddArrayToObject(invocation, "toolExecutionNotifications");
        for (size_t i = 0; i < report->trouble_count; i++)
            add_notification(notifications, "error", report->troubles[i]);
        for (int limit = 0; limited && limit < LIMIT_KINDS; limit++) {
            if (limit_count(report->limits, (enum limit)limit) == 0)
                continue;
            g_autofree char *text = limit_text(report->limits, (enum limit)limit);
            add_notification(notifications, "note", text);
        }
        if (dropped > 0) {
            g_autofree char *text = g_strdup_printf(
                "%zu less severe findings are left out: a run may have at most %d results", dropped,
                MOST_RESULTS);
            add_notification(notifications, "warning", text);
        }
    }
    cJSON_AddItemToArray(cJSON_AddArrayToObject(run, "invocations"), invocation);
}

/* What ends a line, where a file has what readers do not expect by themselves (3.14.25). */
static void add_newlines(cJSON *run, const struct report *report)
{
    static const char *const newlines[] = {"\r\n", "\n", "\r"};
    size_t i = 0;

    while (i < report->finding_count && !report->findings[i]->script->stored)
        i++;
    if (i < report->finding_count)
        cJSON_AddItemToObject(run, "newlineSequences", cJSON_CreateStringArray(newlines, 3));
}

void report_sarif(const struct report *report, FILE *out)
{
    struct writer writer = {
        .uris = g_hash_table_new_full(NULL, NULL, NULL, g_free),
        .rule_index = g_hash_table_new(NULL, NULL),
    };
    cJSON *log = cJSON_CreateObject(), *run = cJSON_CreateObject();

    repository_init(&writer.repository);
    cJSON_AddStringToObject(log, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    cJSON_AddStringToObject(log, "version", "2.1.0");
    cJSON_AddItemToArray(cJSON_AddArrayToObject(log, "runs"), run);

    cJSON *driver = cJSON_AddObjectToObject(cJSON_AddObjectToObject(run, "tool"), "driver");
    cJSON_AddStringToObject(driver, "name", "isolint");
    cJSON_AddStringToObject(driver, "semanticVersion", ISOLINT_VERSION);
    cJSON_AddStringToObject(driver, "informationUri", HOME);
    writer.rules = cJSON_AddArrayToObject(driver, "rules");
    cJSON_AddStringToObject(cJSON_AddObjectToObject(run, "automationDetails"), "id", "isolint/");
    cJSON_AddStringToObject(run, "columnKind", "utf16CodeUnits");
    add_newlines(run, report);
    size_t dropped = add_results(&writer, run, report);
    add_invocation(run, report, dropped);

    json_write(log, out);
    cJSON_Delete(log);
    repository_finish(&writer.repository);
    g_hash_table_unref(writer.uris);
    g_hash_table_unref(writer.rule_index);
}
