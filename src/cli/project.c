#include "cli/project.h"

#include <string.h>

#include "input/discover.h"
#include "input/read.h"
#include "model/bind.h"
#include "sql/parse.h"

/* ------------------------------------------------------------------ in parallel */

struct work {
    void (*run)(void *context, guint index);
    void *context;
    guint count;
    gint next;
};

static gpointer worker(gpointer data)
{
    struct work *work = data;

    for (;;) {
        guint index = (guint)g_atomic_int_add(&work->next, 1);
        if (index >= work->count)
            return NULL;
        work->run(work->context, index);
    }
}

/* Calls run(context, i) for every i below count, on up to `jobs` threads. */
static void in_parallel(void (*run)(void *, guint), void *context, guint count, int jobs)
{
    struct work work = {.run = run, .context = context, .count = count};
    guint threads = MIN((guint)jobs, count);
    g_autofree GThread **pool = g_new(GThread *, threads + 1);

    for (guint i = 1; i < threads; i++)
        pool[i] = g_thread_new("isolint", worker, &work);
    worker(&work);
    for (guint i = 1; i < threads; i++)
        g_thread_join(pool[i]);
}

/* ------------------------------------------------------------------ reading */

struct input {
    char *path;
    bool linted;
    struct script *script;
    char *trouble;
};

struct reading {
    GArray *inputs;
    const char *stdin_name;
};

static void read_input(void *context, guint index)
{
    const struct reading *reading = context;
    struct input *input = &g_array_index(reading->inputs, struct input, index);
    const char *shown = strcmp(input->path, "-") == 0 ? reading->stdin_name : input->path;
    struct error error = {0};

    input->script = read_script(input->path, shown, &error);
    if (!input->script) {
        input->trouble = error.message;
        return;
    }
    input->script->linted = input->linted;
    parse_script(input->script);
}

static void add_inputs(struct project *project, GArray *inputs, char **paths, bool linted)
{
    GPtrArray *files = g_ptr_array_new();
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (char **path = paths; path && *path; path++)
        discover(*path, files, project->troubles);
    for (guint i = 0; i < files->len; i++) {
        struct input input = {.path = files->pdata[i], .linted = linted};
        if (g_hash_table_add(seen, input.path))
            g_array_append_val(inputs, input);
        else
            g_free(input.path);
    }
    g_ptr_array_free(files, TRUE);
}

static void read_all(struct project *project, const struct options *options)
{
    struct reading reading = {
        .inputs = g_array_new(FALSE, FALSE, sizeof(struct input)),
        .stdin_name = options->stdin_filename ? options->stdin_filename : "stdin",
    };

    add_inputs(project, reading.inputs, options->schemas, false);
    add_inputs(project, reading.inputs, options->paths, true);
    in_parallel(read_input, &reading, reading.inputs->len, options->jobs);
    for (guint i = 0; i < reading.inputs->len; i++) {
        struct input *input = &g_array_index(reading.inputs, struct input, i);
        if (input->script)
            g_ptr_array_add(project->scripts, input->script);
        else
            g_ptr_array_add(project->troubles, input->trouble);
        g_free(input->path);
    }
    g_array_unref(reading.inputs);
}

/* ------------------------------------------------------------------ linting */

struct linting {
    struct project *project;
    const struct options *options;
    const struct selection *selection;
    struct finding **findings;    /* by script */
    struct modes modes;           /* of a transaction that names none */
    struct structure *structures; /* by transaction of the corpus */
};

static void bind_one(void *context, guint index)
{
    const struct linting *linting = context;
    struct script *script = linting->project->scripts->pdata[index];

    if (!script->linted)
        return;
    session_run(script, &linting->project->catalog, &linting->options->session);
    bind_script(script, &linting->project->catalog, &linting->modes);
}

static void judge_one(void *context, guint index)
{
    struct linting *linting = context;

    graph_find(&linting->project->corpus, index, &linting->structures[index]);
}

static void judge_all(struct project *project, struct linting *linting, int jobs)
{
    guint count = project->corpus.transactions->len;

    linting->structures = arena_array(&project->arena, struct structure, count);
    in_parallel(judge_one, linting, count, jobs);
    project->structures = graph_link(linting->structures, count);
}

static void lint_one(void *context, guint index)
{
    struct linting *linting = context;
    struct project *project = linting->project;
    struct script *script = project->scripts->pdata[index];

    if (script->linted)
        linting->findings[index] =
            lint_script(script, &project->catalog, &project->corpus, project->structures,
                        linting->selection, &linting->options->lint);
}

static int compare_paths(const void *a, const void *b, gpointer data)
{
    const GPtrArray *scripts = data;
    const struct script *x = scripts->pdata[*(const guint *)a];
    const struct script *y = scripts->pdata[*(const guint *)b];

    return strcmp(x->path, y->path);
}

static void collect(struct project *project, struct finding **findings, enum severity lowest)
{
    GArray *order = g_array_new(FALSE, FALSE, sizeof(guint));

    for (guint i = 0; i < project->scripts->len; i++)
        g_array_append_val(order, i);
    g_array_sort_with_data(order, compare_paths, project->scripts);
    for (guint i = 0; i < order->len; i++) {
        for (struct finding *finding = findings[g_array_index(order, guint, i)]; finding;
             finding = finding->next) {
            if (finding->severity >= lowest)
                g_ptr_array_add(project->findings, finding);
        }
    }
    g_array_unref(order);
}

void project_run(struct project *project, const struct options *options,
                 const struct selection *selection)
{
    struct linting linting = {.project = project, .options = options, .selection = selection};

    catalog_init(&project->catalog);
    corpus_init(&project->corpus);
    project->arena = (struct arena){0};
    project->structures = NULL;
    project->scripts = g_ptr_array_new_with_free_func((GDestroyNotify)script_free);
    project->troubles = g_ptr_array_new_with_free_func(g_free);
    project->findings = g_ptr_array_new();

    read_all(project, options);
    for (guint i = 0; i < project->scripts->len; i++)
        catalog_apply_script(&project->catalog, project->scripts->pdata[i]);
    catalog_complete(&project->catalog);
    bind_definitions(&project->catalog, (struct script *const *)project->scripts->pdata,
                     project->scripts->len);

    linting.modes = session_modes(&project->catalog, &options->session);
    linting.findings = g_new0(struct finding *, project->scripts->len);
    in_parallel(bind_one, &linting, project->scripts->len, options->jobs);
    for (guint i = 0; i < project->scripts->len; i++)
        corpus_add_script(&project->corpus, project->scripts->pdata[i]);
    project->corpus.deadlocks = deadlock_search(&project->corpus, &project->arena);
    if (!selection || selection_wants_structures(selection))
        judge_all(project, &linting, options->jobs);
    if (selection)
        in_parallel(lint_one, &linting, project->scripts->len, options->jobs);
    collect(project, linting.findings, options->lowest);
    g_free(linting.findings);
}

void project_finish(struct project *project)
{
    g_ptr_array_unref(project->findings);
    g_ptr_array_unref(project->troubles);
    corpus_finish(&project->corpus);
    arena_finish(&project->arena);
    catalog_finish(&project->catalog);
    g_ptr_array_unref(project->scripts);
}
