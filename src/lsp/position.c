#include "lsp/position.h"

const char *encoding_name(enum encoding encoding)
{
    static const char *const names[] = {
        [ENCODING_UTF8] = "utf-8", [ENCODING_UTF16] = "utf-16", [ENCODING_UTF32] = "utf-32"};

    return names[encoding];
}

GArray *lines_of(const char *text, size_t size)
{
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t start = 0;

    g_array_append_val(lines, start);
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\n' && (text[i] != '\r' || (i + 1 < size && text[i + 1] == '\n')))
            continue;
        start = i + 1;
        g_array_append_val(lines, start);
    }
    return lines;
}

/* How many bytes the character has that begins here; a byte that is no UTF-8 is one. */
static size_t character_length(const char *at, size_t size)
{
    gunichar character = g_utf8_get_char_validated(at, (gssize)size);

    if (character == (gunichar)-1 || character == (gunichar)-2)
        return 1;
    return (size_t)(g_utf8_next_char(at) - at);
}

static size_t units(size_t length, enum encoding encoding)
{
    if (encoding == ENCODING_UTF8)
        return length;
    return encoding == ENCODING_UTF16 && length == 4
               ? 2
               : 1; /* only what is beyond U+FFFF needs a pair of surrogates */
}

struct place place_of(const char *text, size_t size, const GArray *lines, size_t offset,
                      enum encoding encoding)
{
    size_t low = 0, high = lines->len;

    offset = MIN(offset, size);
    while (high - low > 1) {
        size_t middle = (low + high) / 2;
        if (g_array_index(lines, size_t, middle) <= offset)
            low = middle;
        else
            high = middle;
    }
    struct place place = {.line = low};
    for (size_t at = g_array_index(lines, size_t, low); at < offset;) {
        size_t length = character_length(text + at, size - at);
        if (at + length > offset) /* within a character */
            break;
        place.character += units(length, encoding);
        at += length;
    }
    return place;
}

static size_t line_end(const char *text, size_t size, const GArray *lines, size_t line)
{
    if (line + 1 >= lines->len)
        return size;
    size_t end = g_array_index(lines, size_t, line + 1) - 1;
    if (end > g_array_index(lines, size_t, line) && text[end] == '\n' && text[end - 1] == '\r')
        end--;
    return end;
}

size_t place_offset(const char *text, size_t size, const GArray *lines, struct place place,
                    enum encoding encoding)
{
    if (place.line >= lines->len)
        return size;
    size_t at = g_array_index(lines, size_t, place.line);
    size_t end = line_end(text, size, lines, place.line);
    for (size_t left = place.character; left > 0 && at < end;) {
        size_t length = character_length(text + at, end - at);
        if (units(length, encoding) > left)
            break;
        left -= units(length, encoding);
        at += length;
    }
    return at;
}
