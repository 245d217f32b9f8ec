/* PL/pgSQL is read here and not by libpg_query, whose reader needs a catalog for cursors and rows,
 * loses where things stand, and differs from one major version to the next. What the language adds
 * to SQL is small (pl_gram.y): blocks, branches, loops, which are read here, and a dozen simple
 * statements. Each begins with a word; what is SQL in it reaches to the next word that cannot be
 * part of it, and goes to the grammar as a piece of its own, at the place where it stands. */
#include "plpgsql/plpgsql.h"

#include <string.h>

#include "grammar/filling.h"

static void read_statements(struct reader *reader);

static void read_inside(struct reader *reader, struct body_statement *parent)
{
    struct body_statement *outer = reader->parent;

    reader->parent = parent;
    if (++reader->depth > DEEPEST_BODY)
        refuse(reader, "the body is nested too deeply to be analysed", parent->span);
    read_statements(reader);
    reader->depth--;
    reader->parent = outer;
}

/* The label that may be repeated behind END. */
static void skip_label(struct reader *reader)
{
    if (!at_word(reader, ";") && peek(reader)->kind != TOKEN_END)
        take_name(reader);
}

/* ------------------------------------------------------------------ declarations */

/* A declared cursor's query is found again by its name. */
static void declare_cursor(struct reader *reader, const char *name)
{
    accept_word(reader, "no");
    accept_word(reader, "scroll");
    expect_word(reader, "cursor");
    if (accept_word(reader, "(")) {
        do {
            add_variable(reader, take_name(reader));
            skip_to(reader, WORDS(",", ")"));
        } while (accept_word(reader, ","));
        expect_word(reader, ")");
    }
    if (!accept_word(reader, "for"))
        expect_word(reader, "is");
    struct token_range *query = g_new(struct token_range, 1);
    *query = skip_to(reader, WORDS(";"));
    g_hash_table_replace(reader->cursors, g_strdup(name), query);
}

static void initialize(struct reader *reader, const char *name, guint first)
{
    struct body_statement *statement = open_statement(reader, BODY_ASSIGN, first);

    statement->into = one_name(reader, name);
    guint text = reader->at;
    statement->statement = read_expression(reader, WORDS(";"));
    remember_text(reader, name, text);
    close_statement(reader, statement);
}

/* What initializes variables runs before the block, so its handlers do not see it fail. */
static void read_declaration(struct reader *reader)
{
    guint first = reader->at;
    const char *name = take_name(reader);

    add_variable(reader, name);
    if (at_word(reader, "cursor") || behind_is(reader, 1, "cursor") ||
        (at_word(reader, "no") && behind_is(reader, 2, "cursor"))) {
        declare_cursor(reader, name);
    } else if (accept_word(reader, "alias")) {
        expect_word(reader, "for");
        initialize(reader, name, first);
    } else {
        skip_to(reader, WORDS(":=", "=", "default"));
        if (!at_word(reader, ";")) {
            take(reader);
            initialize(reader, name, first);
        }
    }
    expect_word(reader, ";");
}

/* ------------------------------------------------------------------ blocks */

/* serialization_failure OR SQLSTATE '40P01' */
static const char **take_conditions(struct reader *reader)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new();

    do
        g_ptr_array_add(names, (gpointer)take_condition(reader));
    while (accept_word(reader, "or"));
    const char **copy = arena_array(&reader->script->arena, const char *, names->len + 1);
    memcpy(copy, names->pdata, sizeof(char *) * names->len);
    return copy;
}

static void read_handlers(struct reader *reader, struct body_statement *block)
{
    struct body_statement *outer = reader->parent;

    reader->parent = block;
    do {
        struct body_statement *handler = open_statement(reader, BODY_HANDLER, reader->at);
        expect_word(reader, "when");
        handler->conditions = take_conditions(reader);
        close_statement(reader, handler);
        expect_word(reader, "then");
        read_inside(reader, handler);
    } while (at_word(reader, "when"));
    reader->parent = outer;
}

/* Whether it ends with RAISE EXCEPTION and no statement leaves it before. */
static bool ends_with_error(const struct body_statement *block)
{
    const struct body_statement *last = NULL;

    for (const struct body_statement *each = block->next; each; each = each->next) {
        if ((each->kind == BODY_RETURN && !each->more) || each->kind == BODY_EXIT ||
            each->kind == BODY_CONTINUE)
            return false;
        last = each->parent == block ? each : last;
    }
    return last && last->kind == BODY_RAISE && last->error;
}

static void read_block(struct reader *reader, const char *label)
{
    while (accept_word(reader, "declare")) {
        while (!at_word(reader, "begin") && !at_word(reader, "declare") &&
               peek(reader)->kind != TOKEN_END)
            read_declaration(reader);
    }
    struct body_statement *block = open_statement(reader, BODY_BLOCK, reader->at);
    expect_word(reader, "begin");
    block->label = label;
    close_statement(reader, block);
    read_inside(reader, block);
    if (accept_word(reader, "exception")) {
        block->handled = true;
        block->undone = ends_with_error(block);
        read_handlers(reader, block);
    }
    expect_word(reader, "end");
    skip_label(reader);
}

/* ------------------------------------------------------------------ branches */

/* WHEN 'a', 'b', of CASE x, is the condition x IN ('a', 'b'). */
static struct statement *read_case_condition(struct reader *reader, struct token_range subject)
{
    struct token_range values = skip_to(reader, WORDS("then"));

    if (values.first == values.last) {
        refuse_here(reader);
        return NULL;
    }
    g_autofree char *left = text_of(reader, subject);
    g_autofree char *right = text_of(reader, values);
    g_autofree char *text = g_strdup_printf("%s IN (%s)", left, right);
    return read_output_text(reader, values.first, text);
}

/* A branch, from the word before its condition to THEN, or from ELSE. `subject` is what CASE compares,
 * empty without. */
static void read_arm(struct reader *reader, struct body_statement *choice,
                     struct token_range subject)
{
    struct body_statement *outer = reader->parent;

    reader->parent = choice;
    struct body_statement *arm = open_statement(reader, BODY_ARM, reader->at);
    reader->parent = outer;
    if (!token_is(reader->text, take(reader), "else"))
        arm->statement = subject.first < subject.last ? read_case_condition(reader, subject)
                                                      : read_expression(reader, WORDS("then"));
    close_statement(reader, arm);
    if (arm->statement)
        expect_word(reader, "then");
    read_inside(reader, arm);
}

static void read_if(struct reader *reader)
{
    struct body_statement *choice = open_statement(reader, BODY_IF, reader->at);

    do {
        read_arm(reader, choice, (struct token_range){0});
    } while (at_word(reader, "elsif") || at_word(reader, "elseif") || at_word(reader, "else"));
    expect_word(reader, "end");
    expect_word(reader, "if");
    choice->span.end = choice->span.start + (uint32_t)strlen("IF");
}

/* A variable or a field of one: to read it once more for each branch changes nothing. */
static bool is_variable(const struct reader *reader, struct token_range range)
{
    for (guint i = range.first; i < range.last; i++) {
        const struct token *token = &g_array_index(reader->tokens, struct token, i);
        bool name = token->kind == TOKEN_WORD || token->kind == TOKEN_QUOTED;
        if ((i - range.first) % 2 == 0 ? !name : !token_is(reader->text, token, "."))
            return false;
    }
    return (range.last - range.first) % 2 == 1;
}

static void read_case(struct reader *reader)
{
    struct body_statement *choice = open_statement(reader, BODY_IF, reader->at);

    take(reader);
    struct token_range subject = skip_to(reader, WORDS("when"));
    if (!is_variable(reader, subject)) {
        choice->statement = read_outputs(reader, subject);
        subject.last = subject.first;
    }
    close_statement(reader, choice);
    while (at_word(reader, "when") || at_word(reader, "else"))
        read_arm(reader, choice, subject);
    expect_word(reader, "end");
    expect_word(reader, "case");
}

/* ------------------------------------------------------------------ loops */

static void read_loop_body(struct reader *reader, struct body_statement *loop, const char *label)
{
    loop->label = label;
    close_statement(reader, loop);
    expect_word(reader, "loop");
    read_inside(reader, loop);
    expect_word(reader, "end");
    expect_word(reader, "loop");
    skip_label(reader);
}

static void read_loop(struct reader *reader, const char *label)
{
    struct body_statement *loop = open_statement(reader, BODY_LOOP, reader->at);

    loop->endless = true;
    if (accept_word(reader, "while"))
        loop->statement = read_expression(reader, WORDS("loop"));
    read_loop_body(reader, loop, label);
    if (loop->span.end == loop->span.start)
        loop->span.end = loop->span.start + (uint32_t)strlen("LOOP");
}

static void read_foreach(struct reader *reader, const char *label)
{
    struct body_statement *loop = open_statement(reader, BODY_LOOP, reader->at);

    take(reader);
    loop->into = take_targets(reader);
    skip_to(reader, WORDS("in"));
    expect_word(reader, "in");
    expect_word(reader, "array");
    loop->statement = read_expression(reader, WORDS("loop"));
    read_loop_body(reader, loop, label);
}

/* FOR i IN a .. b BY c: the bounds are outputs of one query. */
static void read_bounds(struct reader *reader, struct body_statement *loop,
                        struct token_range range)
{
    g_autofree char *text = text_of(reader, range);
    uint32_t start = g_array_index(reader->tokens, struct token, range.first).start;

    for (guint i = range.first; i < range.last; i++) {
        const struct token *token = &g_array_index(reader->tokens, struct token, i);
        if (token_is(reader->text, token, "..") || token_is(reader->text, token, "by"))
            memcpy(text + token->start - start, " ,", 2);
    }
    loop->statement = read_output_text(reader, range.first, text);
}

static bool has_bounds(const struct reader *reader, struct token_range range)
{
    for (guint i = range.first; i < range.last; i++) {
        if (token_is(reader->text, &g_array_index(reader->tokens, struct token, i), ".."))
            return true;
    }
    return false;
}

/* FOR r IN cursor or cursor(arguments) */
static bool read_cursor_loop(struct reader *reader, struct body_statement *loop)
{
    guint start = reader->at;
    const char *name = peek(reader)->kind == TOKEN_WORD || peek(reader)->kind == TOKEN_QUOTED
                           ? take_name(reader)
                           : "";
    const struct token_range *query = g_hash_table_lookup(reader->cursors, name);

    if (at_word(reader, "("))
        skip_to(reader, WORDS("loop"));
    if (!query || !at_word(reader, "loop")) {
        reader->at = start;
        return false;
    }
    g_autofree char *text = text_of(reader, *query);
    add_variable(reader, loop->into[0]);
    loop->kind = BODY_FOR_QUERY;
    loop->name = name;
    loop->statement = read_sql_text(reader, query->first, text, NULL);
    return true;
}

static void read_for(struct reader *reader, const char *label)
{
    struct body_statement *loop = open_statement(reader, BODY_FOR_QUERY, reader->at);

    take(reader);
    loop->into = take_targets(reader);
    expect_word(reader, "in");
    if (accept_word(reader, "execute")) {
        loop->statement = read_executed(reader, NULL, WORDS("loop"));
    } else if (!read_cursor_loop(reader, loop)) {
        accept_word(reader, "reverse");
        struct token_range range = skip_to(reader, WORDS("loop"));
        if (range.first == range.last) {
            refuse_here(reader);
        } else if (has_bounds(reader, range)) {
            loop->kind = BODY_LOOP;
            add_variable(reader, loop->into[0]);
            read_bounds(reader, loop, range);
        } else {
            g_autofree char *text = text_of(reader, range);
            loop->statement = read_sql_text(reader, range.first, text, NULL);
        }
    }
    read_loop_body(reader, loop, label);
}

/* ------------------------------------------------------------------ the walk */

static const char *take_label(struct reader *reader)
{
    if (!accept_word(reader, "<<"))
        return NULL;
    const char *label = take_name(reader);
    expect_word(reader, ">>");
    add_qualifier(reader, label);
    return label;
}

static void read_statement(struct reader *reader)
{
    const char *label = take_label(reader);

    if (at_word(reader, "declare") || at_word(reader, "begin"))
        read_block(reader, label);
    else if (at_word(reader, "loop") || at_word(reader, "while"))
        read_loop(reader, label);
    else if (at_word(reader, "for"))
        read_for(reader, label);
    else if (at_word(reader, "foreach"))
        read_foreach(reader, label);
    else if (at_word(reader, "if"))
        read_if(reader);
    else if (at_word(reader, "case"))
        read_case(reader);
    else
        read_simple(reader);
    expect_word(reader, ";");
}

/* Words that no statement begins with: what is around them goes on there. */
static bool at_end(const struct reader *reader)
{
    static const char *const words[] = {"end", "else", "elsif", "elseif", "when", NULL};

    for (const char *const *word = words; *word; word++) {
        if (at_word(reader, *word))
            return true;
    }
    return peek(reader)->kind == TOKEN_END ||
           (at_word(reader, "exception") && behind_is(reader, 1, "when"));
}

static void read_statements(struct reader *reader)
{
    while (!at_end(reader))
        read_statement(reader);
}

/* ------------------------------------------------------------------ the function */

/* #variable_conflict use_column: the results of the function give way to columns. */
static bool take_options(struct reader *reader)
{
    bool use_column = false;

    while (accept_word(reader, "#")) {
        take(reader);
        use_column |= at_word(reader, "use_column");
        take(reader);
    }
    return use_column;
}

static void add_names(struct reader *reader, const struct body_source *source, bool results)
{
    static const char *const of_triggers[] = {
        "new",        "old",     "tg_op",    "tg_name",  "tg_table_name", "tg_table_schema",
        "tg_relname", "tg_when", "tg_level", "tg_relid", "tg_nargs",      "tg_argv",
        NULL};

    add_variable(reader, "found");
    for (const char *const *name = source->parameters; name && *name; name++)
        add_variable(reader, *name);
    for (const char *const *name = source->results; results && name && *name; name++)
        add_variable(reader, *name);
    for (size_t i = 0; source->trigger && of_triggers[i]; i++)
        add_variable(reader, of_triggers[i]);
    if (source->name)
        add_qualifier(reader, source->name);
}

struct body *plpgsql_parse(const struct body_source *source, struct syntax_error *error)
{
    struct arena *arena = &source->script->arena;
    struct body *body = arena_new(arena, struct body);
    struct reader reader = {
        .script = source->script,
        .text = source->text,
        .base = source->base,
        .tokens = scan_tokens(source->text),
        .line = 1,
        .variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .name = source->name,
        .texts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .cursors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
        .end = &body->statements,
    };

    const struct filled whole = {source->script, (char *)source->text, source->base,
                                 (uint32_t)strlen(source->text)};

    add_names(&reader, source, !take_options(&reader));
    read_block(&reader, take_label(&reader));
    accept_word(&reader, ";");
    if (!reader.message && peek(&reader)->kind != TOKEN_END)
        refuse_here(&reader);
    read_cursors(&reader, body);
    error->message = reader.message;
    error->span = reader.refused;
    error->excused = reader.excused ||
                     (reader.message && filled_excuses(&whole, error->span.start - source->base));
    g_array_unref(reader.tokens);
    g_hash_table_unref(reader.variables);
    g_hash_table_unref(reader.cursors);
    g_hash_table_unref(reader.texts);
    return error->message ? NULL : body;
}
