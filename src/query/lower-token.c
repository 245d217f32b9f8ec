/* Where a token of the text ends, which the tree does not tell, and names, copied out of the tree. */
#include "query/lower.h"

#include <string.h>

#include "base/lexical.h"
#include "base/words.h"

/* ------------------------------------------------------------------ tokens */

static size_t token_length(const char *at)
{
    size_t length = 0;

    if (*at == '\'' || *at == '"') {
        for (length = 1; at[length] && !(at[length] == *at && at[length + 1] != *at); length++)
            length += at[length] == *at; /* a doubled quote */
        return at[length] ? length + 1 : length;
    }
    while (is_name_part((unsigned char)at[length]) || (at[length] == '.' && g_ascii_isdigit(at[0])))
        length++;
    return length > 0 ? length : *at != '\0';
}

struct span lower_token_at(const struct lowering *lowering, uint32_t offset)
{
    uint32_t start = lowering->base + offset;

    return (struct span){start, start + (uint32_t)token_length(lowering->text + offset)};
}

struct span lower_token(const struct lowering *lowering, int location)
{
    uint32_t start = lower_offset(lowering, location);

    if (location < 0)
        return (struct span){start, start};
    return lower_token_at(lowering, start - lowering->base);
}

struct span lower_words(const struct lowering *lowering, int location, unsigned count)
{
    struct span span = lower_token(lowering, location);

    while (--count > 0) {
        const char *at = lowering->text + (span.end - lowering->base);
        at += strspn(at, " \t\r\n");
        span.end = lower_token_at(lowering, (uint32_t)(at - lowering->text)).end;
    }
    return span;
}

struct span lower_find_word(const struct lowering *lowering, int location, const char *word)
{
    size_t length = strlen(word);

    for (const char *at = lowering->text + (lower_offset(lowering, location) - lowering->base); *at;
         at++) {
        bool starts = at == lowering->text || !is_name_part((unsigned char)at[-1]);
        if (starts && g_ascii_strncasecmp(at, word, length) == 0 &&
            !is_name_part((unsigned char)at[length])) {
            uint32_t start = lowering->base + (uint32_t)(at - lowering->text);
            return (struct span){start, start + (uint32_t)length};
        }
    }
    return (struct span){lowering->base, lowering->base};
}

/* ------------------------------------------------------------------ names */

const char *lower_string(struct lowering *lowering, const char *text)
{
    const char *template =
        text && lowering->script->names ? g_hash_table_lookup(lowering->script->names, text) : NULL;

    return text ? words_copy(lowering->script->words, lowering->arena, template ? template : text)
                : NULL;
}

/* schema.name, both as the grammar folded them; the span covers both. */
struct object_name lower_name(struct lowering *lowering, const RangeVar *name)
{
    struct object_name object = {
        .schema = lower_string(lowering, name->schemaname),
        .name = lower_string(lowering, name->relname),
        .span = lower_token(lowering, name->location),
    };
    unsigned parts = (name->catalogname != NULL) + (name->schemaname != NULL);

    while (parts-- > 0 && lowering->text[object.span.end - lowering->base] == '.')
        object.span.end = lower_token_at(lowering, object.span.end - lowering->base + 1).end;
    return object;
}

struct object_name lower_name_list(struct lowering *lowering, const List *names)
{
    struct object_name object = {0};
    int length = list_length(names);

    if (length > 0 && IsA(llast(names), String))
        object.name = lower_string(lowering, strVal(llast(names)));
    if (length > 1 && IsA(list_nth(names, length - 2), String))
        object.schema = lower_string(lowering, strVal(list_nth(names, length - 2)));
    return object;
}
