#pragma once
/* What the command line must not be taken for, and what outputs must not be written over. File
 * names come from whoever adds files to a repository: a hook passes them on. */

#include "options/options.h"

/* Refuses an argument that could be an option and is the name of a file that exists: which one is
 * meant is said by "--". Values of options (struct GOptionEntry) are passed over. */
bool guarded_arguments(char *const *arguments, const GOptionEntry *entries, struct error *error);

/* Refuses outputs that would replace what is read: inputs, schemas, the configuration, the
 * baseline, and SQL that is not read in this run. A link leads to what it names. */
bool guarded_outputs(const struct options *options, struct error *error);
