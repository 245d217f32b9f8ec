#include "sql/alike.h"

#include <string.h>

#include <glib.h>

#include "base/limits.h"

struct row {
    const struct statement *first;
    unsigned count;
};

void alike_finish(struct alike *alike)
{
    g_clear_pointer(&alike->rows, g_hash_table_unref);
}

/* ------------------------------------------------------------------ the shape of a text */

static bool is_name_part(char c)
{
    return g_ascii_isalnum(c) || c == '_' || (unsigned char)c >= 0x80;
}

static bool ends_value(const char *at, const char *end)
{
    while (at < end && g_ascii_isspace(*at))
        at++;
    return at < end && (*at == ',' || *at == ')');
}

/* Behind a number of up to nine digits, with or without a fraction; others are of other types. */
static const char *skip_number(const char *at, const char *end, char *class)
{
    const char *first = at;

    while (at < end && g_ascii_isdigit(*at))
        at++;
    *class = at < end && *at == '.' ? '%' : '#';
    if (at - first > 9)
        return NULL;
    if (*class == '%')
        for (at++; at < end && g_ascii_isdigit(*at);)
            at++;
    return ends_value(at, end) ? at : NULL;
}

/* Behind a string without a prefix; `at` is behind its opening quote. */
static const char *skip_string(const char *at, const char *end)
{
    for (; (at = memchr(at, '\'', (size_t)(end - at))); at += 2) {
        if (at + 1 == end || at[1] != '\'')
            return ends_value(at + 1, end) ? at + 1 : NULL;
    }
    return NULL;
}

/* Behind the value that begins here; `class` is its kind, a character that stands for itself in no
 * shape. NULL: it is no plain one. */
static const char *skip_value(const char *at, const char *end, char *class)
{
    *class = '\'';
    return *at == '\'' ? skip_string(at + 1, end) : skip_number(at, end, class);
}

static const char *skip_name(const char *at, const char *end)
{
    const char *after = at;

    if (*at == '"') {
        after = memchr(at + 1, '"', (size_t)(end - at - 1));
        return after ? after + 1 : NULL;
    }
    while (after < end && is_name_part(*after))
        after++;
    return after == end || *after != '\'' ? after : NULL; /* E'\n' */
}

static guint64 add(guint64 hash, const char *at, const char *end)
{
    for (; at < end; at++)
        hash = (hash ^ (unsigned char)*at) * 0x100000001b3;
    return hash;
}

/* What may stand between names and values. */
static bool is_punctuation(char c)
{
    switch (c) {
    case '(':
    case ')':
    case ',':
    case '.':
    case ' ':
    case '\t':
    case '\r':
    case '\n':
    case '-':
    case '\0':
        return true;
    default:
        return false;
    }
}

/* A number for the text of an INSERT of names and plain constants; 0: it has something else. */
static uintptr_t shape_of(const struct script *script, const struct statement *statement)
{
    const char *at = script->parseable + statement->span.start, *next;
    const char *end = script->parseable + statement->span.end;
    guint64 hash = 0xcbf29ce484222325;

    if (g_ascii_strncasecmp(at, "insert", strlen("insert")) != 0)
        return 0;
    for (; at < end; at = next) {
        char class;
        if (*at == '\'' || g_ascii_isdigit(*at)) {
            next = skip_value(at, end, &class);
            hash = add(hash, &class, &class + 1);
        } else {
            next = *at == '"' || is_name_part(*at) ? skip_name(at, end) : at + 1;
            if (next && next == at + 1 && !is_name_part(*at) &&
                (!is_punctuation(*at) || (*at == '-' && *next == '-')))
                return 0;
            hash = next ? add(hash, at, next) : 0;
        }
        if (!next)
            return 0;
    }
    return (uintptr_t)hash;
}

/* ------------------------------------------------------------------ what may be shared */

static bool is_constant(const struct operand *operand)
{
    return operand->kind == OPERAND_DEFAULT ||
           (operand->kind == OPERAND_CONSTANT && !operand->cast);
}

/* INSERT INTO t VALUES (1, 'a'), of which all is said by its shape. */
static bool is_row(const struct statement *statement)
{
    const struct query *query = statement->query;

    if (statement->kind != STATEMENT_QUERY || statement->flags & ~(unsigned)STATEMENT_SNAPSHOT ||
        statement_ending(statement) || query->kind != QUERY_INSERT || query->inner ||
        query->rest->calls || query->outputs || query->write->rows != 1 ||
        query->write->overriding || query->write->conflict != CONFLICT_ERROR)
        return false;
    for (const struct assignment *each = query->write->assignments; each; each = each->next) {
        if (!is_constant(&each->value))
            return false;
    }
    return true;
}

/* Whether what is said of rows before it goes for those behind it. The end of a transaction, a mode,
 * a definition or a command of psql may change what a row does. */
static bool keeps_rows(const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_QUERY:
    case STATEMENT_COPY:
    case STATEMENT_SAVEPOINT:
    case STATEMENT_RELEASE:
        return !(statement->flags & (STATEMENT_CONDITIONAL | STATEMENT_JOINED));
    default:
        return false;
    }
}

/* Files of parts, with placeholders, or put together from a log are not dumps; and with others in one
 * transaction, the constants of rows may be values that these have added to a type. */
static bool is_plain(const struct script *script)
{
    return !script->parts->next && script->placeholder_count == 0 && !script->origins &&
           !script->run_together;
}

/* Whether it adds, or may add, a value to a type, which rows in the same transaction may not have. */
static bool may_add_value(const struct statement *statement)
{
    return statement->flags & STATEMENT_ADDS_ENUM || statement->kind == STATEMENT_DO;
}

void alike_see(struct alike *alike, const struct script *script, const struct statement *statement)
{
    alike->never |= may_add_value(statement);
    if (alike->rows && !keeps_rows(statement))
        g_hash_table_remove_all(alike->rows);
    if (alike->never || !is_plain(script) || !is_row(statement))
        return;
    uintptr_t shape = shape_of(script, statement);
    if (shape == 0)
        return;
    if (!alike->rows)
        alike->rows = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    struct row *row = g_hash_table_lookup(alike->rows, (gpointer)shape);
    if (!row) {
        row = g_new0(struct row, 1);
        row->first = statement;
        g_hash_table_insert(alike->rows, (gpointer)shape, row);
    }
    row->count++;
}

bool alike_take(const struct alike *alike, const struct script *script, struct statement *statement)
{
    if (alike->never || !alike->rows || statement->flags)
        return false;
    uintptr_t shape = shape_of(script, statement);
    const struct row *row = shape ? g_hash_table_lookup(alike->rows, (gpointer)shape) : NULL;
    if (!row || row->count <= BULK_ALIKE)
        return false;
    struct statement own = *statement;
    *statement = *row->first;
    statement->next = own.next;
    statement->span = own.span;
    statement->flags |= STATEMENT_ALIKE;
    return true;
}
