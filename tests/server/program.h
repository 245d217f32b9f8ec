#pragma once
/* Programs: what each session of a schedule does, as moves that can be interleaved. A move is one
 * statement, together with those before it that neither read nor lock anything, so that no order is
 * tried twice under two names. A statement that stands alone becomes a transaction of its own,
 * whose COMMIT is a move: nobody sees the one without the other, but others may run in between. */

#include "server/schedule.h"

struct program {
    const char *name; /* owned by the schedule */
    GPtrArray *moves; /* GPtrArray of const struct action *, owned */
    struct action begin, commit;
};

/* The programs (struct program *, owned) of the sessions that are tested. Unless `any` is set, each
 * must be one transaction: otherwise returns NULL and sets `trouble` to why (owned by the caller).
 */
GPtrArray *programs_of(const struct schedule *schedule, bool any, char **trouble);
