#pragma once
/* Scripts that no two sessions run, and that no application has: what fills a database, a dump of one,
 * what mends one. docs/files.md lists them. */

#include "facts/script.h"

/* Whether pg_dump or pg_dumpall has written it, which say so in the first lines. */
bool is_dump(const struct script *script);

/* Whether the script runs once and alone, by its path and its text. A migration tool's scripts are
 * known by their tool. */
bool runs_once(const struct script *script);

/* Whether a path, from the directory on that was searched for it, leads through a directory for what
 * has been put aside: archive/, migrations_archive/, obsolete/. */
bool is_archived(const char *below);
