#pragma once
/* Folders that cannot be of one database, because they create a table of the same name with
 * different columns. */

#include <glib.h>

/* Parts the scripts (struct script, parsed): an array of arrays (GPtrArray, freed with it), one
 * when nothing separates them. The name of a table that is created twice, with different columns,
 * where folders do not separate the two, is added to `unclear` (owned strings), and one line about
 * them to `remarks`. */
GPtrArray *separation_of(const GPtrArray *scripts, GPtrArray *unclear, GPtrArray *remarks);
