#pragma once
/* A quick recheck of one file of a project that has been run, with another text, against the catalog and
 * the programs that were found then. What it cannot know so is left to the next run. */

#include <stdbool.h>

#include "engine/project.h"

struct recheck {
    struct script *script;
    const struct database *database;
    struct shelf *shelf; /* that the script is given back to */
    GPtrArray *findings; /* struct finding, in order of position and rule */
    struct corpus corpus;
    struct arena arena;
};

/* Returns false when only a run can tell: the file is not part of the project, or it defines or
 * includes something, with the new text or with the old one. Freed by recheck_finish. */
bool recheck_file(struct recheck *recheck, struct project *project, const struct settings *settings,
                  const struct selection *selection, const char *path, GBytes *text);
void recheck_finish(struct recheck *recheck);

/* The first half of that: reads the file with the new text and binds it, against the catalog as it is;
 * NULL when only a run can tell. It does not become part of the project. Given back
 * by shelf_return. */
struct script *recheck_read(const struct project *project, const struct settings *settings,
                            const char *path, GBytes *text);
