#pragma once
/* Which files differ, as git tells: --staged and --since. Everything is linted, so that tables and
 * transactions of other files are known; what is shown concerns the files that differ. */

#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "lint/finding.h"
#include "options/options.h"

struct changed {
    GHashTable *paths; /* absolute; NULL: every file counts as changed */
};

/* Asks git. Fails when there is no git, no repository or no such commit. Freed by changed_finish,
 * when it failed as well. */
bool changed_init(struct changed *changed, const struct options *options, struct error *error);
void changed_finish(struct changed *changed);

/* Whether the script's file differs. */
bool changed_has(const struct changed *changed, const struct script *script);

/* Whether a place of the finding lies in a file that differs. */
bool changed_concerns(const struct changed *changed, const struct finding *finding);
