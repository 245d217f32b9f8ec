#include "engine/project.h"

#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "binding/bind.h"
#include "engine/configured.h"
#include "conflict/deadlock.h"
#include "input/discover.h"
#include "input/kind.h"
#include "input/order.h"
#include "input/read.h"
#include "lint/callers.h"
#include "lint/fingerprint.h"
#include "sql/parse.h"

/* ------------------------------------------------------------------ in parallel */

struct work {
    void (*run)(void *context, guint index);
    void *context;
    guint count;
    gint next;
    const struct monitor *monitor;
    void *watching;
    const gint *cancelled;
};

static bool is_cancelled(const gint *cancelled)
{
    return cancelled && g_atomic_int_get(cancelled);
}

static gpointer worker(gpointer data)
{
    struct work *work = data;

    for (;;) {
        guint index = (guint)g_atomic_int_add(&work->next, 1);
        if (index >= work->count || is_cancelled(work->cancelled))
            return NULL;
        work->run(work->context, index);
        if (work->monitor)
            work->monitor->step(work->watching);
    }
}

/* Calls run(context, i) for every i below count, on up to `jobs` threads. `what` is that in a few
 * words. */
static void in_parallel(struct project *project, const char *what, void (*run)(void *, guint),
                        void *context, guint count, int jobs)
{
    struct work work = {.run = run,
                        .context = context,
                        .count = count,
                        .monitor = project->monitor,
                        .watching = project->watching,
                        .cancelled = project->cancelled};
    guint threads = MIN((guint)jobs, count);
    g_autofree GThread **pool = g_new(GThread *, threads + 1);

    if (work.monitor)
        work.monitor->phase(work.watching, what, count);
    guint begun = 1;
    /* Fewer threads than wanted come to the same result. */
    while (begun < threads && (pool[begun] = g_thread_try_new("isolint", worker, &work, NULL)))
        begun++;
    worker(&work);
    for (guint i = 1; i < begun; i++)
        g_thread_join(pool[i]);
}

/* ------------------------------------------------------------------ reading */

struct input {
    char *path;
    const char *below; /* the path from the directory on that was searched; NULL: it was named */
    GBytes *text;      /* of a script that is no file; NULL: it is read */
    bool from_stdin;   /* "-", or a file that standard input takes the place of */
    bool linted;
    int database; /* whose schema it is; NO_DATABASE: its place says so */
    struct script *script;
    char *trouble;
};

struct reading {
    const struct settings *settings;
    GArray *inputs;
    const char *stdin_name;
    GHashTable *texts; /* GBytes by shown path, or NULL */
};

void project_parse(const struct settings *settings, struct script *script, const char *below)
{
    parse_script(script);
    int kind = configured_kind(settings, script->path);
    if (kind > 0)
        kind_set(script, (enum script_kind)(kind - 1));
    else
        kind_guess(script, below);
    configured_runs(settings, script);
}

static void read_input(void *context, guint index)
{
    const struct reading *reading = context;
    struct input *input = &g_array_index(reading->inputs, struct input, index);
    const char *path = input->from_stdin ? "-" : input->path;
    const char *shown = input->from_stdin ? reading->stdin_name : input->path;
    const struct files *files = reading->settings->files;
    struct error error = {0};

    GBytes *text = input->text      ? input->text
                   : reading->texts ? g_hash_table_lookup(reading->texts, shown)
                                    : NULL;
    input->script =
        text ? read_script_text(text, shown, files) : read_script(path, shown, files, &error);
    if (!input->script) {
        input->trouble = error.message;
        return;
    }
    input->script->linted = input->linted;
    input->script->database = (unsigned)(input->database + 1);
    project_parse(reading->settings, input->script, input->below);
}

/* What two names of one file have in common. */
static char *identity(const struct settings *settings, const char *path)
{
    struct stat info;

    if (settings->files || strcmp(path, "-") == 0 || stat(path, &info) != 0)
        return g_strdup(path);
    return g_strdup_printf("%ju:%ju", (uintmax_t)info.st_dev, (uintmax_t)info.st_ino);
}

/* Why a run has nothing to lint: most likely a path, a pattern or a name that was not meant so. */
static void report_empty(struct project *project, const struct settings *settings,
                         const struct left_out *left_out)
{
    g_autofree char *paths = g_strjoinv(", ", settings->paths);
    g_autoptr(GString) line = g_string_new(NULL);

    g_string_append_printf(line, "%s: no file to lint (*.sql, *.ddl, *.pgsql, *.psql)", paths);
    if (left_out->excluded)
        g_string_append_printf(line, "; %u left out by exclude patterns", left_out->excluded);
    if (left_out->ignored)
        g_string_append_printf(line, "; %u left out by .gitignore", left_out->ignored);
    g_string_append(line, "; --allow-empty accepts that");
    g_ptr_array_add(project->troubles, g_strdup(line->str));
}

/* What `path` names, or what is below it. */
static const char *part_below(const char *file, const char *path)
{
    if (strcmp(file, path) == 0)
        return NULL;
    return strcmp(path, ".") == 0 ? file : file + strlen(path);
}

const char *project_below(const struct settings *settings, const char *path)
{
    const char *below = NULL;

    for (char **each = settings->paths; *each; each++) {
        size_t length = strcmp(*each, ".") == 0 ? 0 : strlen(*each);
        if (strcmp(path, *each) == 0)
            return NULL;
        if (strncmp(path, *each, length) == 0 &&
            (length == 0 || (*each)[length - 1] == '/' || path[length] == '/'))
            below = part_below(path, *each);
    }
    return below;
}

/* A file of the schema that is linted as well is one input, at the place of the schema. Standard input
 * takes the place of the file whose name it is given. */
static void add_inputs(struct project *project, GArray *inputs, GHashTable *seen, char **paths,
                       bool linted, const struct settings *settings)
{
    struct left_out left_out = {0};
    struct ignore *given = ignore_patterns(".", settings->excludes);
    const struct ignore *excluded[] = {given, configured_exclude(settings), NULL};
    GPtrArray *files = g_ptr_array_new();
    g_autoptr(GPtrArray) below = g_ptr_array_new();

    for (char **path = paths; path && *path; path++) {
        discover_except(*path, linted ? excluded : NULL, settings->force_exclude, files,
                        project->troubles, &left_out);
        while (below->len < files->len)
            g_ptr_array_add(below, (char *)part_below(files->pdata[below->len], *path));
    }
    ignore_leave(given);
    if (linted && files->len == 0 && project->troubles->len == 0 && !settings->allow_empty)
        report_empty(project, settings, &left_out);
    for (guint i = 0; i < files->len; i++) {
        struct input input = {.path = files->pdata[i],
                              .below = below->pdata[i],
                              .from_stdin = strcmp(files->pdata[i], "-") == 0,
                              .linted = linted,
                              .database = NO_DATABASE};
        bool named = input.from_stdin && settings->stdin_filename;
        char *key = identity(settings, named ? settings->stdin_filename : input.path);
        gpointer index;
        if (g_hash_table_lookup_extended(seen, key, NULL, &index)) {
            struct input *known = &g_array_index(inputs, struct input, GPOINTER_TO_UINT(index));
            known->linted |= linted;
            known->from_stdin |= input.from_stdin;
            if (!input.below && !input.from_stdin)
                known->below = NULL;
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
        struct input input = {.path = g_strdup(each->path),
                              .text = each->text,
                              .linted = true,
                              .database = NO_DATABASE};
        g_array_append_val(inputs, input);
    }
}

/* The schema files of a database, and those of all databases: each catalog takes what it is given
 * over, so that each is read by itself. */
static void add_schema(struct project *project, GArray *inputs, char **paths, int database,
                       const struct settings *settings)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint first = inputs->len;

    add_inputs(project, inputs, seen, paths, false, settings);
    for (guint i = first; i < inputs->len; i++)
        g_array_index(inputs, struct input, i).database = database;
}

static void add_schemas(struct project *project, GArray *inputs, const struct settings *settings)
{
    for (unsigned i = 0; i < configured_database_count(settings); i++) {
        g_auto(GStrv) own = configured_database_schema(settings, (int)i);
        add_schema(project, inputs, own, (int)i, settings);
        add_schema(project, inputs, settings->schemas, (int)i, settings);
    }
}

/* What a program includes is no program itself. What only a test includes is one all the same. */
static void mark_included(struct project *project, const struct settings *settings)
{
    g_autoptr(GHashTable) scripts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (guint i = 0; i < project->scripts->len; i++) {
        struct script *script = project->scripts->pdata[i];
        g_hash_table_insert(scripts, identity(settings, script->path), script);
    }
    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        bool program = script->kind == KIND_PROGRAM || script->kind == KIND_INCLUDED;
        for (const char **path = program ? script->included : NULL; path && *path; path++) {
            g_autofree char *key = identity(settings, *path);
            struct script *file = g_hash_table_lookup(scripts, key);
            if (file && file != script && !file->told && file->kind == KIND_PROGRAM &&
                (script->linted || !file->linted))
                file->kind = KIND_INCLUDED;
        }
    }
}

static void read_all(struct project *project, const struct settings *settings, GHashTable *texts,
                     const GPtrArray *made)
{
    struct reading reading = {
        .settings = settings,
        .inputs = g_array_new(FALSE, FALSE, sizeof(struct input)),
        .stdin_name = settings->stdin_filename ? settings->stdin_filename : "stdin",
        .texts = texts,
    };

    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    databases_nest(settings, project->troubles, project->remarks);
    add_schemas(project, reading.inputs, settings);
    add_inputs(project, reading.inputs, seen, settings->schemas, false, settings);
    add_inputs(project, reading.inputs, seen, settings->paths, true, settings);
    add_made(reading.inputs, made);
    in_parallel(project, "reading files", read_input, &reading, reading.inputs->len,
                settings->jobs);
    for (guint i = 0; i < reading.inputs->len; i++) {
        struct input *input = &g_array_index(reading.inputs, struct input, i);
        if (input->script)
            g_ptr_array_add(project->scripts, input->script);
        else if (input->trouble)
            g_ptr_array_add(project->troubles, input->trouble);
        g_free(input->path);
    }
    mark_included(project, settings);
    g_array_unref(reading.inputs);
}

/* ------------------------------------------------------------------ linting */

struct linting {
    struct project *project;
    const struct settings *settings;
    const struct selection *selection;
    struct selection *own;     /* by script, where overrides say something of rules */
    struct finding **findings; /* by script */
    GArray *searches;          /* struct search */
    bool wants_structures, wants_deadlocks;
};

/* How the sessions that run a script begin, in its database and by its role. */
static struct session_options session_of(const struct settings *settings,
                                         const struct database *database,
                                         const struct script *script)
{
    struct session_options session = configured_session(settings, script->path);

    session.database = database->name;
    session.role = configured_role(settings, database->configured, script->path);
    return session;
}

void project_bind(const struct settings *settings, const struct database *database,
                  struct script *script)
{
    struct session_options session = session_of(settings, database, script);
    struct modes modes = session_modes(&database->catalog, &session);

    session_run(script, &database->catalog, &session);
    bind_script(script, &database->catalog, &modes);
}

static void bind_one(void *context, guint index)
{
    const struct linting *linting = context;
    struct script *script = linting->project->scripts->pdata[index];

    if (script->linted && script->kind == KIND_PROGRAM)
        project_bind(linting->settings, project_database(linting->project, script->database),
                     script);
}

/* The search for the deadlocks of a database is one piece of work, each pivot of a structure is
 * another. */
struct search {
    struct database *database;
    guint index; /* of the pivot, from 1; 0: deadlocks */
    struct structure *structure;
};

static void search_one(void *context, guint index)
{
    struct linting *linting = context;
    const struct search *search = &g_array_index(linting->searches, struct search, index);
    struct database *database = search->database;

    if (search->index > 0)
        graph_find(&database->corpus, search->index - 1, search->structure);
    else if (linting->wants_deadlocks)
        deadlock_search(&database->corpus, &database->arena);
}

static void search_all(struct project *project, struct linting *linting, int jobs)
{
    linting->searches = g_array_new(FALSE, FALSE, sizeof(struct search));
    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        guint count = linting->wants_structures ? database->corpus.transactions->len : 0;
        database->structures = arena_array(&database->arena, struct structure, count);
        for (guint j = 0; j <= count; j++) {
            struct search search = {database, j, j > 0 ? &database->structures[j - 1] : NULL};
            g_array_append_val(linting->searches, search);
        }
    }
    in_parallel(project, "searching for conflicts", search_one, linting, linting->searches->len,
                jobs);
    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        database->structures =
            linting->wants_structures ? graph_link(&database->corpus, database->structures) : NULL;
    }
    g_array_unref(linting->searches);
}

static void lint_one(void *context, guint index)
{
    struct linting *linting = context;
    struct project *project = linting->project;
    struct script *script = project->scripts->pdata[index];
    const struct database *database = project_database(project, script->database);

    const struct selection *selection =
        linting->own[index].on ? &linting->own[index] : linting->selection;
    if (script->linted)
        linting->findings[index] = lint_script(script, &database->catalog, &database->corpus,
                                               selection, &linting->settings->lint);
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
        if (!configured_has_rules(linting->settings, script->path))
            continue;
        /* The names were good for the project. */
        if (!configured_selection(&linting->own[i], linting->settings, script->path, &error))
            g_assert_not_reached();
        add_wants(linting, &linting->own[i]);
    }
}

static void add_fingerprints(const GPtrArray *findings)
{
    struct repository repository;

    repository_init(&repository);
    fingerprint_findings((struct finding *const *)findings->pdata, findings->len, &repository);
    repository_finish(&repository);
}

static void collect(struct project *project, struct finding **findings,
                    const struct settings *settings)
{
    GPtrArray *all = g_ptr_array_new();

    for (guint i = 0; i < project->scripts->len; i++) {
        for (struct finding *finding = findings[i]; finding; finding = finding->next)
            g_ptr_array_add(all, finding);
    }
    callers_join(all);
    if (settings->fingerprints)
        add_fingerprints(all);
    for (guint i = 0; i < all->len; i++) {
        struct finding *finding = all->pdata[i];
        g_ptr_array_add(finding->severity >= settings->lowest ? project->findings : project->lesser,
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
static void apply_definitions(struct database *database)
{
    g_autoptr(GPtrArray) ordered = order_scripts(database->scripts);

    for (guint i = 0; i < ordered->len; i++) {
        const struct script *script = ordered->pdata[i];
        if (kind_is_replayed(script->kind))
            catalog_apply_script(&database->catalog, script);
    }
    catalog_complete(&database->catalog);
    database_mark_unclear(database);
    g_ptr_array_sort(database->scripts, compare_paths);
    bind_definitions(&database->catalog, (struct script *const *)database->scripts->pdata,
                     database->scripts->len);
}

static void apply_all(struct project *project, const struct settings *settings)
{
    kind_order_extensions(project->scripts);
    kind_frame_extensions(project->scripts);
    g_ptr_array_unref(project->databases);
    project->databases = databases_of(project->scripts, settings, project->remarks);
    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        configured_waits(settings, &database->catalog);
        apply_definitions(database);
    }
    g_ptr_array_sort(project->scripts, compare_paths);
}

void project_run(struct project *project, const struct settings *settings,
                 const struct selection *selection)
{
    project_run_with(project, settings, selection, NULL, NULL);
}

void project_run_with(struct project *project, const struct settings *settings,
                      const struct selection *selection, GHashTable *texts, const GPtrArray *made)
{
    project_run_until(project, settings, selection, texts, made, NULL);
}

/* What is known of each script is put together, and what is between them is searched for. */
static void relate(struct project *project, struct linting *linting)
{
    for (guint i = 0; i < project->scripts->len; i++) {
        struct script *script = project->scripts->pdata[i];
        corpus_add_script(&project_database(project, script->database)->corpus, script);
    }
    select_rules(linting);
    search_all(project, linting, linting->settings->jobs);
    for (guint i = 0; i < project->databases->len; i++)
        limits_add(&project->limits, project_database(project, i)->corpus.limits);
}

static void run_phases(struct project *project, struct linting *linting)
{
    const struct settings *settings = linting->settings;

    apply_all(project, settings);
    linting->findings = g_new0(struct finding *, project->scripts->len);
    in_parallel(project, "following transactions", bind_one, linting, project->scripts->len,
                settings->jobs);
    if (!is_cancelled(project->cancelled))
        relate(project, linting);
    if (is_cancelled(project->cancelled))
        return;
    if (linting->selection)
        in_parallel(project, "checking files", lint_one, linting, project->scripts->len,
                    settings->jobs);
    collect(project, linting->findings, settings);
}

bool project_run_until(struct project *project, const struct settings *settings,
                       const struct selection *selection, GHashTable *texts, const GPtrArray *made,
                       const gint *cancelled)
{
    struct linting linting = {.project = project, .settings = settings, .selection = selection};

    *project = (struct project){
        .databases = g_ptr_array_new(),
        .scripts = g_ptr_array_new_with_free_func((GDestroyNotify)script_free),
        .troubles = g_ptr_array_new_with_free_func(g_free),
        .remarks = g_ptr_array_new_with_free_func(g_free),
        .findings = g_ptr_array_new(),
        .lesser = g_ptr_array_new(),
        .monitor = settings->monitor,
        .watching = settings->monitor ? settings->monitor->begin() : NULL,
        .cancelled = cancelled,
    };
    read_all(project, settings, texts, made);
    if (!is_cancelled(cancelled))
        run_phases(project, &linting);
    if (project->monitor)
        project->monitor->end(project->watching);
    project->monitor = NULL;
    for (guint i = 0; linting.own && i < project->scripts->len; i++)
        selection_finish(&linting.own[i]);
    g_free(linting.own);
    g_free(linting.findings);
    project->cancelled = NULL;
    if (!is_cancelled(cancelled))
        return true;
    project_finish(project);
    return false;
}

void project_finish(struct project *project)
{
    g_ptr_array_unref(project->findings);
    g_ptr_array_unref(project->lesser);
    g_ptr_array_unref(project->troubles);
    g_ptr_array_unref(project->remarks);
    g_ptr_array_unref(project->databases);
    g_ptr_array_unref(project->scripts);
}
