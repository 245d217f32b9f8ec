#pragma once
/* The rows of a dump: INSERTs, one behind the other, in a transaction or each by itself, that differ in
 * nothing but their constants. What the grammar says of one it says of all, and from BULK_ALIKE on
 * nobody asks what they access (session/bulk.h); so from then on they share the facts of one. */

#include <stdbool.h>
#include <stdint.h>

#include "facts/script.h"

/* A zeroed struct alike is ready for use. */
struct alike {
    struct _GHashTable *rows; /* by shape: the first statement of it, and how many came */
    bool never;               /* behind a statement to which their constants may matter */
};

void alike_finish(struct alike *alike);

/* Sees the statement, the next one of the script, that has been parsed. */
void alike_see(struct alike *alike, const struct script *script, const struct statement *statement);

/* Gives an unread statement the facts of one like it. False: it has to be parsed. */
bool alike_take(const struct alike *alike, const struct script *script,
                struct statement *statement);
