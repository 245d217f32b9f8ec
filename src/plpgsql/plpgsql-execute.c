/* What EXECUTE runs, as far as its text is known: a constant, format() of one, strings that are
 * joined, or a variable that was given such a text before. The text that the grammar reads is as
 * long as what stands in the file, so that every offset is one in the file: what is put in at run
 * time leaves a hole, which is filled with a name or with a parameter. */
#include "plpgsql/plpgsql.h"

#include <string.h>

#include "plpgsql/body.h"
#include "grammar/filling.h"

enum hole_kind {
    HOLE_NAME,  /* %I, quote_ident(x) */
    HOLE_VALUE, /* %L, quote_literal(x) */
    HOLE_ANY,   /* %s, x: a name or a value, as the grammar takes it */
};

struct hole {
    enum hole_kind kind;
    uint32_t start, end; /* in the text */
    char *argument;      /* what is put in, as it is written */
    char *constant;      /* or the name that this is, or NULL */
    guint number;        /* of the parameter that stands for it */
    bool name, tried;    /* filled as a name; it was tried as something else */
};

struct made {
    struct reader *reader;
    uint32_t start; /* of the text, in the text of the body */
    char *text;
    GArray *holes;
    GArray *arguments; /* struct operand: of USING, then of the holes */
};

static const struct token *token_of(const struct reader *reader, guint index)
{
    return &g_array_index(reader->tokens, struct token, MIN(index, reader->tokens->len - 1));
}

static bool is_word(const struct reader *reader, guint index, const char *word)
{
    return token_is(reader->text, token_of(reader, index), word);
}

/* ------------------------------------------------------------------ constants */

/* Where the text between the quotes of a string stands; false for one with escapes. */
static bool inside_quotes(const struct reader *reader, guint index, uint32_t *start, uint32_t *end)
{
    const struct token *token = token_of(reader, index);
    const char *string = reader->text + token->start;
    uint32_t quote = *string == '$' ? (uint32_t)strcspn(string + 1, "$") + 2 : 1;

    if (token->kind != TOKEN_STRING || (*string != '\'' && *string != '$') ||
        token->end - token->start < 2 * quote)
        return false;
    *start = token->start + quote;
    *end = token->end - quote;
    return true;
}

/* The text of a constant; NULL when the range is anything else. Owned by the caller. */
static char *constant_of(const struct reader *reader, struct token_range range)
{
    uint32_t start, end;

    if (range.last - range.first != 1 || !inside_quotes(reader, range.first, &start, &end))
        return NULL;
    char *text = g_strndup(reader->text + start, end - start);
    if (strchr(text, '\''))
        g_clear_pointer(&text, g_free);
    return text;
}

/* Puts the text of a string at its place. */
static bool put_string(struct made *made, guint index)
{
    const struct reader *reader = made->reader;
    uint32_t start, end;

    if (!inside_quotes(reader, index, &start, &end))
        return false;
    g_autofree char *text = scan_undouble(reader->text + start, end - start,
                                          reader->text[token_of(reader, index)->start] == '\'');
    memcpy(made->text + (start - made->start), text, end - start);
    return true;
}

/* ------------------------------------------------------------------ holes */

static void add_hole(struct made *made, enum hole_kind kind, uint32_t start, uint32_t end,
                     struct token_range argument)
{
    struct reader *reader = made->reader;
    struct hole hole = {
        .kind = kind,
        .start = start,
        .end = end,
        .argument = text_of(reader, argument),
        .constant = constant_of(reader, argument),
    };
    struct statement *statement = read_outputs(reader, argument);
    const struct output *output = statement && statement->query ? statement->query->outputs : NULL;
    struct operand operand = {0};

    if (output)
        operand = output->operand;
    g_array_append_val(made->arguments, operand);
    hole.number = made->arguments->len;
    g_array_append_val(made->holes, hole);
}

static void hole_finish(void *data)
{
    struct hole *hole = data;

    g_free(hole->argument);
    g_free(hole->constant);
}

/* ------------------------------------------------------------------ format() */

/* The arguments of a call whose first token is at `first`; `*behind` is the one behind it. */
static GArray *arguments_of(const struct reader *reader, guint first, guint *behind)
{
    GArray *arguments = g_array_new(FALSE, FALSE, sizeof(struct token_range));
    struct token_range range = {first, first};
    unsigned depth = 0;

    for (; token_of(reader, range.last)->kind != TOKEN_END; range.last++) {
        bool opens = is_word(reader, range.last, "(") || is_word(reader, range.last, "[");
        bool closes = is_word(reader, range.last, ")") || is_word(reader, range.last, "]");
        if (depth == 0 && (closes || is_word(reader, range.last, ","))) {
            if (range.last > range.first)
                g_array_append_val(arguments, range);
            if (closes)
                break;
            range.first = range.last + 1;
        }
        depth += opens;
        depth -= closes && depth > 0;
    }
    *behind = range.last + 1;
    return arguments;
}

/* %[position$][-][width]type (manual, 9.4.1 format); puts a hole in its place. */
static bool put_specifier(struct made *made, uint32_t *at, uint32_t end, const GArray *arguments,
                          guint *next)
{
    char *text = made->text;
    uint32_t start = *at, stop = start + 1;
    guint64 position = 0;

    if (stop < end && text[stop] == '%') {
        text[stop] = ' ';
        *at = stop + 1;
        return true;
    }
    while (stop < end && g_ascii_isdigit(text[stop]))
        stop++;
    if (stop > start + 1 && stop < end && text[stop] == '$') {
        position = g_ascii_strtoull(text + start + 1, NULL, 10);
        stop++;
    }
    while (stop < end && (g_ascii_isdigit(text[stop]) || text[stop] == '-'))
        stop++;
    if (stop >= end || !strchr("ILs", text[stop]))
        return false;
    guint index = position > 0 ? (guint)position : *next;
    if (index >= arguments->len)
        return false;
    *next = index + 1;
    enum hole_kind kind = text[stop] == 'I' ? HOLE_NAME : text[stop] == 'L' ? HOLE_VALUE : HOLE_ANY;
    add_hole(made, kind, start, stop + 1, g_array_index(arguments, struct token_range, index));
    *at = stop + 1;
    return true;
}

static bool put_format(struct made *made, guint first, guint *behind)
{
    struct reader *reader = made->reader;
    g_autoptr(GArray) arguments = arguments_of(reader, first, behind);
    uint32_t start, end;
    guint next = 1;

    if (arguments->len == 0)
        return false;
    struct token_range text = g_array_index(arguments, struct token_range, 0);
    if (text.last - text.first != 1 || !put_string(made, text.first) ||
        !inside_quotes(reader, text.first, &start, &end))
        return false;
    for (uint32_t at = start - made->start; at < end - made->start;) {
        if (made->text[at] != '%')
            at++;
        else if (!put_specifier(made, &at, end - made->start, arguments, &next))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ joined strings */

/* Behind format( or pg_catalog.format(; 0 when neither stands there. */
static guint behind_call(const struct reader *reader, guint first, const char *function)
{
    if (is_word(reader, first, "pg_catalog") && is_word(reader, first + 1, "."))
        first += 2;
    return is_word(reader, first, function) && is_word(reader, first + 1, "(") ? first + 2 : 0;
}

/* The operands of || in a range. */
static GArray *operands_of(const struct reader *reader, struct token_range range)
{
    GArray *operands = g_array_new(FALSE, FALSE, sizeof(struct token_range));
    struct token_range operand = {range.first, range.first};
    unsigned depth = 0;

    for (; operand.last < range.last; operand.last++) {
        if (is_word(reader, operand.last, "(") || is_word(reader, operand.last, "["))
            depth++;
        else if (depth > 0 &&
                 (is_word(reader, operand.last, ")") || is_word(reader, operand.last, "]")))
            depth--;
        else if (depth == 0 && is_word(reader, operand.last, "||")) {
            g_array_append_val(operands, operand);
            operand.first = operand.last + 1;
        }
    }
    g_array_append_val(operands, operand);
    return operands;
}

/* The hole of an operand reaches from the text before it to the text behind it. */
static bool put_operand(struct made *made, const GArray *operands, guint index)
{
    static const struct {
        const char *function;
        enum hole_kind kind;
    } functions[] = {
        {"quote_ident", HOLE_NAME}, {"quote_literal", HOLE_VALUE}, {"quote_nullable", HOLE_VALUE}};
    struct reader *reader = made->reader;
    struct token_range operand = g_array_index(operands, struct token_range, index);
    struct token_range before = g_array_index(operands, struct token_range, MAX(index, 1) - 1);
    uint32_t start, end, ignored;
    enum hole_kind kind = HOLE_ANY;

    if (operand.last <= operand.first)
        return false;
    if (operand.last - operand.first == 1 && put_string(made, operand.first))
        return true;
    start = token_of(reader, operand.first)->start;
    end = token_of(reader, operand.last - 1)->end;
    if (index > 0 && inside_quotes(reader, before.first, &ignored, &start))
        start = MIN(start, token_of(reader, operand.first)->start);
    if (index + 1 < operands->len) {
        struct token_range next = g_array_index(operands, struct token_range, index + 1);
        if (!inside_quotes(reader, next.first, &end, &ignored))
            end = token_of(reader, operand.last - 1)->end;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(functions); i++) {
        guint inside = behind_call(reader, operand.first, functions[i].function);
        if (inside > 0) {
            kind = functions[i].kind;
            operand.first = inside;
            operand.last--;
        }
    }
    if (operand.last <= operand.first)
        return false;
    add_hole(made, kind, start - made->start, end - made->start, operand);
    return true;
}

static bool put_expression(struct made *made, struct token_range range)
{
    struct reader *reader = made->reader;
    guint behind, call = behind_call(reader, range.first, "format");

    if (call > 0)
        return put_format(made, call, &behind) && behind == range.last;
    g_autoptr(GArray) operands = operands_of(reader, range);
    uint32_t start, end;
    if (!inside_quotes(reader, g_array_index(operands, struct token_range, 0).first, &start, &end))
        return false; /* the verb is not known */
    for (guint i = 0; i < operands->len; i++) {
        if (!put_operand(made, operands, i))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ filling */

static bool is_part_of_name(char c)
{
    return g_ascii_isalnum(c) || c == '_' || c == '$' || (unsigned char)c >= 0x80;
}

/* The letter by which holes of one argument are one name. */
static int letter_of(const struct made *made, const struct hole *hole)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";

    for (guint i = 0; i < made->holes->len; i++) {
        if (strcmp(g_array_index(made->holes, struct hole, i).argument, hole->argument) == 0)
            return i < strlen(letters) ? letters[i] : -1;
    }
    return -1;
}

static bool fill_hole(const struct made *made, const struct hole *hole)
{
    char *at = made->text + hole->start;
    uint32_t length = hole->end - hole->start;

    if (hole->name) {
        int letter = letter_of(made, hole);
        memset(at, '_', length);
        if (length < 2 || letter < 0)
            return false;
        at[1] = (char)letter;
        return true;
    }
    g_autofree char *number = g_strdup_printf("$%u", hole->number);
    if (strlen(number) > length)
        return false;
    memset(at, ' ', length);
    memcpy(at, number, strlen(number));
    return true;
}

/* Between the quotes of a literal a hole is all of it, or what it is remains unknown. */
static bool take_quotes(struct made *made)
{
    bool quotes = false;
    guint next = 0;

    for (uint32_t at = 0; made->text[at] && next < made->holes->len; at++) {
        struct hole *hole = &g_array_index(made->holes, struct hole, next);
        if (at == hole->start) {
            if (quotes) {
                /* a quote that was doubled leaves a blank */
                uint32_t behind = hole->end + (made->text[hole->end] == ' ');
                if (at == 0 || made->text[at - 1] != '\'' || made->text[behind] != '\'')
                    return false;
                made->text[at - 1] = made->text[behind] = ' ';
                hole->kind = HOLE_VALUE;
                quotes = false;
            }
            at = hole->end - 1;
            next++;
        } else if (made->text[at] == '\'') {
            quotes = !quotes;
        }
    }
    return true;
}

/* A name follows these, and a dot; it goes before a dot. */
static bool stands_as_name(const struct made *made, const struct hole *hole)
{
    static const char *const words[] = {"from", "join", "into",  "update", "table",  "only",
                                        "on",   "view", "index", "schema", "exists", NULL};
    uint32_t end = hole->start, start;

    if (made->text[hole->end] == '.' || is_part_of_name(made->text[hole->end]))
        return true;
    while (end > 0 && g_ascii_isspace(made->text[end - 1]))
        end--;
    if (end > 0 && made->text[end - 1] == '.')
        return true;
    if (hole->start > 0 && end == hole->start && is_part_of_name(made->text[end - 1]))
        return true;
    for (start = end; start > 0 && is_part_of_name(made->text[start - 1]);)
        start--;
    g_autofree char *word = g_ascii_strdown(made->text + start, end - start);
    return g_strv_contains(words, word);
}

/* What messages call the names: a variable with the function it belongs to. */
static void remember_names(const struct made *made)
{
    struct reader *reader = made->reader;

    for (guint i = 0; i < made->holes->len; i++) {
        const struct hole *hole = &g_array_index(made->holes, struct hole, i);
        uint32_t first = hole->start, last = hole->end;
        if (!hole->name)
            continue;
        while (first > 0 && is_part_of_name(made->text[first - 1]))
            first--;
        while (is_part_of_name(made->text[last]))
            last++;
        GString *name = g_string_new_len(made->text + first, hole->start - first);
        if (hole->constant)
            g_string_append(name, hole->constant);
        else
            g_string_append_printf(name, "{%s%s%s}", reader->name ? reader->name : "",
                                   reader->name ? "." : "", hole->argument);
        g_string_append_len(name, made->text + hole->end, last - hole->end);
        script_name(reader->script, made->text + first, last - first, g_string_free(name, FALSE));
    }
}

/* ------------------------------------------------------------------ the statement */

static struct operand_item *list_arguments(const struct made *made)
{
    struct operand_item *first = NULL, **end = &first;

    for (guint i = 0; i < made->arguments->len; i++) {
        *end = arena_new(&made->reader->script->arena, struct operand_item);
        (*end)->operand = g_array_index(made->arguments, struct operand, i);
        end = &(*end)->next;
    }
    return first;
}

/* Tries the nearest hole before the place where the grammar stopped as the other thing. */
static bool try_other(struct made *made, uint32_t stopped)
{
    for (guint i = made->holes->len; i-- > 0;) {
        struct hole *hole = &g_array_index(made->holes, struct hole, i);
        if (hole->kind != HOLE_ANY || hole->tried || hole->start > stopped ||
            (!hole->name && filling_is_alias(made->text, hole->start)))
            continue;
        hole->name = !hole->name;
        hole->tried = true;
        return true;
    }
    return false;
}

static struct statement *try_fillings(struct made *made)
{
    struct reader *reader = made->reader;
    struct piece piece = {
        .script = reader->script,
        .base = reader->base + made->start,
        .arguments = list_arguments(made),
    };

    for (;;) {
        g_autofree char *text = NULL;
        for (guint i = 0; i < made->holes->len; i++) {
            if (!fill_hole(made, &g_array_index(made->holes, struct hole, i)))
                return NULL;
        }
        remember_names(made);
        text = g_strdup(made->text);
        piece.text = text;
        piece.message = NULL;
        struct statement *statement = body_piece(&piece);
        if (statement || !piece.message || !try_other(made, piece.refused.start - piece.base))
            return statement;
    }
}

/* The names of this text are no others'. */
static struct statement *read_made(struct made *made)
{
    struct script *script = made->reader->script;
    GHashTable *others = script->names;

    script->names = NULL;
    struct statement *statement = try_fillings(made);
    g_clear_pointer(&script->names, g_hash_table_unref);
    script->names = others;
    return statement;
}

/* ------------------------------------------------------------------ variables */

static bool encloses(const struct body_statement *outer, const struct body_statement *inner)
{
    while (inner && inner != outer)
        inner = inner->parent;
    return inner == outer;
}

static bool is_assigned_later(const struct reader *reader, const char *name)
{
    for (guint i = reader->at; i + 1 < reader->tokens->len; i++) {
        if (is_word(reader, i, name) && (is_word(reader, i + 1, ":=")))
            return true;
    }
    return false;
}

/* The text that a variable was given last, where no branch and no loop may have given another. */
static bool find_text(struct reader *reader, struct token_range *range)
{
    const struct token *token = token_of(reader, range->first);

    if (range->last - range->first != 1 || token->kind != TOKEN_WORD)
        return false;
    g_autofree char *name = g_ascii_strdown(reader->text + token->start, token->end - token->start);
    const struct given_text *given = g_hash_table_lookup(reader->texts, name);
    if (!given || !encloses(given->parent, reader->parent))
        return false;
    for (const struct body_statement *each = reader->parent; each && each != given->parent;
         each = each->parent) {
        if (body_is_loop(each) && is_assigned_later(reader, name))
            return false;
    }
    *range = given->range;
    return true;
}

struct statement *read_text(struct reader *reader, struct token_range range,
                            const struct operand_item *arguments)
{
    find_text(reader, &range);
    while (range.last - range.first > 2 && is_word(reader, range.first, "(") &&
           is_word(reader, range.last - 1, ")")) {
        range.first++;
        range.last--;
    }
    if (range.first >= range.last)
        return NULL;
    struct made made = {
        .reader = reader,
        .start = token_of(reader, range.first)->start,
        .holes = g_array_new(FALSE, FALSE, sizeof(struct hole)),
        .arguments = g_array_new(FALSE, FALSE, sizeof(struct operand)),
    };
    g_array_set_clear_func(made.holes, hole_finish);
    for (; arguments; arguments = arguments->next)
        g_array_append_val(made.arguments, arguments->operand);
    made.text = g_strnfill(token_of(reader, range.last - 1)->end - made.start, ' ');

    struct statement *statement = NULL;
    if (put_expression(&made, range) && !reader->message && take_quotes(&made)) {
        for (guint i = 0; i < made.holes->len; i++) {
            struct hole *hole = &g_array_index(made.holes, struct hole, i);
            hole->name =
                hole->kind == HOLE_NAME || (hole->kind == HOLE_ANY && stands_as_name(&made, hole));
        }
        statement = read_made(&made);
    }
    g_free(made.text);
    g_array_unref(made.holes);
    g_array_unref(made.arguments);
    return statement;
}
