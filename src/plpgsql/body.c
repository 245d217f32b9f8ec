#include "plpgsql/body.h"

#include <stdlib.h>
#include <string.h>

#include "grammar/filling.h"
#include "grammar/scan.h"

/* The offset of the first token at or after `at`: behind white space and comments. */
static size_t skip_blanks(const char *text, size_t at)
{
    for (;;) {
        at += strspn(text + at, " \t\r\n\f\v");
        if (text[at] == '-' && text[at + 1] == '-') {
            at += strcspn(text + at, "\r\n");
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

/* The text of a body as the grammar can read it, with every offset kept. */
static char *text_of(const struct script *script, struct span text)
{
    return scan_undouble(script->parseable + text.start, text.end - text.start,
                         script->bytes[text.start - 1] == '\'');
}

static uint32_t count_lines(const char *text, uint32_t start, uint32_t end)
{
    uint32_t count = 0;

    for (; start < end; start++)
        count += text[start] == '\n';
    return count;
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

/* The server's message, and the token it stopped at. */
static void refuse(struct piece *piece, const struct lowering *lowering, const PgQueryError *error)
{
    struct filled filled = {piece->script, piece->text, piece->base, (uint32_t)strlen(piece->text)};
    uint32_t at = filled_stopped(&filled, error);

    piece->message = arena_strdup(lowering->arena, error->message);
    piece->refused = lower_token_at(lowering, at);
    piece->excused = filled_excuses(&filled, at);
}

/* SELECT … INTO … ORDER BY is run until it has returned one row, as with LIMIT 1 (exec_stmt_execsql
 * in pl_exec.c). Without ORDER BY it is rather that there is no other. `one` must outlive the tree. */
static void take_first(Node *node, A_Const *one)
{
    SelectStmt *select = IsA(node, SelectStmt) ? (SelectStmt *)node : NULL;

    if (!select || !select->sortClause || select->limitCount)
        return;
    one->type = T_A_Const;
    one->val.ival.type = T_Integer;
    one->val.ival.ival = 1;
    select->limitCount = (Node *)one;
    select->limitOption = LIMIT_OPTION_COUNT;
}

struct statement *body_piece(struct piece *piece)
{
    struct lowering lowering = {
        .script = piece->script,
        .arena = &piece->script->arena,
        .base = piece->base,
        .text = piece->text,
        .variables = piece->variables,
        .arguments = piece->arguments,
    };
    struct filled filled = {piece->script, piece->text, piece->base, (uint32_t)strlen(piece->text)};
    struct statement *statement = NULL;
    A_Const one = {0};

    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = filled_parse(&filled);
    if (result.error) {
        refuse(piece, &lowering, result.error);
        pg_query_free_error(result.error);
    } else if (result.tree) {
        if (piece->first)
            take_first(linitial_node(RawStmt, result.tree)->stmt, &one);
        statement = lower_raw(&lowering, linitial(result.tree));
        if (statement && piece->script->placeholder_count > 0 && filled_is_partial(&filled))
            statement->flags |= STATEMENT_UNKNOWN_TEXT;
    }
    pg_query_exit_memory_context(context);
    return statement;
}

/* ------------------------------------------------------------------ SQL */

static struct body *parse_sql(struct script *script, struct span text, GHashTable *variables,
                              struct syntax_error *error)
{
    g_autofree char *copy = text_of(script, text);
    struct body *body = arena_new(&script->arena, struct body);
    struct body_statement **end = &body->statements;
    struct lowering lowering = {
        .script = script,
        .arena = &script->arena,
        .base = text.start,
        .text = copy,
        .variables = variables,
    };
    uint32_t line = 1, at = 0;
    ListCell *cell;

    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result =
        filled_parse(&(struct filled){script, copy, text.start, (uint32_t)strlen(copy)});
    if (result.error) {
        struct piece piece = {.script = script, .text = copy, .base = text.start};
        refuse(&piece, &lowering, result.error);
        pg_query_free_error(result.error);
        error->message = piece.message;
        error->span = piece.refused;
        error->excused = piece.excused;
    }
    for (cell = result.error ? NULL : list_head(result.tree); cell;
         cell = lnext(result.tree, cell)) {
        struct statement *statement = lower_raw(&lowering, lfirst(cell));
        if (!statement)
            continue;
        struct body_statement *item = body_add(&script->arena, &end, BODY_SQL, NULL);
        item->statement = statement;
        item->span = statement->span;
        line += count_lines(copy, at, item->span.start - text.start);
        at = item->span.start - text.start;
        item->line = line;
    }
    pg_query_exit_memory_context(context);
    return error->message ? NULL : body;
}

/* ------------------------------------------------------------------ dispatch */

/* The names that are variables in an SQL function. */
static GHashTable *name_set(const char *const *names, const char *function)
{
    GHashTable *set = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

    g_hash_table_insert(set, g_strdup(function), BODY_QUALIFIER);
    for (; *names; names++)
        g_hash_table_insert(set, g_strdup(*names), NULL);
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

static void add_error(struct script *script, const struct syntax_error *found,
                      struct syntax_error ***errors)
{
    if (found->message && found->excused)
        script->unread.templates++;
    if (!found->message || found->excused)
        return;
    struct syntax_error *error = arena_new(&script->arena, struct syntax_error);
    *error = *found;
    error->body = true;
    **errors = error;
    *errors = &error->next;
}

static struct body *parse_plpgsql(struct script *script, struct span text,
                                  const struct routine *routine, struct syntax_error *error)
{
    g_autofree char *copy = text_of(script, text);
    struct body_source source = {.script = script, .text = copy, .base = text.start};

    if (routine) {
        source.name = routine->name;
        source.parameters = named_arguments(script, routine);
        source.results = routine->result_names;
        source.trigger = routine->returns_trigger;
    }
    return plpgsql_parse(&source, error);
}

static void parse_routine(struct script *script, struct routine *routine,
                          struct syntax_error *error)
{
    if (routine->body || routine->text.end == routine->text.start)
        return;
    if (strcmp(routine->language, "sql") == 0) {
        g_autoptr(GHashTable) variables = name_set(named_arguments(script, routine), routine->name);
        routine->body = parse_sql(script, routine->text, variables, error);
    } else if (strcmp(routine->language, "plpgsql") == 0) {
        routine->body = parse_plpgsql(script, routine->text, routine, error);
    }
}

void body_parse(struct script *script, struct statement *statement, struct syntax_error ***errors)
{
    struct syntax_error error = {0};

    if (statement->kind == STATEMENT_DEFINE && statement->changes &&
        statement->changes->kind == CHANGE_CREATE_ROUTINE)
        parse_routine(script, statement->changes->routine, &error);
    else if (statement->kind == STATEMENT_DO && statement->block->text.end > 0 &&
             strcmp(statement->block->language, "plpgsql") == 0)
        statement->block->body = parse_plpgsql(script, statement->block->text, NULL, &error);
    add_error(script, &error, errors);
}
