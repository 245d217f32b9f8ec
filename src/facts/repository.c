#include "facts/repository.h"

#include <stdlib.h>
#include <string.h>

static char *find_root(void)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *start = realpath(here, NULL);
    g_autofree char *at = g_strdup(start ? start : here);

    for (;;) {
        g_autofree char *git = g_build_filename(at, ".git", NULL);
        if (g_file_test(git, G_FILE_TEST_EXISTS))
            return g_str_has_suffix(at, "/") ? g_strdup(at) : g_strconcat(at, "/", NULL);
        char *parent = g_path_get_dirname(at);
        if (strcmp(parent, at) == 0) {
            g_free(parent);
            return g_strconcat(start ? start : here, "/", NULL);
        }
        g_free(at);
        at = parent;
    }
}

void repository_init(struct repository *repository)
{
    repository->root = find_root();
    repository->paths = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void repository_finish(struct repository *repository)
{
    g_free(repository->root);
    g_hash_table_unref(repository->paths);
}

char *repository_path_of(const struct repository *repository, const char *path)
{
    g_autofree char *absolute = g_canonicalize_filename(path, NULL);
    char *real = realpath(absolute, NULL);
    const char *full = real ? real : absolute;
    bool inside = g_str_has_prefix(full, repository->root);
    char *relative = g_strdup(inside ? full + strlen(repository->root) : full);

    free(real);
    return relative;
}

const char *repository_place(struct repository *repository, const char *path)
{
    char *known = g_hash_table_lookup(repository->paths, path);

    if (!known) {
        known = repository_path_of(repository, path);
        g_hash_table_insert(repository->paths, (gpointer)path, known);
    }
    return known;
}

const char *repository_path(struct repository *repository, const struct script *script)
{
    return repository_place(repository, script->path);
}
