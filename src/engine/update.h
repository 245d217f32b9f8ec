#pragma once
/* A project that has been run, brought up to date after texts of some of its files have changed: what is
 * known of the others is kept, and only programs that can be concerned are searched and linted again.
 * It comes to what a run over all files would come to. */

#include "engine/project.h"

struct update {
    GPtrArray *scripts;  /* struct script, in order of path: those that were linted again */
    GPtrArray *findings; /* struct finding, of these, in order */
    GHashTable *tables;  /* char *: names of the tables whose accesses are others than before */
};

enum updated {
    UPDATE_DONE,
    UPDATE_CANCELLED,  /* the next update makes up for it */
    UPDATE_IMPOSSIBLE, /* only a run can tell; the project is as it was */
};

/* `texts` has the GBytes of the files that changed, by path. What the project says of findings is void
 * from then on. Freed by update_finish when it is done. */
enum updated project_update(struct project *project, const struct settings *settings,
                            const struct selection *selection, GHashTable *texts,
                            const gint *cancelled, struct update *update);
void update_finish(struct update *update);

/* What an update that was cancelled owes to the next one. */
struct concern;
void concern_free(struct concern *concern);
