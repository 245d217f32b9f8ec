#include "facts/script.h"

#include <string.h>

#include <glib.h>

const char *script_kind_name(enum script_kind kind)
{
    static const char *const names[] = {
        [KIND_PROGRAM] = "program",
        [KIND_TEST] = "test",
        [KIND_UNINSTALL] = "uninstall",
        [KIND_RELEASED] = "released",
        [KIND_HISTORY] = "history",
        [KIND_FOREIGN] = "foreign",
        [KIND_INCLUDED] = "included by another file",
    };

    return names[kind];
}

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
    script->lines = g_renew(uint32_t, script->lines, script->line_count);
}

struct script *script_new(const char *path, char *bytes, size_t size)
{
    enum { FACTS = 6 }; /* bytes of them for each byte of SQL */
    struct script *script = g_new0(struct script, 1);

    g_assert(size < UINT32_MAX);
    arena_expect(&script->arena, FACTS * size);
    script->path = arena_strdup(&script->arena, path);
    script->bytes = script->parseable = bytes;
    script->size = (uint32_t)size;
    script->placeholders = g_new0(struct placeholder, 1); /* none: never NULL */
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
    g_free(script->stored);
    g_free(script->placeholders);
    g_free(script->lines);
    g_clear_pointer(&script->setters, g_ptr_array_unref);
    g_clear_pointer(&script->names, g_hash_table_unref);
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

bool script_placeholder_is_positional(const struct script *script,
                                      const struct placeholder *placeholder)
{
    const char *text = script->bytes + placeholder->span.start;
    uint32_t length = placeholder->span.end - placeholder->span.start;

    return text[0] == '?' || (length == 2 && (text[0] == '%' || strncmp(text, "{}", 2) == 0));
}

char *script_placeholder_text(const struct script *script, struct span span)
{
    const char *at = script->bytes + span.start, *end = script->bytes + span.end;
    GString *text = g_string_new(NULL);

    if (span.end - span.start > 3 && at[0] == ':' && at[1] == '"') { /* quoted by psql */
        g_string_append_printf(text, ":%.*s", (int)(end - at - 3), at + 2);
        return g_string_free(text, FALSE);
    }
    if (span.end - span.start > 2 && at[0] == '"') {
        at++;
        end--;
    }
    for (; at < end; at++) {
        bool blank = g_ascii_isspace(*at);
        char last = text->len > 0 ? text->str[text->len - 1] : '\0';
        char next = '\0';
        for (const char *ahead = at; blank && ahead < end && !next; ahead++)
            next = g_ascii_isspace(*ahead) ? '\0' : *ahead;
        if (!blank)
            g_string_append_c(text, *at);
        else if (last != '{' && last != ' ' && next != '}')
            g_string_append_c(text, ' ');
    }
    return g_string_free(text, FALSE);
}

/* The scanner keeps the first bytes of a name, so what tells two long ones apart must stand there.
 */
static void fill_name(const char *original, uint32_t length, char *at)
{
    enum { KEPT = 60, HASH = 8 };
    uint32_t from = 0;

    for (uint32_t i = 0; i < length; i++)
        at[i] = i > 0 && g_ascii_isalnum(original[i]) ? g_ascii_tolower(original[i]) : '_';
    if (length > KEPT) {
        g_autofree char *text = g_strndup(original, length);
        g_autofree char *hash = g_strdup_printf("_%08x", g_str_hash(text));
        memcpy(at, hash, HASH + 1);
        from = HASH;
    }
    uint32_t last = MIN(length, (uint32_t)KEPT) - 1;
    if (last > from && at[last] == '_')
        at[last] = '$'; /* no name that people give ends so */
}

/* $1 is a value wherever the grammar wants one; a single character can only be a digit. A name
 * keeps its letters, so that ${schema} becomes __schema$. */
void script_fill(const struct script *script, const struct placeholder *placeholder, char *at)
{
    const char *original = script->bytes + placeholder->span.start;
    uint32_t length = placeholder->span.end - placeholder->span.start;

    if (placeholder->filling == FILLING_NAME) {
        fill_name(original, length, at);
        return;
    }
    for (uint32_t i = 0; i < length; i++)
        at[i] = original[i] == '\n' ? '\n' : ' ';
    if (placeholder->filling == FILLING_NOTHING)
        return;
    if (placeholder->filling == FILLING_NUMBER || length == 1) {
        at[0] = placeholder->filling == FILLING_NUMBER ? '1' : '0';
    } else if (placeholder->filling == FILLING_QUERY) {
        memcpy(at, "SELECT", MIN(length, (uint32_t)strlen("SELECT")));
    } else if (placeholder->filling == FILLING_STRING) {
        at[0] = '\'';
        for (uint32_t i = 1; i + 1 < length; i++)
            at[i] = g_ascii_isalnum(original[i]) ? original[i] : '_';
        at[length - 1] = '\'';
    } else {
        memcpy(at, "$1", 2);
    }
}

void script_name(struct script *script, const char *read, size_t length, char *shown)
{
    enum { LONGEST_NAME = 63 };
    char *key = g_ascii_strdown(read, (gssize)MIN(length, (size_t)LONGEST_NAME));

    if (!script->names)
        script->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_hash_table_replace(script->names, key, shown);
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
        if (statement_psql(each))
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

const char *script_place(struct script *script, uint32_t offset, struct position *at)
{
    *at = script_position(script, offset);
    if (!script->origins)
        return script->path;
    const struct origin *origin = &script->origins[at->line - 1];
    at->line = origin->line;
    return origin->path;
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

/* What stands between two places of a line adds to the columns. */
static void add_columns(const struct script *script, uint32_t from, uint32_t to,
                        struct position *position)
{
    for (const char *at = script->bytes + from; at < script->bytes + to; position->column++)
        at = next_character(at, script->bytes + script->size, &position->column_utf16);
}

struct position script_position(struct script *script, uint32_t offset)
{
    offset = MIN(offset, script->size);
    uint32_t low = script_line_number(script, offset) - 1;

    /* A line may be as long as the file, so counting starts where the last question ended, in
     * either direction. */
    struct position position = {.line = low + 1, .column = 1, .column_utf16 = 1};
    uint32_t start = script->lines[low];
    bool known = script->cached.line == position.line;
    if (known && script->cached_offset > offset &&
        script->cached_offset - offset < offset - start) {
        struct position since = {0};
        add_columns(script, offset, script->cached_offset, &since);
        position.column = script->cached.column - since.column;
        position.column_utf16 = script->cached.column_utf16 - since.column_utf16;
        return position;
    }
    if (known && script->cached_offset <= offset) {
        position = script->cached;
        start = script->cached_offset;
    } else if (start == 0 && script->size >= 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0) {
        start = MIN(3, offset); /* a byte order mark is no column */
    }
    add_columns(script, start, offset, &position);
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

bool script_is_sequence(const struct script *script)
{
    const struct directive *directive = script->directives;

    while (directive && directive->kind != DIRECTIVE_SEQUENCE)
        directive = directive->next;
    return directive != NULL;
}

bool script_is_away(const struct script *script, const struct statement *statement)
{
    const struct away *each = script->away;

    while (each && each->end <= statement->span.start)
        each = each->next;
    return each && each->start <= statement->span.start;
}

struct statement **script_unfinished(struct script *script)
{
    return (struct statement **)&script->statements;
}

size_t script_statement_count(const struct script *script)
{
    size_t count = 0;

    for (const struct statement *statement = script->statements; statement;
         statement = statement->next)
        count += statement->kind != STATEMENT_PSQL;
    return count;
}
