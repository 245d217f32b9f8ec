#include "cli/lint-command.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/known.h"
#include "cli/output.h"
#include "cli/project.h"
#include "report/report.h"

struct lint_run {
    const struct options *options;
    struct selection selection;
    struct project project;
    struct known known;
    GPtrArray *shown, *allowed; /* struct finding */
    size_t known_count;
    GPtrArray *scripts; /* that were linted, in order of path */
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

static void sort_out(struct lint_run *run)
{
    for (guint i = 0; i < run->project.findings->len; i++) {
        struct finding *finding = run->project.findings->pdata[i];
        if (finding->allowed)
            g_ptr_array_add(run->allowed, finding);
        else if (baseline_has(&run->known.baseline, finding))
            run->known_count++;
        else
            g_ptr_array_add(run->shown, finding);
    }
}

static int compare_paths(const void *a, const void *b)
{
    const struct script *x = *(struct script *const *)a, *y = *(struct script *const *)b;

    return strcmp(x->path, y->path);
}

static void list_scripts(struct lint_run *run)
{
    for (guint i = 0; i < run->project.scripts->len; i++) {
        struct script *script = run->project.scripts->pdata[i];
        if (script->linted)
            g_ptr_array_add(run->scripts, script);
    }
    g_ptr_array_sort(run->scripts, compare_paths);
}

/* ------------------------------------------------------------------ reports */

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
        .troubles = (char *const *)run->project.troubles->pdata,
        .trouble_count = run->project.troubles->len,
        .fail_on = run->options->fail_on,
        .quiet = run->options->quiet,
    };

    for (guint i = 0; i < run->scripts->len; i++) {
        report.statements += count_statements(run->scripts->pdata[i]);
        report.transactions += count_transactions(run->scripts->pdata[i]);
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

/* Whether all could be written. */
static bool write_reports(const struct lint_run *run)
{
    const GArray *requests = run->options->outputs.requests;
    struct report report = report_of(run);
    bool written = true;

    for (guint i = 0; i < requests->len; i++) {
        const struct output_request *request = &g_array_index(requests, struct output_request, i);
        struct error error = {0};
        report.color = use_color(run->options, request->path);
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
        if ((int)finding->severity >= run->options->fail_on)
            return STATUS_FINDINGS;
    }
    return STATUS_CLEAN;
}

static enum status finish(struct lint_run *run)
{
    struct error error = {0};

    for (guint i = 0; i < run->project.troubles->len; i++)
        say(run->project.troubles->pdata[i]);
    list_scripts(run);
    bool updated = known_update(&run->known, &run->project, &run->selection, run->scripts, &error);
    if (!updated)
        fail_with(&error);
    sort_out(run);
    return write_reports(run) && updated ? status_of(run) : STATUS_FAILED;
}

static enum status run_all(struct lint_run *run)
{
    project_run(&run->project, run->options, &run->selection);
    run->shown = g_ptr_array_new();
    run->allowed = g_ptr_array_new();
    run->scripts = g_ptr_array_new();
    enum status status = finish(run);
    g_ptr_array_unref(run->shown);
    g_ptr_array_unref(run->allowed);
    g_ptr_array_unref(run->scripts);
    project_finish(&run->project);
    return status;
}

enum status lint_command(const struct options *options)
{
    struct lint_run run = {.options = options};
    struct error error = {0};

    if (!selection_init(&run.selection, options->select, options->extend_select, options->ignore,
                        &error))
        return fail_with(&error);
    enum status status =
        known_init(&run.known, options, &error) ? run_all(&run) : fail_with(&error);
    known_finish(&run.known);
    selection_finish(&run.selection);
    return status;
}
