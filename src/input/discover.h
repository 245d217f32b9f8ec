#pragma once
/* Which files a run reads: the paths of the command line, and the SQL files below directories. */

#include <stdbool.h>

#include <glib.h>

#include "input/ignore.h"

/* Appends to `files` (owned strings) the files that `path` means. A file, "-" or anything that is
 * no directory is taken as it is. A directory is searched for *.sql, *.ddl, *.pgsql and *.psql,
 * without what a .gitignore excludes, hidden names and directories behind symbolic links; its
 * entries come in natural order, so that V2__x.sql precedes V10__x.sql. A directory that cannot be
 * read is reported by appending one line to `troubles` (owned strings). */
void discover(const char *path, GPtrArray *files, GPtrArray *troubles);

/* How many entries of directories, or names, were left out. */
struct left_out {
    guint ignored;  /* by a .gitignore */
    guint excluded; /* by `excluded` */
};

/* The same without what one of `excluded` (patterns, ending with NULL; NULL for none) matches:
 * entries of directories, and with `force` what `path` names as well. A directory that is excluded
 * is not read. What is left out is added to `left_out`, unless that is NULL. */
void discover_except(const char *path, const struct ignore *const *excluded, bool force,
                     GPtrArray *files, GPtrArray *troubles, struct left_out *left_out);

/* Whether a name ends as those of SQL files do. */
bool discover_is_sql(const char *name);

/* Compares names as people number them: digits by value, everything else by byte. */
int natural_compare(const char *a, const char *b);
