#include "model/deadlock.h"

#include <glib.h>

const struct deadlock *deadlock_of(const struct corpus *corpus,
                                   const struct transaction *transaction)
{
    return g_hash_table_lookup(corpus->deadlocks, transaction);
}
