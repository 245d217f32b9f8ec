#include "engine/look.h"

#include <string.h>

#include "engine/configured.h"
#include "conflict/deadlock.h"
#include "input/read.h"
#include "search/graph.h"

/* ------------------------------------------------------------------ whether it will do */

static const struct script *find_script(const struct project *project, const char *path)
{
    guint low = 0, high = project->scripts->len; /* in order of path */

    while (low < high) {
        guint middle = (low + high) / 2;
        const struct script *script = project->scripts->pdata[middle];
        int order = strcmp(script->path, path);
        if (order == 0)
            return script;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* What others must know of it, when it changes. */
static bool tells_others(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_DEFINE)
            return true;
    }
    for (const struct directive *each = script->directives; each; each = each->next) {
        if (each->kind == DIRECTIVE_SMALL || each->kind == DIRECTIVE_HOT)
            return true;
    }
    return script->included || script->missing_count > 0;
}

static bool is_alone(const struct script *script)
{
    return script->kind == KIND_PROGRAM && !tells_others(script);
}

/* ------------------------------------------------------------------ those that it meets */

/* The scripts of some accesses. */
static void add_scripts(GHashTable *scripts, const GPtrArray *accesses)
{
    for (guint i = 0; accesses && i < accesses->len; i++) {
        const struct access *access = accesses->pdata[i];
        g_hash_table_add(scripts, access->transaction->script);
    }
}

static void add_transactions(GHashTable *scripts, const GPtrArray *transactions)
{
    for (guint i = 0; i < transactions->len; i++) {
        const struct transaction *transaction = transactions->pdata[i];
        g_hash_table_add(scripts, transaction->script);
    }
}

/* Those that touch a table which the script touches, and those of which that is not known: a
 * structure or a deadlock in which it takes part is between such. */
static GHashTable *partners_of(const struct script *script, const struct corpus *all)
{
    GHashTable *scripts = g_hash_table_new(NULL, NULL);

    for (const struct transaction *each = script->transactions; each; each = each->next) {
        for (const struct access *access = each->accesses; access; access = access->next) {
            if (access->relation)
                add_scripts(scripts, g_hash_table_lookup(all->relations, access->relation));
            else if (access->name)
                add_scripts(scripts, g_hash_table_lookup(all->strangers, access->name));
        }
    }
    add_transactions(scripts, all->unknown);
    add_transactions(scripts, all->holders);
    return scripts;
}

/* In the order of a run, with the new script in the place of the old one. */
static void gather(struct look *look, const struct project *project, const struct script *old)
{
    const struct corpus *all = &look->database->corpus;
    g_autoptr(GHashTable) partners = partners_of(look->script, all);

    corpus_init(&look->corpus);
    g_hash_table_unref(look->corpus.small);
    g_hash_table_unref(look->corpus.hot);
    look->corpus.small = g_hash_table_ref(all->small);
    look->corpus.hot = g_hash_table_ref(all->hot);
    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        if (script == old)
            corpus_add_script(&look->corpus, look->script);
        else if (g_hash_table_contains(partners, script))
            corpus_add_script(&look->corpus, script);
    }
    corpus_complete(&look->corpus);
}

/* ------------------------------------------------------------------ the look */

/* Structures whose pivot is in the script, or was found elsewhere when all were looked at. */
static void search(struct look *look, bool structures, bool deadlocks)
{
    struct corpus *corpus = &look->corpus;
    guint count = corpus->transactions->len;
    g_autoptr(GHashTable) pivots = g_hash_table_new(NULL, NULL);

    if (deadlocks)
        deadlock_search(corpus, &look->arena);
    if (!structures)
        return;
    for (const struct structure *each = look->database->structures; each; each = each->next)
        g_hash_table_add(pivots, (gpointer)each->pivot);
    struct structure *found = arena_array(&look->arena, struct structure, count);
    for (guint i = 0; i < count; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (transaction->script == look->script || g_hash_table_contains(pivots, transaction))
            graph_find(corpus, i, &found[i]);
    }
    graph_link(corpus, found);
}

static void lint(struct look *look, const struct settings *settings,
                 const struct selection *selection)
{
    struct selection own = {0};
    struct error error = {0};
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    if (configured_has_rules(settings, look->script->path) &&
        configured_selection(&own, settings, look->script->path, &error))
        selection = &own;
    error_clear(&error);
    search(look, selection_wants_structures(selection), selection_wants_deadlocks(selection));
    for (struct finding *finding = lint_script(look->script, &look->database->catalog,
                                               &look->corpus, selection, &settings->lint);
         finding; finding = finding->next)
        g_ptr_array_add(all, finding);
    if (settings->fingerprints) /* by which a baseline recognises what it knows */
        project_fingerprint(all);
    for (guint i = 0; i < all->len; i++) {
        if (((struct finding *)all->pdata[i])->severity >= settings->lowest)
            g_ptr_array_add(look->findings, all->pdata[i]);
    }
    selection_finish(&own);
}

bool look_at(struct look *look, struct project *project, const struct settings *settings,
             const struct selection *selection, const char *path, GBytes *text)
{
    const struct script *old = find_script(project, path);

    if (!old || !old->linted || !is_alone(old))
        return false;
    struct script *script = read_script_text(text, path, settings->files);
    script->linted = true;
    script->database = old->database;
    project_parse(settings, script, project_below(settings, path));
    if (!is_alone(script)) {
        script_free(script);
        return false;
    }
    *look = (struct look){.script = script,
                          .database = project_database(project, old->database),
                          .findings = g_ptr_array_new()};
    project_bind(settings, look->database, script);
    gather(look, project, old);
    lint(look, settings, selection);
    return true;
}

void look_finish(struct look *look)
{
    g_ptr_array_unref(look->findings);
    corpus_finish(&look->corpus);
    arena_finish(&look->arena);
    script_free(look->script);
}
