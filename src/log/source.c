#include "log/source.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "log/limits.h"

enum { CHUNK = 1 << 18 };

static uint64_t size_of(const char *path)
{
    struct stat info;

    return stat(path, &info) == 0 && S_ISREG(info.st_mode) ? (uint64_t)info.st_size : 0;
}

/* A pipe with a name: of standard input and of process substitution there is no path. */
static bool is_named_pipe(const char *path, const struct stat *info)
{
    char *real = S_ISFIFO(info->st_mode) ? realpath(path, NULL) : NULL;

    free(real);
    return real != NULL;
}

/* Opening a named pipe waits until somebody writes to it, which may be for ever: after a second it is
 * said. A pipe that has had no writer yet is not ready, and one that has lost it is. */
static int open_pipe(const char *path, void (*waits)(const char *path))
{
    enum { SECOND = 1000 };
    struct pollfd pipe = {.fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC), .events = POLLIN};
    int wait = waits ? SECOND : -1;

    while (pipe.fd >= 0) {
        int ready = poll(&pipe, 1, wait);
        if (ready > 0 || (ready < 0 && errno != EINTR))
            break;
        if (ready == 0) {
            waits(path);
            wait = -1;
        }
    }
    if (pipe.fd >= 0)
        fcntl(pipe.fd, F_SETFL, 0);
    return pipe.fd;
}

bool source_open(struct source *source, const char *path, void (*waits)(const char *path),
                 struct error *error)
{
    bool input = strcmp(path, "-") == 0;
    struct stat info = {0};

    *source = (struct source){.name = input ? "standard input" : path, .line = 1};
    if (!input && stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return error_set(error, "%s: is a directory", path);
    errno = 0;
    int fd = input                        ? dup(STDIN_FILENO)
             : is_named_pipe(path, &info) ? open_pipe(path, waits)
                                          : open(path, O_RDONLY | O_CLOEXEC);
    source->file = fd >= 0 ? gzdopen(fd, "rb") : NULL;
    if (!source->file) {
        error_set(error, "%s: %s", *source->name ? source->name : "\"\"",
                  g_strerror(errno ? errno : ENOMEM));
        if (fd >= 0)
            close(fd);
        return false;
    }
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
    if (source->raw) {
        g_string_free(source->raw, TRUE);
        g_string_free(source->line_text, TRUE);
        g_queue_free_full(source->marks, g_free);
    }
    g_free(source->buffer);
    g_free(source->failure);
}

static void make_room(struct source *source, size_t more)
{
    size_t length = source_length(source);

    if (source->start > 0 && length > 0)
        memmove(source->buffer, source->buffer + source->start, length);
    source->start = 0;
    source->end = length;
    if (source->room - length < more) {
        source->room = MAX(2 * source->room, length + 2 * more);
        source->buffer = g_realloc(source->buffer, source->room + 1);
    }
}

static void put_line_feeds(char *at, size_t size)
{
    const char *end = at + size;

    while ((at = memchr(at, '\r', (size_t)(end - at))))
        *at = '\n';
}

/* Reads up to so many bytes; 0 at the end, and when it fails. */
static size_t read_bytes(struct source *source, char *to, size_t most)
{
    int got = source->file ? gzread(source->file, to, (unsigned)MIN(most, (size_t)CHUNK)) : 0;

    if (got > 0 && source->returns)
        put_line_feeds(to, (size_t)got);
    if (got > 0 || !source->file)
        return (size_t)got;
    int code = Z_OK;
    const char *message = gzerror(source->file, &code);
    if (got < 0 || (code != Z_OK && code != Z_STREAM_END))
        source->failure =
            g_strdup_printf("%s: %s", source->name,
                            code == Z_ERRNO        ? g_strerror(errno)
                            : code == Z_BUF_ERROR  ? "ends in the middle of its compressed data"
                            : code == Z_DATA_ERROR ? "its compressed data are damaged"
                                                   : message);
    return 0;
}

void source_line_ends(struct source *source)
{
    char *start = source->buffer + source->start;
    size_t length = source_length(source);

    source->returns = length > 0 && !memchr(start, '\n', length) && memchr(start, '\r', length);
    if (source->returns)
        put_line_feeds(start, length);
}

/* ------------------------------------------------------------------ what is around the lines */

/* Where a line of the file begins in the log. */
struct line_mark {
    uint64_t at;
    uint32_t line;
};

/* Takes one line of the file out of what is around it. */
static void take_out(struct source *source, struct piece line)
{
    struct line_mark mark = {source->given, source->raw_line++};

    if (line.length > 0 && line.at[line.length - 1] == '\r')
        line.length--;
    g_string_truncate(source->line_text, 0);
    unwrap_line(&source->unwrap, line, source->line_text);
    size_t length = source->line_text->len;
    if (length == 0)
        return;
    make_room(source, length);
    memcpy(source->buffer + source->end, source->line_text->str, length);
    source->end += length;
    source->given += length;
    g_queue_push_tail(source->marks, g_memdup2(&mark, sizeof mark));
}

/* A line that is too long is given in pieces, the first of which has the beginning. */
static bool take_lines_out(struct source *source)
{
    GString *raw = source->raw;
    size_t at = 0, before = source_length(source);

    while (at < raw->len) {
        const char *stop = memchr(raw->str + at, '\n', raw->len - at);
        size_t length = (stop ? (size_t)(stop - raw->str) : raw->len) - at;
        if (!stop && !source->raw_ended && length < 2 * (size_t)LIMIT_ENTRY)
            break;
        take_out(source, (struct piece){raw->str + at, length});
        at += length + (stop != NULL);
    }
    g_string_erase(raw, 0, (gssize)at);
    return source_length(source) > before;
}

static bool more_lines(struct source *source)
{
    GString *raw = source->raw;

    do {
        size_t length = raw->len;
        g_string_set_size(raw, length + CHUNK);
        size_t got = read_bytes(source, raw->str + length, CHUNK);
        g_string_set_size(raw, length + got);
        source->raw_ended = got == 0;
        if (take_lines_out(source))
            return true;
    } while (!source->raw_ended);
    source->finished = true;
    return false;
}

void source_unwrap(struct source *source)
{
    if (!unwrap_guess(&source->unwrap, source_at(source), source_length(source)))
        return;
    source->raw = g_string_new_len(source_at(source), (gssize)source_length(source));
    source->line_text = g_string_new(NULL);
    source->marks = g_queue_new();
    source->raw_line = source->line;
    source->raw_ended = source->finished;
    source->start = source->end = 0;
    take_lines_out(source);
}

static void forget_lines(struct source *source, size_t bytes)
{
    const struct line_mark *mark;

    source->taken += bytes;
    while ((mark = g_queue_peek_head(source->marks)) && mark->at <= source->taken) {
        source->line = mark->line;
        g_free(g_queue_pop_head(source->marks));
    }
}

/* ------------------------------------------------------------------ the window */

bool source_more(struct source *source)
{
    if (source->finished)
        return false;
    if (source->raw)
        return more_lines(source);
    make_room(source, CHUNK);
    size_t got = read_bytes(source, source->buffer + source->end, source->room - source->end);
    source->end += got;
    source->finished = got == 0;
    return got > 0;
}

void source_take(struct source *source, size_t bytes)
{
    const char *at = source_at(source), *end = at + bytes;

    source->start += bytes;
    if (source->raw) {
        forget_lines(source, bytes);
        return;
    }
    while ((at = memchr(at, '\n', (size_t)(end - at)))) {
        source->line++;
        at++;
    }
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
