#include "model/claim.h"

#include <glib.h>

#include "model/guard.h"

bool claim_is_repeated(const struct access *claim, const struct access *write)
{
    return guard_rechecks(claim, write) || guard_repeats(claim, write);
}

/* The row that the transaction has locked and done nothing about: it is free again when the
 * transaction ends. */
static const struct access *find_claim(const struct transaction *transaction)
{
    const struct access *claim = NULL;

    for (const struct access *each = transaction->accesses; each; each = each->next) {
        if (access_is_write(each) && claim && access_same_relation(each, claim))
            return NULL;
        if (each->kind == ACCESS_LOCK && each->lock >= LOCK_NO_KEY_UPDATE && each->query &&
            each->query->limit && !access_is_exempt(each))
            claim = each;
    }
    return transaction->unknown ? NULL : claim;
}

/* A row is marked that is named by its key alone. */
static bool marks(const struct access *claim, const struct access *write)
{
    return (write->kind == ACCESS_UPDATE || write->kind == ACCESS_DELETE) &&
           access_same_relation(claim, write) && access_rows(write) == ROWS_POINT &&
           access_names_written(claim, write) && !claim_is_repeated(claim, write) &&
           !guard_held_rows(write, LOCK_NO_KEY_UPDATE);
}

static bool follows(const struct transaction *claim, const struct transaction *mark)
{
    bool ended = claim->kind == TRANSACTION_BLOCK || claim->kind == TRANSACTION_SEGMENT ||
                 mark->kind == TRANSACTION_SEGMENT;

    return ended && !claim->set_up && !mark->set_up && !claim->uncertain && !mark->uncertain &&
           !(mark->name && g_strcmp0(claim->name, mark->name) != 0);
}

const struct access *claim_marked_late(const struct transaction *transaction,
                                       const struct access **claim)
{
    const struct transaction *next = transaction->next;
    const struct access *mark = next ? next->accesses : NULL;

    *claim = mark && follows(transaction, next) ? find_claim(transaction) : NULL;
    if (!*claim || guard_session_lock(*claim))
        return NULL;
    while (mark && !marks(*claim, mark))
        mark = mark->next;
    return mark;
}

bool claim_picks_rows(const struct access *write)
{
    for (const struct restriction *each = write->where; each; each = each->next) {
        const struct operand *right = &each->condition->right;
        const struct query *query = right->kind == OPERAND_QUERY ? right->query : NULL;
        if (query && query->limit && query->ranges && query->ranges->lock == LOCK_NONE)
            return true;
    }
    return false;
}
