/* The values of statements: parameters of the log, and what stands in the texts. */
#include "history/follow-parts.h"
#include "history/list.h"

static bool ends_in_dots(struct piece text)
{
    return text.length >= 3 && memcmp(text.at + text.length - 3, "...", 3) == 0;
}

void follow_read_parameters(struct piece parameters, GArray *values)
{
    unsigned number;
    struct piece text;

    g_array_set_size(values, 0);
    while (parameter_next(&parameters, &number, &text)) {
        struct value value = {.kind = 's', .cut = ends_in_dots(text)};
        if (!text.at) {
            value.hash = value_hash_text("null", 4);
        } else if (memchr(text.at, '\'', text.length)) {
            GString *plain = g_string_sized_new(text.length);
            for (size_t i = 0; i < text.length; i++) {
                g_string_append_c(plain, text.at[i]);
                i += text.at[i] == '\'';
            }
            value.hash = value_hash_text(plain->str, plain->len);
            g_string_free(plain, TRUE);
        } else {
            value.hash = value_hash_text(text.at, text.length);
        }
        if (number > 0 && number <= 65535) {
            while (values->len < number)
                g_array_append_val(values, ((struct value){0}));
            g_array_index(values, struct value, number - 1) = value;
        }
    }
}

/* One argument, from a token to before another: a constant, whatever it is cast to. Another
 * expression is not known. */
static struct value argument(const struct tokens *tokens, struct piece text, guint from, guint to)
{
    const struct token *first = &g_array_index(tokens->all, struct token, from);
    bool negative = from + 1 < to && text.at[first->span.start] == '-';

    from += negative;
    const struct token *constant = &g_array_index(tokens->all, struct token, from);
    bool whole = from + 1 == to ||
                 (from + 1 < to &&
                  text.at[g_array_index(tokens->all, struct token, from + 1).span.start] == ':');
    if (from >= to || !whole || !token_is_value(constant) || constant->kind == TOKEN_PARAMETER)
        return (struct value){0};
    return (struct value){.hash = value_hash(text.at, constant, negative), .kind = 's'};
}

static void read_arguments(struct follow *follow, struct piece text)
{
    const GArray *all = follow->arguments.all;
    guint from = 0;
    int depth = 0;

    tokens_read(&follow->arguments, text.at, text.length);
    for (guint i = 0; i <= all->len; i++) {
        char c = i < all->len ? text.at[g_array_index(all, struct token, i).span.start] : ',';
        depth += (c == '(' || c == '[') - (c == ')' || c == ']');
        if (i < all->len && (c != ',' || depth > 0))
            continue;
        if (from < i) {
            struct value value = argument(&follow->arguments, text, from, i);
            g_array_append_val(follow->parameters, value);
        }
        from = i + 1;
    }
}

void follow_take_parameters(struct follow *follow, const struct session *session,
                            const struct execution *execution, uint64_t text)
{
    g_array_set_size(follow->parameters, 0);
    if (execution->arguments.at)
        read_arguments(follow, execution->arguments);
    else if (execution->parameters.at)
        follow_read_parameters(execution->parameters, follow->parameters);
    else if (session->bound == text)
        g_array_append_vals(follow->parameters, session->parameters->data,
                            session->parameters->len);
}

static struct value inlined(struct follow *follow, const struct slot *slot, struct piece text,
                            guint offset, bool own)
{
    guint index = g_array_index(follow->tokens->values, guint, slot->value + offset);
    const struct token *token = &g_array_index(follow->tokens->all, struct token, index);
    char first = g_ascii_tolower(text.at[token->span.start]);

    return (struct value){
        .hash = value_hash(text.at, token, slot->negative),
        .inlined = true,
        .own = own,
        .kind = token->kind == TOKEN_NUMBER    ? 'n'
                : token->kind == TOKEN_KEYWORD ? 'k'
                                               : 's',
        .word = first,
    };
}

static struct value parameter(struct follow *follow, unsigned number)
{
    if (number > 0 && number <= follow->parameters->len && /* a message may name $0 */
        g_array_index(follow->parameters, struct value, number - 1).hash)
        return g_array_index(follow->parameters, struct value, number - 1);
    return (struct value){.hash = 0x9e3779b97f4a7c15u * ++follow->unknown, .kind = 's'};
}

static struct value value_of(struct follow *follow, const struct slot *slot, struct piece text,
                             bool own, guint offset)
{
    guint index = g_array_index(follow->tokens->values, guint, slot->value + offset);
    const struct token *token = &g_array_index(follow->tokens->all, struct token, index);

    if (token->kind != TOKEN_PARAMETER)
        return inlined(follow, slot, text, offset, own);
    size_t digits = token->span.start + 1; /* of "$12", which may be the end of the text */
    return parameter(follow,
                     piece_number((struct piece){text.at + digits, token->span.end - digits}));
}

/* The value of the second slot of a list, whose first one has been added. */
static struct value begin_list(struct follow *follow, struct run *run, const struct slot *slot,
                               struct piece text, bool own)
{
    g_autofree struct value *others = g_new(struct value, slot->count);

    for (guint i = 0; i < slot->count; i++)
        others[i] = value_of(follow, slot, text, own, i);
    return list_begin(run, slot->column, others, slot->count);
}

/* Whether the slot has one value that a column must be equal to. */
static bool slot_names(const struct normal *normal, guint index)
{
    const struct slot *slot = &g_array_index(normal->slots, struct slot, index);
    bool begins = index + 1 < normal->slots->len && slot[1].list;

    return slot->role == SLOT_COMPARED && slot->equal && slot->column && !begins;
}

void follow_add_values(struct follow *follow, struct run *run, const struct normal *normal,
                       struct piece text, bool own)
{
    for (guint i = 0; i < normal->slots->len; i++) {
        const struct slot *slot = &g_array_index(normal->slots, struct slot, i);
        struct value value = value_of(follow, slot, text, own, 0);
        if (slot->list)
            value = begin_list(follow, run, slot, text, own);
        else if (slot_names(normal, i))
            list_name(run, slot->column, value.hash);
        g_array_append_val(run->values, value);
    }
}
