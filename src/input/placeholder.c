/* Most of these characters are operators of PostgreSQL as well: "a ? 'key'", "a % b", "@ x",
 * "a[1:n]". What precedes decides: after an operand an operator is expected, everywhere else an
 * operand. Looking back is enough, no state is kept. */
#include "input/placeholder.h"

#include <string.h>

#include <glib.h>

#include "input/lexical.h"

static bool is_operator(char c)
{
    return c && strchr("+-*/<>=~!@#%^&|`?", c);
}

/* The last byte before `offset` that is not white space; 0 at the beginning. */
static uint32_t before_blanks(const struct script *script, uint32_t offset)
{
    while (offset > 0 && g_ascii_isspace(script->bytes[offset - 1]))
        offset--;
    return offset;
}

/* The word that ends at `end`. */
static struct span word_before(const struct script *script, uint32_t end)
{
    uint32_t start = end;

    while (start > 0 && is_name_part((unsigned char)script->bytes[start - 1]))
        start--;
    return (struct span){start, end};
}

static bool word_is_one_of(const struct script *script, struct span word, const char *const *words)
{
    size_t length = word.end - word.start;

    for (; *words; words++) {
        if (strlen(*words) == length &&
            g_ascii_strncasecmp(script->bytes + word.start, *words, length) == 0)
            return true;
    }
    return false;
}

/* Key words after which an expression may begin. */
static const char *const before_operand[] = {
    "all",      "and",   "any",       "as",       "between", "by",        "case",   "default",
    "distinct", "else",  "escape",    "except",   "fetch",   "filter",    "for",    "from",
    "having",   "ilike", "in",        "interval", "into",    "is",        "like",   "limit",
    "next",     "not",   "offset",    "on",       "or",      "returning", "select", "set",
    "similar",  "some",  "symmetric", "then",     "to",      "union",     "using",  "values",
    "when",     "where", "with",      NULL};

/* Key words after which the name of an object follows. */
static const char *const before_name[] = {
    "from",      "join",   "into",     "update",  "table",      "view",       "only",
    "exists",    "schema", "role",     "user",    "database",   "sequence",   "function",
    "procedure", "index",  "truncate", "trigger", "owner",      "references", "extension",
    "copy",      "call",   "type",     "domain",  "tablespace", NULL};

/* "=?" is what people write without a blank; "^?" and "@?" are operators of their own. */
static bool joins_operator(const struct script *script, uint32_t offset)
{
    static const char *const operators[] = {
        "=", "<", ">", "<=", ">=", "<>", "!=", "+", "-", "*", "/", "||", NULL};
    uint32_t start = offset;

    while (start > 0 && is_operator(script->bytes[start - 1]))
        start--;
    g_autofree char *before = g_strndup(script->bytes + start, offset - start);
    return *before && !g_strv_contains(operators, before);
}

static bool operand_expected(const struct script *script, uint32_t offset)
{
    uint32_t end = before_blanks(script, offset);

    if (end == 0)
        return true;
    char c = script->bytes[end - 1];
    if (is_name_part((unsigned char)c)) {
        struct span word = word_before(script, end);
        return word_is_one_of(script, word, before_operand) ||
               word_is_one_of(script, word, before_name);
    }
    return c != '\'' && c != '"' && c != ')' && c != ']' && c != '}' && c != '.';
}

/* No placeholder is longer: a line may be as long as the file, and full of braces. */
enum { LONGEST = 4096 };

/* Up to and with the closing text, on the same line; 0 when it does not follow. */
static uint32_t length_to(const struct script *script, uint32_t offset, const char *closing)
{
    const char *start = script->bytes + offset;
    const char *end = start + MIN(script->size - offset, (uint32_t)LONGEST);
    const char *line_end = memchr(start, '\n', (size_t)(end - start));
    const char *found =
        memmem(start, (size_t)((line_end ? line_end : end) - start), closing, strlen(closing));

    return found ? (uint32_t)(found + strlen(closing) - start) : 0;
}

static uint32_t name_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    uint32_t length = 0;

    if (!is_name_start((unsigned char)at[0]))
        return 0;
    while (is_name_part((unsigned char)at[length]) && at[length] != '$')
        length++;
    return length;
}

/* :name :'name' :"name" :{?name} */
static uint32_t variable_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    char before = offset > 0 ? at[-1] : '\0';

    if (before == ':')
        return 0;
    if (at[1] == '\'' || at[1] == '"') {
        uint32_t inner = name_length(script, offset + 2);
        return inner > 0 && at[2 + inner] == at[1] ? inner + 3 : 0;
    }
    if (at[1] == '{')
        return at[2] == '?' ? length_to(script, offset, "}") : 0;
    uint32_t length = name_length(script, offset + 1);
    if (length == 0)
        return 0;
    /* "a[lo:hi]" is a slice, "SELECT CASE x WHEN 1 THEN :y" is not. */
    if ((is_name_part((unsigned char)before) || before == ')' || before == ']') &&
        !operand_expected(script, offset))
        return 0;
    return length + 1;
}

uint32_t placeholder_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    char before = offset > 0 ? at[-1] : '\0';
    uint32_t length;

    switch (at[0]) {
    case ':':
        return variable_length(script, offset);
    case '?':
        return !is_operator(at[1]) && !joins_operator(script, offset) &&
                       operand_expected(script, offset)
                   ? 1
                   : 0;
    case '@':
        length = name_length(script, offset + 1);
        if (length > 0 && at[length + 1] == '@')
            return length + 2; /* @extschema@ of an extension script */
        return length > 0 && !is_operator(before) && operand_expected(script, offset) ? length + 1
                                                                                      : 0;
    case '%':
        if (!operand_expected(script, offset))
            return 0;
        if (at[1] == '(')
            return length_to(script, offset, ")s");
        return (at[1] == 's' || at[1] == 'd') && !is_name_part((unsigned char)at[2]) ? 2 : 0;
    case '$':
    case '#':
        return at[1] == '{' ? length_to(script, offset, "}") : 0;
    case '{':
        if (at[1] == '{')
            return length_to(script, offset, "}}");
        length = name_length(script, offset + 1);
        return length > 0 && at[1 + length] == '}' ? length + 2 : 0;
    default:
        return 0;
    }
}

bool placeholder_is_name(const struct script *script, struct span span)
{
    uint32_t end = before_blanks(script, span.start);

    if (script->bytes[span.start] == ':' && script->bytes[span.start + 1] == '"')
        return true;
    if (script->bytes[span.start] == '@' && script->bytes[span.end - 1] == '@')
        return true;
    if (script->bytes[span.end] == '.' || (end > 0 && script->bytes[end - 1] == '.'))
        return true;
    return end > 0 && word_is_one_of(script, word_before(script, end), before_name);
}
