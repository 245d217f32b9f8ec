#include "base/files.h"

#include <sys/stat.h>

#include "base/small-file.h"

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
