/* jsonlog: an object a line with texts and numbers. What carries the log may have put it into an object of
 * its own, with the names that csvlog has in the manual (26.8.4): CloudNativePG does. Texts are unescaped
 * where they stand. */
#include "log/format.h"

#include <glib.h>

#include "log/time.h"

/* Four hexadecimal digits. */
static bool read_unit(const char *at, const char *end, gunichar *unit)
{
    *unit = 0;
    if (end - at < 4)
        return false;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(at[i]);
        if (digit < 0)
            return false;
        *unit = *unit * 16 + (gunichar)digit;
    }
    return true;
}

/* What follows a backslash; `*at` is behind it, then behind what was read. An escape is never
 * shorter than what it stands for. */
static bool unescape(const char **at, const char *end, char **to)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    gunichar unit, low;

    if (*at >= end)
        return false;
    const char *simple = **at ? strchr(from, **at) : NULL;
    if (simple) {
        *(*to)++ = into[simple - from];
        (*at)++;
        return true;
    }
    if (**at != 'u' || !read_unit(*at + 1, end, &unit))
        return false;
    *at += 5;
    if (unit >= 0xD800 && unit < 0xDC00 && end - *at >= 6 && (*at)[0] == '\\' && (*at)[1] == 'u' &&
        read_unit(*at + 2, end, &low) && low >= 0xDC00 && low < 0xE000) {
        unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
        *at += 6;
    }
    if (unit == 0 || (unit >= 0xD800 && unit < 0xE000))
        unit = 0xFFFD;
    *to += g_unichar_to_utf8(unit, *to);
    return true;
}

/* A text; `*at` is behind its opening quote, then behind the closing one. */
static bool read_text(const char **at, const char *end, struct piece *text)
{
    char *to = (char *)*at;

    text->at = to;
    for (;;) {
        const char *stop = *at;
        while (stop < end && *stop != '"' && *stop != '\\')
            stop++;
        if (stop > *at && to != *at)
            memmove(to, *at, (size_t)(stop - *at));
        to += stop - *at;
        *at = stop;
        if (stop >= end)
            return false;
        (*at)++;
        if (*stop == '"') {
            text->length = (size_t)(to - text->at);
            return true;
        }
        if (!unescape(at, end, &to))
            return false;
    }
}

static void skip_blanks(const char **at, const char *end)
{
    while (*at < end && g_ascii_isspace(**at))
        (*at)++;
}

static bool skip_char(const char **at, const char *end, char c)
{
    skip_blanks(at, end);
    if (*at >= end || **at != c)
        return false;
    (*at)++;
    return true;
}

/* A text, or the letters and digits of anything else that is simple. */
static bool read_value(const char **at, const char *end, struct piece *value)
{
    skip_blanks(at, end);
    if (*at < end && **at == '"') {
        (*at)++;
        return read_text(at, end, value);
    }
    value->at = *at;
    while (*at < end && (g_ascii_isalnum(**at) || strchr("+-.", **at)))
        (*at)++;
    value->length = (size_t)(*at - value->at);
    return value->length > 0;
}

struct line {
    struct entry *entry;
    struct piece severity, time, process, number;
};

static void put(struct line *line, struct piece key, struct piece value)
{
    struct entry *entry = line->entry;
    const struct {
        const char *key;
        struct piece *place;
    } places[] = {
        {"timestamp", &line->time},
        {"log_time", &line->time},
        {"user", &entry->user},
        {"user_name", &entry->user},
        {"dbname", &entry->database},
        {"database_name", &entry->database},
        {"pid", &line->process},
        {"process_id", &line->process},
        {"session_id", &entry->session},
        {"line_num", &line->number},
        {"session_line_num", &line->number},
        {"ps", &entry->activity},
        {"command_tag", &entry->activity},
        {"vxid", &entry->transaction},
        {"virtual_transaction_id", &entry->transaction},
        {"error_severity", &line->severity},
        {"state_code", &entry->state},
        {"sql_state_code", &entry->state},
        {"message", &entry->message},
        {"detail", &entry->detail},
        {"context", &entry->context},
        {"statement", &entry->statement},
        {"query", &entry->statement},
        {"application_name", &entry->application},
    };

    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if (piece_is(key, places[i].key)) {
            *places[i].place = value;
            return;
        }
    }
}

/* `depth`: of objects in objects, at most. The entry is the one object that has a severity. */
static bool read_object(const char **at, const char *end, struct line *line, unsigned depth)
{
    struct entry entry;
    struct line inner;
    bool found = false;

    if (!skip_char(at, end, '{') || depth == 0)
        return false;
    if (skip_char(at, end, '}'))
        return true;
    do {
        struct piece key, value;
        if (!skip_char(at, end, '"') || !read_text(at, end, &key) || !skip_char(at, end, ':'))
            return false;
        skip_blanks(at, end);
        if (!found && *at < end && **at == '{') {
            entry = (struct entry){.line = line->entry->line, .time = NO_TIME};
            inner = (struct line){.entry = &entry};
            if (!read_object(at, end, &inner, depth - 1))
                return false;
            found = inner.severity.at != NULL;
        } else if (read_value(at, end, &value)) {
            put(line, key, value);
        } else {
            return false;
        }
    } while (skip_char(at, end, ','));
    if (found) {
        inner.entry = line->entry;
        *line = inner;
        *line->entry = entry;
    }
    return skip_char(at, end, '}');
}

enum { DEPTH = 8 };

/* `*other`: it is an object of another program, which writes to the same place. */
static bool fill(const char *text, size_t length, struct entry *entry, bool *other)
{
    struct line line = {.entry = entry};
    bool read = read_object(&text, text + length, &line, DEPTH);

    *other = read && !line.severity.at;
    if (!read || !line.severity.at || !line.time.at ||
        time_read(line.time.at, line.time.length, &entry->time) == 0)
        return false;
    entry->process = piece_number(line.process);
    entry->counted = line.number.at != NULL;
    entry->first = piece_is(line.number, "1");
    if (!entry->state.at)
        entry->state = (struct piece){"00000", 5};
    entry_classify(entry, line.severity);
    return true;
}

/* Who says it stands before what is said, so that what was cut tells that much. */
static bool fill_cut(char *text, size_t length, struct entry *entry)
{
    struct line line = {.entry = entry};
    const char *at = text;

    read_object(&at, text + length, &line, DEPTH);
    if (!line.time.at || time_read(line.time.at, line.time.length, &entry->time) == 0)
        return false;
    entry->process = piece_number(line.process);
    return true;
}

bool json_next(struct reader *reader, struct entry *entry)
{
    struct source *source = &reader->source;
    size_t length;
    bool whole;

    source_take(source, reader->taken);
    reader->taken = 0;
    while (source_line(source, LIMIT_ENTRY, &length, &whole)) {
        bool cut = !whole && length >= LIMIT_ENTRY, rest = reader->skipping, other = false;
        *entry = (struct entry){.line = source->line, .time = NO_TIME};
        reader->skipping = cut;
        bool filled = !rest && (cut ? fill_cut(source_at(source), length, entry)
                                    : fill(source_at(source), length, entry, &other));
        if (filled) {
            reader->taken = length + whole;
            entry->cut = cut;
            reader->losses.cut += cut;
            return true;
        }
        if (!rest && !other && length > 0 && (length > 1 || *source_at(source) != '\r'))
            reader_damage(reader, source->line);
        source_take(source, length + whole);
    }
    return false;
}
