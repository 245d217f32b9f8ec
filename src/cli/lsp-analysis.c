#include "cli/lsp-analysis.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cli/run-baseline.h"
#include "engine/configured.h"
#include "engine/project.h"
#include "engine/recheck.h"
#include "engine/shelf.h"
#include "engine/update.h"
#include "input/discover.h"
#include "lsp/uri.h"
#include "options/options.h"

/* One directory. */
struct workspace {
    bool ready;  /* the configuration is right */
    char *wrong; /* what is wrong with it, else NULL */
    struct options options;
    struct selection selection;
    struct run_baseline baseline;
    struct project project; /* of the last run */
    struct shelf *shelf;    /* what runs have parsed */
    bool kept;              /* there has been one, with this configuration */
    GHashTable *revisions;  /* path → guint64: of the buffers that it has seen */
};

struct project_analysis {
    int argc;
    char **argv;
    GHashTable *workspaces; /* root → struct workspace */
};

static void drop_project(struct workspace *workspace)
{
    if (workspace->kept)
        project_finish(&workspace->project);
    g_clear_pointer(&workspace->revisions, g_hash_table_unref);
    workspace->kept = false;
}

static void reset(struct workspace *workspace)
{
    drop_project(workspace);
    g_clear_pointer(&workspace->wrong, g_free);
    if (!workspace->ready)
        return;
    run_baseline_finish(&workspace->baseline);
    selection_finish(&workspace->selection);
    options_finish(&workspace->options);
    workspace->ready = false;
}

static void workspace_free(void *data)
{
    struct workspace *workspace = data;

    reset(workspace);
    shelf_free(workspace->shelf);
    g_free(workspace);
}

struct project_analysis *project_analysis_new(int argc, char **argv)
{
    struct project_analysis *analysis = g_new0(struct project_analysis, 1);

    analysis->argc = argc;
    analysis->argv = argv;
    analysis->workspaces = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, workspace_free);
    return analysis;
}

void project_analysis_free(struct project_analysis *analysis)
{
    g_hash_table_unref(analysis->workspaces);
    g_free(analysis);
}

/* ------------------------------------------------------------------ the configuration */

/* The arguments of the program, and those that the editor adds. Owned by the caller. */
static char **arguments_of(const struct project_analysis *analysis, char *const *settings)
{
    g_autoptr(GStrvBuilder) arguments = g_strv_builder_new();

    for (int i = 0; i < analysis->argc; i++)
        g_strv_builder_add(arguments, analysis->argv[i]);
    for (; settings && *settings; settings++)
        g_strv_builder_add_many(arguments, "--set", *settings, NULL);
    return g_strv_builder_end(arguments);
}

static bool parse(struct workspace *workspace, char **arguments, struct error *error)
{
    if (options_parse(&workspace->options, (int)g_strv_length(arguments), arguments, error)) {
        if (!configured_selection(&workspace->selection, &workspace->options.settings, NULL,
                                  error)) {
            options_finish(&workspace->options);
            return false;
        }
        if (run_baseline_init(&workspace->baseline, &workspace->options, error))
            return true;
        run_baseline_finish(&workspace->baseline);
        selection_finish(&workspace->selection);
    }
    options_finish(&workspace->options);
    return false;
}

/* As on the command line in this directory: `.isolint.yml` is found from here. */
static void configure(const struct project_analysis *analysis, struct workspace *workspace,
                      const struct job *job)
{
    g_auto(GStrv) arguments = arguments_of(analysis, job->settings);
    struct error error = {0};

    reset(workspace);
    workspace->ready = parse(workspace, arguments, &error);
    if (!workspace->ready) {
        workspace->wrong = error.message;
        return;
    }
    workspace->options.quiet = true;
    workspace->options.settings.monitor = NULL;
    workspace->options.settings.allow_empty = true;
    workspace->options.settings.shelf = workspace->shelf;
    workspace->options.settings.incremental = true;
}

/* The directory of the job, in which paths are from now on; NULL when it cannot be. */
static struct workspace *enter(struct project_analysis *analysis, const struct job *job,
                               struct outcome *outcome)
{
    struct workspace *workspace = g_hash_table_lookup(analysis->workspaces, job->root);

    if (chdir(job->root) != 0) {
        outcome->wrong = g_strdup_printf("%s: %s", job->root, g_strerror(errno));
        return NULL;
    }
    if (!workspace) {
        workspace = g_new0(struct workspace, 1);
        workspace->shelf = shelf_new();
        g_hash_table_insert(analysis->workspaces, g_strdup(job->root), workspace);
        configure(analysis, workspace, job);
    } else if (job->reload) {
        configure(analysis, workspace, job);
    }
    if (workspace->ready)
        return workspace;
    outcome->wrong = g_strdup(workspace->wrong);
    return NULL;
}

/* ------------------------------------------------------------------ a run */

static void made_free(void *data)
{
    struct made *made = data;

    g_free(made->path);
    g_free(made);
}

/* Buffers that are no file yet, or all of them when no directory is open. */
static GPtrArray *made_of(const struct job *job)
{
    GPtrArray *all = g_ptr_array_new_with_free_func(made_free);
    GHashTableIter each;
    gpointer path, text;

    g_hash_table_iter_init(&each, job->buffers);
    while (g_hash_table_iter_next(&each, &path, &text)) {
        if (!job->alone && !uri_is_untitled(path) &&
            (g_file_test(path, G_FILE_TEST_EXISTS) || !discover_is_sql(path)))
            continue;
        struct made *made = g_new(struct made, 1);
        *made = (struct made){g_strdup(path), text};
        g_ptr_array_add(all, made);
    }
    return all;
}

static void add_findings(struct outcome *outcome, const struct workspace *workspace,
                         const GPtrArray *findings)
{
    for (guint i = 0; i < findings->len; i++) {
        const struct finding *finding = findings->pdata[i];
        if (!baseline_has(&workspace->baseline.baseline, finding))
            outcome_add_finding(outcome, finding);
    }
}

static void add_tables(struct outcome *outcome, const struct workspace *workspace,
                       GHashTable *names)
{
    const GPtrArray *databases = workspace->project.databases;

    for (guint i = 0; i < databases->len; i++) {
        const struct database *database = databases->pdata[i];
        outcome_add_tables(outcome, &database->catalog, &database->corpus, names);
    }
    outcome_close(outcome);
}

static void add_all(struct outcome *outcome, const struct workspace *workspace)
{
    const struct project *project = &workspace->project;

    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        if (script->linted)
            outcome_add_script(outcome, script);
    }
    add_findings(outcome, workspace, project->findings);
    add_tables(outcome, workspace, NULL);
    for (guint i = 0; i < project->troubles->len; i++)
        g_ptr_array_add(outcome->troubles, g_strdup(project->troubles->pdata[i]));
}

/* The file of the job alone; false when that does not do. */
static bool recheck(struct workspace *workspace, const struct job *job, struct outcome *outcome)
{
    GBytes *text = g_hash_table_lookup(job->buffers, job->path);
    struct recheck again;

    if (!text || !workspace->kept ||
        !recheck_file(&again, &workspace->project, &workspace->options.settings,
                      &workspace->selection, job->path, text))
        return false;
    outcome_add_script(outcome, again.script);
    add_findings(outcome, workspace, again.findings);
    outcome_close(outcome);
    recheck_finish(&again);
    return true;
}

/* The last run stays until this one is whole: when it is given up, single files are still rechecked
 * against the last one. So two runs hold scripts in turn, and what has not changed is parsed twice, not
 * each time. */
static bool run_all(struct workspace *workspace, const struct job *job)
{
    char *none[] = {NULL};
    struct settings settings = workspace->options.settings;
    g_autoptr(GPtrArray) made = made_of(job);
    struct project project;

    if (job->alone)
        settings.paths = none;
    if (!project_run_until(&project, &settings, &workspace->selection, job->buffers, made,
                           &job->cancelled))
        return false;
    drop_project(workspace);
    workspace->project = project;
    workspace->kept = true;
    workspace->revisions = g_hash_table_ref(job->revisions);
    return true;
}

/* Whether the last run left the open file out, as by `exclude`: editing it changes no finding. */
static bool is_left_out(const struct workspace *workspace, const struct job *job, const char *path)
{
    return workspace->kept && !job->alone && g_hash_table_contains(workspace->revisions, path) &&
           !project_script(&workspace->project, path) && g_file_test(path, G_FILE_TEST_EXISTS);
}

/* The texts that differ from those of the last run, by path; NULL when one is not there any more. A
 * buffer that has been closed is a file again. */
static GHashTable *changed_texts(const struct workspace *workspace, const struct job *job)
{
    g_autoptr(GHashTable) texts =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_bytes_unref);
    GHashTableIter each;
    gpointer path, revision;

    g_hash_table_iter_init(&each, job->revisions);
    while (g_hash_table_iter_next(&each, &path, &revision)) {
        const guint64 *before = g_hash_table_lookup(workspace->revisions, path);
        if ((!before || *before != *(guint64 *)revision) && !is_left_out(workspace, job, path))
            g_hash_table_insert(texts, g_strdup(path),
                                g_bytes_ref(g_hash_table_lookup(job->buffers, path)));
    }
    g_hash_table_iter_init(&each, workspace->revisions);
    while (g_hash_table_iter_next(&each, &path, NULL)) {
        char *bytes;
        gsize size;
        if (g_hash_table_contains(job->revisions, path) || is_left_out(workspace, job, path))
            continue;
        if (job->alone || !g_file_get_contents(path, &bytes, &size, NULL))
            return NULL;
        g_hash_table_insert(texts, g_strdup(path), g_bytes_new_take(bytes, size));
    }
    return g_steal_pointer(&texts);
}

/* Nothing uses them any more, and nothing creates them. */
static void add_missing(struct outcome *outcome, GHashTable *names)
{
    GHashTableIter each;
    gpointer name;

    g_hash_table_iter_init(&each, names);
    while (g_hash_table_iter_next(&each, &name, NULL)) {
        if (!g_hash_table_contains(outcome->tables, name))
            g_hash_table_insert(outcome->tables, g_strdup(name), g_strdup(""));
    }
}

/* What the buffers that have changed come to, with the files that are known. */
static enum updated update_all(struct workspace *workspace, const struct job *job,
                               struct outcome *outcome)
{
    if (!workspace->kept || job->disk || job->reload || !job->whole)
        return UPDATE_IMPOSSIBLE;
    g_autoptr(GHashTable) texts = changed_texts(workspace, job);
    struct update update;
    enum updated updated =
        texts ? project_update(&workspace->project, &workspace->options.settings,
                               &workspace->selection, texts, &job->cancelled, &update)
              : UPDATE_IMPOSSIBLE;

    if (updated == UPDATE_IMPOSSIBLE)
        return updated;
    g_hash_table_unref(workspace->revisions);
    workspace->revisions = g_hash_table_ref(job->revisions);
    if (updated == UPDATE_CANCELLED)
        return updated;
    for (guint i = 0; i < update.scripts->len; i++)
        outcome_add_script(outcome, update.scripts->pdata[i]);
    add_findings(outcome, workspace, update.findings);
    add_tables(outcome, workspace, update.tables);
    add_missing(outcome, update.tables);
    outcome->partial = true;
    update_finish(&update);
    return updated;
}

static struct outcome *run(void *context, struct job *job)
{
    struct project_analysis *analysis = context;
    struct outcome *outcome = outcome_new(job->encoding, job->root);

    outcome->whole = job->whole;
    if (job->leave) {
        g_hash_table_remove(analysis->workspaces, job->root);
        return outcome;
    }
    struct workspace *workspace = enter(analysis, job, outcome);
    if (!workspace || (!job->whole && (is_left_out(workspace, job, job->path) ||
                                       recheck(workspace, job, outcome))))
        return outcome;
    enum updated updated = update_all(workspace, job, outcome);
    if (updated == UPDATE_CANCELLED || (updated == UPDATE_IMPOSSIBLE && !run_all(workspace, job))) {
        outcome_free(outcome);
        return NULL;
    }
    outcome->whole = true;
    if (updated == UPDATE_IMPOSSIBLE)
        add_all(outcome, workspace);
    return outcome;
}

struct analysis project_analysis_of(struct project_analysis *analysis)
{
    return (struct analysis){run, analysis};
}
