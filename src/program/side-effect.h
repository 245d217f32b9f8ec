#pragma once
/* What a transaction does beside its accesses, and what all of it together amounts to. */

#include "program/access.h"
#include "session/transaction.h"

/* A call of a function that is not known to be harmless, or a statement in a routine that leaves no
 * access: DDL, NOTIFY, ANALYZE, … */
struct side_effect {
    struct side_effect *next;
    uint32_t order;          /* among all that its transaction does, accesses included */
    const struct call *call; /* NULL: it is the statement */
    const struct step *step;
    const struct statement *statement; /* the step's, or one in a routine */
    const struct body_statement *body; /* where it stands in a routine; NULL outside */
    const struct via *via;
    struct relation *sequence; /* that nextval, setval or currval names; NULL: unknown */
    bool conditional;          /* in a branch, a loop or an exception handler of a routine */
    bool as_passed;            /* in a loop, as of an access */
    bool read_only;            /* READ ONLY is in force where it runs */
    bool outside;              /* of a routine that asks other programs or waits for the clock */
};

/* A routine that a statement runs. */
struct routine_run {
    struct routine_run *next;
    const struct routine *routine;
    const struct step *step;
    bool in_part; /* as a trigger function, for a row that does not come to all of its branches */
};

/* Whether who calls it is given anything but that it has ended. */
bool routine_returns_value(const struct routine *routine);

/* What to show of it: the call, or the statement in a block of the script; what comes in by a
 * routine or a trigger is shown at the statement of the step. */
struct span side_effect_span(const struct side_effect *effect);

/* Whether it writes a table that others see. */
static inline bool transaction_writes(const struct transaction *transaction)
{
    return transaction->writes;
}

/* Whether it takes an advisory lock before this place in its order; UINT32_MAX: anywhere. */
bool transaction_takes_advisory_lock(const struct transaction *transaction, uint32_t before);

/* Whether it does nothing but read permanent tables, at least one: no write, no lock of rows or
 * tables, no sequence, nothing unknown. */
bool transaction_only_reads(const struct transaction *transaction);

/* Whether it inserts rows and looks at nothing: whatever goes wrong is read by another program. */
bool transaction_only_inserts(const struct transaction *transaction);

/* Whether it only reads, with a snapshot for each statement. */
bool transaction_reads_apart(const struct transaction *transaction);

/* Whether it writes, or something that is not known may. */
bool transaction_may_write(const struct transaction *transaction);

/* Whether the call waits for an advisory lock, shared or not, and then holds it. */
bool call_is_advisory_lock(const struct call *call);
