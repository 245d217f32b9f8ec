#include <string.h>

#include "facts/builtin.h"
#include "lowering/lower.h"
#include "sql/normal-parts.h"

/* The parts of statements that the walker of trees does not know. */
static bool walk_utility(Node *node, bool (*each)(Node *, void *), void *context)
{
    switch (nodeTag(node)) {
    case T_CopyStmt:
        each((Node *)((CopyStmt *)node)->relation, context);
        each(((CopyStmt *)node)->query, context);
        return true;
    case T_DeclareCursorStmt:
        each(((DeclareCursorStmt *)node)->query, context);
        return true;
    case T_LockStmt:
        each((Node *)((LockStmt *)node)->relations, context);
        return true;
    case T_TruncateStmt:
        each((Node *)((TruncateStmt *)node)->relations, context);
        return true;
    case T_CallStmt:
        each((Node *)((CallStmt *)node)->funccall, context);
        return true;
    default:
        return false;
    }
}

/* A WITH query is no table. */
static bool is_with_query(const struct reading *reading, const RangeVar *range)
{
    return !range->schemaname &&
           g_ptr_array_find_with_equal_func(reading->with, range->relname, g_str_equal, NULL);
}

static bool collect_with(Node *node, void *context)
{
    struct reading *reading = context;

    if (!node || walk_utility(node, collect_with, context))
        return false;
    if (IsA(node, CommonTableExpr))
        g_ptr_array_add(reading->with, ((CommonTableExpr *)node)->ctename);
    return raw_expression_tree_walker(node, collect_with, context);
}

static bool collect_ranges(Node *node, void *context)
{
    struct reading *reading = context;

    if (!node || walk_utility(node, collect_ranges, context))
        return false;
    if (IsA(node, RangeVar)) {
        if (!is_with_query(reading, (RangeVar *)node))
            g_ptr_array_add(reading->ranges, node);
        return false;
    }
    if (IsA(node, UpdateStmt))
        reading->target = ((UpdateStmt *)node)->relation;
    else if (IsA(node, DeleteStmt))
        reading->target = ((DeleteStmt *)node)->relation;
    else if (IsA(node, InsertStmt))
        reading->target = ((InsertStmt *)node)->relation;
    else if (IsA(node, MergeStmt))
        reading->target = ((MergeStmt *)node)->relation;
    return raw_expression_tree_walker(node, collect_ranges, context);
}

/* ------------------------------------------------------------------ the text */

static bool is_word(const struct reading *reading, guint index, const char *word)
{
    struct span span = reading_token(reading, index)->span;

    return span.end - span.start == strlen(word) &&
           g_ascii_strncasecmp(reading->text + span.start, word, strlen(word)) == 0;
}

/* The name of a cursor that is made up for one run, as "_django_curs_140_sync_1" is: with a digit. */
static bool is_made_up_cursor(const struct reading *reading, guint index)
{
    guint first = reading->first, last = reading->end - 1;
    struct span span = reading_token(reading, index)->span;
    bool digits = false;

    while (last > first && reading_is_char(reading, last, ';'))
        last--;
    bool named =
        (index == first + 1 &&
         (is_word(reading, first, "declare") || is_word(reading, first, "close"))) ||
        (index == last && (is_word(reading, first, "fetch") || is_word(reading, first, "move"))) ||
        (index >= first + 2 && is_word(reading, index - 1, "of") &&
         is_word(reading, index - 2, "current"));
    for (uint32_t at = span.start; named && at < span.end; at++)
        digits |= g_ascii_isdigit(reading->text[at]);
    return digits && reading_token(reading, index)->kind != TOKEN_NUMBER;
}

static void append_token(const struct reading *reading, guint index, GString *out)
{
    const struct token *each = reading_token(reading, index);

    if (reading->fates[index] == FATE_DROPPED)
        return;
    bool spaced = each->spaced;
    if (index > reading->first && reading->fates[index] == FATE_SLOT &&
        reading_is_char(reading, index - 1, '-') && reading->fates[index - 1] == FATE_DROPPED)
        spaced = reading_token(reading, index - 1)->spaced; /* the minus is part of the value */
    if (out->len > 0 && spaced && out->str[out->len - 1] != ' ')
        g_string_append_c(out, ' ');
    switch (reading->fates[index]) {
    case FATE_SLOT:
        g_string_append_c(out, SLOT_MARK);
        break;
    case FATE_MASKED:
        g_string_append(out, "'?'");
        break;
    default:
        if (each->kind == TOKEN_STRING && reading->fates[index] == FATE_KEPT)
            g_string_append(out, "'?'");
        else if (is_made_up_cursor(reading, index))
            g_string_append(out, "cursor1");
        else
            g_string_append_len(out, reading->text + each->span.start,
                                each->span.end - each->span.start);
    }
}

/* Its text is part of the normal form. */
static bool is_fixed(const struct reading *reading, guint index)
{
    enum fate fate = reading->fates[index];

    return fate == FATE_FIXED ||
           (fate == FATE_KEPT && reading_token(reading, index)->kind != TOKEN_STRING);
}

static void take_text(struct reading *reading, struct normal *normal)
{
    GString *out = g_string_new(NULL);

    for (guint i = 0; i < reading->tokens->values->len; i++) {
        guint index = g_array_index(reading->tokens->values, guint, i);
        if (index < reading->first || index >= reading->end)
            continue;
        if (is_fixed(reading, index))
            g_array_append_val(normal->fixed, i);
        if (reading->fates[index] != FATE_SLOT)
            continue;
        struct slot slot = reading->slots[index];
        slot.value = i;
        slot.count = MAX(slot.count, 1);
        memset(&reading->slots[index], 0, sizeof(struct slot));
        g_array_append_val(normal->slots, slot);
    }
    for (guint i = reading->first; i < reading->end; i++) {
        if (!reading_is_char(reading, i, ';'))
            append_token(reading, i, out);
    }
    normal->text = g_string_free(out, FALSE);
}

/* ------------------------------------------------------------------ what it is */

static bool is_catalog(const RangeVar *range)
{
    const char *schema = range->schemaname;

    return schema ? strcmp(schema, "pg_catalog") == 0 || strcmp(schema, "information_schema") == 0
                  : g_str_has_prefix(range->relname, "pg_");
}

static bool has_effect(const struct query *query)
{
    for (const struct call *call = query ? query->rest->calls : NULL; call; call = call->next) {
        enum effect effect = call->builtin ? builtin_effect(call->builtin) : EFFECT_NONE;
        if (!call->builtin || effect == EFFECT_NEXTVAL || effect == EFFECT_SETVAL ||
            effect == EFFECT_ADVISORY_XACT || effect == EFFECT_ADVISORY_SESSION ||
            effect == EFFECT_ADVISORY_TRY || effect == EFFECT_ADVISORY_UNLOCK)
            return true;
    }
    for (const struct query *inner = query ? query->inner : NULL; inner; inner = inner->next) {
        if (has_effect(inner))
            return true;
    }
    return false;
}

static bool is_noise(const struct reading *reading, const struct statement *statement)
{
    switch (statement->kind) {
    case STATEMENT_QUERY:
    case STATEMENT_DECLARE:
        for (guint i = 0; i < reading->ranges->len; i++) {
            if (!is_catalog(reading->ranges->pdata[i]))
                return false;
        }
        return !has_effect(statement->query);
    case STATEMENT_COPY:
        return reading->ranges->len == 0 || is_catalog(reading->ranges->pdata[0]);
    case STATEMENT_CALL:
    case STATEMENT_LOCK:
    case STATEMENT_TRUNCATE:
    case STATEMENT_SET_CONSTRAINTS:
    case STATEMENT_FETCH:
    case STATEMENT_CLOSE:
        return false;
    default:
        return !statement_is_control(statement);
    }
}

static void take_modes(struct normal *normal, const struct statement *statement)
{
    struct mode single;
    bool transaction = true;
    const struct mode *modes = statement_modes(statement);

    if (statement->kind == STATEMENT_SET) {
        modes = statement_asks(statement, &single, &transaction);
        normal->session = !transaction;
        normal->reset = statement->setting && statement->setting->scope == SCOPE_ALL;
    }
    if (statement->kind != STATEMENT_SET && statement->kind != STATEMENT_BEGIN)
        return;
    for (int kind = 0; kind < MODE_KINDS; kind++) {
        const struct mode *mode = modes_find(modes, (enum mode_kind)kind);
        if (!mode)
            continue;
        if (mode->value == MODE_DEFAULT)
            normal->reset = true;
        else if (kind == MODE_ISOLATION)
            normal->level = mode->value > 0 ? (enum isolation_level)mode->value : LEVEL_UNKNOWN;
        else if (kind == MODE_READ_ONLY)
            normal->read_only = mode->value;
        else
            normal->deferrable = mode->value;
    }
}

static void add_tables(const struct reading *reading, const struct statement *statement,
                       struct normal *normal)
{
    for (guint i = 0; i < reading->ranges->len; i++) {
        const RangeVar *range = reading->ranges->pdata[i];
        struct normal_table table = {.name = g_strdup(range->relname),
                                     .written = range == reading->target};
        if (is_catalog(range)) {
            g_free(table.name);
            continue;
        }
        const struct range *fact = statement->query ? statement->query->ranges : NULL;
        for (; fact; fact = fact->next)
            table.locked |=
                fact->lock != LOCK_NONE && fact->name && strcmp(fact->name, range->relname) == 0;
        table.written |=
            statement->kind == STATEMENT_TRUNCATE ||
            (statement->kind == STATEMENT_COPY && statement->copy && statement->copy->from);
        normal->writes |= table.written;
        g_array_append_val(normal->tables, table);
    }
}

static void add_assigned(Node *node, struct normal *normal)
{
    ListCell *cell;

    if (!IsA(node, UpdateStmt))
        return;
    foreach (cell, ((UpdateStmt *)node)->targetList)
        g_ptr_array_add(normal->assigned, g_strdup(((ResTarget *)lfirst(cell))->name));
}

static void slot_clear(void *data)
{
    struct slot *slot = data;

    g_free(slot->relation);
    g_free(slot->column);
}

static void table_clear(void *data)
{
    g_free(((struct normal_table *)data)->name);
}

static void normal_free(void *data)
{
    struct normal *normal = data;

    g_free(normal->verb);
    g_free(normal->text);
    g_free(normal->name);
    g_array_unref(normal->slots);
    g_array_unref(normal->fixed);
    g_array_unref(normal->tables);
    g_ptr_array_unref(normal->assigned);
    g_free(normal);
}

static struct normal *normal_new(void)
{
    struct normal *normal = g_new0(struct normal, 1);

    normal->read_only = normal->deferrable = MODE_UNKNOWN;
    normal->slots = g_array_new(FALSE, FALSE, sizeof(struct slot));
    normal->fixed = g_array_new(FALSE, FALSE, sizeof(guint));
    normal->assigned = g_ptr_array_new_with_free_func(g_free);
    normal->tables = g_array_new(FALSE, FALSE, sizeof(struct normal_table));
    g_array_set_clear_func(normal->slots, slot_clear);
    g_array_set_clear_func(normal->tables, table_clear);
    return normal;
}

/* A savepoint's name is made up; its place tells which one it is. */
static void take_control_text(struct normal *normal, const struct statement *statement)
{
    g_clear_pointer(&normal->text, g_free);
    switch (statement->kind) {
    case STATEMENT_SAVEPOINT:
        normal->text = g_strdup("SAVEPOINT");
        break;
    case STATEMENT_RELEASE:
        normal->text = g_strdup("RELEASE SAVEPOINT");
        break;
    case STATEMENT_ROLLBACK_TO:
        normal->text = g_strdup("ROLLBACK TO SAVEPOINT");
        break;
    default:
        break;
    }
}

static bool has_ranges(enum statement_kind kind)
{
    return kind == STATEMENT_QUERY || kind == STATEMENT_DECLARE || kind == STATEMENT_COPY ||
           kind == STATEMENT_LOCK || kind == STATEMENT_TRUNCATE;
}

static struct normal *read_statement(struct reading *reading, struct lowering *lowering, Node *node)
{
    struct statement *statement = arena_new(lowering->arena, struct statement);
    struct normal *normal = normal_new();

    lower_statement(lowering, node, statement);
    g_ptr_array_set_size(reading->ranges, 0);
    reading->target = NULL;
    g_ptr_array_set_size(reading->with, 0);
    if (has_ranges(statement->kind)) {
        collect_with(node, reading);
        collect_ranges(node, reading);
    }
    normal->kind = statement->kind;
    normal->verb = g_strdup(statement->verb ? statement->verb : "statement");
    normal->name = g_strdup(statement_name(statement));
    normal->chain = (statement->flags & STATEMENT_CHAIN) != 0;
    normal->noise = lowering->too_deep || is_noise(reading, statement);
    take_modes(normal, statement);
    if (normal->noise)
        return normal;
    add_tables(reading, statement, normal);
    add_assigned(node, normal);
    if (statement_is_control(statement)) {
        take_control_text(normal, statement);
        return normal;
    }
    if (statement->kind == STATEMENT_QUERY)
        normal_mark(node, reading);
    else
        walk_utility(node, normal_mark, reading);
    take_text(reading, normal);
    return normal;
}

/* Parameters have no place in LOCK and the like, and what `walk` did not come by is kept. */
static void find_tokens(struct reading *reading, const RawStmt *raw, size_t length)
{
    size_t start = (size_t)MAX(raw->stmt_location, 0);
    size_t end = raw->stmt_len > 0 ? start + (size_t)raw->stmt_len : length;

    while (reading->first < reading->tokens->all->len &&
           reading_token(reading, reading->first)->span.start < start)
        reading->first++;
    reading->end = reading->first;
    while (reading->end < reading->tokens->all->len &&
           reading_token(reading, reading->end)->span.start < end)
        reading->end++;
}

static GPtrArray *read_tree(const char *text, size_t length, const struct tokens *tokens,
                            List *tree)
{
    struct script *script = script_new("", g_strndup(text, length), length);
    GPtrArray *all = g_ptr_array_new_with_free_func(normal_free);
    struct reading reading = {
        .text = text,
        .tokens = tokens,
        .fates = g_new0(enum fate, tokens->all->len + 1),
        .slots = g_new0(struct slot, tokens->all->len + 1),
        .ranges = g_ptr_array_new(),
        .with = g_ptr_array_new(),
    };
    ListCell *cell;

    foreach (cell, tree) {
        const RawStmt *raw = lfirst(cell);
        struct lowering lowering = {.script = script, .arena = &script->arena, .text = text};
        find_tokens(&reading, raw, length);
        g_ptr_array_add(all, read_statement(&reading, &lowering, raw->stmt));
        reading.first = reading.end;
    }
    for (guint i = 0; i < tokens->all->len; i++)
        slot_clear(&reading.slots[i]);
    g_free(reading.fates);
    g_free(reading.slots);
    g_ptr_array_unref(reading.ranges);
    g_ptr_array_unref(reading.with);
    script_free(script);
    return all;
}

GPtrArray *normal_read(const char *text, size_t length, const struct tokens *tokens)
{
    g_autofree char *copy = g_strndup(text, length);
    GPtrArray *all = NULL;

    if (memchr(text, '\0', length) || length > UINT32_MAX / 2)
        return NULL;
    MemoryContext context = pg_query_enter_memory_context();
    PgQueryInternalParsetreeAndError result = tree_parse_within_memory(copy);
    if (result.error)
        pg_query_free_error(result.error);
    else
        all = read_tree(copy, length, tokens, result.tree);
    pg_query_exit_memory_context(context);
    return all;
}

bool normal_locks(const struct normal *normal)
{
    bool locks = normal->writes;

    for (guint i = 0; i < normal->tables->len; i++)
        locks |= g_array_index(normal->tables, struct normal_table, i).locked;
    return locks;
}

void normal_write(const struct normal *normal, GString *out,
                  void (*write)(GString *out, guint slot, void *context), void *context)
{
    guint slot = 0;

    for (const char *at = normal->text; *at;) {
        size_t length = strcspn(at, "\1");
        g_string_append_len(out, at, (gssize)length);
        at += length;
        if (*at == SLOT_MARK) {
            write(out, slot++, context);
            at++;
        }
    }
}

bool normal_assigns(const struct normal *normal, const char *column)
{
    return g_ptr_array_find_with_equal_func(normal->assigned, column, g_str_equal, NULL);
}
