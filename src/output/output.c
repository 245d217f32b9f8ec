#include "output/output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "output/interrupt.h"

/* Devices and pipes, and the names of what is open already: written to, never replaced. */
static bool is_special(const char *path)
{
    struct stat info;

    if (g_str_has_prefix(path, "/dev/") || g_str_has_prefix(path, "/proc/"))
        return true;
    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

bool output_keep(int fd, const struct stat *info)
{
    struct stat mine;

    if (fstat(fd, &mine) == 0 && (mine.st_uid != info->st_uid || mine.st_gid != info->st_gid) &&
        fchown(fd, info->st_uid, info->st_gid) != 0)
        errno = 0;
    return fchmod(fd, info->st_mode & 07777) == 0;
}

/* The file that is being written; files are written one after the other. */
static const char *unfinished;

void output_abandon(void)
{
    if (unfinished)
        unlink(unfinished);
}

static void release(struct output_file *output)
{
    unfinished = NULL;
    if (output->temporary)
        interrupts_release(&output->interrupts);
    g_free(output->path);
    g_free(output->temporary);
}

/* What a link leads to is replaced, and the link stays. NULL for a link to nothing. */
static char *follow(const char *path)
{
    if (!g_file_test(path, G_FILE_TEST_IS_SYMLINK))
        return g_strdup(path);
    char *real = realpath(path, NULL);
    char *followed = g_strdup(real);
    free(real);
    return followed;
}

char *output_beside(const char *path)
{
    static const char random[] = ".XXXXXX";
    const char *slash = strrchr(path, '/');
    size_t start = slash ? (size_t)(slash + 1 - path) : 0, end = strlen(path);

    if (end - start > NAME_MAX - strlen(random)) {
        end = start + NAME_MAX - strlen(random);
        while (end > start && ((unsigned char)path[end] & 0xC0) == 0x80) /* amid a character */
            end--;
    }
    return g_strdup_printf("%.*s%s", (int)end, path, random);
}

static FILE *open_beside(struct output_file *output)
{
    struct stat info;
    bool replaces = stat(output->path, &info) == 0;

    output->temporary = output_beside(output->path);
    interrupts_hold(&output->interrupts);
    int fd = g_mkstemp_full(output->temporary, O_RDWR | O_CLOEXEC, 0666);
    if (fd < 0)
        return NULL;
    unfinished = output->temporary;
    if (replaces)
        output_keep(fd, &info);
    FILE *stream = fdopen(fd, "w");
    if (!stream) {
        int reason = errno;
        g_unlink(output->temporary);
        close(fd);
        errno = reason;
    }
    return stream;
}

bool output_open(struct output_file *output, const char *path, struct error *error)
{
    *output = (struct output_file){.stream = stdout};
    if (!path)
        return true;
    output->path = is_special(path) ? g_strdup(path) : follow(path);
    if (!output->path)
        return error_set(error, "%s: is a link to nothing", path);
    output->stream = is_special(path) ? fopen(path, "w") : open_beside(output);
    if (output->stream)
        return true;
    error_set(error, "%s: %s", path, g_strerror(errno));
    release(output);
    return false;
}

bool output_is_unread(int fd)
{
    struct pollfd pipe = {.fd = fd};

    return poll(&pipe, 1, 0) == 1 && (pipe.revents & (POLLERR | POLLHUP)) != 0;
}

bool output_close(struct output_file *output, struct error *error)
{
    const char *name = output->path ? output->path : "standard output";
    bool written = fflush(output->stream) == 0 && !ferror(output->stream);
    int reason = errno;
    bool unread = !written && output_is_unread(fileno(output->stream));

    if (output->path && fclose(output->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && output->temporary && g_rename(output->temporary, output->path) != 0) {
        written = false;
        reason = errno;
    }
    if (unread) {
        written = true;
    } else if (!written) {
        if (output->temporary)
            g_unlink(output->temporary);
        error_set(error, "%s: %s", name, g_strerror(reason));
    }
    release(output);
    return written;
}

bool output_write(const char *path, const char *text, size_t size, struct error *error)
{
    struct output_file output;

    if (!output_open(&output, path, error))
        return false;
    fwrite(text, 1, size, output.stream);
    return output_close(&output, error);
}
