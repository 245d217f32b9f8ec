#pragma once
/* The keys of a relation: its unique indexes, with or without a constraint. An exclusion constraint
 * is none. What a key must be depends on what it is asked for:
 *
 *   - one row for sure: KEY_TOTAL, and KEY_OF_COLUMNS when columns are compared;
 *   - a second INSERT that waits and fails: KEY_IMMEDIATE as well, because a DEFERRABLE constraint
 *     is checked at COMMIT and cannot be what ON CONFLICT goes by;
 *   - what a foreign key may point to, and an UPDATE of which locks like DELETE: KEY_TOTAL and
 *     KEY_OF_COLUMNS (RelationGetIndexAttrBitmap in utils/cache/relcache.c). */

#include "catalog/catalog.h"

enum {
    KEY_TOTAL = 1 << 0,      /* of all rows: no partial index */
    KEY_IMMEDIATE = 1 << 1,  /* not DEFERRABLE */
    KEY_OF_COLUMNS = 1 << 2, /* no expression in it */
    KEY_LATE = 1 << 3,       /* DEFERRABLE */
};

/* The first key that is of all these kinds, and the next one after it; NULL when there is none or
 * the relation is not known. */
const struct index *relation_keys(const struct relation *relation, unsigned kinds);
const struct index *relation_key_after(const struct index *key, unsigned kinds);

/* The first key of these kinds that the column is part of; NULL without. */
const struct index *relation_key_with(const struct relation *relation, const char *column,
                                      unsigned kinds);

/* Whether the column is part of the key, or of another index. */
bool key_has_column(const struct index *key, const char *column);

/* Whether the column alone is a key of these kinds. */
bool relation_has_key(const struct relation *relation, const char *column, unsigned kinds);
