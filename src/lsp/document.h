#pragma once
/* What the editor has open: the text that replaces a file, and how it changes. */

#include <stdbool.h>

#include <cjson/cJSON.h>
#include <glib.h>

#include "lsp/position.h"

/* A stretch of the text that was replaced, as offsets before the change. */
struct replaced {
    size_t start, end, length; /* of what stands there now */
};

struct document {
    char *uri;
    char *file;    /* absolute; its URI when it is not saved yet; NULL: it is no file */
    GString *text; /* a NUL follows it */
    GArray *lines; /* see lines_of */
};

/* With copies of both. Freed by document_free. */
struct document *document_new(const char *uri, const char *text);
void document_free(struct document *document);

/* Applies one of `contentChanges`: with a range it replaces that, without one everything. Says in
 * *replaced what differs afterwards. Returns false, and changes nothing, when it is no change, or
 * the text would become too long. */
bool document_change(struct document *document, const cJSON *change, enum encoding encoding,
                     struct replaced *replaced);

/* Where an offset of the text is after the change; one in what was replaced goes to its end, or,
 * with `start`, to its beginning. */
size_t replaced_move(const struct replaced *replaced, size_t offset, bool start);

/* As place_of and place_offset. */
struct place document_place(const struct document *document, size_t offset, enum encoding encoding);
size_t document_offset(const struct document *document, struct place place, enum encoding encoding);
