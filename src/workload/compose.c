/* A program's text has parameters where its runs had values: $1 in two places when the values were
 * equal in every run. A value that stood in the text and never changed is the program's own
 * constant; it is called by its column and a number, for what it says belongs to the log. */
#include "workload/compose.h"

#include "log/limits.h"

struct composing {
    GHashTable *constants; /* GArray of uint64_t, sorted, by "column" and kind: all constants */
    const struct program *program;
    GArray *numbers; /* guint: of the parameter, by position; 0: none yet */
    guint next;      /* parameter */
    guint at;        /* position of the first slot of the statement */
    const struct shape *shape;
    GString *out;
    GArray *addition; /* guint: by slot of the statement, the position of the key that the row has
                         as well; UINT_MAX for none */
};

static const struct slot_value *position(const struct program *program, guint index)
{
    static const struct slot_value unknown; /* a damaged log or table has fewer than its text */

    return index < program->positions->len
               ? &g_array_index(program->positions, struct slot_value, index)
               : &unknown;
}

static const struct normal *normal_at(const struct program *program, guint index)
{
    return ((const struct shape *)program->shapes->pdata[index])->normal;
}

/* The slot that a position is of. */
static const struct slot *slot_of(const struct program *program, guint index)
{
    for (guint i = 0; i < program->shapes->len; i++) {
        const GArray *slots = normal_at(program, i)->slots;
        if (index < slots->len)
            return &g_array_index(slots, struct slot, index);
        index -= slots->len;
    }
    return NULL;
}

/* ------------------------------------------------------------------ constants */

static bool is_constant(const struct program *program, const struct slot_value *each,
                        const struct slot *slot)
{
    return each->constant && each->inlined && slot && slot->column && !slot->list &&
           (program->runs >= 3 || each->own);
}

static char *constant_kind(const struct slot_value *each, const struct slot *slot)
{
    return g_strdup_printf("%c%s", each->kind, slot->column);
}

static void collect_constants(GHashTable *constants, const struct program *program)
{
    guint at = 0;

    for (guint i = 0; i < program->shapes->len; i++) {
        const GArray *slots = normal_at(program, i)->slots;
        for (guint j = 0; j < slots->len; j++, at++) {
            const struct slot *slot = &g_array_index(slots, struct slot, j);
            const struct slot_value *each = position(program, at);
            if (!is_constant(program, each, slot))
                continue;
            char *kind = constant_kind(each, slot);
            GArray *values = g_hash_table_lookup(constants, kind);
            if (!values) {
                values = g_array_new(FALSE, FALSE, sizeof(uint64_t));
                g_hash_table_insert(constants, g_strdup(kind), values);
            }
            g_free(kind);
            g_array_append_val(values, each->value);
        }
    }
}

static int compare_values(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

/* Numbered by their hashes, so that the order of the log does not matter. */
static guint constant_number(const GArray *values, uint64_t value)
{
    guint number = 0;

    for (guint i = 0; i < values->len; i++) {
        uint64_t each = g_array_index(values, uint64_t, i);
        if (i == 0 || each != g_array_index(values, uint64_t, i - 1))
            number++;
        if (each == value)
            break;
    }
    return number;
}

static void write_constant(const struct composing *composing, const struct slot_value *each,
                           const struct slot *slot)
{
    g_autofree char *kind = constant_kind(each, slot);
    const GArray *values = g_hash_table_lookup(composing->constants, kind);

    if (each->kind == 'k') {
        g_string_append(composing->out, each->word == 't'   ? "true"
                                        : each->word == 'f' ? "false"
                                                            : "NULL");
        return;
    }
    guint number = constant_number(values, each->value);
    if (each->kind == 'n') {
        g_string_append_printf(composing->out, "%u", number);
        return;
    }
    g_string_append_c(composing->out, '\'');
    for (const char *c = slot->column; *c; c++)
        g_string_append_printf(composing->out, *c == '\'' ? "''" : "%c", *c);
    g_string_append_printf(composing->out, ":%u'", number);
}

/* ------------------------------------------------------------------ parameters */

/* Values that were equal by chance, because they never changed, are one only where their column is
 * one. */
static bool are_one(const struct program *program, guint a, guint b)
{
    const struct slot *x = slot_of(program, a), *y = slot_of(program, b);

    if (position(program, a)->class != position(program, b)->class)
        return false;
    if (!position(program, a)->constant || !position(program, b)->constant)
        return true;
    return x && y && x->column && y->column && strcmp(x->column, y->column) == 0;
}

static guint parameter_number(struct composing *composing, guint index)
{
    guint *numbers = (guint *)(void *)composing->numbers->data;

    for (guint i = 0; i < composing->numbers->len && numbers[index] == 0; i++) {
        if (numbers[i] && are_one(composing->program, i, index))
            numbers[index] = numbers[i];
    }
    if (numbers[index] == 0)
        numbers[index] = ++composing->next;
    return numbers[index];
}

/* LIMIT $2, with 1 in all runs, as Rails sends what it looks for one row of. */
static bool is_one_row(const struct slot_value *each, const struct slot *slot)
{
    return slot && slot->role == SLOT_LIMIT && each->constant &&
           each->value == value_hash_text("1", 1);
}

static void write_position(struct composing *composing, guint index)
{
    const struct slot *slot = slot_of(composing->program, index);
    const struct slot_value *each = position(composing->program, index);

    if (index >= composing->numbers->len)
        g_string_append(composing->out, "NULL");
    else if (is_constant(composing->program, each, slot))
        write_constant(composing, each, slot);
    else if (is_one_row(each, slot))
        g_string_append_c(composing->out, '1');
    else
        g_string_append_printf(composing->out, "$%u", parameter_number(composing, index));
}

/* ------------------------------------------------------------------ the same row */

/* "page"."slug" = before the end of `out`: where the name of the column begins, and what qualifies
 * it; NULL when something else stands there. */
static char *qualifier_before(const GString *out)
{
    const char *text = out->str;
    size_t at = out->len;

    while (at > 0 && text[at - 1] == ' ')
        at--;
    if (at == 0 || text[at - 1] != '=' || at < 2 || strchr("<>!=", text[at - 2]))
        return NULL;
    at--;
    while (at > 0 && text[at - 1] == ' ')
        at--;
    size_t end = at, name = at;
    while (at > 0) {
        if (text[at - 1] == '"') {
            for (at--; at > 0 && text[at - 1] != '"'; at--)
                ;
            at -= at > 0;
        } else if (g_ascii_isalnum(text[at - 1]) || text[at - 1] == '_') {
            while (at > 0 && (g_ascii_isalnum(text[at - 1]) || text[at - 1] == '_'))
                at--;
        } else {
            return NULL;
        }
        if (name == end)
            name = at;
        if (at == 0 || text[at - 1] != '.')
            break;
        at--;
    }
    return g_strndup(text + at, name - at);
}

static void append_quoted(GString *out, const char *name)
{
    g_string_append_c(out, '"');
    for (; *name; name++)
        g_string_append_printf(out, *name == '"' ? "\"\"" : "%c", *name);
    g_string_append_c(out, '"');
}

static void write_slot(GString *out, guint slot, void *context)
{
    struct composing *composing = context;
    guint added = composing->addition->len > slot ? g_array_index(composing->addition, guint, slot)
                                                  : UINT_MAX;
    g_autofree char *qualifier = added != UINT_MAX ? qualifier_before(out) : NULL;

    write_position(composing, composing->at + slot);
    if (!qualifier)
        return;
    g_string_append_printf(out, " AND %s", qualifier);
    append_quoted(out, slot_of(composing->program, added)->column);
    g_string_append(out, " = ");
    write_position(composing, added);
}

/* A key that determined the key of the write over several rows is another name of the row. */
static void find_additions(struct composing *composing, guint count)
{
    const struct program *program = composing->program;

    g_array_set_size(composing->addition, 0);
    for (guint i = 0; i < count; i++) {
        guint found = UINT_MAX;
        for (guint j = 0; j < program->pairings->len && found == UINT_MAX; j++) {
            const struct pairing *pairing = program->pairings->pdata[j];
            if (pairing->read == composing->at + i && !pairing->broken && !pairing->order &&
                pairing->values->len >= 4)
                found = pairing->write;
        }
        g_array_append_val(composing->addition, found);
    }
}

/* ------------------------------------------------------------------ statements */

static void end_line(struct composed *composed, guint statement)
{
    g_string_append_c(composed->text, '\n');
    g_array_append_val(composed->lines, statement);
}

static void write_text(struct composing *composing, guint index)
{
    const struct normal *normal = normal_at(composing->program, index);
    size_t start = composing->out->len;

    find_additions(composing, normal->slots->len);
    normal_write(normal, composing->out, write_slot, composing);
    /* One line each: line ends stand in texts no more, only between tokens. */
    for (char *c = composing->out->str + start; *c; c++) {
        if (*c == '\n' || *c == '\r')
            *c = ' ';
    }
    composing->at += normal->slots->len;
}

struct savepoints {
    guint depth, next;
    guint numbers[64];
};

static void write_savepoint(const struct normal *normal, struct savepoints *savepoints,
                            GString *out)
{
    guint depth = savepoints->depth;

    if (normal->kind == STATEMENT_SAVEPOINT) {
        savepoints->numbers[MIN(depth, 63)] = ++savepoints->next;
        savepoints->depth++;
        g_string_append_printf(out, "SAVEPOINT s%u", savepoints->next);
        return;
    }
    guint number = depth ? savepoints->numbers[MIN(depth - 1, 63)] : 1;
    g_string_append_printf(out, "%s s%u", normal->text, number);
    if (normal->kind == STATEMENT_RELEASE && depth)
        savepoints->depth--;
}

static void append_modes(GString *out, const struct program *program)
{
    if (program->level)
        g_string_append_printf(out, " ISOLATION LEVEL %s", isolation_level_name(program->level));
    if (program->read_only == 1)
        g_string_append(out, program->level ? ", READ ONLY" : " READ ONLY");
    if (program->deferrable == 1)
        g_string_append(out,
                        program->level || program->read_only == 1 ? ", DEFERRABLE" : " DEFERRABLE");
}

static bool has_modes(const struct program *program)
{
    return program->level || program->read_only == 1 || program->deferrable == 1;
}

static void write_statement(struct composing *composing, struct composed *composed, guint index,
                            struct savepoints *savepoints)
{
    const struct normal *normal = normal_at(composing->program, index);

    if (normal->kind == STATEMENT_SAVEPOINT || normal->kind == STATEMENT_RELEASE ||
        normal->kind == STATEMENT_ROLLBACK_TO)
        write_savepoint(normal, savepoints, composing->out);
    else
        write_text(composing, index);
    g_string_append_c(composing->out, ';');
    end_line(composed, index);
}

static bool is_retried(const struct program *program)
{
    return program->failed > 0 && 2 * program->retried > program->failed;
}

static void write_head(const struct composing *composing, struct composed *composed)
{
    const struct program *program = composing->program;

    g_string_append_printf(composed->text, "-- isolint: program %s", program->name);
    end_line(composed, UINT_MAX);
    if (program->before > 0) {
        g_string_append(composed->text, "-- isolint: sequence");
        end_line(composed, UINT_MAX);
    }
    if (is_retried(program)) {
        g_string_append(composed->text, "-- isolint: retry");
        end_line(composed, UINT_MAX);
    }
}

static void write_program(struct composing *composing, struct composed *composed)
{
    const struct program *program = composing->program;
    struct savepoints savepoints = {0};
    guint count = program->shapes->len, own = count - program->before;
    bool implicit_block = !program->block && own > 1;

    write_head(composing, composed);
    bool session = has_modes(program) && (program->leaked || (!program->block && !implicit_block));
    if (session) {
        g_string_append(composed->text, "SET SESSION CHARACTERISTICS AS TRANSACTION");
        append_modes(composed->text, program);
        g_string_append_c(composed->text, ';');
        end_line(composed, UINT_MAX);
    }
    for (guint i = 0; i < program->before; i++)
        write_statement(composing, composed, i, &savepoints);
    if (program->block || implicit_block) {
        g_string_append(composed->text, "BEGIN");
        if (!session)
            append_modes(composed->text, program);
        g_string_append_c(composed->text, ';');
        end_line(composed, UINT_MAX);
    }
    for (guint i = program->before; i < count; i++)
        write_statement(composing, composed, i, &savepoints);
    if (program->block || implicit_block) {
        g_string_append(composed->text, program->rolled_back ? "ROLLBACK;" : "COMMIT;");
        end_line(composed, count);
    }
}

static void composed_free(void *data)
{
    struct composed *composed = data;

    g_string_free(composed->text, TRUE);
    g_array_unref(composed->lines);
    g_free(composed);
}

GPtrArray *compose_programs(const GPtrArray *programs)
{
    g_autoptr(GHashTable) constants =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_array_unref);
    GPtrArray *all = g_ptr_array_new_with_free_func(composed_free);
    GHashTableIter iter;
    gpointer values;

    for (guint i = 0; i < programs->len; i++)
        collect_constants(constants, programs->pdata[i]);
    g_hash_table_iter_init(&iter, constants);
    while (g_hash_table_iter_next(&iter, NULL, &values))
        g_array_sort(values, compare_values);
    for (guint i = 0; i < programs->len; i++) {
        struct composed *composed = g_new0(struct composed, 1);
        const struct program *program = programs->pdata[i];
        composed->program = program;
        composed->text = g_string_new(NULL);
        composed->lines = g_array_new(FALSE, FALSE, sizeof(guint));
        struct composing composing = {
            .constants = constants,
            .program = program,
            .out = composed->text,
            .numbers = g_array_sized_new(FALSE, TRUE, sizeof(guint), program->positions->len),
            .addition = g_array_new(FALSE, FALSE, sizeof(guint)),
        };
        g_array_set_size(composing.numbers, program->positions->len);
        write_program(&composing, composed);
        g_array_unref(composing.numbers);
        g_array_unref(composing.addition);
        g_ptr_array_add(all, composed);
    }
    return all;
}
