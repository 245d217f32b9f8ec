#pragma once
/* The key that a read asks for and that an INSERT then brings. */

#include "program/access.h"

/* What access_inserts answers, or, of VALUES with several rows, what the first of them brings for
 * the column: one row is enough to be in the way. */
const struct operand *access_brings_first(const struct access *insert, const char *column);

/* The expression of one column that the read compares with the same expression of the value that the
 * insert brings: "lower(name)" of WHERE lower(name) = lower($1) and INSERT … (name) VALUES ($1). In
 * canonical form, see operand.text; NULL without. */
const char *access_shared_expression(const struct access *read, const struct access *insert);

/* The unique index, or the deferrable key, that lets no second row of what the read asks for in.
 * NULL without. */
const struct index *access_shared_index(const struct access *read, const struct access *insert);

/* Whether the insert gives a column the very value that the read asks for: both are about one key.
 * `*unique` tells whether a unique index makes sure that the key exists once, at COMMIT at the latest;
 * unknown when the table's indexes are. */
bool access_shares_key(const struct access *read, const struct access *insert, enum answer *unique);

/* Whether the rows that `read` has listed are replaced: `write` deletes one of them, and a later
 * INSERT brings another one of the value that the list was asked for, as a mapper writes the
 * children of a parent. What is wrong with that is said of the INSERT. */
bool access_is_replaced(const struct access *read, const struct access *write);
