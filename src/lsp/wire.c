#include "lsp/wire.h"

#include <string.h>

#include "base/limits.h"

static const char LENGTH[] = "Content-Length";

void wire_init(struct wire *wire)
{
    *wire = (struct wire){.bytes = g_string_new(NULL)};
}

void wire_finish(struct wire *wire)
{
    g_string_free(wire->bytes, TRUE);
}

void wire_feed(struct wire *wire, const char *bytes, size_t size)
{
    g_string_erase(wire->bytes, 0, (gssize)wire->taken);
    wire->taken = 0;
    g_string_append_len(wire->bytes, bytes, (gssize)size);
}

static bool is_field_name(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if (!g_ascii_isalnum(text[i]) && text[i] != '-')
            return false;
    }
    return length > 0;
}

static void read_length(struct wire *wire, const char *text, size_t length)
{
    g_autofree char *value = g_strstrip(g_strndup(text, length));
    guint64 number;

    if (!g_ascii_string_to_unsigned(value, 10, 0, G_MAXINT32, &number, NULL)) {
        wire->fault = "Content-Length is not a number";
        return;
    }
    wire->known = true;
    wire->length = (size_t)number;
}

static void read_field(struct wire *wire, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    size_t name = colon ? (size_t)(colon - line) : 0;

    wire->started = true;
    if (!is_field_name(line, name)) {
        /* A body that was longer than its header said may end in this line. */
        const char *next = memmem(line, length, LENGTH, strlen(LENGTH));
        wire->fault = "a header line is not a field";
        if (next && next > line)
            read_field(wire, next, length - (size_t)(next - line));
    } else if (name == strlen(LENGTH) && g_ascii_strncasecmp(line, LENGTH, name) == 0) {
        read_length(wire, colon + 1, length - name - 1);
    }
}

/* Takes a line, without its end; false when none is complete. */
static bool take_line(struct wire *wire, const char **line, size_t *length)
{
    const char *start = wire->bytes->str + wire->taken;
    size_t rest = wire->bytes->len - wire->taken;
    const char *end = memchr(start, '\n', rest);

    if (!end)
        return false;
    *line = start;
    *length = (size_t)(end - start);
    wire->taken += *length + 1;
    if (*length > 0 && end[-1] == '\r')
        (*length)--;
    return true;
}

/* Whether a line that is not complete is longer than any header: it is not kept. */
static bool drop_long_line(struct wire *wire)
{
    if (wire->bytes->len - wire->taken <= MOST_HEADER_BYTES)
        return false;
    wire->taken = wire->bytes->len;
    wire->skip_line = true;
    return true;
}

static enum wire_state fault(const char *what, const char **text)
{
    *text = what;
    return WIRE_FAULT;
}

/* An empty line ends the header. */
static enum wire_state end_header(struct wire *wire, const char **text)
{
    const char *wrong = wire->fault   ? wire->fault
                        : wire->known ? NULL
                                      : "the header lacks Content-Length";
    bool started = wire->started, known = wire->known;

    wire->fault = NULL;
    wire->started = wire->known = false;
    if (!started)
        return WIRE_MORE; /* what is between messages */
    if (known && wire->length > MOST_MESSAGE_BYTES) {
        wire->skip = wire->length;
        return fault("the message is too long and is skipped", text);
    }
    wire->body = known;
    return wrong ? fault(wrong, text) : WIRE_MORE;
}

static enum wire_state next_header(struct wire *wire, const char **text)
{
    const char *line;
    size_t length;

    while (take_line(wire, &line, &length)) {
        if (wire->skip_line) {
            wire->skip_line = false;
            continue;
        }
        if (length > 0) {
            read_field(wire, line, length);
            continue;
        }
        enum wire_state state = end_header(wire, text);
        if (state != WIRE_MORE || wire->body)
            return state;
    }
    if (wire->skip_line) {
        wire->taken = wire->bytes->len;
        return WIRE_MORE;
    }
    return drop_long_line(wire) ? fault("a header line is too long", text) : WIRE_MORE;
}

enum wire_state wire_next(struct wire *wire, const char **text, size_t *size)
{
    size_t passed = MIN(wire->skip, wire->bytes->len - wire->taken);

    wire->skip -= passed;
    wire->taken += passed;
    if (wire->skip > 0)
        return WIRE_MORE;
    if (!wire->body) {
        enum wire_state state = next_header(wire, text);
        if (state != WIRE_MORE || !wire->body)
            return state;
    }
    if (wire->bytes->len - wire->taken < wire->length)
        return WIRE_MORE;
    wire->body = false;
    *text = wire->bytes->str + wire->taken;
    *size = wire->length;
    wire->taken += wire->length;
    return WIRE_MESSAGE;
}
