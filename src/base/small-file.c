#include "base/small-file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

static char *read_to_end(int fd, const char *path, size_t *size, struct error *error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint8 buffer[16384];
    ssize_t got;

    while ((got = read(fd, buffer, sizeof buffer)) != 0) {
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            error_set(error, "%s: %s", path, g_strerror(errno));
            return NULL;
        }
        if (bytes->len + (guint)got > LARGEST_SMALL_FILE) {
            error_set(error, "%s: too large, the limit is %d MB", path, LARGEST_SMALL_FILE >> 20);
            return NULL;
        }
        g_byte_array_append(bytes, buffer, (guint)got);
    }
    if (size)
        *size = bytes->len;
    g_byte_array_append(bytes, (const guint8 *)"", 1);
    return (char *)g_byte_array_free(g_steal_pointer(&bytes), FALSE);
}

char *small_file_read(const char *path, size_t *size, struct error *error)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    char *text = NULL;

    if (fd < 0 || fstat(fd, &info) < 0)
        error_set(error, "%s: %s", path, g_strerror(errno));
    else if (!S_ISREG(info.st_mode) && strcmp(path, "/dev/null") != 0)
        error_set(error, "%s: is %s", path,
                  S_ISDIR(info.st_mode) ? "a directory" : "no regular file");
    else
        text = read_to_end(fd, path, size, error);
    if (fd >= 0)
        close(fd);
    return text;
}
