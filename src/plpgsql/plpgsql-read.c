/* The tokens of a PL/pgSQL body one after the other, and the pieces of SQL between them. */
#include "plpgsql/plpgsql.h"

#include <string.h>

/* ------------------------------------------------------------------ tokens */

static const struct token *token_at(const struct reader *reader, guint index)
{
    return &g_array_index(reader->tokens, struct token, MIN(index, reader->tokens->len - 1));
}

const struct token *peek(const struct reader *reader)
{
    return token_at(reader, reader->at);
}

const struct token *take(struct reader *reader)
{
    const struct token *token = peek(reader);

    reader->at += token->kind != TOKEN_END;
    return token;
}

bool at_word(const struct reader *reader, const char *word)
{
    return token_is(reader->text, peek(reader), word);
}

bool behind_is(const struct reader *reader, guint count, const char *word)
{
    return token_is(reader->text, token_at(reader, reader->at + count), word);
}

bool accept_word(struct reader *reader, const char *word)
{
    if (!at_word(reader, word))
        return false;
    take(reader);
    return true;
}

void expect_word(struct reader *reader, const char *word)
{
    if (!accept_word(reader, word))
        refuse_here(reader);
}

/* ------------------------------------------------------------------ trouble */

void refuse(struct reader *reader, const char *message, struct span span)
{
    if (!reader->message) {
        reader->message = arena_strdup(&reader->script->arena, message);
        reader->refused = span;
    }
    reader->at = reader->tokens->len - 1;
}

void refuse_here(struct reader *reader)
{
    const struct token *token = peek(reader);
    struct span span = {reader->base + token->start, reader->base + token->end};

    if (token->kind == TOKEN_END) { /* show the last byte */
        span.start -= token->start > 0;
        refuse(reader, "syntax error at end of the body", span);
        return;
    }
    g_autofree char *message =
        g_strdup_printf("syntax error at or near \"%.*s\"", (int)(token->end - token->start),
                        reader->text + token->start);
    refuse(reader, message, span);
}

/* ------------------------------------------------------------------ names */

static char *unquote(const char *start, size_t length)
{
    g_autofree char *inner = g_strndup(start + 1, length - 2);
    g_auto(GStrv) parts = g_strsplit(inner, "\"\"", -1);

    return g_strjoinv("\"", parts);
}

const char *take_name(struct reader *reader)
{
    const struct token *token = peek(reader);
    size_t length = token->end - token->start;
    const char *start = reader->text + token->start;
    g_autofree char *name = NULL;

    if (token->kind == TOKEN_QUOTED && length >= 2) {
        name = unquote(start, length);
    } else if (token->kind == TOKEN_WORD || token->kind == TOKEN_PARAMETER) {
        name = g_ascii_strdown(start, (gssize)length);
    } else {
        refuse_here(reader);
        return "";
    }
    take(reader);
    return arena_strdup(&reader->script->arena, name);
}

const char *take_condition(struct reader *reader)
{
    const char *name = take_name(reader);
    const struct token *token = peek(reader);

    if (strcmp(name, "sqlstate") != 0 || token->kind != TOKEN_STRING)
        return name;
    g_autofree char *state = g_ascii_strdown(reader->text + token->start + 1, 5);
    take(reader);
    return arena_strdup(&reader->script->arena, state);
}

/* x[f()] := 1 calls f: what does, is a statement without a target; other subscripts do nothing. */
static void read_subscript(struct reader *reader)
{
    do {
        guint first = reader->at;
        struct token_range range = skip_to(reader, WORDS("]", ":"));
        bool calls = false;
        for (guint i = range.first; i < range.last; i++)
            calls |= reader->text[token_at(reader, i)->start] == '(';
        if (!calls)
            continue;
        reader->at = first;
        struct body_statement *statement = open_statement(reader, BODY_ASSIGN, first);
        statement->statement = read_expression(reader, WORDS("]", ":"));
        close_statement(reader, statement);
    } while (accept_word(reader, ":"));
    expect_word(reader, "]");
}

const char *take_target(struct reader *reader)
{
    const char *name = take_name(reader);

    for (;;) {
        if (accept_word(reader, ".")) {
            name = arena_printf(&reader->script->arena, "%s.%s", name, take_name(reader));
        } else if (accept_word(reader, "[")) {
            read_subscript(reader);
        } else {
            return name;
        }
    }
}

const char **take_targets(struct reader *reader)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    do {
        const char *name = take_target(reader);
        g_hash_table_remove(reader->texts, name);
        g_ptr_array_add(names, (gpointer)name);
    } while (accept_word(reader, ","));
    const char **copy = arena_array(&reader->script->arena, const char *, names->len + 1);
    memcpy(copy, names->pdata, sizeof(char *) * names->len);
    return copy;
}

const char **one_name(struct reader *reader, const char *name)
{
    const char **names = arena_array(&reader->script->arena, const char *, 2);

    names[0] = name;
    g_hash_table_remove(reader->texts, name);
    return names;
}

void remember_text(struct reader *reader, const char *name, guint first)
{
    struct given_text *given = g_new(struct given_text, 1);

    *given = (struct given_text){{first, reader->at}, reader->parent};
    g_hash_table_replace(reader->texts, g_strdup(name), given);
}

void add_variable(struct reader *reader, const char *name)
{
    g_hash_table_insert(reader->variables, g_strdup(name), NULL);
}

void add_qualifier(struct reader *reader, const char *name)
{
    if (!g_hash_table_contains(reader->variables, name))
        g_hash_table_insert(reader->variables, g_strdup(name), BODY_QUALIFIER);
}

/* ------------------------------------------------------------------ ranges */

static bool at_one_of(const struct reader *reader, const char *const *words)
{
    for (; *words; words++) {
        if (at_word(reader, *words))
            return true;
    }
    return false;
}

struct token_range skip_to(struct reader *reader, const char *const *words)
{
    struct token_range range = {reader->at, reader->at};
    unsigned depth = 0;

    for (; peek(reader)->kind != TOKEN_END; take(reader)) {
        if (depth == 0 && (at_word(reader, ";") || at_one_of(reader, words)))
            break;
        if (at_word(reader, "(") || at_word(reader, "["))
            depth++;
        else if (depth > 0 && (at_word(reader, ")") || at_word(reader, "]")))
            depth--;
    }
    range.last = reader->at;
    return range;
}

char *text_of(const struct reader *reader, struct token_range range)
{
    uint32_t start = token_at(reader, range.first)->start;

    if (range.first >= range.last)
        return g_strdup("");
    return g_strndup(reader->text + start, token_at(reader, range.last - 1)->end - start);
}

/* ------------------------------------------------------------------ statements */

struct body_statement *open_statement(struct reader *reader, enum body_kind kind, guint first)
{
    struct body_statement *statement =
        body_add(&reader->script->arena, &reader->end, kind, reader->parent);
    uint32_t start = token_at(reader, first)->start;

    for (; reader->counted < start; reader->counted++)
        reader->line += reader->text[reader->counted] == '\n';
    statement->line = reader->line;
    statement->span.start = statement->span.end = reader->base + start;
    return statement;
}

void close_statement(const struct reader *reader, struct body_statement *statement)
{
    uint32_t end = reader->at > 0 ? token_at(reader, reader->at - 1)->end : 0;

    statement->span.end = MAX(statement->span.start, reader->base + end);
}

/* ------------------------------------------------------------------ pieces */

static struct statement *read_piece(struct reader *reader, uint32_t base, char *text,
                                    const struct operand_item *arguments, bool first)
{
    struct piece piece = {
        .script = reader->script,
        .text = text,
        .base = base,
        .variables = reader->variables,
        .arguments = arguments,
        .first = first,
    };
    struct statement *statement = reader->message ? NULL : body_piece(&piece);

    if (piece.message && !reader->message) {
        reader->excused = piece.excused;
        refuse(reader, piece.message, piece.refused);
    }
    return statement;
}

struct statement *read_sql_text(struct reader *reader, guint first, char *text,
                                const struct operand_item *arguments)
{
    return read_piece(reader, reader->base + token_at(reader, first)->start, text, arguments,
                      false);
}

struct statement *read_first_text(struct reader *reader, guint first, char *text)
{
    return read_piece(reader, reader->base + token_at(reader, first)->start, text, NULL, true);
}

struct statement *read_output_text(struct reader *reader, guint first, const char *text)
{
    static const char head[] = "SELECT ";
    uint32_t place = reader->base + token_at(reader, first)->start;
    g_autofree char *query = g_strconcat(head, text, NULL);
    struct statement *statement =
        read_piece(reader, place - (uint32_t)strlen(head), query, NULL, false);

    if (statement)
        statement->span.start = place;
    return statement;
}

struct statement *read_outputs(struct reader *reader, struct token_range range)
{
    if (range.first >= range.last)
        return NULL;
    g_autofree char *text = text_of(reader, range);
    return read_output_text(reader, range.first, text);
}

struct statement *read_expression(struct reader *reader, const char *const *words)
{
    struct token_range range = skip_to(reader, words);

    if (range.first == range.last)
        refuse_here(reader);
    return reader->message ? NULL : read_outputs(reader, range);
}
