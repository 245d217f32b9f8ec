#pragma once
/* --fix and --diff: repairs are made in memory, round by round, until there is nothing left to
 * repair; each round is linted again. A repair after which its finding is still there, or after
 * which a statement can no longer be parsed, is taken back, and its file is left alone from then
 * on. */

#include "engine/project.h"

struct fixes {
    GHashTable *files; /* path as it is shown → struct fixed_file */
    GHashTable *texts; /* the same → GBytes: what is read instead of the file */
};

/* Freed by fixes_finish. */
void fixes_init(struct fixes *fixes);
void fixes_finish(struct fixes *fixes);

/* Repairs what can be repaired at once of the findings that are shown, or takes the last round of a
 * file back. Returns whether a text has changed, so that the project must be run again. */
bool fixes_step(struct fixes *fixes, const struct project *project, const GPtrArray *shown);

/* Rewrites the files. What cannot be written is said on standard error and forgotten, so that the
 * project must be run again; then the answer is false. Tells how many findings were repaired unless
 * `quiet`. */
bool fixes_write(struct fixes *fixes, bool quiet);

/* What would be written, as one unified diff in order of path. Owned by the caller. */
GString *fixes_diff(const struct fixes *fixes);
