#include "log/source.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

enum { CHUNK = 1 << 18 };

static uint64_t size_of(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
}

bool source_open(struct source *source, const char *path, struct error *error)
{
    bool input = strcmp(path, "-") == 0;
    struct stat info;

    *source = (struct source){.name = input ? "standard input" : path, .line = 1};
    if (!input && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return error_set(error, "%s: is a directory", path);
    errno = 0;
    source->file = input ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rbe");
    if (!source->file)
        return error_set(error, "%s: %s", source->name, g_strerror(errno ? errno : ENOMEM));
    gzbuffer(source->file, CHUNK);
    source->size = input ? 0 : size_of(path);
    return true;
}

void source_open_bytes(struct source *source, const char *name, const char *bytes, size_t size)
{
    *source = (struct source){.name = name, .line = 1, .size = size, .finished = true};
    source->buffer = g_malloc(size + 1);
    if (size)
        memcpy(source->buffer, bytes, size);
    source->end = source->room = size;
}

void source_close(struct source *source)
{
    if (source->file)
        gzclose(source->file);
    g_free(source->buffer);
    g_free(source->failure);
}

static void make_room(struct source *source)
{
    size_t length = source_length(source);

    if (source->start > 0 && length > 0)
        memmove(source->buffer, source->buffer + source->start, length);
    source->start = 0;
    source->end = length;
    if (source->room - length < CHUNK) {
        source->room = MAX(2 * source->room, length + 2 * (size_t)CHUNK);
        source->buffer = g_realloc(source->buffer, source->room + 1);
    }
}

bool source_more(struct source *source)
{
    if (source->finished)
        return false;
    make_room(source);
    int got = gzread(source->file, source->buffer + source->end,
                     (unsigned)MIN(source->room - source->end, (size_t)CHUNK));
    if (got > 0) {
        source->end += (size_t)got;
        return true;
    }
    source->finished = true;
    int code = Z_OK;
    const char *message = gzerror(source->file, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
        source->failure =
            g_strdup_printf("%s: %s", source->name,
                            code == Z_ERRNO       ? g_strerror(errno)
                            : code == Z_BUF_ERROR ? "ends in the middle of its compressed data"
                                                  : message);
    return false;
}

void source_take(struct source *source, size_t bytes)
{
    const char *at = source_at(source), *end = at + bytes;

    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        source->line++;
        at++;
    }
    source->start += bytes;
}

bool source_line(struct source *source, size_t most, size_t *length, bool *whole)
{
    size_t searched = 0;

    for (;;) {
        size_t there = source_length(source);
        const char *found =
            there > searched ? memchr(source_at(source) + searched, '\n', there - searched) : NULL;
        if (found && (size_t)(found - source_at(source)) <= most) {
            *length = (size_t)(found - source_at(source));
            *whole = true;
            return true;
        }
        searched = there;
        if (there >= most || !source_more(source)) {
            *length = MIN(there, most);
            *whole = false;
            return there > 0;
        }
    }
}
