#include "model/script.h"

#include <string.h>

#include <glib.h>

#include "model/transaction.h"

static void build_lines(struct script *script)
{
    uint32_t capacity = 64;
    const char *end = script->bytes + script->size;

    script->lines = g_new(uint32_t, capacity);
    script->lines[0] = 0;
    script->line_count = 1;
    for (const char *at = script->bytes; (at = memchr(at, '\n', (size_t)(end - at)));) {
        at++;
        if (script->line_count == capacity) {
            capacity *= 2;
            script->lines = g_renew(uint32_t, script->lines, capacity);
        }
        script->lines[script->line_count++] = (uint32_t)(at - script->bytes);
    }
}

struct script *script_new(const char *path, char *bytes, size_t size)
{
    struct script *script = g_new0(struct script, 1);

    g_assert(size < UINT32_MAX);
    script->path = arena_strdup(&script->arena, path);
    script->bytes = script->parseable = bytes;
    script->size = (uint32_t)size;
    script->linted = true;
    build_lines(script);
    return script;
}

void script_free(struct script *script)
{
    if (!script)
        return;
    if (script->parseable != script->bytes)
        g_free(script->parseable);
    g_free(script->bytes);
    g_free(script->placeholders);
    g_free(script->lines);
    g_clear_pointer(&script->setters, g_ptr_array_unref);
    arena_finish(&script->arena);
    g_free(script);
}

struct placeholder *script_placeholders_from(const struct script *script, uint32_t offset)
{
    size_t low = 0, high = script->placeholder_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (script->placeholders[middle].span.start < offset)
            low = middle + 1;
        else
            high = middle;
    }
    return script->placeholders + low;
}

struct placeholder *script_placeholder(const struct script *script, uint32_t offset)
{
    struct placeholder *found = script_placeholders_from(script, offset);

    if (found == script->placeholders + script->placeholder_count || found->span.start != offset)
        return NULL;
    return found;
}

bool script_placeholder_is_string(const struct script *script,
                                  const struct placeholder *placeholder)
{
    const char *original = script->bytes + placeholder->span.start;

    return original[0] == ':' && original[1] == '\'';
}

/* "$1" is a value wherever the grammar wants one; a single character can only be a digit. A name
 * keeps its letters, so that :"users" becomes "users" and ${schema} becomes __schema_; :'text' is
 * never a name, and becomes 'text'. */
void script_fill_placeholder(struct script *script, const struct placeholder *placeholder)
{
    const char *original = script->bytes + placeholder->span.start;
    char *at = script->parseable + placeholder->span.start;
    uint32_t length = placeholder->span.end - placeholder->span.start;

    if (placeholder->name && script_placeholder_is_string(script, placeholder)) {
        memmove(at, original + 1, length - 1);
        at[length - 1] = ' ';
    } else if (placeholder->name && length > 3 && original[0] == ':' && original[1] == '"') {
        at[0] = ' ';
        memcpy(at + 1, original + 1, length - 1);
    } else if (placeholder->name) {
        for (uint32_t i = 0; i < length; i++)
            at[i] = i > 0 && g_ascii_isalnum(original[i]) ? original[i] : '_';
    } else if (length == 1) {
        at[0] = '0';
    } else {
        memset(at, ' ', length);
        memcpy(at, "$1", 2);
    }
}

static bool has_parameters(const struct query *query)
{
    for (const struct column_use *use = query->uses; use; use = use->next) {
        if (use->variable && use->name[0] == '$')
            return true;
    }
    for (const struct query *inner = query->inner; inner; inner = inner->next) {
        if (has_parameters(inner))
            return true;
    }
    return false;
}

bool script_is_sent_by_program(const struct script *script)
{
    bool parameters = script->placeholder_count > 0;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind == STATEMENT_PSQL || each->ending)
            return false;
        parameters |= each->kind == STATEMENT_QUERY && each->query && has_parameters(each->query);
    }
    return parameters;
}

/* Advances over one character. What is no valid UTF-8 counts byte by byte. */
static const char *next_character(const char *at, const char *end, uint32_t *utf16)
{
    if ((unsigned char)*at < 0x80) {
        *utf16 += 1;
        return at + 1;
    }
    gunichar c = g_utf8_get_char_validated(at, end - at);
    if (c == (gunichar)-1 || c == (gunichar)-2) {
        *utf16 += 1;
        return at + 1;
    }
    *utf16 += c >= 0x10000 ? 2 : 1;
    return g_utf8_next_char(at);
}

uint32_t script_line_number(const struct script *script, uint32_t offset)
{
    uint32_t low = 0, high = script->line_count; /* the line is in [low, high) */

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (script->lines[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low + 1;
}

struct position script_position(struct script *script, uint32_t offset)
{
    offset = MIN(offset, script->size);
    uint32_t low = script_line_number(script, offset) - 1;

    /* A line may be as long as the file, so counting resumes where the last question ended. */
    struct position position = {.line = low + 1, .column = 1, .column_utf16 = 1};
    uint32_t start = script->lines[low];
    if (script->cached.line == position.line && script->cached_offset <= offset) {
        position = script->cached;
        start = script->cached_offset;
    } else if (start == 0 && script->size >= 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0) {
        start = MIN(3, offset); /* a byte order mark is no column */
    }
    for (const char *at = script->bytes + start; at < script->bytes + offset; position.column++)
        at = next_character(at, script->bytes + script->size, &position.column_utf16);
    script->cached = position;
    script->cached_offset = offset;
    return position;
}

struct span script_line(struct script *script, uint32_t line)
{
    g_assert(line >= 1 && line <= script->line_count);

    struct span span = {script->lines[line - 1],
                        line < script->line_count ? script->lines[line] : script->size};
    while (span.end > span.start &&
           (script->bytes[span.end - 1] == '\n' || script->bytes[span.end - 1] == '\r'))
        span.end--;
    return span;
}

size_t script_statement_count(const struct script *script)
{
    size_t count = 0;

    for (const struct statement *statement = script->statements; statement;
         statement = statement->next)
        count += statement->kind != STATEMENT_PSQL;
    return count;
}

size_t script_transaction_count(const struct script *script)
{
    size_t count = 0;

    for (const struct transaction *transaction = script->transactions; transaction;
         transaction = transaction->next)
        count++;
    return count;
}
