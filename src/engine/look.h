#pragma once
/* A quick look at one file of a project that has been run, with another text: against the catalog and
 * the programs that were found then. What it cannot know so is left to the next run. */

#include <stdbool.h>

#include "engine/project.h"

struct look {
    struct script *script;
    const struct database *database;
    GPtrArray *findings; /* struct finding, in order of position and rule */
    struct corpus corpus;
    struct arena arena;
};

/* Returns false when only a run can tell: the file is not part of the project, or it defines or
 * includes something, with the new text or with the old one. Freed by look_finish. */
bool look_at(struct look *look, struct project *project, const struct settings *settings,
             const struct selection *selection, const char *path, GBytes *text);
void look_finish(struct look *look);
