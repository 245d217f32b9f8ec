#include "corpus/unfired.h"

#include <glib.h>

#include "facts/script.h"
#include "program/side-effect.h"
#include "session/transaction.h"

static void add_runs(GHashTable *routines, const struct transaction *transaction)
{
    for (const struct routine_run *run = transaction->runs; run; run = run->next) {
        if (!run->in_part)
            g_hash_table_add(routines, (gpointer)run->routine);
    }
}

static bool may_be_fired(const struct catalog *catalog, const struct transaction *run)
{
    return catalog_firing(catalog, run->routine) && transaction_level(run) == LEVEL_READ_COMMITTED;
}

void mark_unfired(const struct catalog *catalog, struct script *const *scripts, size_t count)
{
    g_autoptr(GHashTable) fired = g_hash_table_new(NULL, NULL); /* struct routine */

    for (size_t i = 0; i < count; i++) {
        for (const struct transaction *each = scripts[i]->transactions; each; each = each->next) {
            if (each->concurrency == RUNS_CONCURRENTLY) /* a migration fires it once */
                add_runs(fired, each);
        }
    }
    for (size_t i = 0; i < count; i++) {
        for (struct transaction *run = scripts[i]->trigger_runs; run; run = run->next)
            run->unfired =
                may_be_fired(catalog, run) && !g_hash_table_contains(fired, run->routine);
    }
}
