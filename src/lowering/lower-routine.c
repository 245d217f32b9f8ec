/* Functions, procedures and DO: what can be told about them without their body, and where the body
 * stands in the file. */
#include "lowering/lower.h"

#include <string.h>

#include "facts/body.h"
#include "grammar/scan.h"

/* The opening quote of the first string constant at or after `at`: a quote or a dollar quote, whose tag
 * may be a template's, ${tag}$. */
static const char *find_quote(const char *at, const char *end)
{
    for (; at < end; at++) {
        if (*at == '\'')
            return at;
        if (*at == '$' && (at[1] == '$' || g_ascii_isalpha(at[1]) || at[1] == '_' || at[1] == '{'))
            return at;
    }
    return NULL;
}

struct span lower_literal_span(const struct lowering *lowering, uint32_t offset)
{
    const char *bytes = lowering->script->bytes;
    const char *end = lowering->text + strlen(lowering->text);
    const char *quote = find_quote(bytes + offset, bytes + lowering->base + (end - lowering->text));
    const char *limit = bytes + lowering->script->size;

    if (!quote)
        return (struct span){offset, offset};
    const char *start = quote + 1, *stop;
    if (*quote == '$') {
        const char *tag_end = memchr(start, '$', (size_t)(limit - start));
        if (!tag_end)
            return (struct span){offset, offset};
        size_t length = (size_t)(tag_end + 1 - quote);
        start = tag_end + 1;
        stop = memmem(start, (size_t)(limit - start), quote, length);
    } else {
        for (stop = start; stop < limit && *stop; stop++) {
            if (*stop == '\'' && stop[1] == '\'')
                stop++;
            else if (*stop == '\'')
                break;
        }
    }
    if (!stop || stop >= limit)
        return (struct span){offset, offset};
    return (struct span){(uint32_t)(start - bytes), (uint32_t)(stop - bytes)};
}

static void lower_parameters(struct lowering *lowering, List *parameters, struct routine *routine)
{
    size_t length = (size_t)list_length(parameters), results = 0;
    ListCell *cell;

    routine->argument_names = arena_array(lowering->arena, const char *, length + 1);
    routine->argument_types = arena_array(lowering->arena, const char *, length + 1);
    routine->result_names = arena_array(lowering->arena, const char *, length + 1);
    foreach (cell, parameters) {
        const FunctionParameter *parameter = lfirst(cell);
        if (parameter->mode == FUNC_PARAM_OUT || parameter->mode == FUNC_PARAM_TABLE) {
            if (parameter->name)
                routine->result_names[results++] = lower_string(lowering, parameter->name);
            continue;
        }
        routine->argument_types[routine->argument_count] =
            canonical_type(lowering, parameter->argType);
        routine->argument_names[routine->argument_count++] =
            lower_string(lowering, parameter->name);
        if (!parameter->defexpr)
            routine->required_count = routine->argument_count;
        routine->variadic |= parameter->mode == FUNC_PARAM_VARIADIC;
    }
}

static void lower_options(struct lowering *lowering, List *options, struct routine *routine)
{
    struct routine_setting **end = &routine->settings;
    ListCell *cell;

    foreach (cell, options) {
        const DefElem *option = lfirst(cell);
        if (strcmp(option->defname, "language") == 0) {
            routine->language = lower_string(lowering, strVal(option->arg));
        } else if (strcmp(option->defname, "volatility") == 0) {
            const char *volatility = strVal(option->arg);
            routine->volatility = strcmp(volatility, "stable") == 0      ? VOLATILITY_STABLE
                                  : strcmp(volatility, "immutable") == 0 ? VOLATILITY_IMMUTABLE
                                                                         : VOLATILITY_VOLATILE;
        } else if (strcmp(option->defname, "security") == 0) {
            routine->definer = boolVal(option->arg);
        } else if (strcmp(option->defname, "as") == 0) {
            routine->text = lower_literal_span(lowering, lower_offset(lowering, option->location));
        } else if (strcmp(option->defname, "set") == 0) {
            *end = arena_new(lowering->arena, struct routine_setting);
            (*end)->setting = lower_setting(lowering, (VariableSetStmt *)option->arg);
            (*end)->setting->span = lower_token(lowering, option->location);
            if ((*end)->setting->name)
                (*end)->setting->name_span =
                    lower_find_word(lowering, option->location, (*end)->setting->name);
            end = &(*end)->next;
        }
    }
}

/* Where the next statement of BEGIN ATOMIC stands: from a token to the one before its semicolon. */
static struct span next_span(const struct lowering *lowering, const GArray *tokens, guint *at)
{
    const struct token *token = &g_array_index(tokens, struct token, *at);
    struct span span = {token->start, token->end};
    unsigned depth = 0;

    for (; token->kind != TOKEN_END; token = &g_array_index(tokens, struct token, ++*at)) {
        if (depth == 0 && token_is(lowering->text, token, ";"))
            break;
        depth += token_is(lowering->text, token, "(");
        depth -= depth > 0 && token_is(lowering->text, token, ")");
        span.end = token->end;
    }
    *at += token->kind != TOKEN_END;
    return (struct span){lowering->base + span.start, lowering->base + span.end};
}

/* The token behind BEGIN ATOMIC, or RETURN. */
static guint find_body(const struct lowering *lowering, const GArray *tokens)
{
    for (guint i = 0; i < tokens->len; i++) {
        const struct token *token = &g_array_index(tokens, struct token, i);
        if (token_is(lowering->text, token, "atomic"))
            return i + 1;
        if (token_is(lowering->text, token, "return"))
            return i;
    }
    return tokens->len - 1;
}

/* BEGIN ATOMIC … END, or RETURN expression: the statements are in the tree already. */
static struct body *lower_atomic(struct lowering *lowering, Node *body, GHashTable *variables)
{
    struct body *result = arena_new(lowering->arena, struct body);
    struct body_statement **end = &result->statements;
    struct lowering inner = *lowering;
    g_autoptr(GArray) tokens = scan_tokens(lowering->text);
    guint at = find_body(lowering, tokens);
    ListCell *cell;

    inner.variables = variables;
    List *statements = IsA(body, List) ? linitial((List *)body) : list_make1(body);
    foreach (cell, statements) {
        Node *node = lfirst(cell);
        struct body_statement *item = body_add(lowering->arena, &end, BODY_SQL, NULL);
        struct statement *statement = arena_new(lowering->arena, struct statement);
        item->statement = statement;
        item->span = statement->span = next_span(lowering, tokens, &at);
        if (IsA(node, ReturnStmt)) {
            statement->kind = STATEMENT_QUERY;
            statement->verb = "RETURN";
            statement->flags = STATEMENT_SNAPSHOT;
            statement->query = lower_detached(&inner, NULL, NULL, ((ReturnStmt *)node)->returnval);
        } else {
            lower_statement(&inner, node, statement);
        }
    }
    return result;
}

/* Words by which a body of a language that is not read asks other programs, or waits for the clock.
 * Such a language must be one that may do so: PL/Python, PL/PerlU, PL/sh. */
static bool goes_outside(const struct lowering *lowering, const struct routine *routine)
{
    static const char *const languages[] = {"plpython3u", "plpythonu", "plpython2u", "plperlu",
                                            "plsh",       "pltclu",    NULL};
    static const char *const words[] = {
        "requests.", "urllib",     "http.client", "httpx", "smtplib",
        "socket.",   "subprocess", "time.sleep(", "boto3", "paramiko",
        "LWP::",     "HTTP::",     "curl ",       "wget ", "exec "};
    const char *bytes = lowering->script->bytes + routine->text.start;
    gssize length = (gssize)(routine->text.end - routine->text.start);

    if (!g_strv_contains(languages, routine->language) || length <= 0)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (g_strstr_len(bytes, length, words[i]))
            return true;
    }
    return false;
}

struct change *lower_routine(struct lowering *lowering, CreateFunctionStmt *stmt,
                             const struct statement *statement)
{
    struct change *change = arena_new(lowering->arena, struct change);
    struct routine *routine = arena_new(lowering->arena, struct routine);

    change->kind = CHANGE_CREATE_ROUTINE;
    change->object = lower_name_list(lowering, stmt->funcname);
    change->replace = stmt->replace;
    change->routine = routine;
    routine->schema = change->object.schema;
    routine->name = change->object.name;
    routine->language = "sql";
    routine->procedure = stmt->is_procedure;
    routine->script = lowering->script;
    routine->span = statement->span;
    if (stmt->returnType) {
        routine->returns_set = stmt->returnType->setof;
        routine->returns_trigger = strcmp(strVal(llast(stmt->returnType->names)), "trigger") == 0;
    }
    lower_parameters(lowering, stmt->parameters, routine);
    lower_options(lowering, stmt->options, routine);
    routine->outside = goes_outside(lowering, routine);
    if (stmt->sql_body) {
        g_autoptr(GHashTable) variables = g_hash_table_new(g_str_hash, g_str_equal);
        for (int i = 0; i < routine->argument_count; i++) {
            if (routine->argument_names[i])
                g_hash_table_insert(variables, (gpointer)routine->argument_names[i], NULL);
        }
        if (!g_hash_table_contains(variables, routine->name))
            g_hash_table_insert(variables, (gpointer)routine->name, BODY_QUALIFIER);
        routine->body = lower_atomic(lowering, stmt->sql_body, variables);
    }
    return change;
}

void lower_do(struct lowering *lowering, const DoStmt *stmt, struct statement *statement)
{
    struct do_block *block = arena_new(lowering->arena, struct do_block);
    ListCell *cell;

    statement->block = block;
    block->language = "plpgsql";
    foreach (cell, stmt->args) {
        const DefElem *argument = lfirst(cell);
        if (strcmp(argument->defname, "language") == 0)
            block->language = lower_string(lowering, strVal(argument->arg));
        else if (strcmp(argument->defname, "as") == 0)
            block->text = lower_literal_span(lowering, lower_offset(lowering, argument->location));
    }
}
