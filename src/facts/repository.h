#pragma once
/* Where a file stands in its repository: machines that read a report look for it there, whatever
 * directory isolint ran in. */

#include <glib.h>

#include "facts/script.h"

struct repository {
    char *root;        /* real path, with a slash at the end */
    GHashTable *paths; /* path as it is shown, by its address → its path */
};

/* The repository around the working directory; the working directory itself when there is none.
 * Freed by repository_finish. */
void repository_init(struct repository *repository);
void repository_finish(struct repository *repository);

/* The path of a script relative to the root, with forward slashes and symbolic links resolved; the
 * absolute path of one that lies elsewhere. Bytes as the file system has them. Owned by the
 * repository. */
const char *repository_path(struct repository *repository, const struct script *script);

/* The same of a path as it is shown, which must outlive the repository. Owned by the repository. */
const char *repository_place(struct repository *repository, const char *path);

/* The same. Owned by the caller. */
char *repository_path_of(const struct repository *repository, const char *path);
