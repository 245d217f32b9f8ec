#pragma once
/* The search for deadlocks of two transactions. */

#include "model/deadlock.h"

/* Finds the deadlocks of a corpus: for each transaction the locks that it upgrades, and the first
 * one that it takes in another order than a program before it or a copy of itself. They live in
 * `arena`. Programs that set up tables are told only of upgrades. */
void deadlock_search(struct corpus *corpus, struct arena *arena);
