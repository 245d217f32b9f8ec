#pragma once
/* The conditions and assignments of an access by column. Most have a few, which are looked through;
 * generated statements have hundreds, and each is asked for each. */

#include "program/access.h"

/* A way through conditions: those that say something of a column, and where there is no index all
 * others as well. */
struct column_cursor {
    const struct restriction *next;
    const struct column_entry *entry, *end; /* NULL: no index */
};

/* Those that say something of the column. */
struct column_cursor columns_asked(const struct access *access, const char *column);

/* The same of those that ask it to equal something, in the order in which they are written. */
struct column_cursor columns_equal(const struct access *access, const char *column);

/* The next condition; NULL at the end. */
const struct restriction *columns_next(struct column_cursor *cursor);

/* Makes the index of an access that has many of them; it lives in `arena`. */
void columns_index(struct access *access, struct arena *arena);

/* What access_assigns answers, of an access whose assignments have an index. */
const struct assignment *columns_assigned(const struct access *access, const char *column);
