#include "input/read.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "input/frame.h"
#include "input/include.h"

/* Files of /proc that tell of events, as kmsg does, call themselves regular and never end. */
static bool is_regular(int fd)
{
    struct stat info;

    return fstat(fd, &info) == 0 && S_ISREG(info.st_mode);
}

/* A pipe that has no writer, or none any more, reads as empty at once; one that has is waited for. */
static ssize_t read_some(int fd, char *buffer, size_t size)
{
    for (;;) {
        ssize_t got = read(fd, buffer, size);
        if (got >= 0)
            return got;
        int reason = errno;
        if (reason == EAGAIN && !is_regular(fd)) {
            poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
        } else if (reason != EINTR) {
            errno = reason;
            return -1;
        }
    }
}

static bool too_large(const char *shown, struct error *error)
{
    return error_set(error, "%s: too large, the limit is 1 GB", shown);
}

/* The file may grow or shrink meanwhile, so only read() says where it ends. */
static bool read_all(int fd, size_t expected, const char *shown, GByteArray *bytes,
                     struct error *error)
{
    g_byte_array_set_size(bytes, 0);
    for (size_t room = MAX(expected + 1, 4096);; room = bytes->len) {
        guint length = bytes->len;
        if (length > LARGEST_FILE)
            return too_large(shown, error);
        room = MIN(room, LARGEST_FILE + 1 - length + 1);
        g_byte_array_set_size(bytes, length + (guint)room);
        size_t filled = 0;
        while (filled < room) {
            ssize_t got = read_some(fd, (char *)bytes->data + length + filled, room - filled);
            if (got < 0)
                return error_set(error, "%s: %s", shown, g_strerror(errno));
            if (got == 0) {
                g_byte_array_set_size(bytes, length + (guint)filled);
                return true;
            }
            filled += (size_t)got;
        }
    }
}

static bool is_readable_kind(mode_t mode, const char *shown, struct error *error)
{
    if (S_ISDIR(mode))
        return error_set(error, "%s: is a directory", shown);
    if (S_ISCHR(mode) || S_ISBLK(mode))
        return error_set(error, "%s: is a device", shown);
    return true;
}

/* Whether something has opened the pipe for writing since it was opened here. If not, that is
 * waited for: at most so many milliseconds, so that a pipe that has been forgotten does not stop
 * the run. */
static bool had_writer(int fd, int milliseconds)
{
    struct pollfd pipe = {.fd = fd, .events = POLLIN};

    return poll(&pipe, 1, milliseconds) > 0;
}

static bool read_file(const char *path, const char *shown, GByteArray *bytes, struct error *error)
{
    enum { SECOND = 1000 };
    struct stat info;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0 || fstat(fd, &info) < 0) {
        error_set(error, "%s: %s", *shown ? shown : "\"\"", g_strerror(errno));
        if (fd >= 0)
            close(fd);
        return false;
    }
    bool pipe = S_ISFIFO(info.st_mode);
    if (pipe)
        had_writer(fd, SECOND);
    bool done = is_readable_kind(info.st_mode, shown, error) &&
                (info.st_size <= LARGEST_FILE || too_large(shown, error)) &&
                read_all(fd, (size_t)info.st_size, shown, bytes, error);
    if (done && pipe && bytes->len == 0 && !had_writer(fd, 0))
        done = error_set(error, "%s: is a pipe to which nothing writes", shown);
    close(fd);
    return done;
}

static bool is_text(const GByteArray *bytes, const char *shown, struct error *error)
{
    if (bytes->len == 0 || !memchr(bytes->data, '\0', bytes->len))
        return true;
    if (bytes->len > 2 && bytes->data[0] == 0x1f && bytes->data[1] == 0x8b)
        return error_set(error, "%s: is compressed by gzip; of such files isolint log reads logs",
                         shown);
    const char *encoding = wide_encoding((const char *)bytes->data, bytes->len);
    return encoding ? error_set(error, "%s: is %s; save it as UTF-8", shown, encoding)
                    : error_set(error, "%s: is binary data (it has NUL bytes)", shown);
}

/* Takes the bytes over. */
static struct script *frame(GByteArray *bytes, const char *shown, const struct files *files)
{
    gsize size = bytes->len;

    g_byte_array_append(bytes, (const guint8 *)"", 1);
    char *text = g_realloc(g_byte_array_free(bytes, FALSE), size + 1); /* the array had room */
    char *stored = with_line_feeds(text, size);
    struct script *script = script_new(shown, text, size);
    script->stored = stored;
    script->files = files;
    frame_script(script);
    return script;
}

static bool read_from(const struct files *files, const char *path, const char *shown,
                      GByteArray *bytes, struct error *error)
{
    size_t size;
    g_autofree char *text = files_read(files, path, &size, error);

    if (!text || size > LARGEST_FILE)
        return text && too_large(shown, error);
    g_byte_array_append(bytes, (const guint8 *)text, (guint)size);
    return true;
}

struct script *read_file_alone(const char *path, const char *shown, const struct files *files,
                               struct error *error)
{
    GByteArray *bytes = g_byte_array_new();
    bool input = !files && strcmp(path, "-") == 0;
    bool done = input   ? read_all(STDIN_FILENO, 0, shown, bytes, error)
                : files ? read_from(files, path, shown, bytes, error)
                        : read_file(path, shown, bytes, error);

    if (!done || !is_text(bytes, shown, error)) {
        g_byte_array_unref(bytes);
        return NULL;
    }
    struct script *script = frame(bytes, shown, files);
    script->from_stdin = input;
    return script;
}

struct script *read_script(const char *path, const char *shown, const struct files *files,
                           struct error *error)
{
    struct script *script = read_file_alone(path, shown, files, error);

    return script ? include_files(script) : NULL;
}

/* As UTF-8; NULL when it is no UTF-16. */
static char *from_utf16(const GByteArray *bytes, glong *size)
{
    glong count = (glong)bytes->len / 2 - 1;
    const char *encoding = wide_encoding((const char *)bytes->data, bytes->len);

    if (!encoding || strcmp(encoding, "UTF-16") != 0)
        return NULL;
    const guint8 *at = bytes->data + 2;
    bool little = bytes->data[0] == 0xFF; /* of the byte order mark FE FF */
    g_autofree gunichar2 *units = g_new(gunichar2, count + 1);
    for (glong i = 0; i < count; i++, at += 2)
        units[i] = (gunichar2)(little ? at[0] | at[1] << 8 : at[0] << 8 | at[1]);
    return g_utf16_to_utf8(units, count, NULL, size, NULL);
}

struct script *read_script_utf16(const char *path, const char *shown)
{
    GByteArray *bytes = g_byte_array_new();
    struct error error = {0};
    glong size = 0;
    g_autofree char *text = read_file(path, shown, bytes, &error) ? from_utf16(bytes, &size) : NULL;

    error_clear(&error);
    if (!text || size > LARGEST_FILE) {
        g_byte_array_unref(bytes);
        return NULL;
    }
    g_byte_array_set_size(bytes, 0);
    g_byte_array_append(bytes, (const guint8 *)text, (guint)size);
    return frame(bytes, shown, NULL);
}

struct script *read_script_text(GBytes *text, const char *shown, const struct files *files)
{
    GByteArray *bytes = g_byte_array_new();

    g_byte_array_append(bytes, g_bytes_get_data(text, NULL), (guint)g_bytes_get_size(text));
    return include_files(frame(bytes, shown, files));
}
