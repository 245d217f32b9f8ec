#include "engine/recheck.h"

#include <string.h>

#include "binding/bind.h"
#include "engine/configured.h"
#include "engine/shelf.h"
#include "conflict/deadlock.h"
#include "facts/body.h"
#include "input/read.h"
#include "kind/kind.h"
#include "conflict/cycle.h"
#include "search/graph.h"

/* ------------------------------------------------------------------ whether it will do */

/* What others must know of it, when it changes. */
static bool tells_others(const struct script *script)
{
    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_DEFINE ||
            (each->kind == STATEMENT_DO && body_next_definition(each->block->body, NULL)))
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
    return script->kind == KIND_PROGRAM && !tells_others(script) && !database_connects(script);
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
                add_scripts(scripts, g_hash_table_lookup(all->unresolved, access->name));
        }
    }
    add_transactions(scripts, all->unknown);
    add_transactions(scripts, all->holders);
    return scripts;
}

/* In the order of a run, with the new script in the place of the old one. */
static void gather(struct recheck *recheck, const struct project *project, const struct script *old)
{
    const struct corpus *all = &recheck->database->corpus;
    g_autoptr(GHashTable) partners = partners_of(recheck->script, all);

    corpus_init(&recheck->corpus);
    g_hash_table_unref(recheck->corpus.small);
    g_hash_table_unref(recheck->corpus.hot);
    recheck->corpus.small = g_hash_table_ref(all->small);
    recheck->corpus.hot = g_hash_table_ref(all->hot);
    for (guint i = 0; i < project->scripts->len; i++) {
        const struct script *script = project->scripts->pdata[i];
        if (script == old)
            corpus_add_script(&recheck->corpus, recheck->script);
        else if (g_hash_table_contains(partners, script))
            corpus_add_script(&recheck->corpus, script);
    }
    corpus_complete(&recheck->corpus);
}

/* ------------------------------------------------------------------ the file again */

/* Structures whose pivot is in the script, or was found elsewhere by the run over all files. */
static void search(struct recheck *recheck, bool structures, bool deadlocks)
{
    struct corpus *corpus = &recheck->corpus;
    guint count = corpus->transactions->len;
    g_autoptr(GHashTable) pivots = g_hash_table_new(NULL, NULL);

    if (deadlocks) {
        deadlock_search(corpus, &recheck->arena, NULL);
        cycle_search(corpus, &recheck->arena);
    }
    if (!structures)
        return;
    for (const struct structure *each = recheck->database->structures; each; each = each->next)
        g_hash_table_add(pivots, (gpointer)each->pivot);
    g_autofree struct structure **found = g_new0(struct structure *, count);
    for (guint i = 0; i < count; i++) {
        const struct transaction *transaction = corpus->transactions->pdata[i];
        if (transaction->script == recheck->script || g_hash_table_contains(pivots, transaction))
            found[i] = graph_find(corpus, i);
    }
    graph_link(corpus, found, &recheck->arena);
}

static void lint(struct recheck *recheck, const struct settings *settings,
                 const struct selection *selection)
{
    struct selection own = {0};
    struct error error = {0};
    g_autoptr(GPtrArray) all = g_ptr_array_new();

    if (configured_has_rules(settings, recheck->script->path) &&
        configured_selection(&own, settings, recheck->script->path, &error))
        selection = &own;
    error_clear(&error);
    search(recheck, selection_wants_structures(selection), selection_wants_deadlocks(selection));
    for (struct finding *finding =
             lint_script(recheck->script, &recheck->database->catalog, &recheck->corpus, selection,
                         &settings->effective.lint);
         finding; finding = finding->next)
        g_ptr_array_add(all, finding);
    if (settings->fingerprints) /* by which a baseline recognises what it knows */
        project_fingerprint(all);
    for (guint i = 0; i < all->len; i++) {
        if (((struct finding *)all->pdata[i])->severity >= settings->effective.lowest)
            g_ptr_array_add(recheck->findings, all->pdata[i]);
    }
    selection_finish(&own);
}

struct script *recheck_read(const struct project *project, const struct settings *settings,
                            const char *path, GBytes *text)
{
    struct script *const *place = project_script(project, path);

    if (!place || !(*place)->linted || !is_alone(*place) ||
        kind_has_foreign_neighbour(project->scripts, *place))
        return NULL;
    struct script *script = read_script_text(text, path, settings->files);
    script = project_parse(settings, script, project_below(settings, path));
    script->linted = true;
    script->database = (*place)->database;
    if (!is_alone(script)) {
        shelf_return(settings->shelf, script);
        return NULL;
    }
    const struct database *database = project_database(project, script->database);
    bind_bodies(&database->catalog, script);
    project_bind(settings, database, script);
    return script;
}

bool recheck_file(struct recheck *recheck, struct project *project, const struct settings *settings,
                  const struct selection *selection, const char *path, GBytes *text)
{
    struct script *script = recheck_read(project, settings, path, text);

    if (!script)
        return false;
    *recheck = (struct recheck){.script = script,
                                .database = project_database(project, script->database),
                                .shelf = settings->shelf,
                                .findings = g_ptr_array_new()};
    gather(recheck, project, *project_script(project, path));
    lint(recheck, settings, selection);
    return true;
}

void recheck_finish(struct recheck *recheck)
{
    g_ptr_array_unref(recheck->findings);
    corpus_finish(&recheck->corpus);
    arena_finish(&recheck->arena);
    shelf_return(recheck->shelf, recheck->script);
}
