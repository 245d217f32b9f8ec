#include "cli/log-command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/lint-command.h"
#include "cli/log-roles.h"
#include "evidence/errors.h"
#include "evidence/evidence.h"
#include "output/output.h"
#include "workload/table.h"

/* ------------------------------------------------------------------ progress */

struct progress {
    gint64 last; /* when it was shown */
    bool shown;
};

/* On a terminal, once a second. */
static void show_progress(const char *file, uint64_t read, uint64_t size, void *context)
{
    struct progress *progress = context;
    gint64 now = g_get_monotonic_time();

    if (now - progress->last < G_USEC_PER_SEC)
        return;
    if (progress->last > 0 && size > 0)
        fprintf(stderr, "\r\033[Kisolint: %s %d%%", file, (int)(100 * read / size));
    else if (progress->last > 0)
        fprintf(stderr, "\r\033[Kisolint: %s %" G_GUINT64_FORMAT " MB", file, read >> 20);
    progress->shown |= progress->last > 0;
    progress->last = now;
}

static void report_wait(const char *path)
{
    g_autofree char *line =
        g_strdup_printf("%s: is a named pipe; waiting for a program that writes to it", path);

    say(line);
}

/* ------------------------------------------------------------------ files */

static bool write_table(const struct workload *workload, const char *path, struct error *error)
{
    GString *table = table_write(workload->programs);
    bool done = output_write(strcmp(path, "-") == 0 ? NULL : path, table->str, table->len, error);

    g_string_free(table, TRUE);
    return done;
}

static bool write_programs(const struct evidence *evidence, const char *directory,
                           struct error *error)
{
    if (g_mkdir_with_parents(directory, 0777) != 0)
        return error_set(error, "%s: %s", directory, g_strerror(errno));
    for (guint i = 0; i < evidence->made->len; i++) {
        const struct made *made = evidence->made->pdata[i];
        gsize size;
        const char *text = g_bytes_get_data(made->text, &size);
        if (!output_write(made->path, text, size, error))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ the run */

static void report_notices(const struct options *options, const struct workload *workload)
{
    for (guint i = 0; i < workload->troubles->len; i++)
        say(workload->troubles->pdata[i]);
    for (guint i = 0; i < workload->notices->len && !options->quiet; i++)
        say(workload->notices->pdata[i]);
}

/* What --explain-errors writes in the place of findings. */
static bool explain(const struct project *project, const struct options *options, void *context,
                    struct error *error)
{
    const GArray *requests = options->outputs.requests;

    for (guint i = 0; i < requests->len; i++) {
        const struct output_request *request = &g_array_index(requests, struct output_request, i);
        struct output_file output;
        if (!output_open(&output, request->path, error))
            return false;
        if (strcmp(request->format, "json") == 0)
            errors_json(context, project, output.stream);
        else
            errors_text(context, project, output.stream);
        if (!output_close(&output, error))
            return false;
    }
    return true;
}

static enum status lint(const struct options *options, struct workload *workload)
{
    struct evidence evidence;
    struct error error = {0};
    enum status status = STATUS_CLEAN;

    evidence_init(&evidence, workload, options->given.programs);
    if (options->given.programs && !write_programs(&evidence, options->given.programs, &error))
        status = fail_with(&error);
    if (status == STATUS_CLEAN) {
        const struct made_scripts made = {
            .scripts = evidence.made,
            .found = evidence_found,
            .complete = evidence_complete,
            .instead = options->given.explain_errors ? explain : NULL,
            .context = &evidence,
        };
        status = lint_scripts(options, &made);
    }
    evidence_finish(&evidence);
    return status;
}

/* A log in which nothing was found to look at is most likely not what was meant. */
static bool is_empty(const struct options *options, const struct workload *workload)
{
    if (options->given.allow_empty || workload->executions > workload->unread ||
        workload->troubles->len > 0 || workload->shown->len > 0)
        return false;
    g_autofree char *line = g_strdup_printf(
        "no statements in %" G_GUINT64_FORMAT " entries: set log_statement = 'all' or "
        "log_min_duration_statement = 0, and lc_messages = 'C', for messages must be in English",
        workload->entries);
    say(line);
    return true;
}

static enum status run(const struct options *options, const struct workload_options *wanted,
                       struct workload *workload)
{
    struct progress progress = {0};
    struct error error = {0};
    bool terminal = isatty(STDERR_FILENO) && !options->quiet;

    workload_read(workload, options->logs, wanted, terminal ? show_progress : NULL, &progress);
    if (progress.shown)
        fputs("\r\033[K", stderr);
    workload_end(workload);
    report_notices(options, workload);
    bool done = !options->given.table || write_table(workload, options->given.table, &error);
    workload_finish(workload, wanted);
    enum status status = !done ? fail_with(&error) : lint(options, workload);
    return workload->troubles->len > 0 || is_empty(options, workload) ? STATUS_FAILED : status;
}

enum status log_command(const struct options *options)
{
    const struct log_given *given = &options->given;
    g_autoptr(GHashTable) roles = log_roles(&options->settings);
    struct workload_options wanted = {
        .prefix = given->prefix,
        .least_runs = (uint64_t)MAX(given->least_runs, 1),
        .jobs = options->settings.jobs,
        .waits = report_wait,
        .follow = {.database = given->database,
                   .user = given->user,
                   .tests = given->tests,
                   .roles = roles},
    };
    struct error error = {0};
    struct workload workload = {0};

    if (!log_time("since", given->since, &wanted.follow.since, &error) ||
        !log_time("until", given->until, &wanted.follow.until, &error) ||
        !workload_init(&workload, &wanted, &error))
        return fail_with(&error);
    enum status status = run(options, &wanted, &workload);
    workload_free(&workload);
    return status;
}
