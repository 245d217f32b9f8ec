#pragma once
/* What a transaction waits for that is no lock of the server: time, people, programs, other
 * servers. Whatever it holds meanwhile, it holds for as long as they please. */

#include "program/side-effect.h"

struct wait {
    struct wait *next;
    const struct step *step;
    const struct side_effect *call; /* pg_sleep, http_get; NULL: the statement itself waits */
    const char *what;               /* "pg_sleep", "\\prompt", "COPY … PROGRAM" */
};

/* The waits of a transaction, in order. */
struct wait *transaction_waits(const struct transaction *transaction, struct arena *arena);

/* Whether the wait comes behind the statement that makes the access, in the same transaction. */
bool wait_follows(const struct wait *wait, const struct access *access);

/* The step that took the snapshot which is kept meanwhile: that of one snapshot for all, or of an
 * open cursor. NULL without. */
const struct step *wait_keeps_snapshot(const struct transaction *transaction,
                                       const struct wait *wait);
