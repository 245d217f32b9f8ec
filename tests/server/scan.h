#pragma once
/* Where a statement ends: the little of SQL's lexical rules that takes, written anew so that
 * isolint's own reader is not tested by itself. */

#include <glib.h>

/* The end of the statement that begins at `at`: its semicolon, the backslash of the psql command
 * that ends it, or the NUL. */
const char *scan_statement(const char *at);

/* A copy of a statement with what psql would send: variables that the table knows filled in (:name,
 * and :'name' as a literal), "\;" as a semicolon. Owned by the caller. */
char *scan_fill(const char *sql, GHashTable *variables);
