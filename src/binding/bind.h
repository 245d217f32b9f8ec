#pragma once
/* Binding: names become relations and columns; views, routines, triggers, rules and foreign keys
 * become what they access; and each transaction gets its accesses. */

#include <stddef.h>

#include "catalog/catalog.h"
#include "facts/script.h"
#include "session/transaction.h"

/* Resolves the names in what the catalog and the routines of all scripts hold, and tells which
 * routines are called. Called once, before scripts are bound. */
void bind_definitions(struct catalog *catalog, struct script *const *scripts, size_t count);

/* What of that is about one script: the names in the bodies of its routines and of DO, and which
 * routines it calls, which are added to `routines`. */
void bind_bodies(const struct catalog *catalog, const struct script *script);
void bind_called(const struct catalog *catalog, const struct script *script, GHashTable *routines);

/* Fills accesses, calls and unknown of every transaction of a script, and adds those of routines
 * that nothing calls, which run with `modes`. Several scripts may be bound at the same time against
 * one catalog. */
void bind_script(struct script *script, const struct catalog *catalog, const struct modes *modes);
