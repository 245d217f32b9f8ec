#include "facts/script.h"

#include <string.h>

#include <glib.h>

#include "base/pattern.h"

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

bool syntax_error_follows_if(const struct script *script, const struct syntax_error *error)
{
    static const char *const words[] = {"IF ", "IF NOT "};

    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t length = strlen(words[i]);
        if (error->span.start >= length &&
            g_ascii_strncasecmp(script->bytes + error->span.start - length, words[i], length) == 0)
            return true;
    }
    return false;
}

/* Where the next line begins; NULL behind the last one. */
static const char *next_line(const struct script *script, const char *line)
{
    const char *found = memchr(line, '\n', (size_t)(script->bytes + script->size - line));

    return found ? found + 1 : NULL;
}

/* So many bytes of lines are searched for the one that is wanted. */
enum { UNMARKED = 1024 };

static void mark_lines(struct script *script)
{
    GArray *marks = g_array_new(FALSE, FALSE, sizeof(struct line_mark));
    const char *marked = NULL, *line = script->bytes, *next;

    for (; line; line = next) {
        next = next_line(script, line);
        const char *end = next ? next : script->bytes + script->size;
        if (!marked || end - marked > UNMARKED) {
            struct line_mark mark = {(uint32_t)(line - script->bytes), script->line_count};
            g_array_append_val(marks, mark);
            marked = line;
        }
        script->line_count++;
    }
    script->mark_count = marks->len;
    script->marks = g_memdup2(marks->data, marks->len * sizeof(struct line_mark));
    g_array_free(marks, TRUE);
}

static struct placeholder none; /* the placeholders of most scripts */

void script_take_placeholders(struct script *script, GArray *placeholders)
{
    bool any = placeholders && placeholders->len > 0;

    if (script->placeholders != &none)
        g_free(script->placeholders);
    script->placeholder_count = any ? placeholders->len : 0;
    script->placeholders = any ? (struct placeholder *)g_array_free(placeholders, FALSE) : &none;
    if (placeholders && !any)
        g_array_free(placeholders, TRUE);
}

struct script *script_new(const char *path, char *bytes, size_t size)
{
    enum { FACTS = 7 }; /* bytes of them for each byte of SQL */
    struct script *script = g_new0(struct script, 1);

    g_assert(size < UINT32_MAX);
    arena_expect(&script->arena, FACTS * size);
    script->path = arena_strdup(&script->arena, path);
    script->bytes = script->parseable = bytes;
    script->size = (uint32_t)size;
    script->placeholders = &none;
    script->linted = true;
    mark_lines(script);
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
    script_take_placeholders(script, NULL);
    g_free(script->marks);
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

bool script_comments_end_out(const struct script *script)
{
    const struct statement *last = NULL;

    for (const struct statement *each = script->statements; each; each = each->next) {
        if (each->kind != STATEMENT_QUERY || !each->query || each->query->kind != QUERY_SELECT)
            last = each;
    }
    return last && pattern_occurs("^\\s*--\\s*(COMMIT|ROLLBACK|END|ABORT)\\s*;",
                                  PATTERN_CASELESS | PATTERN_LINES, script->bytes + last->span.end);
}

/* The line that an offset is in, or this one, whichever comes first; `*number` counts from 0. */
static struct span find_line(const struct script *script, uint32_t offset, uint32_t line,
                             uint32_t *number)
{
    uint32_t low = 0, high = script->mark_count; /* its mark is in [low, high) */

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;
        if (script->marks[middle].offset <= offset && script->marks[middle].line <= line)
            low = middle;
        else
            high = middle;
    }
    struct line_mark after = high < script->mark_count
                                 ? script->marks[high]
                                 : (struct line_mark){script->size, script->line_count};
    struct span span = {.end = script->marks[low].offset};
    *number = script->marks[low].line;
    for (;; ++*number) {
        span.start = span.end;
        if (*number + 1 == after.line)
            span.end = after.offset;
        else
            span.end = (uint32_t)(next_line(script, script->bytes + span.start) - script->bytes);
        if (*number == line || offset < span.end || *number + 1 == after.line)
            return span;
    }
}

uint32_t script_line_number(const struct script *script, uint32_t offset)
{
    uint32_t number;

    find_line(script, offset, UINT32_MAX, &number);
    return number + 1;
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
    uint32_t number;
    uint32_t start = find_line(script, offset, UINT32_MAX, &number).start;

    /* A line may be as long as the file, so counting starts where the last question ended, in
     * either direction. */
    struct position position = {.line = number + 1, .column = 1, .column_utf16 = 1};
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

struct span script_whole_line(const struct script *script, uint32_t line)
{
    g_assert(line >= 1 && line <= script->line_count);

    return find_line(script, UINT32_MAX, line - 1, &(uint32_t){0});
}

struct span script_line(const struct script *script, uint32_t line)
{
    struct span span = script_whole_line(script, line);

    while (span.end > span.start &&
           (script->bytes[span.end - 1] == '\n' || script->bytes[span.end - 1] == '\r'))
        span.end--;
    return span;
}

bool script_is_sequence(const struct script *script)
{
    return script->directive_kinds & 1U << DIRECTIVE_SEQUENCE;
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

void script_outline(struct script *script)
{
    script->statement_count = script->statement_kinds = 0;
    script->change_kinds = 0;
    for (const struct statement *each = script->statements; each; each = each->next) {
        const struct change *change = each->kind == STATEMENT_DEFINE ? each->changes : NULL;
        script->statement_count += each->kind != STATEMENT_PSQL;
        script->statement_kinds |= UINT32_C(1) << each->kind;
        for (; change; change = change->next)
            script->change_kinds |= UINT64_C(1) << change->kind;
    }
}
