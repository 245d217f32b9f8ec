/* The SQLSTATE of an error that a log shows without one: its prefix has no %e, as the default prefix
 * has none. The texts are the English ones of the server's source (errmsg in deadlock.c,
 * predicate.c, nodeModifyTable.c, nbtinsert.c, proc.c, postgres.c, execIndexing.c). */
#include "log/format.h"

#include <glib.h>

struct piece state_of_message(struct piece message)
{
    static const struct {
        const char *text, *state;
    } states[] = {
        {"deadlock detected", "40P01"},
        {"could not serialize access due to ", "40001"},
        {"canceling statement due to conflict with recovery", "40001"},
        {"tuple to be locked was already moved to another partition due to concurrent update",
         "40001"},
        {"duplicate key value violates unique constraint ", "23505"},
        {"conflicting key value violates exclusion constraint ", "23P01"},
        {"canceling statement due to lock timeout", "55P03"},
        {"could not obtain lock on ", "55P03"},
        {"current transaction is aborted, ", "25P02"},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (piece_starts(message, states[i].text))
            return (struct piece){states[i].state, 5};
    }
    return (struct piece){NULL, 0};
}
