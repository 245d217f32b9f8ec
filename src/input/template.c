/* A language is known by its braces, a block by its first word. */
#include "input/template.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"

/* A tag is not longer, nor is what one stands around; a file may be full of braces that nobody
 * closes. */
enum { LONGEST = 4096, FARTHEST = 65536 };

struct words {
    const char *const *open, *const *otherwise, *const *other;
};

static const char *const jinja_open[] = {
    "if",         "for",  "block",    "macro", "call",  "filter",          "raw", "with", "unless",
    "autoescape", "case", "snapshot", "test",  "trans", "materialization", NULL};
static const char *const jinja_else[] = {"else", "elif", "elsif", "elseif", "when", NULL};

static const char *const go_open[] = {"if", "range", "with", "block", "define", NULL};
static const char *const go_else[] = {"else", NULL};
static const char *const go_other[] = {"template", "break", "continue", "include", NULL};

static const char *const ruby_open[] = {"if", "unless", "for", "while", "case", "begin", NULL};
static const char *const ruby_else[] = {"else", "elsif", "when", "rescue", NULL};

/* Template Toolkit */
static const char *const toolkit_open[] = {"IF",     "UNLESS", "FOREACH", "FOR",     "WHILE",
                                           "SWITCH", "BLOCK",  "FILTER",  "WRAPPER", "MACRO",
                                           "TRY",    "PERL",   NULL};
static const char *const toolkit_else[] = {"ELSE", "ELSIF", "CASE", "CATCH", "FINAL", NULL};
static const char *const toolkit_other[] = {"SET",     "DEFAULT", "CALL",   "USE",   "META", "TAGS",
                                            "PROCESS", "INCLUDE", "INSERT", "NEXT",  "LAST", "STOP",
                                            "RETURN",  "VIEW",    "CLEAR",  "DEBUG", NULL};

static const char *const c_open[] = {"if", "ifdef", "ifndef", NULL};
static const char *const c_else[] = {"else", "elif", NULL};
static const char *const c_other[] = {"include", "define",  "undef", "pragma",
                                      "error",   "warning", "line",  NULL};

/* ------------------------------------------------------------------ words */

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (g_ascii_isspace(*at) || *at == '-' || *at == '~' || *at == '+'))
        at++;
    return at;
}

static char *first_word(const char *at, const char *end)
{
    const char *start = at;

    while (at < end && is_name_part((unsigned char)*at))
        at++;
    return g_strndup(start, (size_t)(at - start));
}

/* Whether the text of a tag says `word` somewhere. */
static bool has_word(const char *at, const char *end, const char *word)
{
    for (; at < end; at++) {
        if (is_name_start((unsigned char)*at)) {
            g_autofree char *each = first_word(at, end);
            if (strcmp(each, word) == 0)
                return true;
            at += strlen(each) - 1;
        }
    }
    return false;
}

/* ------------------------------------------------------------------ languages */

/* {% … %} of Jinja, Liquid, Twig; {%- … -%} */
static enum block jinja(const char *at, const char *end)
{
    at = skip_blanks(at, end);
    g_autofree char *word = first_word(at, end);

    if (g_str_has_prefix(word, "end"))
        return BLOCK_CLOSE;
    if (g_strv_contains(jinja_else, word))
        return BLOCK_ELSE;
    if (strcmp(word, "set") == 0)
        return memchr(at, '=', (size_t)(end - at)) ? BLOCK_OTHER : BLOCK_OPEN;
    return g_strv_contains(jinja_open, word) ? BLOCK_OPEN : BLOCK_OTHER;
}

/* {{ if … }} of Go, {{#if …}} of Handlebars; {{ name }} is a placeholder. */
static enum block braces(const char *at, const char *end)
{
    at = skip_blanks(at, end);
    if (at == end)
        return BLOCK_NONE;
    if (*at == '#' || *at == '^')
        return BLOCK_OPEN;
    if (*at == '/')
        return at + 1 < end && at[1] == '*' ? BLOCK_OTHER : BLOCK_CLOSE;
    if (*at == '!' || *at == '>')
        return BLOCK_OTHER;
    if (*at == '$' && memmem(at, (size_t)(end - at), ":=", 2))
        return BLOCK_OTHER;
    g_autofree char *word = first_word(at, end);
    const char *rest = skip_blanks(at + strlen(word), end);
    if (strcmp(word, "end") == 0 && rest == end)
        return BLOCK_CLOSE;
    if (g_strv_contains(go_else, word))
        return BLOCK_ELSE;
    if (rest == end || *rest == '.' || *rest == '(' || *rest == '|') {
        /* {{ if }} alone is no block, {{ range .Tables }} and {{ if (eq …) }} are */
        return rest < end && *rest != '|' && g_strv_contains(go_open, word) ? BLOCK_OPEN
                                                                            : BLOCK_NONE;
    }
    if (g_strv_contains(go_open, word))
        return BLOCK_OPEN;
    return g_strv_contains(go_other, word) ? BLOCK_OTHER : BLOCK_NONE;
}

/* <% … %> of ERB, EJS and their kin; <%= name %> is a placeholder. */
static enum block angles(const char *at, const char *end)
{
    if (at < end && (*at == '#' || *at == '@' || *at == '!'))
        return BLOCK_OTHER;
    if (at < end && *at == '=')
        return BLOCK_NONE;
    at = skip_blanks(at, end);
    g_autofree char *word = first_word(at, end);

    if (strcmp(word, "end") == 0 || (at < end && *at == '}'))
        return has_word(at, end, "else") ? BLOCK_ELSE : BLOCK_CLOSE;
    if (g_strv_contains(ruby_else, word))
        return BLOCK_ELSE;
    if (g_strv_contains(ruby_open, word) || has_word(at, end, "do"))
        return BLOCK_OPEN;
    while (end > at && g_ascii_isspace(end[-1]))
        end--;
    return end > at && end[-1] == '{' ? BLOCK_OPEN : BLOCK_OTHER;
}

/* [% IF … %] of Template Toolkit; [% name %], and what has its END in the same tag, is a placeholder. */
static enum block brackets(const char *at, const char *end)
{
    if (at < end && *at == '#')
        return BLOCK_OTHER;
    at = skip_blanks(at, end);
    g_autofree char *word = first_word(at, end);
    const char *rest = skip_blanks(at + strlen(word), end);

    if (strcmp(word, "END") == 0)
        return BLOCK_CLOSE;
    if (g_strv_contains(toolkit_else, word))
        return BLOCK_ELSE;
    if (g_strv_contains(toolkit_open, word))
        return has_word(at, end, "END") ? BLOCK_NONE : BLOCK_OPEN;
    bool sets = rest + 1 < end && rest[0] == '=' && rest[1] != '=';
    return sets || g_strv_contains(toolkit_other, word) ? BLOCK_OTHER : BLOCK_NONE;
}

static enum block directive(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t'))
        at++;
    g_autofree char *word = first_word(at, end);

    if (strcmp(word, "endif") == 0)
        return BLOCK_CLOSE;
    if (g_strv_contains(c_else, word))
        return BLOCK_ELSE;
    if (g_strv_contains(c_open, word))
        return BLOCK_OPEN;
    return g_strv_contains(c_other, word) ? BLOCK_OTHER : BLOCK_NONE;
}

/* ------------------------------------------------------------------ the text */

static bool begins_line(const struct script *script, uint32_t offset)
{
    while (offset > 0 && (script->bytes[offset - 1] == ' ' || script->bytes[offset - 1] == '\t'))
        offset--;
    return offset == 0 || script->bytes[offset - 1] == '\n';
}

/* A line of the preprocessor goes on behind a backslash at its end. */
static const char *directive_end(const char *at, const char *end)
{
    for (;;) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        if (!line)
            return end;
        const char *last = line > at && line[-1] == '\r' ? line - 1 : line;
        if (last == at || last[-1] != '\\')
            return last;
        at = line + 1;
    }
}

/* a <% b is an operator of pg_trgm: a tag stands where no operator can. */
static bool is_tag(const struct script *script, uint32_t offset)
{
    return script->bytes[offset + 2] != '%' && begins_line(script, offset);
}

enum block template_block(const struct script *script, uint32_t offset, uint32_t *length)
{
    const char *start = script->bytes + offset;
    const char *end = start + MIN(script->size - offset, (uint32_t)LONGEST), *closed = NULL;
    enum block block = BLOCK_NONE;

    if (start[0] == '#' && begins_line(script, offset)) {
        closed = directive_end(start, script->bytes + script->size);
        block = directive(start + 1, closed);
    } else if (start[0] == '{' && (start[1] == '%' || start[1] == '#')) {
        closed = memmem(start, (size_t)(end - start), start[1] == '%' ? "%}" : "#}", 2);
        if (closed)
            block = start[1] == '#' ? BLOCK_OTHER : jinja(start + 2, closed);
    } else if (start[0] == '{' && start[1] == '{' && start[2] != '{') {
        closed = memmem(start, (size_t)(end - start), "}}", 2);
        if (closed)
            block = braces(start + 2, closed);
    } else if (start[0] == '[' && start[1] == '%') {
        closed = memmem(start, (size_t)(end - start), "%]", 2);
        if (closed)
            block = brackets(start + 2, closed);
    } else if (start[0] == '<' && start[1] == '%' &&
               (start[2] == '-' || start[2] == '#' || is_tag(script, offset) ||
                g_ascii_isspace(start[2]))) {
        closed = memmem(start, (size_t)(end - start), "%>", 2);
        if (closed)
            block = angles(start + 2, closed);
        if (block == BLOCK_OTHER && !begins_line(script, offset) && start[2] != '#')
            block = BLOCK_NONE; /* a <% b OR c %> d */
    }
    *length =
        (uint32_t)(closed ? closed - start : 0) + (block != BLOCK_NONE && start[0] != '#') * 2;
    return block;
}

uint32_t template_end(const struct script *script, uint32_t offset)
{
    uint32_t at = offset, length, limit = offset + MIN(script->size - offset, (uint32_t)FARTHEST);
    unsigned depth = 0;

    for (; at < limit; at += MAX(length, 1U)) {
        length = 0;
        char c = script->bytes[at];
        if (c != '{' && c != '<' && c != '[' && c != '#')
            continue;
        enum block block = template_block(script, at, &length);
        if (block == BLOCK_NONE)
            length = 1;
        else if (block == BLOCK_OPEN)
            depth++;
        else if (block == BLOCK_CLOSE && depth-- == 0)
            return at + length;
    }
    return offset;
}
