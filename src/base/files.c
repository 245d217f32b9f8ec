#include "base/files.h"

#include <string.h>
#include <sys/stat.h>

#include <glib.h>

#include "base/small-file.h"

char *files_copy(const char *bytes, size_t size)
{
    char *copy = g_malloc(size + 1);

    if (size > 0)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

enum file_kind files_kind(const struct files *files, const char *path)
{
    struct stat info;

    if (files)
        return files->kind(files->context, path);
    if (stat(path, &info) != 0)
        return FILE_NONE;
    return S_ISREG(info.st_mode)   ? FILE_REGULAR
           : S_ISDIR(info.st_mode) ? FILE_DIRECTORY
                                   : FILE_OTHER;
}

char *files_read(const struct files *files, const char *path, size_t *size, struct error *error)
{
    size_t length;

    if (!files)
        return small_file_read(path, size, error);
    char *text = files->read(files->context, path, size ? size : &length);
    if (!text)
        error_set(error, "%s: there is no such file", path);
    return text;
}
