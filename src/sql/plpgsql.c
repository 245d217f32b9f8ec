/* libpg_query reads PL/pgSQL and gives JSON: statements with their line and the text of each
 * expression. That text is looked up again in the script, from its line on, so that what is lowered
 * from it has true offsets; where INTO was taken out of a query, the text has blanks instead. */
#include "sql/body.h"

#include <stdlib.h>
#include <string.h>

#include <cjson/cJSON.h>

struct reader {
    struct script *script;
    struct span text;
    uint32_t *lines; /* offset of each line of the body */
    uint32_t line_count;
    uint32_t cursor; /* behind the beginning of the last text that was found */
    GHashTable *variables;
    cJSON *datums;
    struct body_statement **end;
    struct body_statement *parent;
    unsigned depth;
};

static void read_statements(struct reader *reader, const cJSON *list);

/* ------------------------------------------------------------------ JSON */

static const char *string_of(const cJSON *object, const char *name)
{
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, name));
}

static int number_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return cJSON_IsNumber(item) ? item->valueint : 0;
}

static bool flag_of(const cJSON *object, const char *name)
{
    return cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(object, name));
}

/* {"PLpgSQL_expr": {"query": "…"}} under a name. */
static const char *expression_of(const cJSON *object, const char *name)
{
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, name);

    return string_of(cJSON_GetObjectItemCaseSensitive(item, "PLpgSQL_expr"), "query");
}

/* ------------------------------------------------------------------ places */

static void index_lines(struct reader *reader)
{
    const char *bytes = reader->script->bytes;
    GArray *lines = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    uint32_t offset = reader->text.start;

    g_array_append_val(lines, offset);
    for (; offset < reader->text.end; offset++) {
        if (bytes[offset] == '\n') {
            uint32_t next = offset + 1;
            g_array_append_val(lines, next);
        }
    }
    reader->line_count = lines->len;
    reader->lines = (uint32_t *)g_array_free(lines, FALSE);
}

static uint32_t line_offset(const struct reader *reader, uint32_t line)
{
    return line >= 1 && line <= reader->line_count ? reader->lines[line - 1] : reader->text.start;
}

static bool text_matches(const char *at, const char *end, const char *text)
{
    for (; *text; text++, at++) {
        if (at >= end || (*text != *at && *text != ' '))
            return false;
    }
    return true;
}

static bool search(const struct reader *reader, const char *text, uint32_t from, uint32_t *found)
{
    const char *bytes = reader->script->bytes, *end = bytes + reader->text.end;

    for (const char *at = bytes + from; at < end; at++) {
        at = memchr(at, *text, (size_t)(end - at));
        if (!at)
            return false;
        if (text_matches(at, end, text)) {
            *found = (uint32_t)(at - bytes);
            return true;
        }
    }
    return false;
}

/* Where the text stands, from its line on and behind what was found before; the beginning of the
 * line when it is not found, because the body doubles quotes or the reader made the text up. */
static uint32_t find_text(struct reader *reader, const char *text, uint32_t line)
{
    uint32_t start = line_offset(reader, line), found;

    if (search(reader, text, MAX(start, reader->cursor), &found) ||
        search(reader, text, start, &found)) {
        if (line > 0)
            reader->cursor = found + 1;
        return found;
    }
    return start;
}

/* ------------------------------------------------------------------ statements */

static struct body_statement *add(struct reader *reader, enum body_kind kind, const cJSON *object)
{
    struct body_statement *statement = body_add(reader->script, &reader->end, kind, reader->parent);
    const char *bytes = reader->script->bytes;

    statement->line = (uint32_t)number_of(object, "lineno");
    statement->span.start = line_offset(reader, statement->line);
    while (statement->span.start < reader->text.end &&
           g_ascii_isspace(bytes[statement->span.start]))
        statement->span.start++;
    statement->span.end = statement->span.start;
    while (statement->span.end < reader->text.end && bytes[statement->span.end] != '\n')
        statement->span.end++;
    return statement;
}

/* A statement of SQL. PERFORM has become SELECT; what stands in the script is one byte longer. */
static void set_sql(struct reader *reader, struct body_statement *statement, const char *text,
                    bool perform)
{
    size_t skipped = perform ? strlen("SELECT ") : 0;
    uint32_t at;

    if (!text || strlen(text) < skipped)
        return;
    at = find_text(reader, text + skipped, statement->line);
    statement->statement =
        body_piece(reader->script, text, at - (uint32_t)skipped, reader->variables);
    if (statement->statement)
        statement->span = statement->statement->span;
}

/* An expression is a query of one output. */
static void set_expression(struct reader *reader, struct body_statement *statement,
                           const char *text)
{
    static const char select[] = "SELECT ";

    if (!text)
        return;
    uint32_t at = find_text(reader, text, statement->line);
    g_autofree char *query = g_strconcat(select, text, NULL);
    statement->statement =
        body_piece(reader->script, query, at - (uint32_t)strlen(select), reader->variables);
    if (statement->statement) {
        statement->statement->span.start = at;
        statement->span = statement->statement->span;
    }
}

static const char *datum_name(const struct reader *reader, int number)
{
    const cJSON *datum = cJSON_GetArrayItem(reader->datums, number);
    const char *name = datum && datum->child ? string_of(datum->child, "refname") : NULL;

    if (!name && datum && datum->child) /* a field of a record: its name alone */
        name = string_of(datum->child, "fieldname");
    return name;
}

/* {"PLpgSQL_row": {"fields": [{"name": …}]}} or {"PLpgSQL_rec": {"refname": …}} */
static const char **target_names(struct reader *reader, const cJSON *target)
{
    const cJSON *datum = target ? target->child : NULL;
    const cJSON *fields = cJSON_GetObjectItemCaseSensitive(datum, "fields"), *field;
    const char **names;
    size_t count = 0;

    if (!datum)
        return NULL;
    names =
        arena_array(&reader->script->arena, const char *, (size_t)cJSON_GetArraySize(fields) + 2);
    cJSON_ArrayForEach(field, fields)
    {
        const char *name = string_of(field, "name");
        if (name)
            names[count++] = arena_strdup(&reader->script->arena, name);
    }
    const char *whole = fields ? NULL : string_of(datum, "refname");
    if (whole)
        names[count++] = arena_strdup(&reader->script->arena, whole);
    return names;
}

static const char **one_name(struct reader *reader, const char *name)
{
    const char **names = arena_array(&reader->script->arena, const char *, 2);

    names[0] = name ? arena_strdup(&reader->script->arena, name) : NULL;
    return names;
}

static void read_inside(struct reader *reader, struct body_statement *parent, const cJSON *list)
{
    struct body_statement *outer = reader->parent;

    reader->parent = parent;
    read_statements(reader, list);
    reader->parent = outer;
}

static void read_handlers(struct reader *reader, struct body_statement *block,
                          const cJSON *exceptions)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(
        cJSON_GetObjectItemCaseSensitive(exceptions, "PLpgSQL_exception_block"), "exc_list");
    const cJSON *item, *condition;
    struct body_statement *outer = reader->parent;

    cJSON_ArrayForEach(item, list)
    {
        const cJSON *exception = cJSON_GetObjectItemCaseSensitive(item, "PLpgSQL_exception");
        const cJSON *conditions = cJSON_GetObjectItemCaseSensitive(exception, "conditions");
        size_t count = 0;
        reader->parent = block;
        struct body_statement *handler = add(reader, BODY_HANDLER, exception);
        handler->conditions = arena_array(&reader->script->arena, const char *,
                                          (size_t)cJSON_GetArraySize(conditions) + 1);
        cJSON_ArrayForEach(condition, conditions)
        {
            const char *name = string_of(
                cJSON_GetObjectItemCaseSensitive(condition, "PLpgSQL_condition"), "condname");
            if (name)
                handler->conditions[count++] = arena_strdup(&reader->script->arena, name);
        }
        read_inside(reader, handler, cJSON_GetObjectItemCaseSensitive(exception, "action"));
        /* The handler itself has no line: it is where its WHEN is, behind the block's body. */
        handler->span = block->span;
        handler->line = block->line;
    }
    reader->parent = outer;
}

static void read_block(struct reader *reader, const cJSON *object)
{
    const cJSON *exceptions = cJSON_GetObjectItemCaseSensitive(object, "exceptions");
    struct body_statement *block = add(reader, BODY_BLOCK, object);

    block->handled = exceptions != NULL;
    read_inside(reader, block, cJSON_GetObjectItemCaseSensitive(object, "body"));
    if (exceptions)
        read_handlers(reader, block, exceptions);
}

static void read_arm(struct reader *reader, struct body_statement *choice, const cJSON *object,
                     const char *condition, const cJSON *body)
{
    struct body_statement *outer = reader->parent;

    reader->parent = choice;
    struct body_statement *arm = add(reader, BODY_ARM, object);
    reader->parent = outer;
    if (arm->line == 0)
        arm->line = choice->line;
    set_expression(reader, arm, condition);
    read_inside(reader, arm, body);
}

static void read_if(struct reader *reader, const cJSON *object)
{
    struct body_statement *choice = add(reader, BODY_IF, object);
    const cJSON *item, *other = cJSON_GetObjectItemCaseSensitive(object, "else_body");

    read_arm(reader, choice, object, expression_of(object, "cond"),
             cJSON_GetObjectItemCaseSensitive(object, "then_body"));
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "elsif_list"))
    {
        const cJSON *arm = cJSON_GetObjectItemCaseSensitive(item, "PLpgSQL_if_elsif");
        read_arm(reader, choice, arm, expression_of(arm, "cond"),
                 cJSON_GetObjectItemCaseSensitive(arm, "stmts"));
    }
    if (other)
        read_arm(reader, choice, object, NULL, other);
}

static void read_case(struct reader *reader, const cJSON *object)
{
    struct body_statement *choice = add(reader, BODY_IF, object);
    const char *subject = expression_of(object, "t_expr");
    const cJSON *item, *other = cJSON_GetObjectItemCaseSensitive(object, "else_stmts");

    set_expression(reader, choice, subject);
    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "case_when_list"))
    {
        const cJSON *arm = cJSON_GetObjectItemCaseSensitive(item, "PLpgSQL_case_when");
        /* Of a CASE with a subject the conditions compare a variable of the reader's own. */
        read_arm(reader, choice, arm, subject ? subject : expression_of(arm, "expr"),
                 cJSON_GetObjectItemCaseSensitive(arm, "stmts"));
    }
    if (other)
        read_arm(reader, choice, object, NULL, other);
}

static void read_loop(struct reader *reader, const cJSON *object, bool endless,
                      const char *condition)
{
    struct body_statement *loop = add(reader, BODY_LOOP, object);
    const char *label = string_of(object, "label");

    loop->endless = endless;
    loop->name = label ? arena_strdup(&reader->script->arena, label) : NULL;
    set_expression(reader, loop, condition);
    read_inside(reader, loop, cJSON_GetObjectItemCaseSensitive(object, "body"));
}

static void read_for_query(struct reader *reader, const cJSON *object, const char *query)
{
    struct body_statement *loop = add(reader, BODY_FOR_QUERY, object);

    loop->into = target_names(reader, cJSON_GetObjectItemCaseSensitive(object, "var"));
    if (query)
        set_sql(reader, loop, query, false);
    read_inside(reader, loop, cJSON_GetObjectItemCaseSensitive(object, "body"));
}

/* The text of EXECUTE is an expression; only a constant tells what is executed. */
static void set_executed(struct reader *reader, struct body_statement *statement,
                         const char *expression)
{
    g_autofree char *query = g_strconcat("SELECT ", expression, NULL);
    struct statement *constant =
        body_piece(reader->script, query, line_offset(reader, statement->line), reader->variables);
    const struct output *output = constant && constant->query ? constant->query->outputs : NULL;

    if (!output || output->operand.kind != OPERAND_CONSTANT)
        return;
    uint32_t at = find_text(reader, expression, statement->line);
    const char *start = strpbrk(expression, "'$");
    if (!start)
        return;
    size_t quote = *start == '$' ? strcspn(start + 1, "$") + 2 : 1;
    g_autofree char *text = g_strdup(start + quote);
    if (strlen(text) < quote || strstr(text, "''"))
        return;
    text[strlen(text) - quote] = '\0';
    statement->statement = body_piece(
        reader->script, text, at + (uint32_t)(start - expression + quote), reader->variables);
}

static void read_execute(struct reader *reader, const cJSON *object, const char *expression)
{
    struct body_statement *statement = add(reader, BODY_EXECUTE, object);

    statement->into = target_names(reader, cJSON_GetObjectItemCaseSensitive(object, "target"));
    if (expression)
        set_executed(reader, statement, expression);
}

static void read_sql(struct reader *reader, const cJSON *object, const char *text, bool perform)
{
    struct body_statement *statement = add(reader, BODY_SQL, object);

    statement->into = target_names(reader, cJSON_GetObjectItemCaseSensitive(object, "target"));
    set_sql(reader, statement, text, perform);
}

/* "x := expression" or "x = expression" */
static void read_assign(struct reader *reader, const cJSON *object)
{
    struct body_statement *statement = add(reader, BODY_ASSIGN, object);
    const char *text = expression_of(object, "expr");
    const char *sign = text ? strchr(text, '=') : NULL;

    statement->into = one_name(reader, datum_name(reader, number_of(object, "varno")));
    if (sign)
        set_expression(reader, statement, sign + 1 + strspn(sign + 1, " \t\r\n"));
}

static void read_raise(struct reader *reader, const cJSON *object)
{
    enum { ERROR_LEVEL = 21 }; /* ERROR in utils/elog.h; lower levels are messages */
    struct body_statement *statement = add(reader, BODY_RAISE, object);
    const char *condition = string_of(object, "condname");

    statement->error = number_of(object, "elog_level") >= ERROR_LEVEL;
    statement->again = statement->error && !condition && !string_of(object, "message") &&
                       !cJSON_GetObjectItemCaseSensitive(object, "options");
    if (condition)
        statement->name = arena_strdup(&reader->script->arena, condition);
}

static void read_return(struct reader *reader, const cJSON *object, const char *query)
{
    struct body_statement *statement = add(reader, BODY_RETURN, object);

    if (query)
        set_sql(reader, statement, query, false);
    else
        set_expression(reader, statement, expression_of(object, "expr"));
}

static void read_cursor(struct reader *reader, const cJSON *object, enum body_kind kind)
{
    struct body_statement *statement = add(reader, kind, object);
    const char *name = datum_name(reader, number_of(object, "curvar"));
    const cJSON *datum = cJSON_GetArrayItem(reader->datums, number_of(object, "curvar"));
    const char *query = expression_of(object, "query");

    statement->name = name ? arena_strdup(&reader->script->arena, name) : NULL;
    statement->into = target_names(reader, cJSON_GetObjectItemCaseSensitive(object, "target"));
    if (kind != BODY_OPEN)
        return;
    if (!query && datum && datum->child)
        query = expression_of(datum->child, "cursor_explicit_expr");
    if (query) {
        uint32_t line = statement->line;
        statement->line = 0; /* a declared cursor's query stands in DECLARE */
        set_sql(reader, statement, query, false);
        statement->line = line;
    }
}

static void read_for_cursor(struct reader *reader, const cJSON *object)
{
    const cJSON *datum = cJSON_GetArrayItem(reader->datums, number_of(object, "curvar"));
    const char *query =
        datum && datum->child ? expression_of(datum->child, "cursor_explicit_expr") : NULL;
    struct body_statement *loop = add(reader, BODY_FOR_QUERY, object);
    uint32_t line = loop->line;

    loop->into = target_names(reader, cJSON_GetObjectItemCaseSensitive(object, "var"));
    loop->line = 0; /* a declared cursor's query stands in DECLARE */
    if (query)
        set_sql(reader, loop, query, false);
    loop->line = line;
    read_inside(reader, loop, cJSON_GetObjectItemCaseSensitive(object, "body"));
}

static void read_diagnostics(struct reader *reader, const cJSON *object)
{
    struct body_statement *statement = add(reader, BODY_DIAGNOSTICS, object);
    const cJSON *item;

    cJSON_ArrayForEach(item, cJSON_GetObjectItemCaseSensitive(object, "diag_items"))
    {
        const cJSON *diagnostic = cJSON_GetObjectItemCaseSensitive(item, "PLpgSQL_diag_item");
        if (g_strcmp0(string_of(diagnostic, "kind"), "ROW_COUNT") == 0)
            statement->into = one_name(reader, datum_name(reader, number_of(diagnostic, "target")));
    }
}

static void read_exit(struct reader *reader, const cJSON *object)
{
    struct body_statement *statement =
        add(reader, flag_of(object, "is_exit") ? BODY_EXIT : BODY_CONTINUE, object);
    const char *label = string_of(object, "label"), *condition = expression_of(object, "cond");

    statement->guarded = condition != NULL;
    statement->name = label ? arena_strdup(&reader->script->arena, label) : NULL;
    set_expression(reader, statement, condition);
}

static void read_statement(struct reader *reader, const char *type, const cJSON *object)
{
    if (strcmp(type, "block") == 0)
        read_block(reader, object);
    else if (strcmp(type, "if") == 0)
        read_if(reader, object);
    else if (strcmp(type, "case") == 0)
        read_case(reader, object);
    else if (strcmp(type, "loop") == 0)
        read_loop(reader, object, true, NULL);
    else if (strcmp(type, "while") == 0)
        read_loop(reader, object, true, expression_of(object, "cond"));
    else if (strcmp(type, "fori") == 0 || strcmp(type, "foreach_a") == 0)
        read_loop(reader, object, false, expression_of(object, "expr"));
    else if (strcmp(type, "fors") == 0)
        read_for_query(reader, object, expression_of(object, "query"));
    else if (strcmp(type, "dynfors") == 0)
        read_for_query(reader, object, NULL);
    else if (strcmp(type, "forc") == 0)
        read_for_cursor(reader, object);
    else if (strcmp(type, "execsql") == 0)
        read_sql(reader, object, expression_of(object, "sqlstmt"), false);
    else if (strcmp(type, "perform") == 0)
        read_sql(reader, object, expression_of(object, "expr"), true);
    else if (strcmp(type, "call") == 0)
        read_sql(reader, object, expression_of(object, "expr"), false);
    else if (strcmp(type, "dynexecute") == 0)
        read_execute(reader, object, expression_of(object, "query"));
    else if (strcmp(type, "assign") == 0)
        read_assign(reader, object);
    else if (strcmp(type, "open") == 0)
        read_cursor(reader, object, BODY_OPEN);
    else if (strcmp(type, "fetch") == 0)
        read_cursor(reader, object, BODY_FETCH);
    else if (strcmp(type, "close") == 0)
        read_cursor(reader, object, BODY_CLOSE);
    else if (strcmp(type, "return") == 0 || strcmp(type, "return_next") == 0)
        read_return(reader, object, NULL);
    else if (strcmp(type, "return_query") == 0 && expression_of(object, "query"))
        read_return(reader, object, expression_of(object, "query"));
    else if (strcmp(type, "return_query") == 0)
        read_execute(reader, object, expression_of(object, "dynquery"));
    else if (strcmp(type, "raise") == 0)
        read_raise(reader, object);
    else if (strcmp(type, "getdiag") == 0)
        read_diagnostics(reader, object);
    else if (strcmp(type, "commit") == 0)
        add(reader, BODY_COMMIT, object)->chain = flag_of(object, "chain");
    else if (strcmp(type, "rollback") == 0)
        add(reader, BODY_ROLLBACK, object)->chain = flag_of(object, "chain");
    else if (strcmp(type, "exit") == 0)
        read_exit(reader, object);
}

static void read_statements(struct reader *reader, const cJSON *list)
{
    static const char head[] = "PLpgSQL_stmt_";
    const cJSON *item;

    if (reader->depth >= LOWER_DEPTH)
        return;
    reader->depth++;
    cJSON_ArrayForEach(item, list)
    {
        const cJSON *object = item->child;
        if (object && g_str_has_prefix(object->string, head))
            read_statement(reader, object->string + strlen(head), object);
    }
    reader->depth--;
}

/* ------------------------------------------------------------------ the function */

static void add_variables(struct reader *reader, struct body *body, const char *const *parameters,
                          bool trigger)
{
    static const char *const of_triggers[] = {"new",           "old",     "tg_op",    "tg_name",
                                              "tg_table_name", "tg_when", "tg_level", NULL};
    const cJSON *datum;
    GHashTableIter iter;
    gpointer name;
    size_t count = 0;

    cJSON_ArrayForEach(datum, reader->datums)
    {
        const char *refname = datum->child ? string_of(datum->child, "refname") : NULL;
        if (refname && refname[0] != '(')
            g_hash_table_add(reader->variables, g_strdup(refname));
    }
    for (; parameters && *parameters; parameters++)
        g_hash_table_add(reader->variables, g_strdup(*parameters));
    for (size_t i = 0; trigger && of_triggers[i]; i++)
        g_hash_table_add(reader->variables, g_strdup(of_triggers[i]));

    body->variables =
        arena_array(&reader->script->arena, const char *, g_hash_table_size(reader->variables) + 1);
    g_hash_table_iter_init(&iter, reader->variables);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        body->variables[count++] = arena_strdup(&reader->script->arena, name);
}

static struct body *read_function(struct reader *reader, const cJSON *function,
                                  const char *const *parameters, bool trigger)
{
    struct body *body = arena_new(&reader->script->arena, struct body);
    const cJSON *action = cJSON_GetObjectItemCaseSensitive(function, "action");

    reader->datums = cJSON_GetObjectItemCaseSensitive(function, "datums");
    reader->end = &body->statements;
    add_variables(reader, body, parameters, trigger);
    index_lines(reader);
    read_block(reader, cJSON_GetObjectItemCaseSensitive(action, "PLpgSQL_stmt_block"));
    g_free(reader->lines);
    return body;
}

struct body *plpgsql_parse(struct script *script, const char *source, struct span text,
                           const char *const *parameters, bool trigger, char **message)
{
    PgQueryPlpgsqlParseResult result = plpgsql_read(source);
    struct reader reader = {
        .script = script,
        .text = text,
        .variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
    };
    struct body *body = NULL;
    cJSON *json = result.error ? NULL : cJSON_Parse(result.plpgsql_funcs);
    const cJSON *function =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetArrayItem(json, 0), "PLpgSQL_function");

    if (function)
        body = read_function(&reader, function, parameters, trigger);
    else
        *message = g_strdup(result.error ? result.error->message : "no body that can be read");
    cJSON_Delete(json);
    pg_query_free_plpgsql_parse_result(result);
    g_hash_table_unref(reader.variables);
    return body;
}
