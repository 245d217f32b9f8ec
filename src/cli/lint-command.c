#include "cli/lint-command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/changed.h"
#include "cli/fix.h"
#include "cli/project-graph.h"
#include "cli/run-baseline.h"
#include "cli/run-report.h"
#include "engine/configured.h"
#include "engine/shelf.h"
#include "log/reader.h"
#include "output/output.h"
#include "output/trouble.h"
#include "report/report.h"
#include "report/terminal.h"

struct lint_run {
    const struct options *options;
    struct shelf *shelf;             /* for the rounds of --fix and --diff; NULL without them */
    const struct made_scripts *made; /* or NULL */
    struct selection selection;
    struct project project;
    struct changed changed;
    struct run_baseline baseline;
    struct fixes fixes;
    GPtrArray *shown, *allowed; /* struct finding */
    size_t known_count;
    size_t lesser[SEVERITY_ERROR + 1]; /* not shown, by severity */
    GPtrArray *linted;                 /* struct script, in order of path */
    GPtrArray *scripts;                /* those of them that findings are shown of, or would be */
};

static bool use_color(const struct options *options, const char *path)
{
    const char *no = getenv("NO_COLOR"), *force = getenv("FORCE_COLOR");

    if (options->color != COLOR_AUTO)
        return options->color == COLOR_ALWAYS;
    if (no && *no)
        return false;
    if (force && *force)
        return true;
    return !path && isatty(STDOUT_FILENO);
}

/* ------------------------------------------------------------------ what is shown */

static void count_lesser(struct lint_run *run)
{
    memset(run->lesser, 0, sizeof run->lesser);
    for (guint i = 0; i < run->project.lesser->len; i++) {
        const struct finding *finding = run->project.lesser->pdata[i];
        if (changed_concerns(&run->changed, finding) && !finding->allowed &&
            !baseline_has(&run->baseline.baseline, finding))
            run->lesser[finding->severity]++;
    }
}

static void sort_out(struct lint_run *run)
{
    count_lesser(run);
    for (guint i = 0; i < run->project.findings->len; i++) {
        struct finding *finding = run->project.findings->pdata[i];
        if (!changed_concerns(&run->changed, finding))
            continue;
        if (finding->allowed)
            g_ptr_array_add(run->allowed, finding);
        else if (baseline_has(&run->baseline.baseline, finding))
            run->known_count++;
        else
            g_ptr_array_add(run->shown, finding);
    }
}

/* What was found is known by now. */
static void sort_out_again(struct lint_run *run)
{
    g_ptr_array_set_size(run->shown, 0);
    g_ptr_array_set_size(run->allowed, 0);
    run->known_count = 0;
    sort_out(run);
}

static void list_scripts(struct lint_run *run)
{
    for (guint i = 0; i < run->project.scripts->len; i++) {
        struct script *script = run->project.scripts->pdata[i];
        if (script->linted)
            g_ptr_array_add(run->linted, script);
    }
}

/* A finding that concerns a file that differs may stand in one that does not. */
static void list_shown_scripts(struct lint_run *run)
{
    g_autoptr(GHashTable) with_findings = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < run->shown->len; i++) {
        const struct finding *finding = run->shown->pdata[i];
        g_hash_table_add(with_findings, (gpointer)finding->script);
    }
    for (guint i = 0; i < run->linted->len; i++) {
        struct script *script = run->linted->pdata[i];
        if (g_hash_table_contains(with_findings, script) || changed_has(&run->changed, script))
            g_ptr_array_add(run->scripts, script);
    }
}

/* ------------------------------------------------------------------ reports */

static struct report report_of(const struct lint_run *run)
{
    struct report report = {
        .findings = (struct finding **)run->shown->pdata,
        .finding_count = run->shown->len,
        .allowed = (struct finding **)run->allowed->pdata,
        .allowed_count = run->allowed->len,
        .known_count = run->known_count,
        .scripts = (struct script *const *)run->scripts->pdata,
        .script_count = run->scripts->len,
        .files = run->scripts->len,
        .limits = &run->project.limits,
        .troubles = (char *const *)run->project.troubles->pdata,
        .trouble_count = run->project.troubles->len,
        .fail_on = run->options->settings.effective.fail_on,
        .quiet = run->options->quiet,
    };

    memcpy(report.lesser, run->lesser, sizeof report.lesser);
    for (guint i = 0; i < run->scripts->len; i++) {
        const struct script *script = run->scripts->pdata[i];
        report.statements += script->statement_count;
        report.transactions += script->transaction_count;
    }
    return report;
}

static bool write_report(const struct output_request *request, const struct report *report,
                         struct error *error)
{
    struct output_file output;

    if (!output_open(&output, request->path, error))
        return false;
    report_format_find(request->format)->write(report, output.stream);
    return output_close(&output, error);
}

/* Text is read from its beginning, and few read a thousand findings; programs want all. */
static size_t most_of(const struct options *options, const char *format)
{
    enum { USUAL = 50 };

    if (options->most != MOST_USUAL)
        return (size_t)options->most;
    return strcmp(format, "text") == 0 ? USUAL : 0;
}

static bool wants_graph(const struct lint_run *run)
{
    const GArray *requests = run->options->outputs.requests;

    for (guint i = 0; i < requests->len; i++) {
        const char *format = g_array_index(requests, struct output_request, i).format;
        if (report_format_find(format)->graph)
            return true;
    }
    return false;
}

/* Whether all could be written. */
static bool write_reports(struct lint_run *run)
{
    const GArray *requests = run->options->outputs.requests;
    struct report report = report_of(run);
    bool written = true;

    struct graph graph = {0};
    g_autoptr(GPtrArray) programs = wants_graph(run) ? project_graph(&run->project, &graph) : NULL;

    if (run->made)
        run->made->complete(&report, run->made->context);
    report.graph = programs ? &graph : NULL;
    for (guint i = 0; i < requests->len; i++) {
        const struct output_request *request = &g_array_index(requests, struct output_request, i);
        struct error error = {0};
        report.color = use_color(run->options, request->path);
        report.links = report.color && terminal_knows_links();
        report.width = request->path ? TERMINAL_USUAL : terminal_width(STDOUT_FILENO);
        report.most = most_of(run->options, request->format);
        if (!write_report(request, &report, &error)) {
            fail_with(&error);
            written = false;
        }
    }
    return written;
}

/* ------------------------------------------------------------------ the run */

static enum status status_of(const struct lint_run *run)
{
    if (run->project.troubles->len > 0)
        return STATUS_FAILED;
    for (guint i = 0; i < run->shown->len; i++) {
        const struct finding *finding = run->shown->pdata[i];
        if ((int)finding->severity >= run->options->settings.effective.fail_on)
            return STATUS_FINDINGS;
    }
    return STATUS_CLEAN;
}

/* Reads, lints and sorts out; `fixes` may have other texts for some files. */
static void analyse(struct lint_run *run)
{
    struct settings settings = run->options->settings;

    settings.shelf = run->shelf;
    project_run_with(&run->project, &settings, &run->selection, run->fixes.texts,
                     run->made ? run->made->scripts : NULL);
    if (run->made)
        run->made->found(&run->project, &run->selection, run->made->context);
    run->shown = g_ptr_array_new();
    run->allowed = g_ptr_array_new();
    run->linted = g_ptr_array_new();
    run->scripts = g_ptr_array_new();
    run->known_count = 0;
    list_scripts(run);
    sort_out(run);
    list_shown_scripts(run);
}

static void clear(struct lint_run *run)
{
    g_ptr_array_unref(run->shown);
    g_ptr_array_unref(run->allowed);
    g_ptr_array_unref(run->linted);
    g_ptr_array_unref(run->scripts);
    project_finish(&run->project);
}

static bool is_among(GPtrArray *troubles, const char *trouble)
{
    return g_ptr_array_find_with_equal_func(troubles, trouble, g_str_equal, NULL);
}

static gpointer copy_trouble(gconstpointer trouble, gpointer unused)
{
    (void)unused;
    return g_strdup(trouble);
}

/* What could not be read once was missing once: the run has failed, whatever came later. */
static void analyse_again(struct lint_run *run)
{
    g_autoptr(GPtrArray) before = g_ptr_array_copy(run->project.troubles, copy_trouble, NULL);

    g_ptr_array_set_free_func(before, g_free);
    clear(run);
    analyse(run);
    GPtrArray *troubles = run->project.troubles;
    for (guint i = 0; i < troubles->len; i++) {
        if (!is_among(before, troubles->pdata[i]))
            say(troubles->pdata[i]);
    }
    for (guint i = 0; i < before->len; i++) {
        if (!is_among(troubles, before->pdata[i]))
            g_ptr_array_add(troubles, g_strdup(before->pdata[i]));
    }
}

static void repair(struct lint_run *run)
{
    while (fixes_step(&run->fixes, &run->project, run->shown))
        analyse_again(run);
}

/* Whether the log of CI would obey a line of the diff wherever the command stands in it; a line
 * that begins with one is written so that it does not. */
static bool is_obeyed(const GString *diff)
{
    if (!g_getenv("GITHUB_ACTIONS") && !g_getenv("TF_BUILD"))
        return false;
    for (const char *at = diff->str, *end = at + diff->len; (at = strstr(at, "##")); at++) {
        if (terminal_command_length(at, (size_t)(end - at)))
            return true;
    }
    return false;
}

static enum status report_diff(struct lint_run *run)
{
    const struct output_request *request =
        &g_array_index(run->options->outputs.requests, struct output_request, 0);
    enum status status = status_of(run);
    struct error error = {0};

    repair(run);
    if (run->project.troubles->len > 0)
        status = STATUS_FAILED;
    g_autoptr(GString) diff = fixes_diff(&run->fixes);
    if (diff->len == 0 && run->shown->len > 0 && !run->options->quiet)
        say("no diff: none of the findings has a repair that --fix would make");
    bool harmless = !request->path && (isatty(STDOUT_FILENO) || is_obeyed(diff));
    g_autoptr(GString) shown = harmless ? terminal_lines(diff->str, diff->len) : NULL;
    const GString *text = shown ? shown : diff;
    if (!output_write(request->path, text->str, text->len, &error))
        return fail_with(&error);
    return status;
}

static enum status report_findings(struct lint_run *run)
{
    struct error error = {0};
    bool done;

    /* A file that could not be read would lose what the baseline knows of it. */
    if (run->options->update_baseline && run->project.troubles->len > 0)
        done = error_set(&error, "--update-baseline: the baseline is left as it was, because not "
                                 "everything could be read");
    else
        done = run_baseline_update(&run->baseline, &run->project, &run->selection, run->linted,
                                   &error);
    if (!done)
        fail_with(&error);
    if (run->options->update_baseline)
        sort_out_again(run);
    if (run->options->verbose)
        report_inputs(&run->project, &run->changed, &run->selection);
    if (run->made && run->made->instead)
        done &= run->made->instead(&run->project, run->options, run->made->context, &error) ||
                (fail_with(&error), false);
    else
        done &= write_reports(run);
    if (run->options->statistics)
        report_statistics(run->shown);
    return done ? status_of(run) : STATUS_FAILED;
}

static enum status fix(struct lint_run *run)
{
    bool written;

    repair(run);
    written = fixes_write(&run->fixes, run->options->quiet);
    if (!written) /* what could not be written is found still */
        analyse_again(run);
    enum status status = report_findings(run);
    return written ? status : STATUS_FAILED;
}

/* A server's log that is read as SQL has a syntax error in its first line. SQL may have what looks
 * like an entry further down, in a comment or in a text. */
static bool may_be_log(const struct script *script)
{
    const struct statement *first = script->statements;

    return script->errors && (!first || script->errors->span.start <= first->span.end);
}

static void point_out_logs(const struct lint_run *run)
{
    for (guint i = 0; i < run->linted->len; i++) {
        const struct script *script = run->linted->pdata[i];
        struct error error = {0};
        struct reader *reader =
            may_be_log(script) && !run->made
                ? reader_open_bytes(script->path, script->bytes, script->size, NULL, &error)
                : NULL;
        if (reader) {
            g_autofree char *message =
                g_strdup_printf("%s: this is a server's log; read it with: isolint log %s",
                                script->path, script->path);
            say(message);
            reader_close(reader);
        }
        error_clear(&error);
    }
}

static enum status run_all(struct lint_run *run)
{
    fixes_init(&run->fixes);
    run->shelf = run->options->diff || run->options->fix ? shelf_new() : NULL;
    analyse(run);
    for (guint i = 0; i < run->project.troubles->len; i++)
        say(run->project.troubles->pdata[i]);
    for (guint i = 0; i < run->project.remarks->len && !run->options->quiet; i++)
        say(run->project.remarks->pdata[i]);
    point_out_logs(run);
    enum status status = run->options->diff  ? report_diff(run)
                         : run->options->fix ? fix(run)
                                             : report_findings(run);
    clear(run);
    shelf_free(run->shelf);
    fixes_finish(&run->fixes);
    return status;
}

enum status lint_command(const struct options *options)
{
    return lint_scripts(options, NULL);
}

enum status lint_scripts(const struct options *options, const struct made_scripts *made)
{
    struct lint_run run = {.options = options, .made = made};
    struct error error = {0};

    if (!configured_selection(&run.selection, &options->settings, NULL, &error))
        return fail_with(&error);
    enum status status = changed_init(&run.changed, options, &error) &&
                                 run_baseline_init(&run.baseline, options, &error)
                             ? run_all(&run)
                             : fail_with(&error);
    run_baseline_finish(&run.baseline);
    changed_finish(&run.changed);
    selection_finish(&run.selection);
    return status;
}
