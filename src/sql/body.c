#include "sql/body.h"

#include <stdlib.h>
#include <string.h>

struct body_statement *body_add(struct script *script, struct body_statement ***end,
                                enum body_kind kind, struct body_statement *parent)
{
    struct body_statement *statement = arena_new(&script->arena, struct body_statement);

    statement->kind = kind;
    statement->parent = parent;
    **end = statement;
    *end = &statement->next;
    return statement;
}

/* The offset of the first token at or after `at`: behind white space and comments. */
static size_t skip_blanks(const char *text, size_t at)
{
    for (;;) {
        at += strspn(text + at, " \t\r\n\f\v");
        if (text[at] == '-' && text[at + 1] == '-') {
            at += strcspn(text + at, "\n");
        } else if (text[at] == '/' && text[at + 1] == '*') {
            const char *closed = strstr(text + at + 2, "*/");
            if (!closed)
                return at;
            at = (size_t)(closed + 2 - text);
        } else {
            return at;
        }
    }
}

static struct statement *lower_raw(struct lowering *lowering, const RawStmt *raw)
{
    struct statement *statement = arena_new(lowering->arena, struct statement);
    size_t start = skip_blanks(lowering->text, (size_t)MAX(raw->stmt_location, 0));
    size_t end =
        raw->stmt_len ? (size_t)(raw->stmt_location + raw->stmt_len) : strlen(lowering->text);

    statement->span =
        (struct span){lowering->base + (uint32_t)start, lowering->base + (uint32_t)end};
    lower_statement(lowering, raw->stmt, statement);
    return lowering->too_deep ? NULL : statement;
}

struct statement *body_piece(struct script *script, const char *text, uint32_t base,
                             GHashTable *variables)
{
    struct lowering lowering = {
        .script = script,
        .arena = &script->arena,
        .base = base,
        .text = text,
        .variables = variables,
    };
    struct statement *statement = NULL;

    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = tree_parse(text);
    free(result.stderr_buffer);
    if (result.error)
        pg_query_free_error(result.error);
    else if (result.tree)
        statement = lower_raw(&lowering, linitial(result.tree));
    pg_query_exit_memory_context(context);
    return statement;
}

/* ------------------------------------------------------------------ SQL */

/* A body between single quotes doubles the quotes in it. Blanks beside them keep every offset:
 * ''a'' becomes ' a' with its outer quotes moved inwards, that is " 'a' ". */
static char *undouble(const char *bytes, struct span text)
{
    char *copy = g_strndup(bytes + text.start, text.end - text.start);
    bool inside = false;

    if (bytes[text.start - 1] != '\'')
        return copy;
    for (char *c = copy; *c; c++) {
        if (c[0] != '\'' || c[1] != '\'')
            continue;
        if (inside && c[2] == '\'' && c[3] == '\'') { /* an escaped quote in an inner literal */
            memcpy(c, "''  ", 4);
            c += 3;
            continue;
        }
        c[inside ? 1 : 0] = ' ';
        inside = !inside;
        c++;
    }
    return copy;
}

static struct body *parse_sql(struct script *script, struct span text, GHashTable *variables,
                              char **message)
{
    g_autofree char *copy = undouble(script->bytes, text);
    struct body *body = arena_new(&script->arena, struct body);
    struct body_statement **end = &body->statements;
    struct lowering lowering = {
        .script = script,
        .arena = &script->arena,
        .base = text.start,
        .text = copy,
        .variables = variables,
    };
    ListCell *cell;

    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = tree_parse(copy);
    free(result.stderr_buffer);
    if (result.error) {
        *message = g_strdup(result.error->message);
        pg_query_free_error(result.error);
        body = NULL;
    }
    for (cell = result.error ? NULL : list_head(result.tree); cell;
         cell = lnext(result.tree, cell)) {
        struct statement *statement = lower_raw(&lowering, lfirst(cell));
        if (!statement)
            continue;
        struct body_statement *item = body_add(script, &end, BODY_SQL, NULL);
        item->statement = statement;
        item->span = statement->span;
    }
    pg_query_exit_memory_context(context);
    return body;
}

/* ------------------------------------------------------------------ dispatch */

static GHashTable *name_set(const char *const *names)
{
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    for (; names && *names; names++)
        g_hash_table_add(set, g_strdup(*names));
    return set;
}

/* Arguments have no name or one; only those with a name can be meant by it. */
static const char **named_arguments(struct script *script, const struct routine *routine)
{
    const char **names =
        arena_array(&script->arena, const char *, (size_t)routine->argument_count + 1);
    size_t count = 0;

    for (int i = 0; i < routine->argument_count; i++) {
        if (routine->argument_names[i])
            names[count++] = routine->argument_names[i];
    }
    return names;
}

static void add_error(struct script *script, struct span text, const char *message,
                      struct syntax_error ***errors)
{
    struct syntax_error *error = arena_new(&script->arena, struct syntax_error);

    error->message = arena_strdup(&script->arena, message);
    error->span = text;
    error->body = true;
    **errors = error;
    *errors = &error->next;
}

/* The whole statement, as the reader of PL/pgSQL wants it. */
static char *source_of(const struct script *script, const struct statement *statement)
{
    return g_strndup(script->parseable + statement->span.start,
                     statement->span.end - statement->span.start);
}

static void parse_routine(struct script *script, struct statement *statement,
                          struct routine *routine, struct syntax_error ***errors)
{
    const char **parameters = named_arguments(script, routine);
    g_autofree char *message = NULL;

    if (routine->body || routine->text.end == routine->text.start)
        return;
    if (strcmp(routine->language, "sql") == 0) {
        g_autoptr(GHashTable) variables = name_set(parameters);
        routine->body = parse_sql(script, routine->text, variables, &message);
    } else if (strcmp(routine->language, "plpgsql") == 0) {
        g_autofree char *source = source_of(script, statement);
        routine->body = plpgsql_parse(script, source, routine->text, parameters,
                                      routine->returns_trigger, &message);
    }
    if (message)
        add_error(script, routine->span, message, errors);
}

void body_parse(struct script *script, struct statement *statement, struct syntax_error ***errors)
{
    g_autofree char *message = NULL;

    if (statement->kind == STATEMENT_DEFINE && statement->changes &&
        statement->changes->kind == CHANGE_CREATE_ROUTINE) {
        parse_routine(script, statement, statement->changes->routine, errors);
    } else if (statement->kind == STATEMENT_DO && statement->block->text.end > 0 &&
               strcmp(statement->block->language, "plpgsql") == 0) {
        g_autofree char *source = source_of(script, statement);
        statement->block->body =
            plpgsql_parse(script, source, statement->block->text, NULL, false, &message);
        if (message)
            add_error(script, statement->span, message, errors);
    }
}
