#include "engine/project.h"

#include <string.h>

#include "binding/bind.h"
#include "conflict/deadlock.h"
#include "corpus/unfired.h"
#include "engine/configured.h"
#include "engine/monitor.h"
#include "engine/parallel.h"
#include "engine/reading.h"
#include "engine/shelf.h"
#include "engine/update.h"
#include "input/order.h"
#include "kind/kind.h"
#include "merge/callers.h"
#include "merge/place.h"
#include "lint/fingerprint.h"
#include "conflict/cycle.h"

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

    session.database = script->login_to ? script->login_to : database->name;
    session.role = script->login ? script->login
                                 : configured_role(settings, database->configured, script->path);
    return session;
}

void project_bind(const struct settings *settings, const struct database *database,
                  struct script *script)
{
    struct session_options session = session_of(settings, database, script);
    struct modes modes = session_modes(&database->catalog, &session);

    session_run(script, &database->catalog, &session);
    bind_script(script, &database->catalog, &modes);
    corpus_prepare_script(script);
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
    struct structure **found; /* of the pivot; NULL: deadlocks */
    guint index;              /* of the pivot */
};

static void search_one(void *context, guint index)
{
    struct linting *linting = context;
    const struct search *search = &g_array_index(linting->searches, struct search, index);
    struct database *database = search->database;

    if (search->found)
        *search->found = graph_find(&database->corpus, search->index);
    else if (linting->wants_deadlocks) {
        deadlock_search(&database->corpus, &database->arena, NULL);
        cycle_search(&database->corpus, &database->arena);
    }
}

static void search_all(struct project *project, struct linting *linting, int jobs)
{
    g_autofree struct structure ***found = g_new0(struct structure **, project->databases->len);

    linting->searches = g_array_new(FALSE, FALSE, sizeof(struct search));
    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        guint count = linting->wants_structures ? database->corpus.transactions->len : 0;
        database->structures = NULL;
        found[i] = g_new0(struct structure *, count);
        struct search deadlocks = {.database = database};
        g_array_append_val(linting->searches, deadlocks);
        for (guint j = 0; j < count; j++) {
            struct search search = {database, &found[i][j], j};
            g_array_append_val(linting->searches, search);
        }
    }
    in_parallel(project, "searching for conflicts", search_one, linting, linting->searches->len,
                jobs);
    for (guint i = 0; i < project->databases->len; i++) {
        struct database *database = project->databases->pdata[i];
        if (linting->wants_structures)
            database->structures = graph_link(&database->corpus, found[i], &database->arena);
        g_free(found[i]);
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
                                               selection, &linting->settings->effective.lint);
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

void project_fingerprint(const GPtrArray *findings)
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
    places_settle(all, !settings->incremental);
    callers_join(all);
    definitions_join(all);
    if (settings->fingerprints)
        project_fingerprint(all);
    for (guint i = 0; i < all->len; i++) {
        struct finding *finding = all->pdata[i];
        g_ptr_array_add(finding->severity >= settings->effective.lowest ? project->findings
                                                                        : project->lesser,
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

/* What is wrong in a schema is no finding, but less is found without its tables: a dump that was cut
 * off, or a page that says that there is none. */
static void remark_schema(struct project *project, struct script *script)
{
    const struct syntax_error *first = NULL;
    unsigned count = 0;

    for (const struct syntax_error *each = script->errors; each; each = each->next) {
        if (each->body || each->excused)
            continue;
        first = first ? first : each;
        count++;
    }
    unsigned line = first ? script_line_number(script, first->span.start) : 0;
    if (count == 1)
        g_ptr_array_add(
            project->remarks,
            g_strdup_printf("%s:%u: this statement of the schema cannot be parsed; what "
                            "it defines is not known",
                            script->path, line));
    else if (count > 1)
        g_ptr_array_add(project->remarks,
                        g_strdup_printf("%s:%u: %u statements of this schema cannot be parsed, the "
                                        "first one here; what they define is not known",
                                        script->path, line, count));
    else if (script->size == 0)
        g_ptr_array_add(project->remarks,
                        g_strdup_printf("%s: this schema is empty", script->path));
}

static void remark_schemas(struct project *project)
{
    for (guint i = 0; i < project->scripts->len; i++) {
        struct script *script = project->scripts->pdata[i];
        if (!script->linted && script->kind == KIND_PROGRAM)
            remark_schema(project, script);
    }
}

static void apply_all(struct project *project, const struct settings *settings)
{
    kind_ask_neighbours(project->scripts);
    kind_order_extensions(project->scripts);
    kind_frame_extensions(project->scripts);
    remark_schemas(project);
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
    for (guint i = 0; i < project->databases->len; i++)
        mark_unfired(&project_database(project, i)->catalog,
                     (struct script *const *)project_database(project, i)->scripts->pdata,
                     project_database(project, i)->scripts->len);
    for (guint i = 0; i < project->scripts->len; i++) {
        struct script *script = project->scripts->pdata[i];
        corpus_add_script(&project_database(project, script->database)->corpus, script);
    }
    for (guint i = 0; i < project->databases->len; i++)
        corpus_complete(&project_database(project, i)->corpus);
    select_rules(linting);
    project->wants_structures = linting->wants_structures;
    project->wants_deadlocks = linting->wants_deadlocks;
    search_all(project, linting, linting->settings->jobs);
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
    for (guint i = 0; i < project->databases->len; i++) /* the checks reach some as well */
        limits_add(&project->limits, project_database(project, i)->corpus.limits);
    collect(project, linting->findings, settings);
}

bool project_run_until(struct project *project, const struct settings *settings,
                       const struct selection *selection, GHashTable *texts, const GPtrArray *made,
                       const gint *cancelled)
{
    struct linting linting = {.project = project, .settings = settings, .selection = selection};

    *project = (struct project){
        .databases = g_ptr_array_new(),
        .scripts = g_ptr_array_new(),
        .shelf = settings->shelf,
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

struct script **project_script(const struct project *project, const char *path)
{
    guint low = 0, high = project->scripts->len; /* in order of path */

    while (low < high) {
        guint middle = (low + high) / 2;
        struct script **script = (struct script **)&project->scripts->pdata[middle];
        int order = strcmp((*script)->path, path);
        if (order == 0)
            return script;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

void project_finish(struct project *project)
{
    concern_free(project->owed);
    g_ptr_array_unref(project->findings);
    g_ptr_array_unref(project->lesser);
    g_ptr_array_unref(project->troubles);
    g_ptr_array_unref(project->remarks);
    g_ptr_array_unref(project->databases);
    for (guint i = 0; i < project->scripts->len; i++)
        shelf_return(project->shelf, project->scripts->pdata[i]);
    g_ptr_array_unref(project->scripts);
}
