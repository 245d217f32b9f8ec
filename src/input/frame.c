/* A scanner that knows just enough of PostgreSQL's lexical structure (manual, 4.1) and of psql's
 * (psqlscan.l, psqlscanslash.l) to tell where a statement ends: quotes, comments, dollar quotes,
 * parentheses, BEGIN ATOMIC … END bodies, backslash commands, and the data behind COPY FROM STDIN.
 * Everything else is the grammar's business. */
#include "input/frame.h"

#include <string.h>

#include <glib.h>

#include "input/directive.h"
#include "input/lexical.h"
#include "input/outline.h"
#include "input/placeholder.h"

struct framer {
    struct script *script;
    const char *at, *end;
    struct statement **last; /* where the next statement is linked */
    GArray *placeholders;
    struct outline outline;
    struct statement **group; /* where the first statement of one message is linked, or NULL */

    /* The statement being read. */
    const char *start; /* its first token, NULL between statements */
    const char *stop;  /* after its last token */
    unsigned words;    /* read so far */
    unsigned parentheses;
    unsigned atomic; /* depth of BEGIN ATOMIC and the CASEs in it */
    bool create;     /* begins with CREATE */
    bool routine;    /* CREATE [OR REPLACE] FUNCTION or PROCEDURE */
    bool rule;       /* CREATE [OR REPLACE] RULE: may have ";" in parentheses */
    bool copy;       /* begins with COPY */
    bool from;       /* the last word was FROM */
    bool copy_data;  /* COPY … FROM STDIN */
    bool no_data;    /* no line "\." follows */

    unsigned conditional; /* depth of \if */
};

static uint32_t offset_of(const struct framer *framer, const char *at)
{
    return (uint32_t)(at - framer->script->bytes);
}

/* ------------------------------------------------------------------ statements */

static void token(struct framer *framer, const char *start, const char *stop)
{
    if (!framer->start)
        framer->start = start;
    framer->stop = stop;
}

static struct statement *append(struct framer *framer, enum statement_kind kind, const char *start,
                                const char *stop)
{
    struct statement *statement = arena_new(&framer->script->arena, struct statement);

    statement->kind = kind;
    statement->span = (struct span){offset_of(framer, start), offset_of(framer, stop)};
    if (framer->conditional > 0)
        statement->flags |= STATEMENT_CONDITIONAL;
    *framer->last = statement;
    framer->last = &statement->next;
    return statement;
}

/* Returns the statement that ends here, or NULL when there is none. */
static struct statement *end_statement(struct framer *framer)
{
    struct statement *statement = NULL;

    if (framer->start)
        statement = append(framer, STATEMENT_UNREAD, framer->start, framer->stop);
    framer->start = framer->stop = NULL;
    framer->words = framer->parentheses = framer->atomic = 0;
    framer->create = framer->routine = framer->rule = false;
    framer->copy = framer->from = framer->copy_data = false;
    return statement;
}

/* ------------------------------------------------------------------ lexical structure */

static const char *line_end(const struct framer *framer, const char *at)
{
    const char *found = memchr(at, '\n', (size_t)(framer->end - at));

    return found ? found : framer->end;
}

/* Block comments nest. */
static const char *skip_comment(const struct framer *framer, const char *at)
{
    unsigned depth = 0;

    do {
        if (at[0] == '/' && at[1] == '*') {
            depth++;
            at += 2;
        } else if (at[0] == '*' && at[1] == '/') {
            depth--;
            at += 2;
        } else {
            at++;
        }
    } while (depth > 0 && at < framer->end);
    return MIN(at, framer->end);
}

/* `at` is behind the opening quote. */
static const char *skip_quoted(const struct framer *framer, const char *at, char quote,
                               bool backslashes)
{
    while (at < framer->end) {
        if (*at == '\\' && backslashes)
            at += 2;
        else if (*at != quote)
            at++;
        else if (at[1] == quote)
            at += 2;
        else
            return at + 1;
    }
    return framer->end;
}

/* A dollar quote that opens at `at`; NULL when none does. */
static const char *skip_dollar_quoted(const struct framer *framer, const char *at)
{
    const char *tag_end = at + 1;

    if (is_name_start((unsigned char)*tag_end)) {
        while (is_name_part((unsigned char)*tag_end) && *tag_end != '$')
            tag_end++;
    }
    if (*tag_end != '$')
        return NULL;
    size_t length = (size_t)(tag_end + 1 - at);
    const char *closing = memmem(tag_end + 1, (size_t)(framer->end - tag_end - 1), at, length);
    return closing ? closing + length : framer->end;
}

static bool word_is(const char *start, const char *stop, const char *word)
{
    size_t length = strlen(word);

    return (size_t)(stop - start) == length && g_ascii_strncasecmp(start, word, length) == 0;
}

/* Words decide two things: whether CREATE FUNCTION has an SQL-standard body, in which semicolons
 * end inner statements, and whether COPY is followed by data. */
static void read_word(struct framer *framer, const char *start, const char *stop)
{
    unsigned place = framer->words++;

    if (place == 0) {
        framer->create = word_is(start, stop, "create");
        framer->copy = word_is(start, stop, "copy");
    } else if (framer->create && place <= 3) {
        if (word_is(start, stop, "function") || word_is(start, stop, "procedure"))
            framer->routine = true;
        else if (word_is(start, stop, "rule"))
            framer->rule = true;
        else if (!word_is(start, stop, "or") && !word_is(start, stop, "replace"))
            framer->create = framer->routine || framer->rule;
    }
    if (framer->copy && framer->parentheses == 0) {
        if (framer->from && word_is(start, stop, "stdin"))
            framer->copy_data = true;
        framer->from = word_is(start, stop, "from");
    }
    if (framer->routine && framer->parentheses == 0) {
        if (word_is(start, stop, "begin"))
            framer->atomic++;
        else if (framer->atomic > 0 && word_is(start, stop, "case"))
            framer->atomic++;
        else if (framer->atomic > 0 && word_is(start, stop, "end"))
            framer->atomic--;
    }
}

/* ------------------------------------------------------------------ psql */

static void patch(struct framer *framer)
{
    struct script *script = framer->script;

    if (script->parseable == script->bytes)
        script->parseable = g_memdup2(script->bytes, (gsize)script->size + 1);
}

static void blank(struct framer *framer, const char *from, const char *to)
{
    patch(framer);
    for (const char *at = from; at < to; at++) {
        if (*at != '\n' && *at != '\r')
            framer->script->parseable[offset_of(framer, at)] = ' ';
    }
}

/* Data runs from the next line to a line "\.". Without such a line there is none: an application
 * sends it by other means. */
static const char *skip_copy_data(struct framer *framer, const char *at)
{
    const char *line = line_end(framer, at), *first = line;

    while (line < framer->end && !framer->no_data) {
        const char *start = line + 1;
        line = line_end(framer, start);
        const char *stop = line > start && line[-1] == '\r' ? line - 1 : line;
        if (stop - start == 2 && start[0] == '\\' && start[1] == '.')
            return line;
    }
    framer->no_data = true;
    return first == framer->end ? at : NULL;
}

static void end_at_semicolon(struct framer *framer)
{
    bool data = framer->copy_data;

    end_statement(framer);
    const char *after = data ? skip_copy_data(framer, framer->at) : NULL;
    if (after)
        framer->at = after;
}

/* Commands that send the statement in front of them. */
static bool command_sends(const char *command)
{
    static const char *const senders[] = {"g",     "gx",           "gset",  "gexec",
                                          "gdesc", "crosstabview", "watch", NULL};

    return g_strv_contains(senders, command);
}

static struct psql *read_command(struct framer *framer, const char *name, const char *name_end)
{
    struct arena *arena = &framer->script->arena;
    struct psql *psql = arena_new(arena, struct psql);
    const char *stop = line_end(framer, name_end), *next = name_end;
    bool whole_line;

    psql->command = arena_strndup(arena, name, (size_t)(name_end - name));
    whole_line = strcmp(psql->command, "copy") == 0 || strcmp(psql->command, "!") == 0;

    /* Another command may follow on the line; pgbench continues a line with a backslash. */
    for (char quote = '\0'; !whole_line && next < stop; next++) {
        if (quote) {
            quote = *next == quote ? '\0' : quote;
        } else if (*next == '\'' || *next == '"' || *next == '`') {
            quote = *next;
        } else if (*next == '\\') {
            const char *rest = next + 1;
            while (rest < stop && (*rest == ' ' || *rest == '\r'))
                rest++;
            if (rest < stop) {
                stop = next;
                break;
            }
            stop = line_end(framer, MIN(stop + 1, framer->end));
        }
    }
    framer->at = stop;

    while (name_end < stop && g_ascii_isspace(*name_end))
        name_end++;
    while (stop > name_end && g_ascii_isspace(stop[-1]))
        stop--;
    psql->arguments = arena_strndup(arena, name_end, (size_t)(stop - name_end));
    return psql;
}

static void track_conditional(struct framer *framer, const char *command)
{
    if (strcmp(command, "if") == 0)
        framer->conditional++;
    else if (strcmp(command, "endif") == 0 && framer->conditional > 0)
        framer->conditional--;
}

static bool copies_from_stdin(const struct psql *psql)
{
    if (strcmp(psql->command, "copy") != 0)
        return false;
    g_autofree char *lower = g_ascii_strdown(psql->arguments, -1);
    const char *from = strstr(lower, " from ");
    if (!from)
        return false;
    from += strlen(" from ");
    while (*from == ' ')
        from++;
    return g_str_has_prefix(from, "stdin") || g_str_has_prefix(from, "pstdin");
}

/* framer->at is at the backslash. */
static void read_backslash(struct framer *framer)
{
    const char *start = framer->at, *name = start + 1, *name_end = name;

    if (name < framer->end && *name == ';') {
        framer->at = name + 1;
        struct statement *statement = end_statement(framer);
        if (statement)
            statement->flags |= STATEMENT_JOINED;
        return;
    }
    while (name_end < framer->end &&
           (g_ascii_isalnum(*name_end) || *name_end == '_' || *name_end == '+'))
        name_end++;
    if (name_end == name && name_end < framer->end && !g_ascii_isspace(*name_end))
        name_end++; /* \! \? \. \\ */

    struct psql *psql = read_command(framer, name, name_end);
    if (framer->start && command_sends(psql->command)) {
        end_statement(framer)->ending = psql;
        return;
    }
    if (strcmp(psql->command, "r") == 0 || strcmp(psql->command, "reset") == 0) {
        framer->start = NULL;
        end_statement(framer);
        return;
    }
    if (framer->start) /* a command amid a statement is not sent with it */
        blank(framer, start, framer->at);
    append(framer, STATEMENT_PSQL, start, framer->at)->psql = psql;
    track_conditional(framer, psql->command);
    const char *data_end = copies_from_stdin(psql) ? skip_copy_data(framer, framer->at) : NULL;
    if (data_end)
        framer->at = data_end;
}

/* ------------------------------------------------------------------ the scan */

/* {{ template "lock" . }} on a line between statements is none itself. */
static bool is_template_line(const struct framer *framer, uint32_t length)
{
    const char *stop = framer->at + length;

    if (framer->start || framer->at[0] != '{')
        return false;
    while (stop < framer->end && (*stop == ' ' || *stop == '\t' || *stop == '\r'))
        stop++;
    return stop == framer->end || *stop == '\n';
}

static bool read_placeholder(struct framer *framer)
{
    uint32_t offset = offset_of(framer, framer->at);
    uint32_t length = placeholder_length(framer->script, offset);

    if (length == 0)
        return false;
    if (is_template_line(framer, length)) {
        framer->at += length;
        return true;
    }
    struct placeholder placeholder = {.span = {offset, offset + length}};
    placeholder.name = placeholder_is_name(framer->script, placeholder.span);
    patch(framer);
    script_fill_placeholder(framer->script, &placeholder);
    g_array_append_val(framer->placeholders, placeholder);
    token(framer, framer->at, framer->at + length);
    framer->at += length;
    return true;
}

static void read_quoted(struct framer *framer, char quote, bool backslashes)
{
    const char *start = framer->at;

    framer->at = skip_quoted(framer, start + 1, quote, backslashes);
    token(framer, start, framer->at);
}

static void read_name(struct framer *framer)
{
    const char *start = framer->at, *stop = start;

    while (stop < framer->end && is_name_part((unsigned char)*stop))
        stop++;
    framer->at = stop;
    token(framer, start, stop);
    if (*stop == '\'' && stop - start == 1) /* E'…', B'…', X'…', N'…' */
        read_quoted(framer, '\'', *start == 'E' || *start == 'e');
    else
        read_word(framer, start, stop);
}

/* ------------------------------------------------------------------ comments of tools */

/* The statements of a group are one message. */
static void end_group(struct framer *framer)
{
    for (struct statement *each = framer->group ? *framer->group : NULL; each && each->next;
         each = each->next)
        each->flags |= STATEMENT_JOINED;
    framer->group = NULL;
}

/* Of a comment that may say something to a tool; the scan goes on behind it, or in it. */
static void read_comment(struct framer *framer, const char *stop)
{
    struct span span = {offset_of(framer, framer->at), offset_of(framer, stop)};
    uint32_t text = span.end;

    framer->outline.nested = framer->parentheses > 0 || framer->atomic > 0;
    enum marker marker = outline_comment(&framer->outline, span, &text);

    framer->at = stop;
    if (marker == MARKER_NONE)
        return;
    if (marker != MARKER_MORE_TEXT)
        end_statement(framer);
    if (marker == MARKER_GROUP_BEGIN)
        framer->group = framer->last;
    else if (marker == MARKER_GROUP_END)
        end_group(framer);
    if (marker != MARKER_TEXT && marker != MARKER_MORE_TEXT)
        return;
    framer->at = framer->script->bytes + text;
    blank(framer, framer->script->bytes + span.start, framer->at);
}

/* Whether what stands here is the end of a rollback comment or of a statement, and no SQL. */
static bool leaves_text(struct framer *framer)
{
    const char *at = framer->at;
    const char *delimiter = framer->outline.delimiter;
    uint32_t end = framer->outline.text_end;

    if (end > 0 && offset_of(framer, at) >= end && !g_ascii_isspace(*at) &&
        strncmp(at, "--", 2) != 0) {
        end_statement(framer);
        outline_resume(&framer->outline, end);
        framer->at += strncmp(at, "*/", 2) == 0 ? 2 : 0;
        return true;
    }
    size_t length = delimiter ? strlen(delimiter) : 0;
    if (length > 0 && strncmp(at, delimiter, length) == 0 &&
        (at[length] == '\0' || g_ascii_isspace(at[length]))) {
        end_statement(framer);
        framer->at += length;
        return true;
    }
    return false;
}

static void scan(struct framer *framer)
{
    while (framer->at < framer->end) {
        if (leaves_text(framer))
            continue;
        const char *at = framer->at;
        unsigned char c = (unsigned char)*at;
        const char *quoted;

        if (is_name_start(c)) {
            read_name(framer);
            continue;
        }
        switch (c) {
        case ' ':
        case '\t':
        case '\n':
        case '\r':
        case '\f':
        case '\v':
            framer->at++;
            continue;
        case '-':
            if (at[1] == '-') {
                read_comment(framer, line_end(framer, at));
                continue;
            }
            break;
        case '/':
            if (at[1] == '*') {
                read_comment(framer, skip_comment(framer, at));
                continue;
            }
            break;
        case '\'':
        case '"':
            read_quoted(framer, (char)c, false);
            continue;
        case '$':
            if ((quoted = skip_dollar_quoted(framer, at))) {
                framer->at = quoted;
                token(framer, at, quoted);
                continue;
            }
            if (read_placeholder(framer))
                continue;
            break;
        case ':':
            if (at[1] == ':' || at[1] == '=') {
                token(framer, at, at + 2);
                framer->at += 2;
                continue;
            }
            if (read_placeholder(framer))
                continue;
            break;
        case '?':
        case '@':
        case '%':
        case '#':
        case '{':
            if (read_placeholder(framer))
                continue;
            break;
        case '(':
            framer->parentheses++;
            break;
        case ')':
            if (framer->parentheses > 0)
                framer->parentheses--;
            break;
        case ';':
            framer->at++;
            if (framer->atomic == 0 && (framer->parentheses == 0 || !framer->rule))
                end_at_semicolon(framer);
            else
                token(framer, at, at + 1);
            continue;
        case '\\':
            read_backslash(framer);
            continue;
        default:
            break;
        }
        framer->at++;
        token(framer, at, at + 1);
    }
    end_statement(framer);
}

void frame_script(struct script *script)
{
    struct framer framer = {
        .script = script,
        .at = script->bytes,
        .end = script->bytes + script->size,
        .last = &script->statements,
        .placeholders = g_array_sized_new(FALSE, FALSE, sizeof(struct placeholder), 1),
    };

    if (script->size >= 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0)
        framer.at += 3; /* byte order mark */
    outline_begin(&framer.outline, script);
    scan(&framer);
    outline_end(&framer.outline);
    script->placeholder_count = framer.placeholders->len;
    script->placeholders = (struct placeholder *)g_array_free(framer.placeholders, FALSE);
    directive_collect(script);
}
