#include "grammar/scan.h"

#include <string.h>

static bool is_name_start(char c)
{
    return g_ascii_isalpha(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_name_part(char c)
{
    return is_name_start(c) || g_ascii_isdigit(c) || c == '$';
}

static bool is_operator(char c)
{
    return c != '\0' && strchr("+-*/<>=~!@#%^&|`?", c);
}

/* ------------------------------------------------------------------ what is skipped as a whole */

/* Block comments nest. */
static const char *block_comment_end(const char *at)
{
    unsigned depth = 1;

    for (at += 2; *at && depth > 0; at++) {
        if (at[0] == '/' && at[1] == '*')
            depth++, at++;
        else if (at[0] == '*' && at[1] == '/')
            depth--, at++;
    }
    return at;
}

/* The first byte that is neither white space nor in a comment. */
static const char *skip_blanks(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n\f\v");
        if (at[0] == '-' && at[1] == '-')
            at += strcspn(at, "\r\n");
        else if (at[0] == '/' && at[1] == '*')
            at = block_comment_end(at);
        else
            return at;
    }
}

/* Behind the closing quote; a doubled one, and with `escapes` one behind a backslash, is none. */
static const char *quote_end(const char *at, bool escapes)
{
    char quote = *at++;

    for (; *at; at++) {
        if (escapes && *at == '\\' && at[1])
            at++;
        else if (*at == quote && at[1] == quote)
            at++;
        else if (*at == quote)
            return at + 1;
    }
    return at;
}

/* Behind $tag$ … $tag$; NULL when it is no dollar quote. */
static const char *dollar_end(const char *at)
{
    const char *tag = at + 1;

    while (is_name_start(*tag) || (tag > at + 1 && g_ascii_isdigit(*tag)))
        tag++;
    if (*tag != '$')
        return NULL;
    g_autofree char *delimiter = g_strndup(at, (size_t)(tag + 1 - at));
    const char *closed = strstr(tag + 1, delimiter);
    return closed ? closed + strlen(delimiter) : tag + strlen(tag);
}

/* ------------------------------------------------------------------ tokens */

/* 1..10 is a number, "..", a number. */
static const char *number_end(const char *at)
{
    while (g_ascii_isalnum(*at) || *at == '_' || (*at == '.' && at[1] != '.'))
        at++;
    return at;
}

/* An operator ends before a comment, and in + or - only when it has a byte that no operator of
 * plain SQL has (manual, 4.1.3). */
static const char *operator_end(const char *at)
{
    const char *start = at, *end;
    bool free = false;

    if (strncmp(at, ":=", 2) == 0 || strncmp(at, "..", 2) == 0 || strncmp(at, "::", 2) == 0)
        return at + 2;
    for (end = at; is_operator(*end); end++) {
        if (strncmp(end, "--", 2) == 0 || strncmp(end, "/*", 2) == 0)
            break;
        free |= strchr("~!@#%^&|`?", *end) != NULL;
    }
    while (!free && end > start + 1 && (end[-1] == '+' || end[-1] == '-'))
        end--;
    return end > start ? end : start + 1;
}

static const char *word_end(const char *at, enum token_kind *kind)
{
    const char *end = at;

    while (is_name_part(*end))
        end++;
    *kind = TOKEN_WORD;
    if (*end == '\'' && end == at + 1 && strchr("eEbBxXnN", *at)) {
        *kind = TOKEN_STRING;
        return quote_end(end, *at == 'e' || *at == 'E');
    }
    return end;
}

static const char *token_end(const char *at, enum token_kind *kind)
{
    const char *end;

    if (is_name_start(*at))
        return word_end(at, kind);
    if (*at == '\'' || *at == '"') {
        *kind = *at == '"' ? TOKEN_QUOTED : TOKEN_STRING;
        return quote_end(at, false);
    }
    if (*at == '$' && (end = dollar_end(at))) {
        *kind = TOKEN_STRING;
        return end;
    }
    if (*at == '$' && g_ascii_isdigit(at[1])) {
        *kind = TOKEN_PARAMETER;
        return at + 1 + strspn(at + 1, "0123456789");
    }
    if (g_ascii_isdigit(*at)) {
        *kind = TOKEN_NUMBER;
        return number_end(at);
    }
    *kind = TOKEN_OPERATOR;
    return operator_end(at);
}

GArray *scan_tokens(const char *text)
{
    GArray *tokens = g_array_new(FALSE, FALSE, sizeof(struct token));
    const char *at = skip_blanks(text);
    struct token token;

    while (*at) {
        const char *end = token_end(at, &token.kind);
        token.start = (uint32_t)(at - text);
        token.end = (uint32_t)(end - text);
        g_array_append_val(tokens, token);
        at = skip_blanks(end);
    }
    token = (struct token){TOKEN_END, (uint32_t)(at - text), (uint32_t)(at - text)};
    g_array_append_val(tokens, token);
    return tokens;
}

bool token_is(const char *text, const struct token *token, const char *word)
{
    size_t length = strlen(word);

    if ((token->kind != TOKEN_WORD && token->kind != TOKEN_OPERATOR) ||
        token->end - token->start != length)
        return false;
    return g_ascii_strncasecmp(text + token->start, word, length) == 0;
}

/* ------------------------------------------------------------------ bodies between quotes */

/* A quote that is doubled, where it does not matter which of the two is blank. */
static char *undouble_until(char *at, const char *end)
{
    for (; at < end; at++) {
        if (at[0] == '\'' && at[1] == '\'')
            *++at = ' ';
    }
    return at;
}

/* The literal that opens with the doubled quote here: its quotes move inwards. */
static char *undouble_literal(char *at)
{
    at[0] = ' ';
    for (at += 2; *at; at++) {
        if (at[0] != '\'' || at[1] != '\'')
            continue;
        if (at[2] == '\'' && at[3] == '\'') { /* a quote in the literal */
            memcpy(at, "''  ", 4);
            at += 3;
            continue;
        }
        at[1] = ' ';
        return at + 2;
    }
    return at;
}

char *scan_undouble(const char *text, size_t length, bool quoted)
{
    char *copy = g_strndup(text, length);

    if (!quoted)
        return copy;
    for (char *at = copy; *at;) {
        if (at[0] == '-' && at[1] == '-')
            at = undouble_until(at, at + strcspn(at, "\r\n"));
        else if (at[0] == '/' && at[1] == '*')
            at = undouble_until(at, block_comment_end(at));
        else if (at[0] == '"')
            at = undouble_until(at, quote_end(at, false));
        else if (at[0] == '\'' && at[1] == '\'')
            at = undouble_literal(at);
        else
            at++;
    }
    return copy;
}
