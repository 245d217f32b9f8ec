#include "lsp/uri.h"

#include <string.h>

#include <glib.h>

char *uri_file(const char *uri)
{
    g_autofree char *file = g_filename_from_uri(uri, NULL, NULL);

    return file ? g_canonicalize_filename(file, "/") : NULL;
}

const char *path_below(const char *file, const char *directory)
{
    size_t length = strcmp(directory, "/") == 0 ? 0 : strlen(directory);

    return strncmp(file, directory, length) == 0 && file[length] == '/' && file[length + 1]
               ? file + length + 1
               : NULL;
}

bool uri_is_untitled(const char *uri)
{
    return g_str_has_prefix(uri, "untitled:");
}
