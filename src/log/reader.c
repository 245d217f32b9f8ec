#include "log/reader.h"

#include <glib.h>

#include "base/encoding.h"
#include "log/format.h"
#include "log/prefix.h"
#include "log/time.h"

enum { LOOK = 1 << 16 };

void entry_classify(struct entry *entry, struct piece severity)
{
    entry->fatal = piece_is(severity, "FATAL") || piece_is(severity, "PANIC");
    if (piece_is(severity, "LOG"))
        entry->kind = ENTRY_LOG;
    else if (piece_is(severity, "ERROR") || entry->fatal)
        entry->kind = ENTRY_ERROR;
    else if (piece_is(severity, "WARNING") || piece_is(severity, "NOTICE") ||
             piece_is(severity, "INFO") || piece_starts(severity, "DEBUG"))
        entry->kind = ENTRY_OTHER;
    else /* in another language; 00, 01 and 02 are success, warnings and no data */
        entry->kind = entry->state.length == 5 && !piece_starts(entry->state, "00") &&
                              !piece_starts(entry->state, "01") && !piece_starts(entry->state, "02")
                          ? ENTRY_ERROR
                          : ENTRY_OTHER;
}

void reader_damage(struct reader *reader, uint32_t line)
{
    if (reader->losses.damaged++ == 0)
        reader->losses.first_line = line;
}

/* ------------------------------------------------------------------ which format */

static bool some_line(const char *bytes, size_t size, bool (*is)(const char *, size_t))
{
    const char *at = bytes, *end = bytes + size;

    while (at < end) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (is(at, (size_t)(end - at)))
            return true;
        at = stop ? stop + 1 : end;
    }
    return false;
}

static bool starts(const char *text, size_t length, const char *with)
{
    return piece_starts((struct piece){text, length}, with);
}

static bool json_begins(const char *text, size_t length)
{
    static const char severity[] = "\"error_severity\"";
    const char *end = *text == '{' ? memchr(text, '\n', length) : NULL;

    return starts(text, length, "{\"timestamp\"") ||
           (*text == '{' &&
            memmem(text, end ? (size_t)(end - text) : length, severity, strlen(severity)));
}

static bool table_begins(const char *text, size_t length)
{
    return starts(text, length, "{\"isolint\"");
}

static enum log_format format_of(struct reader *reader, const char *bytes, size_t size)
{
    if (table_begins(bytes, size))
        return FORMAT_TABLE;
    if (some_line(bytes, size, json_begins))
        return FORMAT_JSON;
    if (!reader->prefix && some_line(bytes, size, csv_begins))
        return FORMAT_CSV;
    if (!reader->prefix)
        reader->prefix = reader->guessed = prefix_guess(bytes, size);
    return reader->prefix ? FORMAT_STDERR : FORMAT_UNKNOWN;
}

static int64_t start_of(const char *bytes, size_t size)
{
    const char *end = bytes + MIN(size, (size_t)LOOK);
    int64_t time;

    for (const char *at = bytes; at < end; at++) {
        if (g_ascii_isdigit(*at) && time_read(at, (size_t)(end - at), &time))
            return time;
        if (g_ascii_isdigit(*at)) {
            while (at + 1 < end && g_ascii_isdigit(at[1]))
                at++;
        }
    }
    return NO_TIME;
}

/* What stands around a log, or is done to its bytes, that is not taken away. */
static bool check_packing(struct source *source, struct error *error)
{
    static const struct {
        const char *begins, *by;
    } packings[] = {
        {"\x28\xB5\x2F\xFD", "zstd"}, {"\xFD\x37zXZ", "xz"}, {"BZh", "bzip2"},
        {"\x04\x22\x4D\x18", "lz4"},  {"PK\x03\x04", "zip"}, {"\x1F\x8B", "gzip twice"},
    };
    struct piece bytes = {source_at(source), source_length(source)};
    const char *encoding = wide_encoding(bytes.at, bytes.length);

    if (encoding)
        return error_set(error, "%s: is %s; save it as UTF-8", source->name, encoding);
    for (size_t i = 0; i < G_N_ELEMENTS(packings); i++) {
        if (piece_starts(bytes, packings[i].begins))
            return error_set(error, "%s: is compressed by %s; isolint reads text and gzip",
                             source->name, packings[i].by);
    }
    return true;
}

static bool detect_format(struct reader *reader, struct error *error)
{
    struct source *source = &reader->source;

    while (source_length(source) < LOOK && source_more(source))
        ;
    if (source->failure && source_length(source) == 0)
        return error_set(error, "%s", source->failure);
    source_line_ends(source);
    reader->start = start_of(source_at(source), source_length(source));
    if (source_length(source) >= 3 && memcmp(source_at(source), "\xEF\xBB\xBF", 3) == 0)
        source_take(source, 3);
    if (!table_begins(source_at(source), source_length(source)) &&
        !some_line(source_at(source), source_length(source), json_begins))
        source_unwrap(source);
    reader->format = format_of(reader, source_at(source), source_length(source));
    if (reader->format == FORMAT_UNKNOWN && !check_packing(source, error))
        return false;
    return source_length(source) == 0 || reader->format != FORMAT_UNKNOWN ||
           error_set(error,
                     "%s: found no entry of a PostgreSQL log in the first lines; isolint reads "
                     "csvlog, jsonlog and stderr in English (lc_messages). For stderr with "
                     "an unusual prefix, give --log-line-prefix the server's setting",
                     source->name);
}

static struct reader *opened(struct reader *reader, bool open, const struct prefix *prefix,
                             struct error *error)
{
    reader->prefix = prefix;
    reader->start = NO_TIME;
    if (open && detect_format(reader, error))
        return reader;
    reader_close(reader);
    return NULL;
}

struct reader *reader_open(const char *path, const struct prefix *prefix,
                           void (*waits)(const char *path), struct error *error)
{
    struct reader *reader = g_new0(struct reader, 1);

    return opened(reader, source_open(&reader->source, path, waits, error), prefix, error);
}

struct reader *reader_open_bytes(const char *name, const char *bytes, size_t size,
                                 const struct prefix *prefix, struct error *error)
{
    struct reader *reader = g_new0(struct reader, 1);

    source_open_bytes(&reader->source, name, bytes, size);
    return opened(reader, true, prefix, error);
}

void reader_close(struct reader *reader)
{
    if (!reader)
        return;
    source_close(&reader->source);
    waiting_free(reader->waiting);
    prefix_free(reader->guessed);
    g_free(reader);
}

enum log_format reader_format(const struct reader *reader)
{
    return reader->format;
}

int64_t reader_start(const struct reader *reader)
{
    return reader->start;
}

const struct reader_losses *reader_losses(const struct reader *reader)
{
    return &reader->losses;
}

void reader_progress(const struct reader *reader, uint64_t *read, uint64_t *size)
{
    const struct source *source = &reader->source;

    *size = source->size;
    *read = source->file ? (uint64_t)MAX(gzoffset(source->file), 0) : source->start;
}

bool reader_next(struct reader *reader, struct entry *entry, struct error *error)
{
    bool (*const next[])(struct reader *, struct entry *) = {
        [FORMAT_CSV] = csv_next, [FORMAT_JSON] = json_next, [FORMAT_STDERR] = stderr_next};

    if (reader->format != FORMAT_UNKNOWN && reader->format != FORMAT_TABLE &&
        next[reader->format](reader, entry))
        return true;
    if (reader->source.failure)
        error_set(error, "%s", reader->source.failure);
    return false;
}

bool reader_line(struct reader *reader, struct piece *line, struct error *error)
{
    struct source *source = &reader->source;
    size_t length;
    bool whole;

    source_take(source, reader->taken);
    reader->taken = 0;
    if (!source_line(source, SIZE_MAX, &length, &whole)) {
        if (source->failure)
            error_set(error, "%s", source->failure);
        return false;
    }
    *line = (struct piece){source_at(source), length};
    reader->taken = length + whole;
    return true;
}
