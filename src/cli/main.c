/* isolint: exit status 0 when nothing at or above --fail-on was found, 1 when something was, 2 when
 * the run itself failed in any part. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "cli/options.h"
#include "cli/output.h"
#include "cli/project.h"
#include "lint/registry.h"
#include "report/graph.h"
#include "report/report.h"
#include "report/terminal.h"
#include "sql/parse.h"

enum status {
    STATUS_CLEAN = 0,
    STATUS_FINDINGS = 1,
    STATUS_FAILED = 2,
};

/* Trouble goes to standard error, one harmless line each. */
static enum status fail(const char *message)
{
    GString *line = g_string_new(NULL);

    terminal_append(line, message, strlen(message));
    fprintf(stderr, "isolint: %s\n", line->str);
    g_string_free(line, TRUE);
    return STATUS_FAILED;
}

static enum status fail_with(struct error *error)
{
    enum status status = fail(error->message);

    error_clear(error);
    return status;
}

static bool use_color(const struct options *options)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR");

    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    if (no && *no)
        return false;
    if (force && *force)
        return true;
    return !options->output && isatty(STDOUT_FILENO);
}

/* ------------------------------------------------------------------ commands without input */

static enum status explain(const char *name)
{
    const struct rule_entry *entry = rule_find(name);

    if (!entry) {
        const char *near = rule_suggest(name);
        g_autofree char *message =
            g_strdup_printf("there is no rule \"%s\"%s%s%s", name, near ? "; did you mean " : "",
                            near ? near : "", near ? "?" : "");
        return fail(message);
    }
    fputs(entry->page, stdout);
    return STATUS_CLEAN;
}

static void print_predicts(const struct rule *rule)
{
    for (size_t i = 0; i < G_N_ELEMENTS(rule->predicts) && rule->predicts[i]; i++)
        printf("%s%s", i ? ", " : "", rule->predicts[i]);
}

static void list_as_json(void)
{
    struct arena arena = {0};
    cJSON *list = cJSON_CreateArray();

    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        cJSON *item = cJSON_CreateObject();
        cJSON_AddStringToObject(item, "name", rule->name);
        cJSON_AddStringToObject(item, "group", rule->group);
        cJSON_AddStringToObject(item, "severity", severity_name(rule->severity));
        cJSON *predicts = cJSON_AddArrayToObject(item, "predicts");
        for (size_t j = 0; j < G_N_ELEMENTS(rule->predicts) && rule->predicts[j]; j++)
            cJSON_AddItemToArray(predicts, cJSON_CreateString(rule->predicts[j]));
        cJSON_AddBoolToObject(item, "default", !rule->off);
        if (rule->since)
            cJSON_AddStringToObject(item, "since", version_text(&arena, rule->since));
        cJSON_AddStringToObject(item, "summary", rule->summary);
        cJSON_AddItemToArray(list, item);
    }
    char *text = cJSON_Print(list);
    puts(text);
    cJSON_free(text);
    cJSON_Delete(list);
    arena_finish(&arena);
}

static void list_rules(void)
{
    struct arena arena = {0};

    for (size_t i = 0; i < rule_entry_count; i++) {
        const struct rule *rule = rule_entries[i].rule;
        printf("%-38s %-8s ", rule->name, rule->off ? "off" : severity_name(rule->severity));
        print_predicts(rule);
        if (rule->since)
            printf("%ssince %s", *rule->predicts ? ", " : "", version_text(&arena, rule->since));
        printf("\n    %s\n", rule->summary);
    }
    arena_finish(&arena);
}

/* ------------------------------------------------------------------ linting */

static size_t count_statements(const struct script *script)
{
    size_t count = 0;

    for (const struct statement *statement = script->statements; statement;
         statement = statement->next)
        count += statement->kind != STATEMENT_PSQL;
    return count;
}

static size_t count_transactions(const struct script *script)
{
    size_t count = 0;

    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next)
        count++;
    return count;
}

static bool write_report(const struct report *report, const struct options *options,
                         struct error *error)
{
    struct output_file output;

    if (!output_open(&output, options->output, error))
        return false;
    if (options->format == FORMAT_SARIF)
        report_sarif(report, output.stream);
    else
        report_text(report, output.stream);
    return output_close(&output, error);
}

static enum status status_of(const struct project *project, const struct report *report,
                             const struct options *options)
{
    if (project->troubles->len > 0)
        return STATUS_FAILED;
    for (size_t i = 0; i < report->finding_count; i++) {
        if ((int)report->findings[i]->severity >= options->fail_on)
            return STATUS_FINDINGS;
    }
    return STATUS_CLEAN;
}

static enum status lint(const struct options *options)
{
    struct error error = {0};
    struct selection selection;
    struct project project;
    GPtrArray *shown = g_ptr_array_new(), *allowed = g_ptr_array_new();

    if (!selection_init(&selection, options->select, options->extend_select, options->ignore,
                        &error)) {
        g_ptr_array_unref(shown);
        g_ptr_array_unref(allowed);
        return fail_with(&error);
    }
    project_run(&project, options, &selection);
    for (guint i = 0; i < project.troubles->len; i++)
        fail(project.troubles->pdata[i]);
    for (guint i = 0; i < project.findings->len; i++) {
        struct finding *finding = project.findings->pdata[i];
        g_ptr_array_add(finding->allowed ? allowed : shown, finding);
    }

    struct report report = {
        .findings = (struct finding **)shown->pdata,
        .finding_count = shown->len,
        .allowed = (struct finding **)allowed->pdata,
        .allowed_count = allowed->len,
        .troubles = (char *const *)project.troubles->pdata,
        .trouble_count = project.troubles->len,
        .color = use_color(options),
        .quiet = options->quiet,
    };
    for (guint i = 0; i < project.scripts->len; i++) {
        const struct script *script = project.scripts->pdata[i];
        report.files += script->linted;
        report.statements += script->linted ? count_statements(script) : 0;
        report.transactions += count_transactions(script);
    }
    enum status status = write_report(&report, options, &error)
                             ? status_of(&project, &report, options)
                             : fail_with(&error);
    g_ptr_array_unref(shown);
    g_ptr_array_unref(allowed);
    project_finish(&project);
    selection_finish(&selection);
    return status;
}

/* ------------------------------------------------------------------ the graph */

static bool write_graph(struct project *project, const struct options *options, struct error *error)
{
    struct graph graph = {
        .corpus = &project->corpus,
        .structures = project->structures,
        .dependencies = graph_dependencies(&project->corpus, &project->arena),
    };
    struct output_file output;

    if (!output_open(&output, options->output, error))
        return false;
    if (options->format == FORMAT_DOT)
        report_graph_dot(&graph, output.stream);
    else if (options->format == FORMAT_MERMAID)
        report_graph_mermaid(&graph, output.stream);
    else
        report_graph_text(&graph, output.stream);
    return output_close(&output, error);
}

static enum status graph(const struct options *options)
{
    struct error error = {0};
    struct project project;

    project_run(&project, options, NULL);
    for (guint i = 0; i < project.troubles->len; i++)
        fail(project.troubles->pdata[i]);
    enum status status = project.troubles->len > 0 ? STATUS_FAILED : STATUS_CLEAN;
    if (!write_graph(&project, options, &error))
        status = fail_with(&error);
    project_finish(&project);
    return status;
}

static enum status run(const struct options *options)
{
    if (options->version) {
        printf("isolint %s (grammar of %s)\n", ISOLINT_VERSION, parse_grammar());
        return STATUS_CLEAN;
    }
    if (options->explain)
        return explain(options->explain);
    if (options->list_rules) {
        if (options->format == FORMAT_JSON)
            list_as_json();
        else
            list_rules();
        return STATUS_CLEAN;
    }
    if (options->graph)
        return graph(options);
    if (options->format == FORMAT_JSON)
        return fail("--format json is for --list-rules");
    return lint(options);
}

int main(int argc, char **argv)
{
    struct options options;
    struct error error = {0};

    setlocale(LC_CTYPE, "C.UTF-8"); /* messages are UTF-8 whatever the terminal says */
    signal(SIGPIPE, SIG_IGN);       /* a closed pipe is a write error like any other */
    if (!options_parse(&options, argc, argv, &error)) {
        options_finish(&options);
        return fail_with(&error);
    }
    enum status status = run(&options);
    options_finish(&options);
    if (status != STATUS_FAILED && fflush(stdout) != 0)
        status = fail("standard output: could not be written");
    return status;
}
