#pragma once
/* What the parts of the search for structures share: graph.c, graph-back.c,
 * graph-prevent.c, graph-dependencies.c. */

#include <glib.h>

#include "locking/conflict.h"
#include "flow/unify.h"
#include "search/graph.h"

enum { PIVOT, OUT, IN, MIDDLE }; /* the runs of a structure */

/* Whether a write of the pivot asks again for what was read. */
struct repetition {
    const struct access *read, *to;
    bool asked;
};

struct search {
    const struct corpus *corpus;
    const struct access *changed; /* a read of the pivot that a repair changes */
    enum repair repair;
    const struct structure *from; /* before it there is none; NULL: from the first on */
    const struct access *uncut;   /* the last before the cut: reads up to it have the same one */
    struct structure found;
    struct binding binding;
    bool with_middle; /* Tout and Tin may be linked by a fourth run */
    bool may_link;    /* some Tin leads back; if none does, none will with another Tout */
    unsigned tried;   /* of MIDDLE_BUDGET */
    unsigned spent;   /* of `budget` */
    unsigned budget;  /* the pivot's share of ALL_PIVOT_BUDGET */
    unsigned glances; /* at programs of which no pair has been looked at yet */
    bool given_up;    /* before all structures of three runs were looked at */
    GArray *partners; /* struct partner: who may be Tin; NULL as long as nobody has asked */
    /* Of these, the places of those that lead back or of which it is not known, for Tout at another
     * level and at SERIALIZABLE: by far the fewest; and what this was asked for. */
    GArray *open[2];
    const struct access *open_for[2];
    struct partner *partner; /* the one of these that is looked at as Tin */
    struct repetition again; /* the last that was asked for: often it is the next as well */
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

static inline enum granularity granularity_of(const struct structure *structure)
{
    return all_serializable(structure) ? BY_ROW : BY_COLUMN;
}

/* Whether both orders of the two give the same. SSI compares rows, so there it is an order. */
static inline bool is_without_order(const struct search *search, const struct access *a,
                                    const struct access *b)
{
    return granularity_of(&search->found) == BY_COLUMN && conflict_commutes(a, b);
}

/* Two rows of an UPDATE can be what a reader looks for: the one it finds, and the one it leaves. */
enum row {
    ROW_BEFORE,
    ROW_AFTER,
};

/* Looks for a structure with this pivot, of three runs before four; `found` is it. */
bool find_structure(struct search *search, const struct transaction *pivot);

/* What is not known, or may be cut in two by \if, is not judged. */
bool may_be_pivot(const struct transaction *transaction);

/* Whether the read takes no lock that keeps the overwrite out; `after`: the row as an UPDATE leaves
 * it. */
bool is_plain_read(const struct search *search, const struct access *read,
                   const struct access *overwrite, bool after);

/* Whether Tout cannot run between the two parts of the pivot, as it is or as the repair would have
 * it, so that both commit: the pivot holds what it has read, or something else keeps Tout out. */
bool is_kept_out(struct search *search);

/* The same for each partner, of which only what the values decide: what keeps one away keeps it away
 * under whatever else is bound later. */
bool is_prevented(struct search *search, const struct transaction *partner, unsigned run);

/* Whether an access of Tin leads back to one of the pivot, as far as what they do tells: the values
 * and the locks are left to the binding. */
bool leads_back(struct search *search, const struct access *from, const struct access *to,
                enum row row);

/* Whether a transaction accesses the relation, as far as the bits tell. */
static inline bool may_access(const struct transaction *transaction, const struct access *access)
{
    return transaction->relations >> access->relation_bit & 1;
}

/* The first of a transaction's accesses that may be of the same relation, whose peers the others
 * are. */
static inline const struct access *first_met(const struct transaction *transaction,
                                             const struct access *access)
{
    return may_access(transaction, access) ? access_first_like(transaction, access) : NULL;
}

/* Whether the partner is a run of the pivot's program that both write the same rows under one snapshot,
 * so that one of them fails if there are any: what `write`, of either, changes is no way from one to
 * the other. */
bool meets_own_program(struct search *search, const struct transaction *partner,
                       const struct access *write);
