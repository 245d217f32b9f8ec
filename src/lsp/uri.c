#include "lsp/uri.h"

#include <string.h>

#include <glib.h>

char *uri_path(const char *uri, const char *root)
{
    g_autofree char *file = g_filename_from_uri(uri, NULL, NULL);

    if (!file || !root)
        return NULL;
    g_autofree char *whole = g_canonicalize_filename(file, "/");
    size_t length = strcmp(root, "/") == 0 ? 0 : strlen(root);
    if (strncmp(whole, root, length) != 0 || whole[length] != '/' || whole[length + 1] == '\0')
        return NULL;
    return g_strdup(whole + length + 1);
}

char *path_uri(const char *path, const char *root)
{
    g_autofree char *whole = g_canonicalize_filename(path, root ? root : "/");

    return g_filename_to_uri(whole, NULL, NULL);
}
