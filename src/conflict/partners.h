#pragma once
/* Which programs may wait for a lock of which: a search for deadlocks looks at each with these alone. */

#include <glib.h>

#include "conflict/request.h"
#include "corpus/corpus.h"

/* What the programs of a corpus lock. */
struct plans {
    const struct corpus *corpus;
    struct plan *all; /* in the order of their transactions; room for one for each of these */
    size_t count;
    struct plan **of; /* by the number of the transaction; NULL: it has none */
    /* Accesses of one relation, or a list of some of them → the plans that make them, GPtrArray,
     * and those of several statements among them. */
    GHashTable *partners[2];
    GHashTable *lockers[2]; /* the same of those that lock the table itself against writes */
};

/* Makes room for the plans of a corpus, which must outlive them; what the plans own is the caller's. */
void plans_start(struct plans *plans, const struct corpus *corpus);
void plans_finish(struct plans *plans);

/* Every program that may conflict with that lock of the plan, for the caller to unref. Those of a whole
 * relation are remembered. */
GPtrArray *partners_of(const struct plans *plans, const struct plan *plan, size_t wanted);

/* Those of two lists, each once, for the caller to unref. All lists are in the order of the plans. */
GPtrArray *partners_merge(const GPtrArray *a, const GPtrArray *b);
