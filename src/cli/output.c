#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>
#include <glib/gstdio.h>

#include "cli/interrupt.h"

static bool is_special(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && !S_ISREG(info.st_mode) && !S_ISDIR(info.st_mode);
}

static void release(struct output_file *output)
{
    if (output->temporary)
        interrupts_release(&output->interrupts);
    g_free(output->path);
    g_free(output->temporary);
}

bool output_open(struct output_file *output, const char *path, struct error *error)
{
    *output = (struct output_file){.stream = stdout};
    if (!path)
        return true;
    output->path = g_strdup(path);
    if (is_special(path)) { /* /dev/stderr, a pipe: nothing to rename */
        output->stream = fopen(path, "w");
    } else {
        output->temporary = g_strconcat(path, ".XXXXXX", NULL);
        interrupts_hold(&output->interrupts);
        int fd = g_mkstemp_full(output->temporary, O_RDWR | O_CLOEXEC, 0666);
        output->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    }
    if (output->stream)
        return true;
    error_set(error, "%s: %s", path, g_strerror(errno));
    release(output);
    return false;
}

bool output_close(struct output_file *output, struct error *error)
{
    const char *name = output->path ? output->path : "standard output";
    bool written = fflush(output->stream) == 0 && !ferror(output->stream);
    int reason = errno;

    if (output->path && fclose(output->stream) != 0 && written) {
        written = false;
        reason = errno;
    }
    if (written && output->temporary && g_rename(output->temporary, output->path) != 0) {
        written = false;
        reason = errno;
    }
    if (!written) {
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
