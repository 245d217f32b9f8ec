#include "output/rewrite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "output/interrupt.h"
#include "output/output.h"

static bool check_holds(const char *path, const char *shown, GBytes *expected, struct error *error)
{
    char *text;
    gsize size;

    if (!g_file_get_contents(path, &text, &size, NULL))
        return error_set(error, "%s: cannot be read again; it is left as it is", shown);
    g_autoptr(GBytes) found = g_bytes_new_take(text, size);
    return g_bytes_equal(found, expected) ||
           error_set(error, "%s: was changed meanwhile; it is left as it is", shown);
}

static bool write_all(int fd, GBytes *bytes)
{
    gsize size;
    const char *at = g_bytes_get_data(bytes, &size);

    while (size > 0) {
        ssize_t written = write(fd, at, size);
        if (written < 0 && errno != EINTR)
            return false;
        if (written > 0) {
            at += written;
            size -= (gsize)written;
        }
    }
    return true;
}

static bool replace_uninterrupted(const char *path, const struct stat *info, GBytes *text)
{
    g_autofree char *temporary = output_beside(path);
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0600);

    if (fd < 0)
        return false;
    bool done = write_all(fd, text) && output_keep(fd, info) && fsync(fd) == 0;
    int reason = errno;
    if (close(fd) != 0 && done) {
        done = false;
        reason = errno;
    }
    if (done && g_rename(temporary, path) == 0)
        return true;
    reason = done ? errno : reason;
    g_unlink(temporary);
    errno = reason;
    return false;
}

static bool replace(const char *path, const struct stat *info, GBytes *text)
{
    sigset_t before;

    interrupts_hold(&before);
    bool done = replace_uninterrupted(path, info, text);
    int reason = errno;
    interrupts_release(&before);
    errno = reason;
    return done;
}

bool rewrite_file(const char *path, GBytes *old, GBytes *new, struct error *error)
{
    g_autofree char *real = realpath(path, NULL);
    struct stat info;

    /* Renaming would not ask whether the file may be written. */
    if (!real || stat(real, &info) != 0 || access(real, W_OK) != 0)
        return error_set(error, "%s: %s", path, g_strerror(errno));
    if (!check_holds(real, path, old, error))
        return false;
    return replace(real, &info, new) || error_set(error, "%s: %s", path, g_strerror(errno));
}
