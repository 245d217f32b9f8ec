/* Whom a change concerns. A finding is about programs that share tables: about one program, the
 * partners that it meets there, and in a dangerous structure about one between two partners. So
 * those that touch a table of the changed file, as it was or as it is, are linted again (they are
 * near), and of those that touch a table of these (they are far) the pivots are searched again
 * where a program between partners may count; they are linted when that has come to something
 * else. */
#include "engine/update.h"

#include "base/lists.h"
#include "binding/bind.h"
#include "conflict/deadlock.h"
#include "corpus/unfired.h"
#include "engine/configured.h"
#include "engine/parallel.h"
#include "engine/recheck.h"
#include "engine/shelf.h"
#include "merge/callers.h"
#include "merge/place.h"
#include "program/side-effect.h"
#include "conflict/cycle.h"
#include "search/graph.h"

/* What findings and searches leave behind lives as long as its script: a run starts from nothing. */
enum { MOST_RELINTED = 8 }; /* times the scripts of the project */

struct concern {
    GHashTable *relations; /* struct relation */
    GHashTable *names;     /* char *: of relations that are not known */
    GHashTable *scripts;   /* struct script: those that are concerned for another reason */
    bool calls;            /* those that call something */
    bool all;
};

static struct concern *concern_new(void)
{
    struct concern *concern = g_new0(struct concern, 1);

    concern->relations = g_hash_table_new(NULL, NULL);
    concern->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    concern->scripts = g_hash_table_new(NULL, NULL);
    return concern;
}

void concern_free(struct concern *concern)
{
    if (!concern)
        return;
    g_hash_table_unref(concern->relations);
    g_hash_table_unref(concern->names);
    g_hash_table_unref(concern->scripts);
    g_free(concern);
}

static void add_tables(struct concern *concern, const struct script *script)
{
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        for (const struct access *access = each->accesses; access; access = access->next) {
            if (access->relation)
                g_hash_table_add(concern->relations, access->relation);
            else if (access->name && !g_hash_table_contains(concern->names, access->name))
                g_hash_table_add(concern->names, g_strdup(access->name));
        }
    }
}

static void add_other(struct concern *concern, const struct script *script)
{
    if (script)
        g_hash_table_add(concern->scripts, (gpointer)script);
}

/* Routines have findings by who calls them, and by what they do then. */
static void add_routines(struct concern *concern, const struct transaction *transaction)
{
    for (const struct routine_run *run = transaction->runs; run; run = run->next)
        add_other(concern, run->routine->script);
    for (const struct access *access = transaction->accesses; access; access = access->next) {
        for (const struct via *via = access->via; via; via = via->outer)
            add_other(concern, via->script);
    }
}

/* What is not known of a program, and who holds advisory locks, all others ask for. */
static void add_script(struct concern *concern, struct script *script)
{
    g_hash_table_add(concern->scripts, script);
    add_tables(concern, script);
    for (const struct transaction *each = script->transactions; each; each = each->next) {
        concern->calls |= each->calls != NULL;
        concern->all |= each->unknown || transaction_takes_advisory_lock(each, UINT32_MAX);
        add_routines(concern, each);
    }
}

static bool touches(const struct concern *concern, const struct transaction *transactions)
{
    for (const struct transaction *each = transactions; each; each = each->next) {
        if (concern->calls && each->calls)
            return true;
        for (const struct access *access = each->accesses; access; access = access->next) {
            if (access->relation
                    ? g_hash_table_contains(concern->relations, access->relation)
                    : access->name && g_hash_table_contains(concern->names, access->name))
                return true;
        }
    }
    return false;
}

static bool concerns(const struct concern *concern, const struct script *script)
{
    return concern->all || g_hash_table_contains(concern->scripts, script) ||
           touches(concern, script->transactions) || touches(concern, script->trigger_runs);
}

/* ------------------------------------------------------------------ the work */

struct work {
    struct project *project;
    const struct settings *settings;
    const struct selection *selection;
    struct database *database;     /* that is searched */
    GHashTable *near, *far;        /* struct script: of this database; both have the near ones */
    struct structure **structures; /* by transaction: as graph_link takes them */
    GArray *pivots;                /* guint: transactions that are searched again */
    GPtrArray *scripts;            /* to be linted, in order */
    struct finding **findings;     /* by these */
};

static void search_one(void *context, guint index)
{
    const struct work *work = context;
    guint pivot = g_array_index(work->pivots, guint, index);

    work->structures[pivot] = graph_find(&work->database->corpus, pivot);
}

static void lint_one(void *context, guint index)
{
    const struct work *work = context;
    struct script *script = work->scripts->pdata[index];
    const struct database *database = project_database(work->project, script->database);
    struct selection own = {0};
    struct error error = {0};
    bool has_own = configured_has_rules(work->settings, script->path) &&
                   configured_selection(&own, work->settings, script->path, &error);

    work->findings[index] =
        lint_script(script, &database->catalog, &database->corpus, has_own ? &own : work->selection,
                    &work->settings->effective.lint);
    selection_finish(&own);
    error_clear(&error);
}

/* ------------------------------------------------------------------ a database */

static void find_concerned(struct work *work, unsigned number)
{
    struct concern *next = concern_new();
    const GPtrArray *scripts = work->project->scripts;

    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        if (script->database != number || !concerns(work->project->owed, script))
            continue;
        g_hash_table_add(work->near, script);
        add_tables(next, script);
    }
    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        if (script->database == number &&
            (g_hash_table_contains(work->near, script) || touches(next, script->transactions)))
            g_hash_table_add(work->far, script);
    }
    concern_free(next);
}

static void relate_again(struct work *work, unsigned number)
{
    mark_unfired(&work->database->catalog, (struct script *const *)work->database->scripts->pdata,
                 work->database->scripts->len);
    corpus_init(&work->database->corpus);
    for (guint i = 0; i < work->project->scripts->len; i++) {
        const struct script *script = work->project->scripts->pdata[i];
        if (script->database == number)
            corpus_add_script(&work->database->corpus, script);
    }
    corpus_complete(&work->database->corpus);
}

/* Keeps the structures that cannot have become others. One of three programs is looked for before one
 * of four, in which those who share no table with the pivot may have a part. */
static void keep_structures(struct work *work, const struct corpus *before)
{
    const GPtrArray *transactions = work->database->corpus.transactions;

    work->structures = g_new0(struct structure *, transactions->len);
    for (guint i = 0; i < transactions->len; i++) {
        const struct transaction *pivot = transactions->pdata[i];
        const struct structure *known = graph_structure(before, pivot);
        if (g_hash_table_contains(work->near, pivot->script) ||
            (g_hash_table_contains(work->far, pivot->script) && (!known || known->middle)))
            g_array_append_val(work->pivots, i);
        else if (known)
            work->structures[i] = g_memdup2(known, sizeof *known);
    }
}

/* Of the scripts that are still there: what a replaced one had ends with it. */
static void keep_deadlocks(const struct work *work, const struct corpus *before)
{
    const struct corpus *corpus = &work->database->corpus;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        struct deadlock *copies = NULL, **end = &copies;
        if (g_hash_table_contains(work->near, transaction->script))
            continue;
        for (const struct deadlock *known = deadlock_of(before, transaction); known;
             known = known->next) {
            *end = arena_new(&work->database->arena, struct deadlock);
            **end = *known;
            end = &(*end)->next;
        }
        if (copies)
            g_hash_table_insert(corpus->deadlocks, (gpointer)transaction, copies);
    }
}

static bool is_same(const struct structure *a, const struct structure *b)
{
    return a == b || (a && b && a->kind == b->kind && a->repeats == b->repeats &&
                      a->by_rows_only == b->by_rows_only && a->out == b->out && a->in == b->in &&
                      a->read == b->read && a->overwrite == b->overwrite &&
                      a->middle == b->middle && a->link_out == b->link_out &&
                      a->link_in == b->link_in && a->in_access == b->in_access &&
                      a->back == b->back && a->cut == b->cut && a->repair == b->repair);
}

static bool is_same_cycle(const struct cycle *a, const struct cycle *b)
{
    bool same = a && b && a->count == b->count && a->certain == b->certain;

    for (unsigned i = 0; same && i < a->count; i++)
        same = a->runs[i].transaction == b->runs[i].transaction &&
               a->runs[i].held.access == b->runs[i].held.access &&
               a->runs[i].held.call == b->runs[i].held.call &&
               a->runs[i].wanted.access == b->runs[i].wanted.access &&
               a->runs[i].wanted.call == b->runs[i].wanted.call;
    return same || a == b;
}

/* Those with a part in other structures or cycles than before are to be linted as well. */
static void find_changed(const struct work *work, const struct corpus *before)
{
    const struct corpus *corpus = &work->database->corpus;

    for (guint i = 0; i < corpus->transactions->len; i++) {
        const struct transaction *each = corpus->transactions->pdata[i];
        if (!is_same(graph_structure(before, each), graph_structure(corpus, each)) ||
            !is_same_cycle(cycle_of(before, each), cycle_of(corpus, each)) ||
            graph_involves(before, each) != graph_involves(corpus, each))
            g_hash_table_add(work->near, (gpointer)each->script);
    }
}

static void open_script(const struct work *work, GPtrArray *open, const struct script *script)
{
    if (g_hash_table_add(work->near, (gpointer)script))
        g_ptr_array_add(open, (gpointer)script);
}

static void open_callers(const struct work *work, GPtrArray *open, const struct transaction *each)
{
    for (const struct access *access = each->accesses; access; access = access->next) {
        const GPtrArray *same =
            access->body ? corpus_body_accesses(&work->database->corpus, access->body) : NULL;
        for (guint i = 0; same && i < same->len; i++)
            open_script(work, open, ((struct access *)same->pdata[i])->transaction->script);
    }
}

/* The scripts of a database by the functions that they define. */
static GHashTable *find_definitions(const struct work *work, unsigned number)
{
    GHashTable *definitions =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

    for (guint i = 0; i < work->project->scripts->len; i++) {
        struct script *script = work->project->scripts->pdata[i];
        if (script->database != number)
            continue;
        const struct transaction *const lists[] = {script->transactions, script->trigger_runs};
        for (size_t j = 0; j < G_N_ELEMENTS(lists); j++) {
            for (const struct transaction *each = lists[j]; each; each = each->next) {
                if (each->routine)
                    g_ptr_array_add(list_under(definitions, each->routine->name), script);
            }
        }
    }
    return definitions;
}

static void open_definitions(const struct work *work, GPtrArray *open, GHashTable *definitions,
                             const struct transaction *each)
{
    const GPtrArray *same =
        each->routine ? g_hash_table_lookup(definitions, each->routine->name) : NULL;

    for (guint i = 0; same && i < same->len; i++)
        open_script(work, open, same->pdata[i]);
    if (same) /* once for each name */
        g_hash_table_remove(definitions, each->routine->name);
}

/* One fault in a routine that several scripts call or define is one finding: those are linted
 * together. */
static void add_callers(const struct work *work, unsigned number)
{
    const GPtrArray *scripts = work->project->scripts;
    g_autoptr(GHashTable) definitions = find_definitions(work, number);
    g_autoptr(GPtrArray) open = g_ptr_array_new();
    GHashTableIter iter;
    gpointer near;

    g_hash_table_iter_init(&iter, work->near);
    while (g_hash_table_iter_next(&iter, &near, NULL))
        g_ptr_array_add(open, near);
    while (open->len > 0) {
        const struct script *script = g_ptr_array_remove_index_fast(open, open->len - 1);
        const struct transaction *const lists[] = {script->transactions, script->trigger_runs};
        for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
            for (const struct transaction *each = lists[i]; each; each = each->next) {
                open_callers(work, open, each);
                open_definitions(work, open, definitions, each);
            }
        }
    }
    for (guint i = 0; i < scripts->len; i++) {
        struct script *script = scripts->pdata[i];
        if (script->database == number && script->linted &&
            g_hash_table_contains(work->near, script))
            g_ptr_array_add(work->scripts, script);
    }
}

static void owe(const struct work *work, GHashTable *scripts)
{
    GHashTableIter each;
    gpointer script;

    g_hash_table_iter_init(&each, scripts);
    while (g_hash_table_iter_next(&each, &script, NULL))
        g_hash_table_add(work->project->owed->scripts, script);
}

/* Its corpus is made again, of facts that are known. False when that was cancelled. */
static bool search_again(struct work *work, unsigned number)
{
    struct project *project = work->project;
    struct database *database = project_database(project, number);
    struct corpus before = database->corpus;
    struct arena arena = database->arena;

    work->database = database;
    work->near = g_hash_table_new(NULL, NULL);
    work->far = g_hash_table_new(NULL, NULL);
    work->pivots = g_array_new(FALSE, FALSE, sizeof(guint));
    database->arena = (struct arena){0};
    find_concerned(work, number);
    relate_again(work, number);
    if (project->wants_structures) {
        keep_structures(work, &before);
        in_parallel(project, "searching for conflicts", search_one, work, work->pivots->len,
                    work->settings->jobs);
        database->structures = graph_link(&database->corpus, work->structures, &database->arena);
        g_clear_pointer(&work->structures, g_free);
    }
    if (project->wants_deadlocks) {
        keep_deadlocks(work, &before);
        deadlock_search(&database->corpus, &database->arena, work->near);
        cycle_search(&database->corpus, &database->arena);
    }
    find_changed(work, &before);
    bool cancelled = is_cancelled(project->cancelled);
    if (cancelled)
        owe(work, work->far);
    else
        add_callers(work, number);
    owe(work, work->near);
    corpus_finish(&before);
    arena_finish(&arena);
    g_hash_table_unref(work->near);
    g_hash_table_unref(work->far);
    g_array_unref(work->pivots);
    return !cancelled;
}

/* ------------------------------------------------------------------ the files that changed */

static void return_all(GPtrArray *scripts, struct shelf *shelf)
{
    for (guint i = 0; i < scripts->len; i++)
        shelf_return(shelf, scripts->pdata[i]);
    g_ptr_array_unref(scripts);
}

/* A routine that nothing calls is a program of its own, in its script. Whether that stays so when the
 * script is replaced; false: nobody knows. */
static bool calls_alike(const struct project *project, const struct script *script,
                        GHashTable *texts)
{
    const struct catalog *catalog = &project_database(project, script->database)->catalog;
    const struct script *old = *project_script(project, script->path);
    g_autoptr(GHashTable) before = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) now = g_hash_table_new(NULL, NULL);
    GHashTableIter each;
    gpointer routine;
    bool alike = true;

    bind_called(catalog, old, before);
    bind_called(catalog, script, now);
    g_hash_table_iter_init(&each, now);
    while (g_hash_table_iter_next(&each, &routine, NULL)) {
        alike &= g_hash_table_contains(catalog->called, routine);
        g_hash_table_remove(before, routine);
    }
    for (guint i = 0; g_hash_table_size(before) > 0 && i < project->scripts->len; i++) {
        const struct script *other = project->scripts->pdata[i];
        if (other->database == script->database && !g_hash_table_contains(texts, other->path))
            bind_called(catalog, other, now);
    }
    g_hash_table_iter_init(&each, before);
    while (g_hash_table_iter_next(&each, &routine, NULL))
        alike &= g_hash_table_contains(now, routine);
    return alike;
}

/* Reads all of them; NULL when what others are depends on one. */
static GPtrArray *read_again(struct project *project, const struct settings *settings,
                             GHashTable *texts)
{
    GPtrArray *scripts = g_ptr_array_new();
    GHashTableIter each;
    gpointer path, text;

    g_hash_table_iter_init(&each, texts);
    while (g_hash_table_iter_next(&each, &path, &text)) {
        struct script *script = recheck_read(project, settings, path, text);
        if (script)
            g_ptr_array_add(scripts, script);
        if (!script || !calls_alike(project, script, texts)) {
            return_all(scripts, settings->shelf);
            return NULL;
        }
    }
    return scripts;
}

/* Puts a script in the place of the one that has its path, which it returns. */
static struct script *replace(struct project *project, struct script *script)
{
    struct script **place = project_script(project, script->path), *old = *place;
    GPtrArray *scripts = project_database(project, script->database)->scripts;
    guint index;

    *place = script;
    if (g_ptr_array_find(scripts, old, &index))
        scripts->pdata[index] = script;
    add_script(project->owed, old);
    add_script(project->owed, script);
    g_hash_table_remove(project->owed->scripts, old);
    return old;
}

static GHashTable *table_names(const struct concern *concern)
{
    GHashTable *names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    GHashTableIter each;
    gpointer key;

    g_hash_table_iter_init(&each, concern->names);
    while (g_hash_table_iter_next(&each, &key, NULL))
        g_hash_table_add(names, g_strdup(key));
    g_hash_table_iter_init(&each, concern->relations);
    while (g_hash_table_iter_next(&each, &key, NULL))
        g_hash_table_add(names, g_strdup(((struct relation *)key)->name));
    return names;
}

static void collect(struct work *work, struct update *update)
{
    const struct settings *settings = work->settings;
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    for (guint i = 0; i < work->scripts->len; i++) {
        for (struct finding *each = work->findings[i]; each; each = each->next)
            g_ptr_array_add(all, each);
    }
    places_settle(all, !settings->incremental);
    callers_join(all);
    definitions_join(all);
    if (settings->fingerprints)
        project_fingerprint(all);
    *update = (struct update){g_ptr_array_ref(work->scripts), g_ptr_array_new(),
                              table_names(work->project->owed)};
    for (guint i = 0; i < all->len; i++) {
        struct finding *finding = all->pdata[i];
        if (finding->severity >= settings->effective.lowest)
            g_ptr_array_add(update->findings, finding);
    }
}

/* False when it was cancelled. */
static bool lint_again(struct work *work, struct update *update)
{
    struct project *project = work->project;
    g_autofree struct finding **findings = g_new0(struct finding *, work->scripts->len + 1);

    work->findings = findings;
    project->relinted += work->scripts->len;
    in_parallel(project, "checking files", lint_one, work, work->scripts->len,
                work->settings->jobs);
    if (is_cancelled(project->cancelled))
        return false;
    collect(work, update);
    g_clear_pointer(&project->owed, concern_free);
    return true;
}

enum updated project_update(struct project *project, const struct settings *settings,
                            const struct selection *selection, GHashTable *texts,
                            const gint *cancelled, struct update *update)
{
    struct work work = {.project = project, .settings = settings, .selection = selection};
    g_autoptr(GHashTable) databases = g_hash_table_new(NULL, NULL);

    if (project->relinted > (size_t)MOST_RELINTED * project->scripts->len)
        return UPDATE_IMPOSSIBLE;
    GPtrArray *scripts = read_again(project, settings, texts);
    if (!scripts)
        return UPDATE_IMPOSSIBLE;
    if (!project->owed)
        project->owed = concern_new();
    g_ptr_array_set_size(project->findings, 0);
    g_ptr_array_set_size(project->lesser, 0);
    for (guint i = 0; i < scripts->len;
         i++) /* the old ones are given back in their place, at the end */
        scripts->pdata[i] = replace(project, scripts->pdata[i]);
    GHashTableIter each;
    gpointer script;
    g_hash_table_iter_init(&each, project->owed->scripts);
    while (g_hash_table_iter_next(&each, &script, NULL))
        g_hash_table_add(databases, GUINT_TO_POINTER(((struct script *)script)->database));
    work.scripts = g_ptr_array_new();
    project->cancelled = cancelled;
    bool done = true;
    for (guint i = 0; i < project->databases->len; i++) {
        if (g_hash_table_contains(databases, GUINT_TO_POINTER(i)))
            done &= search_again(&work, i);
    }
    done = done && lint_again(&work, update);
    project->cancelled = NULL;
    g_ptr_array_unref(work.scripts);
    return_all(scripts, settings->shelf);
    return done ? UPDATE_DONE : UPDATE_CANCELLED;
}

void update_finish(struct update *update)
{
    g_ptr_array_unref(update->scripts);
    g_ptr_array_unref(update->findings);
    g_hash_table_unref(update->tables);
}
