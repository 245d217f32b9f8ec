#include "support/files.h"

#include <glib.h>
#include <glib/gstdio.h>

void remove_all(const char *path)
{
    GDir *dir = g_file_test(path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *full = g_build_filename(path, name, NULL);
        remove_all(full);
    }
    if (dir)
        g_dir_close(dir);
    g_remove(path);
}
