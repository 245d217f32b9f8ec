#pragma once
/* What the parts of the search for structures share: graph.c, graph-prevent.c,
 * graph-dependencies.c. */

#include <glib.h>

#include "locking/conflict.h"
#include "program/unify.h"
#include "search/graph.h"

enum { PIVOT, OUT, IN, MIDDLE }; /* the runs of a structure */

struct search {
    const struct corpus *corpus;
    const struct access *changed; /* a read of the pivot that a repair changes */
    enum repair repair;
    struct structure found;
    struct binding binding;
    bool with_middle; /* Tout and Tin may be linked by a fourth run */
    bool may_link;    /* some Tin that leads back was looked at: else none will, with whomever */
    unsigned tried;   /* of MIDDLE_BUDGET */
    unsigned spent;   /* of PIVOT_BUDGET */
    bool given_up;    /* before all structures of three runs were looked at */
    GArray *partners; /* struct partner: who may be Tin; NULL as long as nobody has asked */
    struct partner *partner; /* the one of these that is looked at as Tin */
};

static inline bool is_serializable(const struct transaction *transaction)
{
    return transaction_level(transaction) == LEVEL_SERIALIZABLE;
}

/* Detection by the server needs all three, protection by snapshots is the pivot's own. */
static inline bool all_serializable(const struct structure *structure)
{
    return is_serializable(structure->pivot) && is_serializable(structure->out) &&
           is_serializable(structure->in);
}

/* Looks for a structure with this pivot, of three runs before four; `found` is it. */
bool find_structure(struct search *search, const struct transaction *pivot);

/* What is not known, or may be cut in two by \if, is not judged. */
bool may_be_pivot(const struct transaction *transaction);

/* Whether the read takes no lock that keeps the overwrite out; `after`: the row as an UPDATE leaves
 * it. */
bool is_plain_read(const struct search *search, const struct access *read,
                   const struct access *overwrite, bool after);

/* Whether the pivot, as it is or as the repair would have it, and a partner cannot both commit when
 * the partner runs between the two parts of the pivot. */
bool is_prevented(struct search *search, const struct transaction *partner, unsigned run);

/* Whether a transaction accesses the relation, as far as the bits tell. */
static inline bool may_access(const struct transaction *transaction, const struct access *access)
{
    return transaction->relations >> access->relation_bit & 1;
}
