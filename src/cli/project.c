#include "cli/project.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "cli/configured.h"
#include "conflict/deadlock.h"
#include "input/discover.h"
#include "input/kind.h"
#include "input/order.h"
#include "input/read.h"
#include "lint/fingerprint.h"
#include "model/bind.h"
#include "report/report.h"
#include "sql/parse.h"

/* ------------------------------------------------------------------ in parallel */

struct work {
    void (*run)(void *context, guint index);
    void *context;
    guint count;
    gint next;
    struct progress *progress;
};

static gpointer worker(gpointer data)
{
    struct work *work = data;

    for (;;) {
        guint index = (guint)g_atomic_int_add(&work->next, 1);
        if (index >= work->count)
            return NULL;
        work->run(work->context, index);
        progress_step(work->progress);
    }
}

/* Calls run(context, i) for every i below count, on up to `jobs` threads. `what` is that in a few
 * words. */
static void in_parallel(struct project *project, const char *what, void (*run)(void *, guint),
                        void *context, guint count, int jobs)
{
    struct work work = {
        .run = run, .context = context, .count = count, .progress = project->progress};
    guint threads = MIN((guint)jobs, count);
    g_autofree GThread **pool = g_new(GThread *, threads + 1);

    progress_phase(project->progress, what, count);
    for (guint i = 1; i < threads; i++)
        pool[i] = g_thread_new("isolint", worker, &work);
    worker(&work);
    for (guint i = 1; i < threads; i++)
        g_thread_join(pool[i]);
}

/* ------------------------------------------------------------------ reading */

struct input {
    char *path;
    GBytes *text; /* of a script that is no file; NULL: it is read */
    bool linted;
    struct script *script;
    char *trouble;
};

struct reading {
    const struct options *options;
    GArray *inputs;
    const char *stdin_name;
    GHashTable *texts; /* GBytes by shown path, or NULL */
};

static void read_input(void *context, guint index)
{
    const struct reading *reading = context;
    struct input *input = &g_array_index(reading->inputs, struct input, index);
    const char *shown = strcmp(input->path, "-") == 0 ? reading->stdin_name : input->path;
    struct error error = {0};

    GBytes *text = input->text      ? input->text
                   : reading->texts ? g_hash_table_lookup(reading->texts, shown)
                                    : NULL;
    input->script = text ? read_script_text(text, shown) : read_script(input->path, shown, &error);
    if (!input->script) {
        input->trouble = error.message;
        return;
    }
    input->script->linted = input->linted;
    parse_script(input->script);
    int kind = configured_kind(reading->options, shown);
    if (kind > 0)
        kind_set(input->script, (enum script_kind)(kind - 1));
    else
        kind_guess(input->script);
    configured_runs(reading->options, input->script);
}

/* What two names of one file have in common. */
static char *identity(const char *path)
{
    struct stat info;

    if (strcmp(path, "-") == 0 || stat(path, &info) != 0)
        return g_strdup(path);
    return g_strdup_printf("%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
}

/* Why a run has nothing to lint: most likely a path, a pattern or a name that was not meant so. */
static void report_empty(struct project *project, const struct options *options,
                         const struct left_out *left_out)
{
    g_autofree char *paths = g_strjoinv(", ", options->paths);
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%s: no file to lint (*.sql, *.ddl, *.pgsql, *.psql)", paths);
    if (left_out->excluded)
        g_string_append_printf(line, "; %u left out by exclude patterns", left_out->excluded);
    if (left_out->ignored)
        g_string_append_printf(line, "; %u left out by .gitignore", left_out->ignored);
    g_string_append(line, "; --allow-empty accepts that");
    g_ptr_array_add(project->troubles, g_strdup(line->str));
}

/* A file of the schema that is linted as well is one input, at the place of the schema. */
static void add_inputs(struct project *project, GArray *inputs, GHashTable *seen, char **paths,
                       bool linted, const struct options *options)
{
    struct left_out left_out = {0};
    struct ignore *given = ignore_patterns(".", options->excludes);
    const struct ignore *excluded[] = {given, configured_exclude(options), NULL};
    GPtrArray *files = g_ptr_array_new();

    for (char **path = paths; path && *path; path++)
        discover_except(*path, linted ? excluded : NULL, options->force_exclude, files,
                        project->troubles, &left_out);
    ignore_leave(given);
    if (linted && files->len == 0 && project->troubles->len == 0 && !options->allow_empty)
        report_empty(project, options, &left_out);
    for (guint i = 0; i < files->len; i++) {
        struct input input = {.path = files->pdata[i], .linted = linted};
        char *key = identity(input.path);
        gpointer index;
        if (g_hash_table_lookup_extended(seen, key, NULL, &index)) {
            g_array_index(inputs, struct input, GPOINTER_TO_UINT(index)).linted |= linted;
            g_free(key);
            g_free(input.path);
            continue;
        }
        g_hash_table_insert(seen, key, GUINT_TO_POINTER(inputs->len));
        g_array_append_val(inputs, input);
    }
    g_ptr_array_free(files, TRUE);
}

static void add_made(GArray *inputs, const GPtrArray *made)
{
    for (guint i = 0; made && i < made->len; i++) {
        const struct made *each = made->pdata[i];
        struct input input = {.path = g_strdup(each->path), .text = each->text, .linted = true};
        g_array_append_val(inputs, input);
    }
}

static void read_all(struct project *project, const struct options *options, GHashTable *texts,
                     const GPtrArray *made)
{
    struct reading reading = {
        .options = options,
        .inputs = g_array_new(FALSE, FALSE, sizeof(struct input)),
        .stdin_name = options->stdin_filename ? options->stdin_filename : "stdin",
        .texts = texts,
    };

    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    add_inputs(project, reading.inputs, seen, options->schemas, false, options);
    add_inputs(project, reading.inputs, seen, options->paths, true, options);
    add_made(reading.inputs, made);
    in_parallel(project, "reading files", read_input, &reading, reading.inputs->len, options->jobs);
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
    struct selection *own;        /* by script, where overrides say something of rules */
    struct finding **findings;    /* by script */
    struct structure *structures; /* by transaction of the corpus */
    bool wants_structures, wants_deadlocks;
};

static void bind_one(void *context, guint index)
{
    const struct linting *linting = context;
    struct script *script = linting->project->scripts->pdata[index];

    if (!script->linted || script->kind != KIND_PROGRAM)
        return;
    struct session_options session = configured_session(linting->options, script->path);
    struct modes modes = session_modes(&linting->project->catalog, &session);
    session_run(script, &linting->project->catalog, &session);
    bind_script(script, &linting->project->catalog, &modes);
}

/* The search for deadlocks is one piece of work, each pivot of a structure is another. */
static void search_one(void *context, guint index)
{
    struct linting *linting = context;
    struct project *project = linting->project;

    if (index > 0)
        graph_find(&project->corpus, index - 1, &linting->structures[index - 1]);
    else if (linting->wants_deadlocks)
        deadlock_search(&project->corpus, &project->arena);
}

static void search_all(struct project *project, struct linting *linting, int jobs)
{
    guint count = linting->wants_structures ? project->corpus.transactions->len : 0;

    linting->structures = arena_array(&project->arena, struct structure, count);
    in_parallel(project, "searching for conflicts", search_one, linting, count + 1, jobs);
    if (linting->wants_structures)
        project->structures = graph_link(&project->corpus, linting->structures);
}

static void lint_one(void *context, guint index)
{
    struct linting *linting = context;
    struct project *project = linting->project;
    struct script *script = project->scripts->pdata[index];

    const struct selection *selection =
        linting->own[index].on ? &linting->own[index] : linting->selection;
    if (script->linted)
        linting->findings[index] = lint_script(script, &project->catalog, &project->corpus,
                                               selection, &linting->options->lint);
}

static void add_wants(struct linting *linting, const struct selection *selection)
{
    linting->wants_structures |= selection_wants_structures(selection);
    linting->wants_deadlocks |= selection_wants_deadlocks(selection);
}

/* The rules of single files, and what these and the project's are to be given. */
static void select_rules(struct linting *linting)
{
    const GPtrArray *scripts = linting->project->scripts;

    linting->own = g_new0(struct selection, scripts->len);
    linting->wants_structures = !linting->selection; /* the graph */
    if (!linting->selection)
        return;
    add_wants(linting, linting->selection);
    for (guint i = 0; i < scripts->len; i++) {
        const struct script *script = scripts->pdata[i];
        struct error error = {0};
        if (!configured_has_rules(linting->options, script->path))
            continue;
        /* The names were good for the project. */
        if (!configured_selection(&linting->own[i], linting->options, script->path, &error))
            g_assert_not_reached();
        add_wants(linting, &linting->own[i]);
    }
}

/* Those that are told to a person need none. */
static bool wants_fingerprints(const struct options *options)
{
    const GArray *requests = options->outputs.requests;
    bool wanted = options->baseline != NULL;

    for (guint i = 0; i < requests->len; i++) {
        const struct report_format *format =
            report_format_find(g_array_index(requests, struct output_request, i).format);
        wanted |= format && format->fingerprints; /* a graph has another */
    }
    return wanted;
}

static void add_fingerprints(const GPtrArray *findings)
{
    struct repository repository;

    repository_init(&repository);
    fingerprint_findings((struct finding *const *)findings->pdata, findings->len, &repository);
    repository_finish(&repository);
}

static void collect(struct project *project, struct finding **findings,
                    const struct options *options)
{
    GPtrArray *all = g_ptr_array_new();

    for (guint i = 0; i < project->scripts->len; i++) {
        for (struct finding *finding = findings[i]; finding; finding = finding->next)
            g_ptr_array_add(all, finding);
    }
    if (wants_fingerprints(options))
        add_fingerprints(all);
    for (guint i = 0; i < all->len; i++) {
        struct finding *finding = all->pdata[i];
        g_ptr_array_add(finding->severity >= options->lowest ? project->findings : project->lesser,
                        finding);
    }
    g_ptr_array_unref(all);
}

static int compare_paths(const void *a, const void *b)
{
    const struct script *x = *(struct script *const *)a, *y = *(struct script *const *)b;

    return strcmp(x->path, y->path);
}

/* Only DDL knows an order of the inputs. Which partner of a transaction is found first, and named,
 * must not depend on the order of the command line. */
static void apply_definitions(struct project *project)
{
    kind_order_extensions(project->scripts);
    g_autoptr(GPtrArray) ordered = order_scripts(project->scripts);

    for (guint i = 0; i < ordered->len; i++) {
        const struct script *script = ordered->pdata[i];
        if (kind_is_replayed(script->kind))
            catalog_apply_script(&project->catalog, script);
    }
    catalog_complete(&project->catalog);
    g_ptr_array_sort(project->scripts, compare_paths);
}

void project_run(struct project *project, const struct options *options,
                 const struct selection *selection)
{
    project_run_with(project, options, selection, NULL, NULL);
}

void project_run_with(struct project *project, const struct options *options,
                      const struct selection *selection, GHashTable *texts, const GPtrArray *made)
{
    struct linting linting = {.project = project, .options = options, .selection = selection};

    catalog_init(&project->catalog);
    corpus_init(&project->corpus);
    configured_waits(options, &project->catalog);
    project->arena = (struct arena){0};
    project->structures = NULL;
    project->scripts = g_ptr_array_new_with_free_func((GDestroyNotify)script_free);
    project->troubles = g_ptr_array_new_with_free_func(g_free);
    project->findings = g_ptr_array_new();
    project->lesser = g_ptr_array_new();
    project->progress = options->quiet ? NULL : progress_begin(PROGRESS_DELAY);

    read_all(project, options, texts, made);
    apply_definitions(project);
    bind_definitions(&project->catalog, (struct script *const *)project->scripts->pdata,
                     project->scripts->len);

    linting.findings = g_new0(struct finding *, project->scripts->len);
    in_parallel(project, "following transactions", bind_one, &linting, project->scripts->len,
                options->jobs);
    for (guint i = 0; i < project->scripts->len; i++)
        corpus_add_script(&project->corpus, project->scripts->pdata[i]);
    select_rules(&linting);
    search_all(project, &linting, options->jobs);
    if (selection)
        in_parallel(project, "checking files", lint_one, &linting, project->scripts->len,
                    options->jobs);
    collect(project, linting.findings, options);
    progress_end(project->progress);
    project->progress = NULL;
    for (guint i = 0; i < project->scripts->len; i++)
        selection_finish(&linting.own[i]);
    g_free(linting.own);
    g_free(linting.findings);
}

void project_finish(struct project *project)
{
    g_ptr_array_unref(project->findings);
    g_ptr_array_unref(project->lesser);
    g_ptr_array_unref(project->troubles);
    corpus_finish(&project->corpus);
    arena_finish(&project->arena);
    catalog_finish(&project->catalog);
    g_ptr_array_unref(project->scripts);
}
