#pragma once
/* Bulk: a dump, or a backfill in a thousand statements, that differ in nothing but their constants.
 * What the first of them do says what all of them do, so that only those become accesses. */

#include <stdbool.h>

#include "base/limits.h"
#include "facts/script.h"
#include "session/transaction.h"

struct bulk {
    struct _GHashTable *shapes; /* how often each came; NULL before the first */
};

/* A zeroed struct bulk is ready for use. */
void bulk_finish(struct bulk *bulk);

/* A number for the shape of a text: the same for texts that differ in constants alone. */
uint64_t bulk_shape(const char *at, const char *end);

/* Starts with no shapes: another transaction begins. */
void bulk_reset(struct bulk *bulk);

/* Sets `bulk` of the transactions of the script that are one statement, of which BULK_ALIKE of the same
 * shape came before. */
void bulk_mark_alone(struct script *script);

/* Counts a statement of the script; true when BULK_ALIKE of its shape came before. Only queries
 * that stand in the script itself are ever bulk. */
bool bulk_is_more(struct bulk *bulk, const struct script *script,
                  const struct statement *statement);
