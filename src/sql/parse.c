/* A few statements at a time: they are parsed in a memory context that is reset behind them. That is
 * faster than parsing a file at once, because the trees stay in the cache, and takes no more memory
 * than the largest statement. Where the grammar refuses one of them, each is parsed alone, so that a
 * syntax error is confined to the statement that has it. */
#include "sql/parse.h"

#include <stdlib.h>
#include <string.h>

#include "base/words.h"
#include "grammar/filling.h"
#include "plpgsql/body.h"
#include "sql/alike.h"
#include "sql/keyword.h"
#include "sql/server-only.h"
#include "sql/together.h"

const char *parse_grammar(void)
{
    return "PostgreSQL " PG_MAJORVERSION;
}

int parse_grammar_major(void)
{
    return PG_VERSION_NUM / 10000;
}

/* What is near an open quote is all the rest of the text: its first line will do. */
static char *first_line(struct arena *arena, const char *message)
{
    size_t length = strcspn(message, "\r\n");

    return message[length] ? arena_printf(arena, "%.*s…\"", (int)length, message)
                           : arena_strdup(arena, message);
}

static void refuse(struct lowering *lowering, struct statement *statement, const char *message,
                   uint32_t offset, struct syntax_error ***errors)
{
    struct syntax_error *error = arena_new(lowering->arena, struct syntax_error);
    uint32_t length = statement->span.end - statement->span.start;

    statement->kind = STATEMENT_REFUSED;
    statement->flags |= STATEMENT_SNAPSHOT;
    statement->query = NULL;
    error->message = first_line(lowering->arena, message);
    error->keyword = keyword_to_quote(lowering->script->parseable + statement->span.start, offset,
                                      lowering->arena);
    error->span = lower_token_at(lowering, MIN(offset, length));
    if (offset >= length) /* at the end of input: show the last byte */
        error->span = (struct span){statement->span.end - (length > 0), statement->span.end};
    **errors = error;
    *errors = &error->next;
}

static struct lowering lowering_of(struct script *script, const struct statement *statement)
{
    return (struct lowering){
        .script = script,
        .arena = &script->arena,
        .base = statement->span.start,
        .text = script->parseable + statement->span.start,
    };
}

static void refuse_depth(struct script *script, struct statement *statement,
                         struct syntax_error ***errors)
{
    struct lowering lowering = lowering_of(script, statement);

    refuse(&lowering, statement, "expression is nested too deeply to be analysed", 0, errors);
}

/* What a template puts in decides what this is. */
static void leave_unread(struct script *script, struct statement *statement)
{
    statement->kind = STATEMENT_REFUSED;
    statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_UNKNOWN_TEXT;
    statement->query = NULL;
    script->unread.templates++;
}

/* Of a statement with parts that are put in or not only what it defines counts. */
static void drop_parts(struct script *script, struct statement *statement)
{
    statement->flags |= STATEMENT_UNKNOWN_TEXT;
    if (statement->kind == STATEMENT_DEFINE || statement_is_control(statement))
        return;
    statement->kind = STATEMENT_UTILITY;
    statement->flags &= STATEMENT_CONDITIONAL | STATEMENT_JOINED | STATEMENT_UNDO;
    statement->flags |= STATEMENT_SNAPSHOT | STATEMENT_UNKNOWN_TEXT;
    statement->query = NULL;
    statement->names = NULL;
    script->unread.templates++;
}

static void lower(struct lowering *lowering, Node *node, struct statement *statement, bool in_block)
{
    lower_statement(lowering, node, statement);
    if (in_block && statement_is_server_only(lowering, node))
        statement->flags |= STATEMENT_SERVER_ONLY;
    if (statement->kind == STATEMENT_DEFINE && statement_adds_code(node))
        statement->flags |= STATEMENT_ADDS_CODE;
}

/* ------------------------------------------------------------------ queries without semicolons */

/* "-- get_user --" */
static bool is_title(const char *line, const char *end)
{
    const char *name = line + strspn(line, "-");

    name += strspn(name, " \t");
    const char *after = name + strspn(name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_");
    if (after == name || *after != ' ')
        return false;
    after += strspn(after, " \t");
    return end - after >= 2 && strspn(after, "-\r \t") == (size_t)(end - after);
}

/* In a file of queries with a title each the semicolons may be missing, because a program reads
 * the queries one by one. Where the grammar stops at the first word behind a title, the statement
 * is two; what is behind the title is put behind it, to be parsed. */
static bool split_at_title(struct script *script, struct statement *statement, uint32_t stopped)
{
    const char *text = script->bytes + statement->span.start, *line = text + stopped;
    bool titled = false;

    while (line > text && (line[-1] == ' ' || line[-1] == '\t'))
        line--;
    const char *end = line;
    while (end > text && end[-1] == '\n') {
        const char *above = end - 1;
        while (above > text && above[-1] != '\n')
            above--;
        const char *first = above + strspn(above, " \t\r");
        if (first < end - 1 && strncmp(first, "--", 2) != 0)
            break;
        titled |= first < end - 1 && is_title(first, end - 1);
        end = above;
    }
    if (!titled || end == text)
        return false;
    struct statement *rest = arena_new(&script->arena, struct statement);
    *rest = (struct statement){.next = statement->next,
                               .kind = STATEMENT_UNREAD,
                               .flags = statement->flags & ~STATEMENT_ENDED,
                               .span = {statement->span.start + stopped, statement->span.end}};
    statement->next = rest;
    while (end > text && g_ascii_isspace(end[-1]))
        end--;
    statement->span.end = (uint32_t)(end - script->bytes);
    return true;
}

/* The grammar takes the first word for the name of a result, SELECT f() SELECT, and stops at the one
 * behind it. */
static uint32_t word_before(const struct script *script, const struct statement *statement,
                            uint32_t at)
{
    const char *text = script->bytes + statement->span.start;

    while (at > 0 && g_ascii_isspace(text[at - 1]))
        at--;
    while (at > 0 && g_ascii_isalpha(text[at - 1]))
        at--;
    return at;
}

/* A branch of a template has another end for a statement that has one already: refused in its first line. */
static bool is_other_end(const struct statement *statement, const char *text, uint32_t stopped)
{
    return statement->flags & STATEMENT_CONDITIONAL && !memchr(text, '\n', stopped);
}

/* Only the first tree counts: the input floor has separated the statements. */
static void parse_statement(struct script *script, struct statement *statement, bool in_block,
                            struct syntax_error ***errors)
{
    char *text = script->parseable + statement->span.start;
    char *end = script->parseable + statement->span.end;
    char saved = *end;
    struct lowering lowering = lowering_of(script, statement);

    *end = '\0';
    bool split = false;
    struct filled filled = {script, text, statement->span.start, (uint32_t)(end - text)};

    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = filled_parse(&filled);
    if (result.error) {
        uint32_t stopped = filled_stopped(&filled, result.error);
        split = split_at_title(script, statement, stopped) ||
                split_at_title(script, statement, word_before(script, statement, stopped));
        if (split)
            ;
        else if (script->placeholder_count > 0 &&
                 (filled_excuses(&filled, stopped) || is_other_end(statement, text, stopped)))
            leave_unread(script, statement);
        else
            refuse(&lowering, statement, result.error->message, stopped, errors);
        pg_query_free_error(result.error);
    } else if (result.tree) {
        lower(&lowering, ((RawStmt *)linitial(result.tree))->stmt, statement, in_block);
        if (lowering.too_deep)
            refuse_depth(script, statement, errors);
    }
    pg_query_exit_memory_context(context);
    if (split) {
        *end = saved;
        parse_statement(script, statement, in_block, errors);
        return;
    }
    if (script->placeholder_count > 0 && statement->kind > STATEMENT_REFUSED &&
        filled_is_partial(&filled))
        drop_parts(script, statement);
    *end = saved;
    body_parse(script, statement, errors);
}

/* Whether the statement leaves a transaction block open that it found, or opened. */
static bool is_block(bool in_block, const struct statement *statement)
{
    return statement->kind == STATEMENT_BEGIN || (in_block && statement->kind != STATEMENT_COMMIT &&
                                                  statement->kind != STATEMENT_ROLLBACK);
}

/* Statements of which the grammar takes each; false, and nothing is done, when it does not. */
static bool parse_together(struct script *script, struct statement *first, unsigned count,
                           bool in_block, struct syntax_error ***errors)
{
    MemoryContext context = pg_query_enter_memory_context();
    List *trees = together_parse(script, first, count);
    struct statement *statement = first;
    g_autofree bool *too_deep = g_new0(bool, count);

    for (unsigned i = 0; trees && i < count; i++, statement = statement->next) {
        struct lowering lowering = lowering_of(script, statement);
        char *end = script->parseable + statement->span.end;
        char saved = *end;
        lowering.first = (int)(statement->span.start - first->span.start);
        *end = '\0';
        lower(&lowering, list_nth_node(RawStmt, trees, (int)i)->stmt, statement, in_block);
        *end = saved;
        too_deep[i] = lowering.too_deep;
        in_block = is_block(in_block, statement);
    }
    pg_query_exit_memory_context(context);
    statement = first;
    for (unsigned i = 0; trees && i < count; i++, statement = statement->next) {
        if (too_deep[i])
            refuse_depth(script, statement, errors);
        body_parse(script, statement, errors);
    }
    return trees;
}

void parse_script(struct script *script)
{
    struct statement **link = script_unfinished(script);
    struct syntax_error **errors = &script->errors;
    bool in_block = false;
    unsigned alone = 0; /* so many are read one by one: a mistake is among them */
    struct alike alike = {0};

    script->words = g_new0(struct words, 1);
    while (*errors) /* what framing has found */
        errors = &(*errors)->next;
    while (*link) {
        struct statement *statement = *link;
        if (statement->kind == STATEMENT_UNREAD && alike_take(&alike, script, statement)) {
            link = &statement->next;
            continue;
        }
        if (statement->kind == STATEMENT_UNREAD && alone == 0) {
            unsigned count = together_count(script, statement);
            if (count == 1 || !parse_together(script, statement, count, in_block, &errors))
                alone = count;
        }
        if (statement->kind == STATEMENT_UNREAD) {
            parse_statement(script, statement, in_block, &errors);
            alone--;
        }
        in_block = is_block(in_block, statement);
        alike_see(&alike, script, statement);
        if (statement->kind == STATEMENT_UNREAD)
            *link = statement->next; /* nothing but a comment or a placeholder */
        else
            link = &statement->next;
    }
    g_clear_pointer(&script->words, g_free);
    alike_finish(&alike);
}
