#pragma once
/* What a schedule promises, held against what the server answered. */

#include <stdbool.h>

#include "server/connection.h"

/* Whether the outcome says that the statement waits. */
bool outcome_waits(const char *expected);

/* Whether the outcome is an error that ends a wait by itself: a deadlock or a timeout. */
bool outcome_ends_wait(const char *expected);

/* Whether a complete answer is what the outcome says; NULL stands for any success. */
bool outcome_holds(const char *expected, const struct reply *reply);

/* The SQLSTATEs in an outcome, of errors and of warnings, are added to the set (char * keys). */
void outcome_states(const char *expected, GHashTable *states);
