/* A scanner that knows just enough of PostgreSQL's lexical structure (manual, 4.1) and of psql's
 * (psqlscan.l, psqlscanslash.l) to tell where a statement ends: quotes, comments, dollar quotes,
 * parentheses, BEGIN ATOMIC … END bodies, backslash commands, and the data behind COPY FROM STDIN.
 * Everything else is the grammar's business. */
#include "input/frame.h"

#include <string.h>

#include <glib.h>

#include "base/lexical.h"
#include "input/directive.h"
#include "input/framer.h"
#include "input/placeholder.h"
#include "input/template.h"

/* ------------------------------------------------------------------ statements */

static void token(struct framer *framer, const char *start, const char *stop)
{
    if (!framer->start)
        framer->start = start;
    framer->stop = stop;
}

static void put(struct framer *framer, struct statement *statement, enum statement_kind kind,
                const char *start, const char *stop)
{
    statement->kind = kind;
    statement->span = (struct span){offset_of(framer, start), offset_of(framer, stop)};
    if (framer->conditional > 0)
        statement->flags |= STATEMENT_CONDITIONAL;
    *framer->last = statement;
    framer->last = &statement->next;
}

struct statement *append(struct framer *framer, enum statement_kind kind, const char *start,
                         const char *stop)
{
    struct statement *statement = arena_new(&framer->script->arena, struct statement);

    put(framer, statement, kind, start, stop);
    return statement;
}

static void begin_next(struct framer *framer)
{
    framer->start = framer->stop = NULL;
    framer->words = framer->parentheses = framer->atomic = 0;
    framer->create = framer->routine = framer->block = framer->rule = false;
    framer->copy = framer->from = framer->copy_data = false;
}

struct statement *end_statement(struct framer *framer)
{
    struct statement *statement = NULL;

    if (framer->start)
        statement = append(framer, STATEMENT_UNREAD, framer->start, framer->stop);
    begin_next(framer);
    return statement;
}

void end_statement_with(struct framer *framer, const struct psql *ending)
{
    struct ended_statement *ended = arena_new(&framer->script->arena, struct ended_statement);

    ended->ending = ending;
    put(framer, &ended->statement, STATEMENT_UNREAD, framer->start, framer->stop);
    ended->statement.flags |= STATEMENT_ENDED;
    begin_next(framer);
}

/* ------------------------------------------------------------------ lexical structure */

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
    return depth > 0 ? NULL : at;
}

/* The server refuses what follows as well, because there is nothing. */
static const char *leave_open(struct framer *framer, const char *at)
{
    struct syntax_error *error = arena_new(&framer->script->arena, struct syntax_error);
    uint32_t start = offset_of(framer, at);

    error->message = "unterminated /* comment";
    error->span = (struct span){start, start + 2};
    error->next = framer->script->errors;
    framer->script->errors = error;
    return framer->end;
}

/* `at` is behind the opening quote. */
static const char *skip_quoted(const struct framer *framer, const char *at, char quote,
                               bool backslashes)
{
    while (at < framer->end) {
        if (!backslashes && !(at = memchr(at, quote, (size_t)(framer->end - at))))
            break;
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

enum { LAST_TELLING = 3 }; /* the place of the word that says what is created, at most */

/* Words decide two things: whether CREATE FUNCTION has an SQL-standard body, in which semicolons
 * end inner statements, and whether COPY is followed by data. */
static void read_word(struct framer *framer, const char *start, const char *stop)
{
    unsigned place = framer->words++;

    if (place > LAST_TELLING && !framer->copy && !framer->routine)
        return;
    if (place == 0) {
        framer->create = word_is(start, stop, "create");
        framer->copy = word_is(start, stop, "copy");
        framer->block = word_is(start, stop, "do");
    } else if (framer->create && place <= LAST_TELLING) {
        if (word_is(start, stop, "function") || word_is(start, stop, "procedure"))
            framer->routine = true;
        else if (word_is(start, stop, "rule"))
            framer->rule = true;
        else if (!word_is(start, stop, "or") && !word_is(start, stop, "replace"))
            framer->create = framer->routine || framer->rule;
    }
    if (framer->copy && framer->parentheses == 0) {
        framer->copy_data |=
            framer->from && (word_is(start, stop, "stdin") || word_is(start, stop, "stdout"));
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

void blank(struct framer *framer, const char *from, const char *to)
{
    filler_blank(&framer->filler, offset_of(framer, from), offset_of(framer, to));
}

const char *skip_copy_data(struct framer *framer, const char *at)
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
    framer->copies += framer->copy_data;
    end_statement(framer);
}

/* psql sends a COPY when it has read the semicolon, the data from the next line on, and then what else
 * the line has, which may be the beginning of a statement. */
static void end_line(struct framer *framer)
{
    const char *line = framer->at;

    for (; framer->copies > 0; framer->copies--) {
        const char *after = skip_copy_data(framer, line);
        line = after ? after : line;
    }
    if (framer->start)
        blank(framer, framer->at, line);
    framer->at = MIN(line + 1, framer->end);
}

/* ------------------------------------------------------------------ the scan */

/* {{ config() }} on a line between statements is none itself. */
static bool is_template_line(const struct framer *framer, uint32_t length)
{
    const char *stop = framer->at + length;

    if (framer->start || !strchr("{<[", framer->at[0]))
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
    if (!is_template_line(framer, length)) {
        filler_add(&framer->filler, (struct span){offset, offset + length});
        token(framer, framer->at, framer->at + length);
    }
    framer->at += length;
    return true;
}

/* What a template puts around statements, or parts of one. */
static bool read_block(struct framer *framer)
{
    uint32_t start = offset_of(framer, framer->at), length;
    enum block block = template_block(framer->script, start, &length);

    if (block == BLOCK_NONE)
        return false;
    uint32_t end = start + length;
    if (framer->start) {
        end = filler_add_block(&framer->filler, block, (struct span){start, end});
        token(framer, framer->at, framer->script->bytes + end);
    }
    if (block == BLOCK_OPEN)
        framer->conditional++;
    else if ((block == BLOCK_CLOSE || end > start + length) && framer->conditional > 0)
        framer->conditional--;
    framer->at = framer->script->bytes + end;
    return true;
}

/* A literal between dollars, of which the first `tag` bytes open it, is the body of a routine, or text. */
static void read_dollar_quoted(struct framer *framer, uint32_t tag, const char *stop)
{
    if (framer->routine || framer->block)
        filler_body(&framer->filler,
                    (struct span){offset_of(framer, framer->at) + tag, offset_of(framer, stop)});
    token(framer, framer->at, stop);
    framer->at = stop;
}

/* The same with a tag that a template puts in. */
static bool read_tagged(struct framer *framer)
{
    uint32_t start = offset_of(framer, framer->at), stop;
    uint32_t length = placeholder_tag_length(framer->script, start, &stop);

    if (length == 0)
        return false;
    filler_add_tag(&framer->filler, (struct span){start, stop}, length);
    read_dollar_quoted(framer, length, framer->script->bytes + stop);
    return true;
}

static void read_quoted(struct framer *framer, char quote, bool backslashes)
{
    const char *start = framer->at;
    bool body = quote == '\'' && (framer->routine || framer->block);
    uint32_t offset = offset_of(framer, start);
    uint32_t length = body || backslashes ? 0 : placeholder_length_quoted(framer->script, offset);

    framer->at = length > 0 ? start + length : skip_quoted(framer, start + 1, quote, backslashes);
    if (length > 0)
        filler_add(&framer->filler, (struct span){offset, offset + length});
    else if (body)
        filler_body(&framer->filler, (struct span){offset + 1, offset_of(framer, framer->at)});
    token(framer, start, framer->at);
}

static void read_name(struct framer *framer)
{
    const char *start = framer->at, *stop = start;

    for (;; stop++) {
        while (name_bytes[(unsigned char)*stop] & NAME_PLAIN)
            stop++;
        if (*stop != '$' || stop[1] == '{' || stop[1] == '(')
            break;
    }
    framer->at = stop;
    token(framer, start, stop);
    if (*stop == '\'' && stop - start == 1) /* E'…', B'…', X'…', N'…' */
        read_quoted(framer, '\'', *start == 'E' || *start == 'e');
    else
        read_word(framer, start, stop);
}

/* Numbers and operators, which decide nothing. `alone`: the next byte may be the end of what a tool
 * reads. */
static void read_plain(struct framer *framer, bool alone)
{
    const char *start = framer->at, *stop = start + 1;

    while (!alone && name_bytes[(unsigned char)*stop] & NEVER_SPECIAL)
        stop++;
    framer->at = stop;
    token(framer, start, stop);
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

static void skip_blanks(struct framer *framer)
{
    while (*framer->at == ' ')
        framer->at++;
}

/* Whether something other than ";" and the end of the file ends what a tool reads: comments say so. */
static bool has_end(const struct framer *framer)
{
    return framer->outline.text_end > 0 || framer->outline.delimiter;
}

static void scan(struct framer *framer)
{
    bool ends = has_end(framer);

    while (framer->at < framer->end) {
        if (ends && leaves_text(framer)) {
            ends = has_end(framer);
            continue;
        }
        const char *at = framer->at;
        unsigned char c = (unsigned char)*at;
        const char *quoted;

        if (name_bytes[c] & (NAME_START | NEVER_SPECIAL)) {
            if (c == 's' && at[1] == 'q' && read_placeholder(framer))
                continue;
            if (is_name_start(c))
                read_name(framer);
            else
                read_plain(framer, ends);
            skip_blanks(framer);
            continue;
        }
        switch (c) {
        case '\n':
            end_line(framer);
            skip_blanks(framer);
            continue;
        case ' ':
        case '\t':
        case '\r':
        case '\f':
        case '\v':
            framer->at++;
            continue;
        case '-':
            if (at[1] == '-') {
                read_comment(framer, line_comment_end(at, framer->end));
                ends = has_end(framer);
                continue;
            }
            break;
        case '/':
            if (at[1] == '*') {
                const char *after = skip_comment(framer, at);
                read_comment(framer, after ? after : leave_open(framer, at));
                ends = has_end(framer);
                continue;
            }
            break;
        case '\'':
        case '"':
            read_quoted(framer, (char)c, false);
            continue;
        case '$':
            if ((quoted = skip_dollar_quoted(framer, at))) {
                read_dollar_quoted(framer, (uint32_t)strcspn(at + 1, "$") + 2, quoted);
                continue;
            }
            if (read_tagged(framer) || read_placeholder(framer))
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
        case '<':
        case '[':
            if (read_block(framer) || read_placeholder(framer))
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

static bool is_rule(const char *line, const char *end)
{
    return end - line >= 3 && memcmp(line, "---", 3) == 0;
}

/* title: … */
static bool is_entry(const char *line, const char *end)
{
    const char *at = line;

    while (at < end && is_name_part((unsigned char)*at))
        at++;
    return at > line && at < end && *at == ':' && (at + 1 == end || g_ascii_isspace(at[1]));
}

/* YAML between two lines of "---" before the first statement, as page generators and checks that
 * describe themselves have it. Returns where the SQL begins. */
static const char *skip_front_matter(const struct framer *framer)
{
    const char *line = framer->at, *end;

    while (line < framer->end && g_ascii_isspace(*line))
        line++;
    end = line_end(framer, line);
    if (!is_rule(line, end) || end == framer->end || !is_entry(end + 1, line_end(framer, end + 1)))
        return framer->at;
    while (end < framer->end) {
        line = end + 1;
        end = line_end(framer, line);
        if (is_rule(line, end) && strspn(line + 3, " \t\r") == (size_t)(end - line - 3))
            return end;
    }
    return framer->at;
}

void frame_script(struct script *script)
{
    struct framer framer = {
        .script = script,
        .at = script->bytes,
        .end = script->bytes + script->size,
        .last = script_unfinished(script),
    };

    filler_begin(&framer.filler, script);

    if (script->size >= 3 && memcmp(script->bytes, "\xEF\xBB\xBF", 3) == 0)
        framer.at += 3; /* byte order mark */
    framer.at = skip_front_matter(&framer);
    outline_begin(&framer.outline, script);
    scan(&framer);
    outline_end(&framer.outline);
    script->prints = framer.psql && !strstr(script->bytes, "ROW_COUNT");
    filler_end(&framer.filler);
    directive_collect(script);
}
