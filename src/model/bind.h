#pragma once
/* Binding: names become relations and columns, views become what they read, and each transaction
 * gets its accesses. The one floor that knows both the script's words and the catalog's meaning. */

#include "model/catalog.h"
#include "model/script.h"

/* Resolves the names in what the catalog itself holds: views, rules, checks. Called once, before
 * scripts are bound. */
void bind_catalog(struct catalog *catalog);

/* Fills accesses, calls and unknown of every transaction of a script. Several scripts may be bound
 * at the same time against one catalog. */
void bind_script(struct script *script, const struct catalog *catalog);
