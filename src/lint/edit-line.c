#include "lint/edit-line.h"

#include <string.h>

#include <glib.h>

/* A piece of text in one line, cut to what is needed to recognise it. */
static void append_quoted(GString *line, const char *text, size_t length)
{
    enum { MOST = 48 };
    g_autofree char *piece = g_strndup(text, length);
    bool cut = false;

    g_strstrip(piece);
    if (strcspn(piece, "\r\n") < strlen(piece)) {
        piece[strcspn(piece, "\r\n")] = '\0';
        cut = true;
    }
    for (char *at = piece + MIN(strlen(piece), MOST); *at && !cut; at++) {
        if ((*at & 0xc0) != 0x80) {
            *at = '\0';
            cut = true;
        }
    }
    g_string_append_printf(line, "\"%s%s\"", piece, cut ? "…" : "");
}

static void append_edit(GString *line, const struct script *script, const struct edit *edit)
{
    struct position at = script_position((struct script *)script, edit->span.start);
    size_t length = edit->span.end - edit->span.start;

    g_string_append(line, line->len ? ", " : "");
    if (length == 0) {
        g_string_append(line, "insert ");
        append_quoted(line, edit->replacement, strlen(edit->replacement));
    } else {
        g_string_append(line, *edit->replacement ? "replace " : "delete ");
        append_quoted(line, script->bytes + edit->span.start, length);
        if (*edit->replacement) {
            g_string_append(line, " by ");
            append_quoted(line, edit->replacement, strlen(edit->replacement));
        }
    }
    g_string_append_printf(line, " at %u:%u", at.line, at.column);
}

char *edits_line(const struct finding *finding, bool safe)
{
    GString *line = g_string_new(NULL);

    for (const struct edit *edit = finding->edits; edit; edit = edit->next) {
        if (edit->safe == safe)
            append_edit(line, finding->script, edit);
    }
    return g_string_free(line, line->len == 0);
}
