#pragma once
/* Trigger functions that no program of the inputs fires: an application writes the table by statements
 * that stand in no file. Like a routine that nothing calls, each is a program of its own then. */

#include <stddef.h>

#include "catalog/catalog.h"

struct script;

/* Marks these among the trigger runs of all scripts of a database, which have been bound: those at READ
 * COMMITTED whose function the triggers of one table have. Called before the scripts are added to a corpus. */
void mark_unfired(const struct catalog *catalog, struct script *const *scripts, size_t count);
