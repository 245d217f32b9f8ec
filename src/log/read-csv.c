/* csvlog: records of comma separated fields, in which a quoted field may have line ends. A field
 * that lost its closing quote would swallow what follows, so every line in a quoted field is looked
 * at: when the record turns out to be none, reading goes on at the first line that begins like
 * one. */
#include "log/format.h"

#include <glib.h>

#include "log/time.h"

/* Columns by number: PostgreSQL 9.0 has 23, 13 has 24, 14 and later have 26. */
enum column {
    CSV_TIME,
    CSV_USER,
    CSV_DATABASE,
    CSV_PROCESS,
    CSV_SESSION = 5,
    CSV_LINE,
    CSV_ACTIVITY,
    CSV_TRANSACTION = 9,
    CSV_SEVERITY = 11,
    CSV_STATE,
    CSV_MESSAGE,
    CSV_DETAIL,
    CSV_CONTEXT = 18,
    CSV_STATEMENT,
    CSV_APPLICATION = 22,
    CSV_LEAST = 23,
    CSV_MOST = 40,
};

struct field {
    size_t start, end;
    bool quoted;
};

struct record {
    struct field fields[CSV_MOST];
    unsigned count;
    size_t end;     /* after its line end */
    size_t suspect; /* the first line in a quoted field that looks like a record; 0: none */
};

enum outcome {
    WHOLE,
    DAMAGED,
    CUT,
    NOTHING,
};

/* COPY writes quotes only where they are needed: then the severity in its column tells. */
static bool has_severity(const char *text, size_t length)
{
    const char *at = text, *end = text + MIN(length, (size_t)1024);

    for (int column = 0; at && column < CSV_SEVERITY; column++) {
        at = memchr(at, ',', (size_t)(end - at));
        at = at ? at + 1 : NULL;
    }
    return at && end - at > 4 && (memcmp(at, "LOG,", 4) == 0 || memcmp(at, "ERRO", 4) == 0);
}

bool csv_begins(const char *text, size_t length)
{
    int64_t time;
    size_t at = time_read(text, MIN(length, (size_t)64), &time);

    return at > 0 && at + 1 < length && text[at] == ',' &&
           (text[at + 1] == '"' || text[at + 1] == ',' || has_severity(text, length));
}

/* The byte at an offset, after reading on when it is not there; -1 at the end. */
static int byte_at(struct source *source, size_t offset)
{
    while (offset >= source_length(source)) {
        if (!source_more(source))
            return -1;
    }
    return (unsigned char)source_at(source)[offset];
}

static void scan_lines(struct source *source, size_t from, size_t to, struct record *record)
{
    const char *base = source_at(source), *at = base + from, *end = base + to;

    while (record->suspect == 0 && at < end && (at = memchr(at, '\n', (size_t)(end - at)))) {
        at++;
        if (csv_begins(at, source_length(source) - (size_t)(at - base)))
            record->suspect = (size_t)(at - base);
    }
}

/* From behind the opening quote to the closing one. */
static enum outcome read_quoted(struct source *source, size_t *offset, struct record *record)
{
    size_t at = *offset;

    for (;;) {
        size_t there = source_length(source);
        const char *quote = at < there ? memchr(source_at(source) + at, '"', there - at) : NULL;
        size_t to = quote ? (size_t)(quote - source_at(source)) : there;
        scan_lines(source, at > 0 ? at - 1 : 0, to, record);
        if (to > LIMIT_ENTRY)
            return CUT;
        at = to;
        if (!quote) {
            if (!source_more(source))
                return DAMAGED;
        } else if (byte_at(source, to + 1) == '"') {
            at = to + 2;
        } else {
            *offset = to;
            return WHOLE;
        }
    }
}

static size_t unquoted_end(struct source *source, size_t at)
{
    for (;; at++) {
        int c = byte_at(source, at);
        if (c == ',' || c == '\n' || c < 0 || at > LIMIT_ENTRY ||
            (c == '\r' && byte_at(source, at + 1) == '\n'))
            return at;
    }
}

static enum outcome read_record(struct source *source, struct record *record)
{
    size_t at = 0;

    record->count = 0;
    record->suspect = 0;
    if (byte_at(source, 0) < 0)
        return NOTHING;
    for (;;) {
        struct field field = {.start = at, .quoted = byte_at(source, at) == '"'};
        enum outcome outcome = WHOLE;
        if (field.quoted) {
            field.start = ++at;
            outcome = read_quoted(source, &at, record);
            field.end = at;
            at++;
        } else {
            at = field.end = unquoted_end(source, at);
        }
        if (outcome == CUT)
            field.end = MIN(source_length(source), (size_t)LIMIT_ENTRY);
        if (record->count < CSV_MOST)
            record->fields[record->count++] = field;
        if (outcome != WHOLE) {
            record->end = field.end;
            return outcome;
        }
        int c = byte_at(source, at);
        if (c == '\r' && byte_at(source, at + 1) == '\n')
            c = byte_at(source, ++at);
        if (c != ',') {
            record->end = at + (c == '\n');
            return c == '\n' || c < 0 ? WHOLE : DAMAGED;
        }
        at++;
    }
}

/* Takes the doubled quotes back, in place. Nothing between two commas is none. */
static struct piece field_text(struct source *source, const struct field *field)
{
    char *start = source_at(source) + field->start, *end = source_at(source) + field->end;
    char *quote = field->quoted ? memchr(start, '"', (size_t)(end - start)) : NULL;

    if (!field->quoted && start == end)
        return (struct piece){NULL, 0};
    if (!quote)
        return (struct piece){start, (size_t)(end - start)};
    char *to = quote;
    for (const char *at = quote; at < end; at++) {
        *to++ = *at;
        if (*at == '"' && at + 1 < end && at[1] == '"')
            at++;
    }
    return (struct piece){start, (size_t)(to - start)};
}

static bool fill(struct source *source, const struct record *record, struct entry *entry)
{
    struct piece texts[CSV_LEAST] = {{0}};

    for (unsigned i = 0; i < CSV_LEAST && i < record->count; i++)
        texts[i] = field_text(source, &record->fields[i]);
    if (record->count <= CSV_MESSAGE ||
        time_read(texts[CSV_TIME].at, texts[CSV_TIME].length, &entry->time) == 0)
        return false;
    entry->user = texts[CSV_USER];
    entry->database = texts[CSV_DATABASE];
    entry->process = piece_number(texts[CSV_PROCESS]);
    entry->session = texts[CSV_SESSION];
    entry->counted = true;
    entry->first = piece_is(texts[CSV_LINE], "1");
    entry->activity = texts[CSV_ACTIVITY];
    entry->transaction = texts[CSV_TRANSACTION];
    entry->state = texts[CSV_STATE];
    entry->message = texts[CSV_MESSAGE];
    entry->detail = texts[CSV_DETAIL];
    entry->context = texts[CSV_CONTEXT];
    entry->statement = texts[CSV_STATEMENT];
    entry->application = texts[CSV_APPLICATION];
    entry_classify(entry, texts[CSV_SEVERITY]);
    return true;
}

/* Forgets what is left of an entry that was cut: up to the line end outside quotes, or to a line
 * that begins like a record. */
static void skip_rest(struct source *source)
{
    bool quoted = true;

    while (byte_at(source, 0) >= 0) {
        size_t there = source_length(source), at = 0;
        const char *base = source_at(source);
        for (; at < there; at++) {
            if (base[at] == '"')
                quoted = !quoted; /* doubled ones change it twice */
            if (base[at] != '\n')
                continue;
            if (!quoted || csv_begins(base + at + 1, there - at - 1)) {
                source_take(source, at + 1);
                return;
            }
        }
        source_take(source, there);
    }
}

/* On to the next line that begins like a record. */
static void skip_damage(struct reader *reader, const struct record *record)
{
    struct source *source = &reader->source;
    size_t length;
    bool whole;

    reader_damage(reader, source->line);
    if (record->suspect) {
        source_take(source, record->suspect);
        return;
    }
    do {
        if (!source_line(source, LIMIT_ENTRY, &length, &whole))
            return;
        source_take(source, length + whole);
        byte_at(source, 64);
    } while (source_length(source) > 0 && !csv_begins(source_at(source), source_length(source)));
}

bool csv_next(struct reader *reader, struct entry *entry)
{
    struct source *source = &reader->source;

    source_take(source, reader->taken);
    reader->taken = 0;
    if (reader->skipping) {
        skip_rest(source);
        reader->skipping = false;
    }
    for (;;) {
        struct record record;
        enum outcome outcome = read_record(source, &record);
        if (outcome == NOTHING)
            return false;
        *entry = (struct entry){.line = source->line, .time = NO_TIME};
        bool broken = outcome == DAMAGED || (outcome == CUT && record.suspect > 0) ||
                      (outcome == WHOLE && record.count < CSV_LEAST) ||
                      !fill(source, &record, entry);
        if (broken) {
            skip_damage(reader, &record);
            continue;
        }
        if (outcome == CUT) {
            entry->cut = reader->skipping = true;
            reader->losses.cut++;
        }
        reader->taken = record.end;
        return true;
    }
}
