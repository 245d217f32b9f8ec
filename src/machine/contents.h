#pragma once
/* The rows of a world, and what programs need of them. */

#include "machine/explore.h"

/* Whether the row has its parent by the foreign key, and by each one. */
bool world_has_parent(const struct world *world, const struct world_row *row,
                      const struct world_foreign_key *key);
bool world_has_parents(const struct world *world, const struct world_row *row);

/* Whether the rows are such as foreign keys allow. */
bool world_is_sound(const struct world *world);

/* Whether the rows are there that programs change or lock by a whole key, in tables where no program
 * adds or takes any: a row that serves as a lock is there. */
bool world_is_complete(const struct world *world, const struct program *const *programs,
                       unsigned count);

/* Takes out the rows without which the interleaving comes to the same, with other waits perhaps. */
void world_reduce(struct world *world, const struct program *const *programs, unsigned count,
                  struct trace *trace);
