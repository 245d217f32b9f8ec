#pragma once
/* What is certain enough to be edited without asking. Rules report what is likely; an edit that
 * is made by itself must not change what any statement returns or stores, whatever the functions,
 * views and settings that the inputs do not show may be. */

#include "session/transaction.h"

/* Whether its BEGIN is the one statement that says anything about its modes, none asks for them,
 * and its COMMIT or ROLLBACK hands them on to nobody: what BEGIN says can be changed there alone. */
bool certainty_of_modes(const struct transaction *transaction);

/* Whether it certainly does nothing but read, so that READ ONLY refuses nothing: it runs nothing
 * but the server's own code and reads nothing that hides anything else. A name that no input
 * defines is taken for a table. */
bool certainty_of_reads(const struct transaction *transaction, const struct catalog *catalog);

/* What to make sure of before declaring a transaction READ ONLY that seems to do nothing but read:
 * static, begins with a verb; NULL when it is certain, or nothing can be said. */
const char *certainty_doubt(const struct transaction *transaction, const struct catalog *catalog);
