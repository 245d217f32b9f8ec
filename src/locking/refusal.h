#pragma once
/* What the server refuses because of where it stands: in a READ ONLY transaction, in a transaction
 * block, or, a lock of rows, in a query whose rows are no rows of a table. */

#include "program/side-effect.h"

/* Something that a READ ONLY transaction refuses with SQLSTATE 25006 (manual, SET TRANSACTION;
 * ClassifyUtilityCommandAsReadOnly in tcop/utility.c, ExecCheckXactReadOnly in
 * executor/execMain.c, PreventCommandIfReadOnly). */
struct refusal {
    const struct step *step;
    const struct access *access; /* a write or a row lock, or NULL */
    /* nextval, setval, lo_…, a statement in a routine, or NULL; if both are NULL, it is the step's
     * statement. */
    const struct side_effect *effect;
    bool conditional; /* a branch decides whether it is reached */
};

/* Of each step of the transaction the first thing that it does and that is refused where READ ONLY
 * is in force, or, with `everywhere`, would be refused if it were; its `step` is NULL when there is
 * none. What runs always comes before what a branch decides about. Freed with g_free.
 * `server_version` as in 1500 for 15. */
struct refusal *refusals_find(const struct transaction *transaction, bool everywhere,
                              int server_version);

/* Whether a transaction block refuses the statement with SQLSTATE 25001 (calls of
 * PreventInTransactionBlock in tcop/utility.c and commands/). */
bool refusal_in_block(const struct statement *statement, const struct catalog *catalog,
                      const struct script *script, int server_version);

/* What a query's FOR UPDATE or FOR SHARE is refused with, SQLSTATE 0A000: "GROUP BY", "the nullable
 * side of an outer join"; NULL when it has none, or when it is not known to be refused
 * (CheckSelectLocking in parser/analyze.c, also for views; make_outerjoininfo in
 * optimizer/plan/initsplan.c). Names must have been bound. `*range` is what would be locked, or
 * NULL. */
const char *refusal_of_lock(const struct query *query, const struct range **range);

/* The COMMIT or ROLLBACK that a statement of a body is, or that a procedure comes to which it
 * calls; NULL without. */
const struct body_statement *refusal_ends_transaction(const struct body_statement *statement,
                                                      const struct catalog *catalog);

/* The first of a body; the same for what CALL or DO runs. */
const struct body_statement *refusal_body_ends(const struct body *body,
                                               const struct catalog *catalog);
const struct body_statement *refusal_call_ends(const struct statement *statement,
                                               const struct catalog *catalog);

/* Why transactions cannot end at the statement, whoever calls the routine (manual, 43.8 Transaction
 * Management; _SPI_commit in executor/spi.c, ExecuteCallStmt in commands/functioncmds.c). */
enum termination {
    TERMINATION_ALLOWED,
    TERMINATION_FUNCTION,  /* no procedure and no DO */
    TERMINATION_SQL,       /* CALL in a body of LANGUAGE sql */
    TERMINATION_SETTING,   /* the procedure has a SET clause */
    TERMINATION_DEFINER,   /* the procedure is SECURITY DEFINER */
    TERMINATION_HANDLED,   /* in a block with an EXCEPTION part */
    TERMINATION_EXECUTE,   /* EXECUTE 'CALL …' */
    TERMINATION_IN_CURSOR, /* in a FOR loop over what a write returns: 55000, the others are 2D000
                            */
};

/* For a statement of the routine's body; `routine` is NULL for DO. */
enum termination refusal_termination(const struct routine *routine,
                                     const struct body_statement *statement);
