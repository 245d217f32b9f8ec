#include "model/sequence.h"

#include "model/guard.h"

static bool same_statement(const struct access *access, const struct routine_call *call)
{
    return access->step == call->step && access->statement == call->statement &&
           access->body == call->body;
}

static const struct access *find_greatest(const struct transaction *transaction,
                                          const struct routine_call *call)
{
    const struct access *found = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (!same_statement(each, call))
            continue;
        if (access_names_column(each, "last_value"))
            return NULL;
        if (each->kind == ACCESS_READ && each->query && each->query->only_min_max && !found &&
            !access_is_exempt(each))
            found = each;
    }
    return found;
}

const struct access *sequence_taker(const struct corpus *corpus,
                                    const struct transaction *transaction,
                                    const struct routine_call *call)
{
    bool alone = transaction->set_up || transaction->concurrency != RUNS_CONCURRENTLY;
    const struct access *read = alone ? NULL : find_greatest(transaction, call);
    const struct access *own = transaction->accesses;

    if (!read || guard_serializes(read))
        return NULL;
    while (own && !(own->kind == ACCESS_INSERT && access_same_relation(own, read)))
        own = own->next;
    return own ? own : corpus_find(corpus, read, 1u << ACCESS_INSERT, true);
}
