#pragma once
/* What a run can ask about files, other than those that it was named: what lies beside a script says
 * how it is run. Whoever has no files on disk, or others, answers instead of it. */

#include <stddef.h>

#include "base/error.h"

enum file_kind {
    FILE_NONE, /* there is none, or that cannot be known */
    FILE_REGULAR,
    FILE_DIRECTORY,
    FILE_OTHER,
};

/* Several threads may call at the same time. */
struct files {
    enum file_kind (*kind)(void *context, const char *path);

    /* The bytes, with a NUL behind them, freed with g_free; NULL when there is no such file. */
    char *(*read)(void *context, const char *path, size_t *size);
    void *context;
};

/* A copy of `size` bytes (none of NULL) with a NUL behind them, freed with g_free. */
char *files_copy(const char *bytes, size_t size);

/* NULL stands for the disk. */
enum file_kind files_kind(const struct files *files, const char *path);

/* As small_file_read. */
char *files_read(const struct files *files, const char *path, size_t *size, struct error *error);
