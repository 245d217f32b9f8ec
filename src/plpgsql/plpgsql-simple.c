/* The statements of PL/pgSQL that hold no others: SQL, assignments, EXECUTE, cursors, RAISE and the
 * rest. */
#include "plpgsql/plpgsql.h"

#include <string.h>

static struct body_statement *open_here(struct reader *reader, enum body_kind kind)
{
    return open_statement(reader, kind, reader->at);
}

/* ------------------------------------------------------------------ SQL */

/* INTO [STRICT] x, y of a query is PL/pgSQL's own; that of INSERT and MERGE is SQL's. What is
 * taken out leaves blanks. */
static const char **take_into(struct reader *reader, struct token_range range, char *text,
                              bool *first_row)
{
    const struct token *first = &g_array_index(reader->tokens, struct token, range.first);
    guint end = reader->at;
    uint32_t base = first->start;
    const char **names = NULL;

    if (token_is(reader->text, first, "import")) /* IMPORT FOREIGN SCHEMA … INTO */
        return NULL;
    for (reader->at = range.first + 1; reader->at < range.last; reader->at++) {
        const struct token *before = peek(reader) - 1;
        if (!at_word(reader, "into") || token_is(reader->text, before, "insert") ||
            token_is(reader->text, before, "merge"))
            continue;
        uint32_t start = peek(reader)->start - base;
        take(reader);
        *first_row = !accept_word(reader, "strict");
        names = take_targets(reader);
        if (reader->message)
            return names;
        memset(text + start, ' ', (peek(reader) - 1)->end - base - start);
        break;
    }
    reader->at = end;
    return names;
}

static void read_sql(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_SQL);
    struct token_range range = skip_to(reader, WORDS(";"));
    g_autofree char *text = text_of(reader, range);
    bool first_row = false;

    close_statement(reader, statement);
    statement->into = take_into(reader, range, text, &first_row);
    statement->strict = statement->into && !first_row;
    statement->statement = first_row ? read_first_text(reader, range.first, text)
                                     : read_sql_text(reader, range.first, text, NULL);
}

/* PERFORM is SELECT whose result is thrown away. */
static void read_perform(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_SQL);
    struct token_range range = skip_to(reader, WORDS(";"));
    g_autofree char *text = text_of(reader, range);

    close_statement(reader, statement);
    memcpy(text, "SELECT ", strlen("PERFORM"));
    statement->statement = read_sql_text(reader, range.first, text, NULL);
}

/* x := expression, r.x[1] = expression */
static bool at_assignment(const struct reader *reader)
{
    struct reader ahead = *reader;

    for (;;) {
        enum token_kind kind = take(&ahead)->kind;
        if (kind != TOKEN_WORD && kind != TOKEN_QUOTED && kind != TOKEN_PARAMETER)
            return false;
        while (accept_word(&ahead, "[")) {
            skip_to(&ahead, WORDS("]"));
            take(&ahead);
        }
        if (!accept_word(&ahead, "."))
            return at_word(&ahead, ":=") || at_word(&ahead, "=");
    }
}

static void read_assignment(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_ASSIGN);
    const char *target = take_target(reader);

    statement->into = one_name(reader, target);
    take(reader);
    guint first = reader->at;
    statement->statement = read_expression(reader, WORDS(";"));
    remember_text(reader, target, first);
    close_statement(reader, statement);
}

/* ------------------------------------------------------------------ EXECUTE */

static struct operand_item *items_of(struct reader *reader, const struct statement *statement)
{
    struct operand_item *first = NULL, **end = &first;
    const struct output *output = statement && statement->query ? statement->query->outputs : NULL;

    for (; output; output = output->next) {
        *end = arena_new(&reader->script->arena, struct operand_item);
        (*end)->operand = output->operand;
        end = &(*end)->next;
    }
    return first;
}

struct statement *read_executed(struct reader *reader, const char ***into, const char *const *words)
{
    const char *ends[] = {"into", "using", words[0], NULL};
    struct token_range text = skip_to(reader, ends);
    const struct operand_item *arguments = NULL;

    while (at_word(reader, "using") || (into && at_word(reader, "into"))) {
        if (accept_word(reader, "using")) {
            struct token_range range = skip_to(reader, ends);
            arguments = items_of(reader, read_outputs(reader, range));
        } else {
            take(reader);
            accept_word(reader, "strict");
            *into = take_targets(reader);
        }
    }
    if (text.first == text.last)
        refuse_here(reader);
    struct statement *statement = reader->message ? NULL : read_text(reader, text, arguments);
    reader->script->unread.executed += !statement && !reader->message;
    return statement;
}

static void read_execute(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_EXECUTE);

    take(reader);
    statement->statement = read_executed(reader, &statement->into, WORDS(";"));
    close_statement(reader, statement);
}

/* ------------------------------------------------------------------ cursors */

static void read_open(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_OPEN);
    const struct token_range *declared;

    take(reader);
    statement->name = take_name(reader);
    skip_to(reader, WORDS("for"));
    if (accept_word(reader, "for")) {
        if (accept_word(reader, "execute")) {
            statement->statement = read_executed(reader, NULL, WORDS(";"));
        } else {
            struct token_range range = skip_to(reader, WORDS(";"));
            g_autofree char *text = text_of(reader, range);
            statement->statement = read_sql_text(reader, range.first, text, NULL);
            g_hash_table_replace(reader->cursors, g_strdup(statement->name),
                                 g_memdup2(&range, sizeof range));
        }
    } else if ((declared = g_hash_table_lookup(reader->cursors, statement->name))) {
        g_autofree char *text = text_of(reader, *declared);
        statement->statement = read_sql_text(reader, declared->first, text, NULL);
    }
    close_statement(reader, statement);
}

/* FETCH [direction FROM] cursor INTO x; MOVE the same without INTO. */
static void read_fetch(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_FETCH);

    take(reader);
    struct token_range range = skip_to(reader, WORDS("into"));
    guint end = reader->at;
    if (range.last > range.first) {
        reader->at = range.last - 1;
        statement->name = take_name(reader);
        reader->at = reader->message ? reader->at : end;
    }
    if (accept_word(reader, "into"))
        statement->into = take_targets(reader);
    close_statement(reader, statement);
}

static void read_close(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_CLOSE);

    take(reader);
    statement->name = take_name(reader);
    close_statement(reader, statement);
}

/* ------------------------------------------------------------------ leaving and complaining */

static void read_return(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_RETURN);

    take(reader);
    if (accept_word(reader, "query")) {
        statement->more = true;
        if (accept_word(reader, "execute")) {
            statement->kind = BODY_EXECUTE;
            statement->statement = read_executed(reader, NULL, WORDS(";"));
        } else {
            struct token_range range = skip_to(reader, WORDS(";"));
            g_autofree char *text = text_of(reader, range);
            statement->statement = read_sql_text(reader, range.first, text, NULL);
        }
    } else {
        statement->more = accept_word(reader, "next");
        statement->statement = read_outputs(reader, skip_to(reader, WORDS(";")));
    }
    close_statement(reader, statement);
}

static void read_leave(struct reader *reader)
{
    struct body_statement *statement =
        open_here(reader, at_word(reader, "exit") ? BODY_EXIT : BODY_CONTINUE);

    take(reader);
    if (!at_word(reader, ";") && !at_word(reader, "when"))
        statement->label = take_name(reader);
    if (accept_word(reader, "when")) {
        statement->guarded = true;
        statement->statement = read_expression(reader, WORDS(";"));
    }
    close_statement(reader, statement);
}

/* Levels below EXCEPTION are messages. */
static bool accept_level(struct reader *reader, bool *error)
{
    static const char *const levels[] = {"debug", "log", "info", "notice", "warning", NULL};

    for (const char *const *level = levels; *level; level++) {
        if (accept_word(reader, *level)) {
            *error = false;
            return true;
        }
    }
    return accept_word(reader, "exception");
}

/* USING ERRCODE = '40001', MESSAGE = …: the code as a name or an SQLSTATE, "?" when it is none. */
static const char *take_error_code(struct reader *reader)
{
    const char *code = NULL;

    while (!at_word(reader, ";") && peek(reader)->kind != TOKEN_END) {
        bool is_code = accept_word(reader, "errcode");
        skip_to(reader, WORDS("=", ":=", ","));
        if (!accept_word(reader, "="))
            accept_word(reader, ":=");
        const struct token *token = peek(reader);
        if (is_code && token->kind == TOKEN_STRING && token->end - token->start > 2) {
            g_autofree char *name = g_ascii_strdown(reader->text + token->start + 1,
                                                    (gssize)(token->end - token->start - 2));
            code = arena_strdup(&reader->script->arena, name);
        } else if (is_code) {
            code = "?";
        }
        skip_to(reader, WORDS(","));
        accept_word(reader, ",");
    }
    return code;
}

/* RAISE; RAISE [level] 'format', arguments; RAISE [level] condition; RAISE [level] SQLSTATE '…';
 * each but the first may be followed by USING. */
static void read_raise(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_RAISE);
    bool error = true, leveled;

    take(reader);
    leveled = accept_level(reader, &error);
    statement->error = error;
    statement->again = !leveled && at_word(reader, ";");
    if (peek(reader)->kind == TOKEN_STRING) {
        take(reader);
        accept_word(reader, ",");
        statement->statement = read_outputs(reader, skip_to(reader, WORDS("using")));
    } else if (peek(reader)->kind == TOKEN_WORD && !at_word(reader, "using")) {
        statement->name = take_condition(reader);
    }
    if (accept_word(reader, "using")) {
        const char *code = take_error_code(reader);
        statement->name = code ? code : statement->name;
    }
    close_statement(reader, statement);
}

/* ASSERT condition: what follows runs only when it holds. */
static void read_assert(struct reader *reader)
{
    struct body_statement *outer = reader->parent;
    struct body_statement *choice = open_here(reader, BODY_IF);

    reader->parent = choice;
    struct body_statement *arm = open_here(reader, BODY_ARM);
    reader->parent = arm;
    struct body_statement *raise = open_here(reader, BODY_RAISE);
    reader->parent = outer;
    take(reader);
    arm->statement = read_expression(reader, WORDS(";"));
    raise->error = true;
    raise->name = "assert_failure";
    close_statement(reader, choice);
    arm->span = raise->span = choice->span;
}

/* ------------------------------------------------------------------ the rest */

/* GET DIAGNOSTICS x = ROW_COUNT, y = … */
static void read_diagnostics(struct reader *reader)
{
    struct body_statement *statement = open_here(reader, BODY_DIAGNOSTICS);

    skip_to(reader, WORDS("diagnostics"));
    expect_word(reader, "diagnostics");
    do {
        const char *target = take_target(reader);
        if (!accept_word(reader, "="))
            expect_word(reader, ":=");
        if (accept_word(reader, "row_count"))
            statement->into = one_name(reader, target);
        else
            take_name(reader);
    } while (accept_word(reader, ","));
    close_statement(reader, statement);
}

static void read_end_of_transaction(struct reader *reader)
{
    struct body_statement *statement =
        open_here(reader, at_word(reader, "commit") ? BODY_COMMIT : BODY_ROLLBACK);

    take(reader);
    if (accept_word(reader, "and")) {
        statement->chain = !accept_word(reader, "no");
        expect_word(reader, "chain");
    }
    close_statement(reader, statement);
}

static void read_null(struct reader *reader)
{
    take(reader);
}

void read_simple(struct reader *reader)
{
    static const struct {
        const char *word;
        void (*read)(struct reader *reader);
    } statements[] = {
        {"perform", read_perform},
        {"execute", read_execute},
        {"return", read_return},
        {"raise", read_raise},
        {"null", read_null},
        {"exit", read_leave},
        {"continue", read_leave},
        {"get", read_diagnostics},
        {"commit", read_end_of_transaction},
        {"rollback", read_end_of_transaction},
        {"open", read_open},
        {"fetch", read_fetch},
        {"move", read_fetch},
        {"close", read_close},
        {"assert", read_assert},
    };

    if (at_assignment(reader)) {
        read_assignment(reader);
        return;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(statements); i++) {
        if (at_word(reader, statements[i].word)) {
            statements[i].read(reader);
            return;
        }
    }
    if (peek(reader)->kind == TOKEN_WORD || at_word(reader, "("))
        read_sql(reader);
    else
        refuse_here(reader);
}
