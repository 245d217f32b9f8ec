#include "cli/lsp-analysis.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/configured.h"
#include "cli/run-baseline.h"
#include "engine/recheck.h"
#include "cli/options.h"
#include "engine/project.h"
#include "input/discover.h"

struct project_analysis {
    GPtrArray *arguments; /* char *, with those that the editor adds */
    bool alone;           /* no directory is open: only buffers are read */
    bool ready;           /* the configuration is right */
    char *wrong;          /* what is wrong with it, else NULL */
    struct options options;
    struct selection selection;
    struct run_baseline baseline;
    struct project project; /* of the last run */
    bool kept;              /* there has been one, with this configuration */
};

struct project_analysis *project_analysis_new(int argc, char **argv)
{
    struct project_analysis *analysis = g_new0(struct project_analysis, 1);

    analysis->arguments = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < argc; i++)
        g_ptr_array_add(analysis->arguments, g_strdup(argv[i]));
    return analysis;
}

static void drop_project(struct project_analysis *analysis)
{
    if (analysis->kept)
        project_finish(&analysis->project);
    analysis->kept = false;
}

static void reset(struct project_analysis *analysis)
{
    drop_project(analysis);
    g_clear_pointer(&analysis->wrong, g_free);
    if (!analysis->ready)
        return;
    run_baseline_finish(&analysis->baseline);
    selection_finish(&analysis->selection);
    options_finish(&analysis->options);
    analysis->ready = false;
}

void project_analysis_free(struct project_analysis *analysis)
{
    reset(analysis);
    g_ptr_array_unref(analysis->arguments);
    g_free(analysis);
}

/* ------------------------------------------------------------------ the configuration */

static bool parse(struct project_analysis *analysis, struct error *error)
{
    const GPtrArray *arguments = analysis->arguments;
    g_autofree char **argv = g_new0(char *, arguments->len + 1);

    memcpy(argv, arguments->pdata, arguments->len * sizeof *argv);
    if (options_parse(&analysis->options, (int)arguments->len, argv, error)) {
        if (!configured_selection(&analysis->selection, &analysis->options.settings, NULL, error)) {
            options_finish(&analysis->options);
            return false;
        }
        if (run_baseline_init(&analysis->baseline, &analysis->options, error))
            return true;
        run_baseline_finish(&analysis->baseline);
        selection_finish(&analysis->selection);
    }
    options_finish(&analysis->options);
    return false;
}

/* As on the command line in this directory: `.isolint.yml` is found from here. */
static bool configure(struct project_analysis *analysis, struct error *error)
{
    reset(analysis);
    analysis->ready = parse(analysis, error);
    if (!analysis->ready) {
        analysis->wrong = g_strdup(error->message);
        return false;
    }
    analysis->options.quiet = true;
    analysis->options.settings.monitor = NULL;
    analysis->options.settings.allow_empty = true;
    return true;
}

static bool open_root(void *context, const char *root, bool alone, char **settings,
                      struct error *error)
{
    struct project_analysis *analysis = context;

    if (chdir(root) != 0)
        return error_set(error, "%s: %s", root, g_strerror(errno));
    analysis->alone = alone;
    for (char **setting = settings; setting && *setting; setting++) {
        g_ptr_array_add(analysis->arguments, g_strdup("--set"));
        g_ptr_array_add(analysis->arguments, g_strdup(*setting));
    }
    return configure(analysis, error);
}

/* ------------------------------------------------------------------ a run */

static void made_free(void *data)
{
    struct made *made = data;

    g_free(made->path);
    g_free(made);
}

/* Buffers that are no file yet, or all of them when no directory is open. */
static GPtrArray *made_of(const struct project_analysis *analysis, GHashTable *buffers)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(made_free);
    GHashTableIter each;
    gpointer path, text;

    g_hash_table_iter_init(&each, buffers);
    while (g_hash_table_iter_next(&each, &path, &text)) {
        if (!analysis->alone && (g_file_test(path, G_FILE_TEST_EXISTS) || !discover_is_sql(path)))
            continue;
        struct made *made = g_new(struct made, 1);
        *made = (struct made){g_strdup(path), text};
        g_ptr_array_add(all, made);
    }
    return all;
}

static void add_findings(struct outcome *outcome, const struct project_analysis *analysis,
                         const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        if (!baseline_has(&analysis->baseline.baseline, finding))
            outcome_add_finding(outcome, finding);
    }
}

static void add_all(struct outcome *outcome, const struct project_analysis *analysis)
{
    const struct project *project = &analysis->project;

    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        if (script->linted)
            outcome_add_script(outcome, script);
    }
    add_findings(outcome, analysis, project->findings);
    for (guint i = 0; i < project->databases->len; i++) {
        const struct database *database = project->databases->pdata[i];
        outcome_add_tables(outcome, &database->catalog, &database->corpus);
    }
    for (guint i = 0; i < project->troubles->len; i++)
        g_ptr_array_add(outcome->troubles, g_strdup(project->troubles->pdata[i]));
    outcome_close(outcome);
}

/* The file of the job alone; false when that does not do. */
static bool recheck(struct project_analysis *analysis, const struct job *job,
                    struct outcome *outcome)
{
    GBytes *text = g_hash_table_lookup(job->buffers, job->path);
    struct recheck again;

    if (!text || !analysis->kept ||
        !recheck_file(&again, &analysis->project, &analysis->options.settings, &analysis->selection,
                      job->path, text))
        return false;
    outcome_add_script(outcome, again.script);
    add_findings(outcome, analysis, again.findings);
    outcome_close(outcome);
    recheck_finish(&again);
    return true;
}

static bool run_all(struct project_analysis *analysis, const struct job *job)
{
    char *none[] = {NULL};
    struct settings settings = analysis->options.settings;
    g_autoptr(GPtrArray) made = made_of(analysis, job->buffers);
    struct project project;

    if (analysis->alone)
        settings.paths = none;
    if (!project_run_until(&project, &settings, &analysis->selection, job->buffers, made,
                           &job->cancelled))
        return false;
    drop_project(analysis);
    analysis->project = project;
    analysis->kept = true;
    return true;
}

static struct outcome *run(void *context, struct job *job)
{
    struct project_analysis *analysis = context;
    struct outcome *outcome = outcome_new(job->encoding);
    struct error error = {0};

    if (job->reload && !configure(analysis, &error))
        error_clear(&error);
    if (!analysis->ready) {
        g_ptr_array_add(outcome->troubles, g_strdup(analysis->wrong));
    } else if (job->whole || !recheck(analysis, job, outcome)) {
        if (!run_all(analysis, job)) {
            outcome_free(outcome);
            return NULL;
        }
        add_all(outcome, analysis);
    }
    return outcome;
}

struct analysis project_analysis_of(struct project_analysis *analysis)
{
    return (struct analysis){.analyst = {open_root, analysis}, .run = run};
}
