#include "lsp/document.h"

#include <string.h>

#include "base/limits.h"
#include "lsp/message.h"
#include "lsp/uri.h"

struct document *document_new(const char *uri, const char *text)
{
    struct document *document = g_new0(struct document, 1);

    document->uri = g_strdup(uri);
    document->file = uri_is_untitled(uri) ? g_strdup(uri) : uri_file(uri);
    document->text = g_string_new(text);
    document->lines = lines_of(document->text->str, document->text->len);
    return document;
}

void document_free(struct document *document)
{
    g_free(document->uri);
    g_free(document->file);
    g_string_free(document->text, TRUE);
    g_array_unref(document->lines);
    g_free(document);
}

struct place document_place(const struct document *document, size_t offset, enum encoding encoding)
{
    return place_of(document->text->str, document->text->len, document->lines, offset, encoding);
}

size_t document_offset(const struct document *document, struct place place, enum encoding encoding)
{
    return place_offset(document->text->str, document->text->len, document->lines, place, encoding);
}

/* The stretch that a change replaces; of one that runs backwards, the stretch between its ends. */
static bool read_range(const struct document *document, const cJSON *change, enum encoding encoding,
                       struct replaced *replaced)
{
    const cJSON *range = json_at(change, "range");
    struct place start, end;

    if (!range || cJSON_IsNull(range)) {
        *replaced = (struct replaced){0, document->text->len, 0};
        return true;
    }
    if (!json_place(range, "start", &start) || !json_place(range, "end", &end))
        return false;
    size_t from = document_offset(document, start, encoding);
    size_t to = document_offset(document, end, encoding);
    *replaced = (struct replaced){MIN(from, to), MAX(from, to), 0};
    return true;
}

/* Leaves out of what is replaced what begins and ends as it did: of a whole text that an editor or
 * a formatter sends, most. */
static void narrow(struct replaced *replaced, const char *before, const char *after)
{
    size_t removed = replaced->end - replaced->start, same = 0;
    size_t most = MIN(removed, replaced->length);

    while (same < most && before[replaced->start + same] == after[same])
        same++;
    size_t tail = 0;
    while (tail < most - same &&
           before[replaced->end - tail - 1] == after[replaced->length - tail - 1])
        tail++;
    *replaced = (struct replaced){replaced->start + same, replaced->end - tail,
                                  replaced->length - same - tail};
}

bool document_change(struct document *document, const cJSON *change, enum encoding encoding,
                     struct replaced *replaced)
{
    const cJSON *text = json_at(change, "text");

    if (!cJSON_IsString(text) || !read_range(document, change, encoding, replaced))
        return false;
    replaced->length = strlen(text->valuestring);
    size_t removed = replaced->end - replaced->start;
    if (document->text->len - removed + replaced->length > MOST_BUFFER_BYTES)
        return false;
    size_t start = replaced->start, length = replaced->length;
    narrow(replaced, document->text->str, text->valuestring);
    g_string_erase(document->text, (gssize)start, (gssize)removed);
    g_string_insert_len(document->text, (gssize)start, text->valuestring, (gssize)length);
    g_array_unref(document->lines);
    document->lines = lines_of(document->text->str, document->text->len);
    return true;
}

size_t replaced_move(const struct replaced *replaced, size_t offset, bool start)
{
    if (offset < replaced->start || (offset == replaced->start && !start))
        return offset;
    if (offset >= replaced->end)
        return offset - replaced->end + replaced->start + replaced->length;
    return start ? replaced->start : replaced->start + replaced->length;
}
