#pragma once
/* The replay of DDL, for those who have a part in it. */

#include "catalog/catalog.h"

/* A copy of something that a statement says, which lives as long as the catalog. */
#define OWN(catalog, type, said) \
    ((type *)memcpy(arena_new(&(catalog)->arena, type), (const type *)(said), sizeof(type)))

/* Applies what a change says of the columns, indexes, constraints, triggers and rules of a relation,
 * which is the catalog's; any other change does nothing. */
void catalog_change_table(struct catalog *catalog, struct relation *relation,
                          const struct change *change, const struct script *script);

/* Finds the columns of a relation faster from now on: they change no more. */
void catalog_index_columns(struct catalog *catalog, struct relation *relation);

/* Takes the index of this name away from its relation, if there is one. */
void catalog_drop_index(struct catalog *catalog, const char *name);

/* False: there is no index of this name. The new name must outlive the catalog. */
bool catalog_rename_index(struct catalog *catalog, const char *from, const char *to);

/* Takes a routine away again whose CREATE was rolled back; what that had replaced stays unknown. */
void catalog_undo_routine(struct catalog *catalog, const struct routine *routine);

/* An empty table of what catalog_store_setting stores; the caller's. */
GHashTable *catalog_stored_new(void);
