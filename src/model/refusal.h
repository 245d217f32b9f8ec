#pragma once
/* What the server refuses because of where it stands: in a READ ONLY transaction, or in a
 * transaction block. */

#include "model/transaction.h"

/* Something that a READ ONLY transaction refuses with SQLSTATE 25006 (manual, SET TRANSACTION;
 * ClassifyUtilityCommandAsReadOnly in tcop/utility.c, ExecCheckXactReadOnly in
 * executor/execMain.c, PreventCommandIfReadOnly). */
struct refusal {
    const struct step *step;
    const struct access *access;           /* a write or a row lock, or NULL */
    const struct routine_call *call;       /* nextval, setval, lo_…, or NULL */
    const struct hidden_statement *hidden; /* a statement in a routine, or NULL; if all three are
                                              NULL, it is the step's statement */
    bool conditional;                      /* a branch decides whether it is reached */
};

/* The first thing that a step of the transaction does and that is refused where READ ONLY is in
 * force, or, with `everywhere`, would be refused if it were. What runs always comes before what a
 * branch decides about. Returns false when there is none. `server_version` as in 1500 for 15. */
bool refusal_find(const struct transaction *transaction, const struct step *step, bool everywhere,
                  int server_version, struct refusal *refusal);

/* Whether a transaction block refuses the statement with SQLSTATE 25001 (calls of
 * PreventInTransactionBlock in tcop/utility.c and commands/). */
bool refusal_in_block(const struct statement *statement, const struct catalog *catalog,
                      const struct script *script, int server_version);
