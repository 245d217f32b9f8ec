#pragma once
/* What a transaction does beside its accesses, and what all its acts together amount to. */

#include "program/access.h"
#include "session/transaction.h"

/* A call of a function that is not known to be harmless. */
struct routine_call {
    struct routine_call *next;
    uint32_t order; /* among the accesses and calls of its transaction */
    const struct call *call;
    const struct step *step;
    const struct statement *statement; /* the step's, or one in a routine */
    const struct body_statement *body; /* where it stands in a routine; NULL outside */
    const struct via *via;
    struct relation *sequence; /* that nextval, setval or currval names; NULL: unknown */
    bool conditional;          /* in a branch, a loop or an exception handler of a routine */
    bool read_only;            /* READ ONLY is in force where it runs */
    bool outside;              /* of a routine that asks other programs or waits for the clock */
};

/* A routine that a statement runs. */
struct routine_run {
    struct routine_run *next;
    const struct routine *routine;
    const struct step *step;
};

/* A statement in a routine that is no query and locks no table: DDL, NOTIFY, ANALYZE, … */
struct hidden_statement {
    struct hidden_statement *next;
    uint32_t order; /* among the accesses and calls of its transaction */
    const struct statement *statement;
    const struct body_statement *body;
    const struct step *step;
    const struct via *via;
    bool conditional;
    bool read_only;
};

/* Whether it writes a table that others see. */
bool transaction_writes(const struct transaction *transaction);

/* Whether it takes an advisory lock before this place in its order; UINT32_MAX: anywhere. */
bool transaction_takes_advisory_lock(const struct transaction *transaction, uint32_t before);

/* Whether it does nothing but read permanent tables, at least one: no write, no lock of rows or
 * tables, no sequence, nothing unknown. */
bool transaction_only_reads(const struct transaction *transaction);

/* Whether it writes, or something that is not known may. */
bool transaction_may_write(const struct transaction *transaction);

/* Whether the call waits for an advisory lock, shared or not, and then holds it. */
bool call_is_advisory_lock(const struct call *call);
