#pragma once
/* A migration beside the application, which goes on while it is deployed: what a migration locks,
 * it keeps until COMMIT, table after table. */

#include "conflict/deadlock.h"

/* The first two tables that the migration locks one after the other in an order opposite to that of
 * a program that runs again and again. False when there are none, and for what is no migration or
 * the way back from one. The table locks alone decide: `certain` is set. */
bool migration_deadlock(const struct corpus *corpus, const struct transaction *migration,
                        struct deadlock *deadlock);

/* Whether DDL takes part in the deadlock: it seldom runs beside what it changes. REFRESH is none. */
bool migration_takes_part(const struct deadlock *deadlock);
