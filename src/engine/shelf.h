#pragma once
/* Scripts that have been parsed, kept from one run to the next: what is read the same again is not parsed
 * again. One run has a script at a time, because names are resolved in it (catalog/resolve.h); a run
 * beside it parses its own. */

#include <stddef.h>

struct script;
struct shelf;

/* An empty shelf. Freed by shelf_free, when no run has a script of it any more; both take NULL, which is
 * a shelf that keeps nothing, as all functions do. */
struct shelf *shelf_new(void);
void shelf_free(struct shelf *shelf);

/* Parses a script that has been read, which it takes over, or finds the one that was read so before, as
 * it was when it had been parsed. Given back by shelf_return. May be called by several threads. */
struct script *shelf_parse(struct shelf *shelf, struct script *script);

/* Takes a script back, with all that a run has made of it; frees one that is not of the shelf. */
void shelf_return(struct shelf *shelf, struct script *script);

/* Frees those that no run has. Called when a run has read all of its inputs. */
void shelf_trim(struct shelf *shelf);

/* How many scripts it has parsed so far. */
size_t shelf_parsed(const struct shelf *shelf);
