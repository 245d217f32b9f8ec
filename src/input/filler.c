#include "input/filler.h"

#include <string.h>

#include "base/lexical.h"
#include "input/placeholder.h"

void filler_begin(struct filler *filler, struct script *script)
{
    filler->script = script;
    filler->placeholders = g_array_sized_new(FALSE, FALSE, sizeof(struct placeholder), 1);
}

void filler_end(struct filler *filler)
{
    script_take_placeholders(filler->script, filler->placeholders);
}

static void patch(struct filler *filler)
{
    struct script *script = filler->script;

    if (script->parseable == script->bytes)
        script->parseable = g_memdup2(script->bytes, (gsize)script->size + 1);
}

void filler_blank(struct filler *filler, uint32_t from, uint32_t to)
{
    if (from >= to)
        return;
    patch(filler);
    for (char *at = filler->script->parseable + from; at < filler->script->parseable + to; at++) {
        if (*at != '\n' && *at != '\r')
            *at = ' ';
    }
}

void filler_add(struct filler *filler, struct span span)
{
    struct placeholder placeholder = {
        .span = span,
        .filling = placeholder_filling(filler->script, span),
    };

    patch(filler);
    script_fill(filler->script, &placeholder, filler->script->parseable + span.start);
    g_array_append_val(filler->placeholders, placeholder);
}

/* ${tag}$ becomes $_tag_$. */
void filler_add_tag(struct filler *filler, struct span span, uint32_t length)
{
    patch(filler);
    char *opening = filler->script->parseable + span.start;
    char *closing = filler->script->parseable + span.end - length;

    opening[1] = closing[1] = opening[length - 2] = closing[length - 2] = '_';
}

uint32_t filler_add_block(struct filler *filler, enum block block, struct span span)
{
    if (block == BLOCK_ELSE)
        span.end = MAX(span.end, template_end(filler->script, span.start));
    struct placeholder placeholder = {.span = span, .filling = FILLING_NOTHING, .block = true};

    filler_blank(filler, span.start, span.end);
    g_array_append_val(filler->placeholders, placeholder);
    return span.end;
}

/* Behind the comment that begins here, or `at`. */
static uint32_t skip_comment(const struct script *script, uint32_t at, uint32_t end)
{
    const char *text = script->bytes + at, *stop = NULL;

    if (text[0] == '-' && text[1] == '-')
        stop = line_comment_end(text, text + (end - at));
    else if (text[0] == '/' && text[1] == '*' && (stop = memmem(text, end - at, "*/", 2)))
        stop += 2;
    else
        return at;
    return stop ? (uint32_t)(stop - script->bytes) : end;
}

/* Whether filler_add_tag has been here. */
static bool is_tag(const struct script *script, uint32_t at)
{
    return script->bytes[at] == '$' && script->bytes[at + 1] == '{' &&
           script->parseable[at] == '$' && script->parseable[at + 1] == '_';
}

void filler_body(struct filler *filler, struct span body)
{
    const struct script *script = filler->script;
    bool quotes = false;
    uint32_t length;

    for (uint32_t at = body.start; at < body.end;) {
        char c = script->bytes[at];
        uint32_t behind = quotes ? at : skip_comment(script, at, body.end);
        if (behind > at) {
            at = behind;
            continue;
        }
        if (c == '\'')
            quotes = !quotes;
        if (!strchr("{<[#$:@%", c) || c == '\0') {
            at++;
            continue;
        }
        uint32_t stop;
        length = placeholder_tag_length(script, at, &stop);
        if (length > 0 && stop <= body.end)
            filler_add_tag(filler, (struct span){at, stop}, length);
        if (is_tag(filler->script, at)) {
            at += (uint32_t)strcspn(script->bytes + at + 1, "$") + 2;
            continue;
        }
        enum block block = template_block(script, at, &length);
        if (block != BLOCK_NONE && at + length <= body.end) {
            at = MIN(filler_add_block(filler, block, (struct span){at, at + length}), body.end);
            continue;
        }
        length = placeholder_length_in_body(script, at, quotes);
        if (length > 0 && at + length <= body.end)
            filler_add(filler, (struct span){at, at + length});
        at += MAX(length, 1U);
    }
}
