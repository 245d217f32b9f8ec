/* isolint: exit status 0 when nothing at or above --fail-on was found, 1 when something was, 2 when
 * the run itself failed in any part. */
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <cjson/cJSON.h>

#include "base/heap.h"
#include "cli/catalog-command.h"
#include "cli/graph-command.h"
#include "cli/lint-command.h"
#include "cli/log-command.h"
#include "cli/lsp-command.h"
#include "cli/watch.h"
#include "lint/registry.h"
#include "options/show-config.h"
#include "output/last-resort.h"
#include "sql/parse.h"

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

/* ------------------------------------------------------------------ the program */

static bool wants_json(const struct options *options)
{
    return strcmp(g_array_index(options->outputs.requests, struct output_request, 0).format,
                  "json") == 0;
}

static enum status run(const struct options *options)
{
    if (options->version) {
        printf("isolint %s (grammar of %s)\n", ISOLINT_VERSION, parse_grammar());
        return STATUS_CLEAN;
    }
    if (options->explain)
        return explain(options->explain);
    if (options->show_config) {
        struct error error = {0};
        return show_config(options, stdout, &error) ? STATUS_CLEAN : fail_with(&error);
    }
    if (options->list_rules) {
        if (wants_json(options))
            list_as_json();
        else
            list_rules();
        return STATUS_CLEAN;
    }
    if (options->catalog)
        return catalog_command(options);
    if (options->logs)
        return log_command(options);
    return options->graph ? graph_command(options) : lint_command(options);
}

static int run_command(int argc, char **argv)
{
    struct options options;
    struct error error = {0};

    setlocale(LC_CTYPE, "C.UTF-8"); /* messages are UTF-8 whatever the terminal says */
    signal(SIGPIPE, SIG_IGN);       /* output_is_unread: other reports are still written */
    signal(SIGXFSZ, SIG_IGN);       /* a limit of the size of files is an error of a write */
    if (!options_parse(&options, argc, argv, &error)) {
        options_finish(&options);
        return fail_with(&error);
    }
    enum status status = options.lsp     ? lsp_command(argc, argv)
                         : options.watch ? watch_command(argc, argv)
                                         : run(&options);
    options_finish(&options);
    return printed(status);
}

int main(int argc, char **argv)
{
    heap_use_large_pages();
    last_resort_arm();
    int status = run_command(argc, argv);
    last_resort_disarm();
    return status;
}
