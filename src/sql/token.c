#include "sql/token.h"

#include <string.h>

enum class {
    CLASS_OTHER,
    CLASS_BLANK,
    CLASS_WORD, /* begins a name; bytes outside ASCII do */
    CLASS_DIGIT,
    CLASS_STRING,
    CLASS_QUOTE,
    CLASS_DOLLAR,
};

static enum class classes[256];

static void init_classes(void)
{
    static gsize done;

    if (!g_once_init_enter(&done))
        return;
    for (int c = 0; c < 256; c++) {
        if (c >= 0x80 || c == '_' || g_ascii_isalpha(c))
            classes[c] = CLASS_WORD;
        else if (g_ascii_isdigit(c))
            classes[c] = CLASS_DIGIT;
        else if (g_ascii_isspace(c) || c == '\v')
            classes[c] = CLASS_BLANK;
    }
    classes['\''] = CLASS_STRING;
    classes['"'] = CLASS_QUOTE;
    classes['$'] = CLASS_DOLLAR;
    g_once_init_leave(&done, 1);
}

static enum class class_of(char c) { return classes[(unsigned char)c]; }

void tokens_init(struct tokens *tokens)
{
    init_classes();
    tokens->all = g_array_new(FALSE, FALSE, sizeof(struct token));
    tokens->values = g_array_new(FALSE, FALSE, sizeof(guint));
    tokens->comments = g_array_new(FALSE, FALSE, sizeof(struct span));
    tokens->skeleton = 0;
}

void tokens_finish(struct tokens *tokens)
{
    g_array_unref(tokens->all);
    g_array_unref(tokens->values);
    g_array_unref(tokens->comments);
}

/* ------------------------------------------------------------------ the ends of things */

static const char *comment_end(const char *at, const char *end)
{
    unsigned depth = 0;

    if (*at == '-') {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        return line ? line : end;
    }
    for (; at + 1 < end; at++) {
        if (at[0] == '/' && at[1] == '*') {
            depth++;
            at++;
        } else if (at[0] == '*' && at[1] == '/') {
            at++;
            if (--depth == 0)
                return at + 1;
        }
    }
    return end;
}

static const char *quoted_end(const char *at, const char *end, char quote, bool escapes)
{
    for (at++; at < end; at++) {
        if (escapes && *at == '\\' && at + 1 < end)
            at++;
        else if (*at == quote && at + 1 < end && at[1] == quote)
            at++;
        else if (*at == quote)
            return at + 1;
    }
    return end;
}

static const char *word_end(const char *at, const char *end)
{
    while (at < end && (class_of(*at) == CLASS_WORD || class_of(*at) == CLASS_DIGIT || *at == '$'))
        at++;
    return at;
}

/* 1, 1.5, .5, 1e-3, 0xff, 1_000 */
static const char *number_end(const char *at, const char *end)
{
    for (; at < end; at++) {
        bool sign = (*at == '+' || *at == '-') && (at[-1] == 'e' || at[-1] == 'E');
        if (*at == '.' && at + 1 < end && at[1] == '.')
            break;
        if (!sign && *at != '.' && class_of(*at) != CLASS_DIGIT && class_of(*at) != CLASS_WORD)
            break;
    }
    return at;
}

/* $tag$text$tag$; NULL when no string begins here. */
static const char *dollar_end(const char *at, const char *end)
{
    const char *tag = at + 1;

    while (tag < end && (class_of(*tag) == CLASS_WORD || (tag > at + 1 && g_ascii_isdigit(*tag))))
        tag++;
    if (tag >= end || *tag != '$')
        return NULL;
    size_t length = (size_t)(tag + 1 - at);
    const char *close = memmem(at + length, (size_t)(end - at) - length, at, length);
    return close ? close + length : end;
}

/* ------------------------------------------------------------------ tokens */

static bool is_word(const char *at, size_t length, const char *word)
{
    return strlen(word) == length && g_ascii_strncasecmp(at, word, length) == 0;
}

static bool is_keyword(const char *at, size_t length)
{
    return is_word(at, length, "null") || is_word(at, length, "true") ||
           is_word(at, length, "false");
}

/* The letters before a quote that belong to the string. */
static bool is_string_prefix(const char *at, const char *word)
{
    size_t length = (size_t)(word - at);

    return (length == 1 && strchr("eEbBxXnN", *at)) ||
           (length == 2 && (*at == 'u' || *at == 'U') && at[1] == '&');
}

static const char *token_end(const char *at, const char *end, enum token_kind *kind)
{
    const char *stop;

    switch (class_of(*at)) {
    case CLASS_WORD:
        stop = word_end(at, end);
        if (stop < end && *stop == '&' && stop == at + 1 && stop + 1 < end &&
            (stop[1] == '\'' || stop[1] == '"') && (*at == 'u' || *at == 'U'))
            stop++;
        if (stop < end && *stop == '\'' && is_string_prefix(at, stop)) {
            *kind = TOKEN_STRING;
            return quoted_end(stop, end, '\'', *at == 'e' || *at == 'E');
        }
        if (stop < end && *stop == '"' && stop - at == 2 && at[1] == '&') {
            *kind = TOKEN_QUOTED;
            return quoted_end(stop, end, '"', false);
        }
        *kind = is_keyword(at, (size_t)(stop - at)) ? TOKEN_KEYWORD : TOKEN_WORD;
        return stop;
    case CLASS_DIGIT:
        *kind = TOKEN_NUMBER;
        return number_end(at, end);
    case CLASS_STRING:
        *kind = TOKEN_STRING;
        return quoted_end(at, end, '\'', false);
    case CLASS_QUOTE:
        *kind = TOKEN_QUOTED;
        return quoted_end(at, end, '"', false);
    case CLASS_DOLLAR:
        if (at + 1 < end && class_of(at[1]) == CLASS_DIGIT) {
            *kind = TOKEN_PARAMETER;
            for (stop = at + 1; stop < end && class_of(*stop) == CLASS_DIGIT; stop++)
                ;
            return stop;
        }
        stop = dollar_end(at, end);
        *kind = stop ? TOKEN_STRING : TOKEN_OTHER;
        return stop ? stop : at + 1;
    default:
        if (*at == '.' && at + 1 < end && class_of(at[1]) == CLASS_DIGIT) {
            *kind = TOKEN_NUMBER;
            return number_end(at, end);
        }
        *kind = TOKEN_OTHER;
        return at + 1;
    }
}

static bool is_comment(const char *at, const char *end)
{
    return end - at >= 2 && ((at[0] == '-' && at[1] == '-') || (at[0] == '/' && at[1] == '*'));
}

/* Whether names that follow are made up for one run: SAVEPOINT s140_x1. */
static bool names_are_made_up(const char *at, size_t length)
{
    static const char *const words[] = {"savepoint", "release", "rollback", "declare",
                                        "fetch",     "move",    "close",    "deallocate"};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (is_word(at, length, words[i]))
            return true;
    }
    return false;
}

static uint64_t mix(uint64_t hash, const char *at, const char *end)
{
    for (; at < end; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3u;
    return (hash ^ 0xff) * 0x100000001b3u;
}

static bool is_control_word(const char *at, size_t length)
{
    return is_word(at, length, "to") || is_word(at, length, "savepoint") ||
           is_word(at, length, "transaction") || is_word(at, length, "work") ||
           is_word(at, length, "from") || is_word(at, length, "in") ||
           is_word(at, length, "next") || is_word(at, length, "forward") ||
           is_word(at, length, "all") || is_word(at, length, "release") ||
           is_word(at, length, "prepared") || is_word(at, length, "and") ||
           is_word(at, length, "chain") || is_word(at, length, "no");
}

void tokens_read(struct tokens *tokens, const char *text, size_t length)
{
    const char *at = text, *end = text + length;
    uint64_t hash = 0xcbf29ce484222325u;
    static const char name_mark[] = {5};
    bool spaced = false, made_up = false;

    g_array_set_size(tokens->all, 0);
    g_array_set_size(tokens->values, 0);
    g_array_set_size(tokens->comments, 0);
    while (at < end) {
        enum token_kind kind;
        if (class_of(*at) == CLASS_BLANK) {
            spaced = true;
            at++;
            continue;
        }
        const char *stop = is_comment(at, end) ? comment_end(at, end) : NULL;
        struct span span = {(uint32_t)(at - text), 0};
        if (stop) {
            span.end = (uint32_t)(stop - text);
            g_array_append_val(tokens->comments, span);
            spaced = true;
            at = stop;
            continue;
        }
        stop = token_end(at, end, &kind);
        span.end = (uint32_t)(stop - text);
        struct token token = {span, kind, spaced};
        bool name = made_up && (kind == TOKEN_QUOTED ||
                                (kind == TOKEN_WORD && !is_control_word(at, (size_t)(stop - at))));
        if (kind == TOKEN_WORD && tokens->all->len == 0)
            made_up = names_are_made_up(at, (size_t)(stop - at));
        if (token_is_value(&token)) {
            guint index = tokens->all->len;
            g_array_append_val(tokens->values, index);
            static const char marks[] = {
                [TOKEN_STRING] = 1, [TOKEN_NUMBER] = 2, [TOKEN_PARAMETER] = 3, [TOKEN_KEYWORD] = 4};
            hash = mix(hash, &marks[kind], &marks[kind] + 1);
            /* Which parameter it is belongs to the statement's shape. */
            if (kind == TOKEN_PARAMETER)
                hash = mix(hash, at, stop);
        } else if (name) {
            hash = mix(hash, name_mark, name_mark + 1);
            made_up = false;
        } else {
            hash = mix(hash, at, stop);
        }
        g_array_append_val(tokens->all, token);
        spaced = false;
        at = stop;
    }
    tokens->skeleton = hash;
}
