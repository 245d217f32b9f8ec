/* Most of these characters are operators of PostgreSQL as well: "a ? 'key'", "a % b", "@ x",
 * "a[1:n]". What precedes decides: after an operand an operator is expected, everywhere else an
 * operand. Looking back is enough, no state is kept. */
#include "input/placeholder.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"

static bool is_operator(char c)
{
    return c && strchr("+-*/<>=~!@#%^&|`?", c);
}

static bool is_line_end(char c)
{
    return c == '\n' || c == '\r';
}

/* Where the comment "-- …" begins that ends at `end`, the end of its line; else `end`. */
static uint32_t before_comment(const struct script *script, uint32_t end)
{
    uint32_t start = end, found = end;
    bool quotes = false;

    while (start > 0 && !is_line_end(script->bytes[start - 1]) && end - start < 1024)
        start--;
    for (uint32_t at = start; at < end && found == end; at++) {
        quotes ^= script->bytes[at] == '\'';
        if (!quotes && strncmp(script->bytes + at, "--", 2) == 0)
            found = at;
    }
    return found;
}

/* Behind the last byte before `offset` that is neither white space nor in a comment up to the end
 * of its line; 0 at the beginning. */
static uint32_t before_blanks(const struct script *script, uint32_t offset)
{
    while (offset > 0 && g_ascii_isspace(script->bytes[offset - 1])) {
        offset--;
        if (is_line_end(script->bytes[offset]))
            offset = before_comment(script, offset);
    }
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
    "when",     "where", "with",      "zone",     NULL};

/* Key words after which the name of an object follows. */
static const char *const before_name[] = {
    "from",      "join",    "into",     "update",  "table",      "view",       "only",
    "exists",    "schema",  "role",     "user",    "database",   "sequence",   "function",
    "procedure", "index",   "truncate", "trigger", "owner",      "references", "extension",
    "copy",      "call",    "type",     "domain",  "tablespace", "cluster",    "reindex",
    "vacuum",    "analyze", "analyse",  NULL};

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

static bool is_schema_part(char c)
{
    return is_name_part((unsigned char)c) || g_ascii_isspace(c) || c == '.' || c == '"';
}

/* Whether what ends at `end`, with a parenthesis, is OPERATOR(pg_catalog.=). */
static bool is_named_operator(const struct script *script, uint32_t end)
{
    static const char *const words[] = {"operator", NULL};
    uint32_t at = before_blanks(script, end - 1), sign = at;

    while (at > 0 && is_operator(script->bytes[at - 1]))
        at--;
    if (at == sign)
        return false;
    while (at > 0 && is_schema_part(script->bytes[at - 1]))
        at--;
    return at > 0 && script->bytes[at - 1] == '(' &&
           word_is_one_of(script, word_before(script, before_blanks(script, at - 1)), words);
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
    if (c == ')')
        return is_named_operator(script, end);
    return c != '\'' && c != '"' && c != ']' && c != '}' && c != '.';
}

/* No placeholder is longer: a line may be as long as the file, and full of braces. */
enum { LONGEST = 4096 };

/* Up to and with the closing text, with `lines` also on a later line; 0 when it does not follow. */
static uint32_t length_until(const struct script *script, uint32_t offset, const char *closing,
                             bool lines)
{
    const char *start = script->bytes + offset;
    const char *end = start + MIN(script->size - offset, (uint32_t)LONGEST);
    const char *line_end = lines ? NULL : memchr(start, '\n', (size_t)(end - start));
    const char *found =
        memmem(start, (size_t)((line_end ? line_end : end) - start), closing, strlen(closing));

    return found ? (uint32_t)(found + strlen(closing) - start) : 0;
}

static uint32_t length_to(const struct script *script, uint32_t offset, const char *closing)
{
    return length_until(script, offset, closing, false);
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

/* psql puts the text of :'dir''file' between the same quotes. */
static uint32_t joined_length(const struct script *script, uint32_t offset, uint32_t length)
{
    const char *at = script->bytes + offset;

    while (at[1] == '\'' && at[length] == '\'') {
        const char *end = memchr(at + length + 1, '\'', script->size - offset - length - 1);
        if (!end)
            break;
        length = (uint32_t)(end + 1 - at);
    }
    return length;
}

/* Whether a bracket is open, a short way back: what follows a colon is the end of a slice. */
static bool in_brackets(const struct script *script, uint32_t offset)
{
    enum { FAR = 256 };
    uint32_t stop = offset > FAR ? offset - FAR : 0;
    int depth = 0;

    while (offset-- > stop && script->bytes[offset] != ';') {
        depth += script->bytes[offset] == ']';
        depth -= script->bytes[offset] == '[';
        if (depth < 0)
            return true;
    }
    return false;
}

/* :name :'name' :"name" :{?name}, and :name! as PgTyped has it */
static uint32_t variable_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    char before = offset > 0 ? at[-1] : '\0';

    if (before == ':' && (offset < 2 || at[-2] != ':'))
        return 0; /* x:::type is a cast */
    if (at[1] == '\'' || at[1] == '"') {
        uint32_t inner = name_length(script, offset + 2);
        return inner > 0 && at[2 + inner] == at[1] ? joined_length(script, offset, inner + 3) : 0;
    }
    if (at[1] == '{')
        return at[2] == '?' ? length_to(script, offset, "}") : 0;
    uint32_t length = name_length(script, offset + 1);
    if (length == 0)
        return 0;
    /* "a[lo:hi]" is a slice, "SELECT CASE x WHEN 1 THEN :y" is not, nor is "CREATE TABLE t (a
     * int):options" */
    if (before == ')' && !in_brackets(script, offset))
        return length + 1;
    if ((is_name_part((unsigned char)before) || before == ')' || before == ']' || before == '\'' ||
         before == '"') &&
        !operand_expected(script, offset))
        return 0;
    return length + 1 + (at[length + 1] == '!' && !is_operator(at[length + 2]));
}

/* $1:csv of pg-promise, 0 for $1 alone; in a[$1:n] it is a bound. */
static uint32_t formatted_length(const struct script *script, uint32_t offset)
{
    static const char *const formats[] = {"csv", "list", "name", "alias", "raw", "json", "value"};
    const char *at = script->bytes + offset;
    uint32_t length = 1 + (uint32_t)strspn(at + 1, "0123456789"),
             end = before_blanks(script, offset);

    if (length == 1 || at[length] != ':' || (end > 0 && script->bytes[end - 1] == '['))
        return 0;
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        size_t format = strlen(formats[i]);
        if (strncmp(at + length + 1, formats[i], format) == 0 &&
            !is_name_part((unsigned char)at[length + 1 + format]))
            return length + 1 + (uint32_t)format;
    }
    return 0;
}

/* $[name], $<name>, $/a.b:csv/ of pg-promise; a$[1] is an element of an array. */
static uint32_t promise_length(const struct script *script, uint32_t offset)
{
    static const char open[] = "[</", close[] = "]>/";
    const char *at = script->bytes + offset, *kind = at[1] ? strchr(open, at[1]) : NULL;
    uint32_t length = 2;

    if (!kind || (offset > 0 && is_name_part((unsigned char)at[-1])))
        return 0;
    length += (uint32_t)strspn(at + length, " ");
    if (!is_name_start((unsigned char)at[length]))
        return 0;
    while (is_name_part((unsigned char)at[length]) || (at[length] && strchr(".:~^# ", at[length])))
        length++;
    return at[length] == close[kind - open] ? length + 1 : 0;
}

/* [[name]], and [[2m_name]], where no array is: ARRAY[[a]] and ARRAY[[[a]]] are some. */
static uint32_t bracketed_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    uint32_t length = 2 + (uint32_t)strspn(at + 2, "0123456789"),
             end = before_blanks(script, offset);
    uint32_t name = name_length(script, offset + length);

    length += name;
    return name > 0 && at[length] == ']' && at[length + 1] == ']' &&
                   operand_expected(script, offset) && (end == 0 || script->bytes[end - 1] != '[')
               ? length + 2
               : 0;
}

/* $%NAME%$ */
static uint32_t dollars_length(const struct script *script, uint32_t offset)
{
    uint32_t name = name_length(script, offset + 2);
    const char *behind = script->bytes + offset + 2 + name;

    return name > 0 && behind[0] == '%' && behind[1] == '$' ? name + 4 : 0;
}

/* {{ name }}, ${name}, $(name), $%name%$, #{name}, <%= name %>, [% name %]: no operator of PostgreSQL
 * looks like them. */
static uint32_t template_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;

    switch (at[0]) {
    case '{':
        if (at[1] == '{' && at[2] == '{')
            return length_until(script, offset, "}}}", true);
        return at[1] == '{' ? length_until(script, offset, "}}", true) : 0;
    case '$':
        if (at[1] == '(' && is_name_start((unsigned char)at[2]))
            return length_to(script, offset, ")");
        if (at[1] == '%')
            return dollars_length(script, offset);
        return at[1] == '{' ? length_to(script, offset, "}") : promise_length(script, offset);
    case '#':
        return at[1] == '{' ? length_to(script, offset, "}") : 0;
    case '[':
        if (at[1] == '[')
            return bracketed_length(script, offset);
        return at[1] == '%' ? length_until(script, offset, "%]", true) : 0;
    case '<':
        return at[1] == '%' && at[2] == '=' ? length_until(script, offset, "%>", true) : 0;
    default:
        return 0;
    }
}

enum {
    LONGEST_TAGGED = 16 * 1024
}; /* bytes: each of many tags that are never closed looks so far */

uint32_t placeholder_tag_length(const struct script *script, uint32_t offset, uint32_t *stop)
{
    const char *tag = script->bytes + offset;
    uint32_t name = tag[0] == '$' && tag[1] == '{' ? name_length(script, offset + 2) : 0;
    uint32_t length = name + strlen("${}$");

    if (name == 0 || tag[name + 2] != '}' || tag[name + 3] != '$')
        return 0;
    size_t rest = script->size - offset - length;
    const char *closing = memmem(tag + length, MIN(rest, LONGEST_TAGGED), tag, length);
    if (!closing)
        return 0;
    *stop = (uint32_t)(closing - script->bytes) + length;
    return length;
}

/* @extschema@, @extschema:name@ (manual, 38.17.2 Extension Relocatability), and what Makefiles put
 * in. */
static uint32_t extension_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    uint32_t length = name_length(script, offset + 1);

    if (length > 0 && at[length + 1] == ':')
        length += 1 + name_length(script, offset + length + 2);
    return length > 0 && at[length + 1] == '@' ? length + 2 : 0;
}

/* %I, %1$s: one conversion of printf() or format(), up to its letter. */
static uint32_t conversion_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset + 1;
    size_t digits = strspn(at, "0123456789");

    if (digits > 0 && at[digits] != '$')
        return 0;
    at += digits > 0 ? digits + 1 : 0;
    return *at && strchr("sdivqrIL", *at) && !is_name_part((unsigned char)at[1])
               ? (uint32_t)(at + 1 - script->bytes) - offset
               : 0;
}

/* %s %d %1$s %(name)s %name% %%name%% */
static uint32_t percent_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;

    if (at[1] == '%' && is_name_start((unsigned char)at[2]))
        return length_to(script, offset + 2, "%%") > 0 ? length_to(script, offset + 2, "%%") + 2
                                                       : 0;
    if (!operand_expected(script, offset))
        return 0;
    uint32_t name = name_length(script, offset + 1);
    if (name > 0 && at[name + 1] == '%')
        return name + 2;
    if (at[1] != '(')
        return conversion_length(script, offset);
    name = length_to(script, offset, ")");
    return name > 0 && at[name] && strchr("sdir", at[name]) ? name + 1 : 0;
}

/* {name}, {a.b}, {rows[0]}, {0}, {}, {name!r}, {x:>8}: a field of a format string. PostgreSQL has
 * no such braces outside of strings. */
static uint32_t field_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    uint32_t length = 1;

    while (is_name_part((unsigned char)at[length]) || (at[length] && strchr(".[]", at[length])))
        length++;
    if (at[length] == '!' || at[length] == ':')
        length += (uint32_t)strcspn(at + length, "{} \t\r\n;'\"");
    return at[length] == '}' ? length + 1 : 0;
}

/* sqlc.arg(name), sqlc.narg('name'), sqlc.slice(ids): what sqlc makes $1 of. */
static uint32_t sqlc_length(const struct script *script, uint32_t offset)
{
    static const char *const macros[] = {"sqlc.arg(", "sqlc.narg(", "sqlc.slice("};
    const char *at = script->bytes + offset;
    size_t i = 0;

    while (i < G_N_ELEMENTS(macros) && !g_str_has_prefix(at, macros[i]))
        i++;
    return i < G_N_ELEMENTS(macros) ? length_to(script, offset, ")") : 0;
}

uint32_t placeholder_length(const struct script *script, uint32_t offset)
{
    const char *at = script->bytes + offset;
    char before = offset > 0 ? at[-1] : '\0';
    uint32_t length = template_length(script, offset);

    if (length > 0)
        return length;
    switch (at[0]) {
    case ':':
        return variable_length(script, offset);
    case '?':
        return !is_operator(at[1]) && !joins_operator(script, offset) &&
                       operand_expected(script, offset)
                   ? 1
                   : 0;
    case '@':
        length = extension_length(script, offset);
        if (length > 0)
            return length;
        length = name_length(script, offset + 1);
        return length > 0 && (!is_operator(before) || before == '=') &&
                       operand_expected(script, offset)
                   ? length + 1
                   : 0;
    case '%':
        return percent_length(script, offset);
    case '$': /* a dollar quote is none */
        if (is_name_part((unsigned char)before))
            return 0;
        length = name_length(script, offset + 1);
        return length > 0 ? length + 1 : formatted_length(script, offset);
    case '{':
        return field_length(script, offset);
    case 's':
        return sqlc_length(script, offset);
    default:
        return 0;
    }
}

uint32_t placeholder_length_in_body(const struct script *script, uint32_t offset, bool quotes)
{
    const char *at = script->bytes + offset;
    uint32_t length = template_length(script, offset);

    if (length > 0)
        return at[0] == '#' && quotes ? 0 : length;
    if (at[0] == '@')
        return extension_length(script, offset);
    if (at[0] == '%' && at[1] == '%' && !quotes)
        return percent_length(script, offset);
    if (at[0] != ':' || (quotes && (at[1] == '\'' || at[1] == '"')))
        return 0;
    length = variable_length(script, offset);
    return quotes && at[length] != '.' ? 0 : length;
}

/* A template opens between the quotes: {{ x, {{.x, ${x, <%=, [% x */
static bool opens_template(const char *at)
{
    if (at[0] == '$' && at[1] == '{')
        return is_name_start((unsigned char)at[2]);
    if (at[0] == '<' && at[1] == '%')
        return at[2] == '=';
    if (at[0] == '[' && at[1] == '%')
        return at[2] == ' ' || at[2] == '-';
    if (at[0] != '{' || at[1] != '{')
        return false;
    at += at[2] == '-' ? 3 : 2;
    while (*at == ' ')
        at++;
    return is_name_start((unsigned char)*at) || (*at == '.' && is_name_start((unsigned char)at[1]));
}

uint32_t placeholder_length_quoted(const struct script *script, uint32_t offset)
{
    const char *start = script->bytes + offset, *at = start + 1;
    const char *end = start + MIN(script->size - offset, (uint32_t)LONGEST);
    const char *stops =
        *start == '"' ? "{<[$\"\n" : "{<[$'\n"; /* and what opens_template() knows */
    bool any = false;

    for (; (at += strcspn(at, stops)) < end && *at != '\n'; at++) {
        uint32_t length =
            opens_template(at) ? template_length(script, (uint32_t)(at - script->bytes)) : 0;
        /* '{{' || x || '}}' is none, nor is an array of arrays */
        if (length > 0 && !memmem(at, length, "||", 2) && !memmem(at, length, "},", 2)) {
            any = true;
            at += length - 1;
        } else if (*at == *start && at[1] == *start) {
            at++;
        } else if (*at == *start) {
            return any ? (uint32_t)(at + 1 - start) : 0;
        }
    }
    return 0;
}

enum filling placeholder_filling(const struct script *script, struct span span)
{
    const char *at = script->bytes + span.start;
    uint32_t end = before_blanks(script, span.start);

    if (*at == '"' || (at[0] == ':' && at[1] == '"') ||
        (at[0] == '@' && at[span.end - span.start - 1] == '@'))
        return FILLING_NAME;
    if (at[0] == ':' && at[1] == '\'' &&
        (const char *)memchr(at + 2, '\'', span.end - span.start) + 1 < script->bytes + span.end)
        return FILLING_STRING; /* it goes on: :'dir''file' */
    if (script->bytes[span.end] == '.' || (end > 0 && script->bytes[end - 1] == '.'))
        return FILLING_NAME;
    if (*at == '\'')
        return FILLING_VALUE;
    if (is_name_part((unsigned char)script->bytes[span.end]) ||
        (span.start > 0 && end == span.start && is_name_part((unsigned char)at[-1]) &&
         !word_is_one_of(script, word_before(script, end), before_operand)))
        return FILLING_NAME; /* a part of one: ${prefix}_users */
    return end > 0 && word_is_one_of(script, word_before(script, end), before_name) ? FILLING_NAME
                                                                                    : FILLING_VALUE;
}
