/* Worlds and programs as SQL. */
#include "server/random/generate.h"

static const char *const column_names[] = {"a", "b", "c"};

char *render_tables(const struct world *world)
{
    GString *sql = g_string_new(NULL);

    for (unsigned i = 0; i < world->table_count; i++) {
        const struct world_table *table = &world->tables[i];
        g_string_append_printf(sql, "CREATE TABLE t%u (a int PRIMARY KEY, b int, c int);\n", i);
        for (unsigned j = 1; j < table->index_count; j++)
            g_string_append_printf(sql, "CREATE %sINDEX ON t%u (%s);\n",
                                   table->indexes[j].unique ? "UNIQUE " : "", i,
                                   column_names[__builtin_ctz(table->indexes[j].columns)]);
    }
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        const struct world_foreign_key *key = &world->foreign_keys[i];
        g_string_append_printf(sql, "ALTER TABLE t%u ADD FOREIGN KEY (%s) REFERENCES t%u%s;\n",
                               key->child, column_names[key->column], key->parent,
                               key->on_delete == ACTION_CASCADE ? " ON DELETE CASCADE" : "");
    }
    return g_string_free(sql, FALSE);
}

char *render_rows(const struct world *world)
{
    GString *sql = g_string_new("TRUNCATE t0");

    for (unsigned i = 1; i < world->table_count; i++)
        g_string_append_printf(sql, ", t%u", i);
    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *row = &world->rows[i];
        g_string_append_printf(sql, "; INSERT INTO t%u VALUES (%d, %d, %d)", row->table,
                               row->values[0], row->values[1], row->values[2]);
    }
    return g_string_free(sql, FALSE);
}

char *render_begin(const struct program *program)
{
    return g_strdup_printf("BEGIN ISOLATION LEVEL %s%s%s", isolation_level_name(program->level),
                           program->read_only ? " READ ONLY" : "",
                           program->deferrable ? " DEFERRABLE" : "");
}

/* ------------------------------------------------------------------ parts */

static void append_number(GString *sql, int number)
{
    if (number == NO_VALUE)
        g_string_append(sql, "NULL::int");
    else
        g_string_append_printf(sql, "%d", number);
}

/* `run` knows the results; NULL writes them as names. */
static void append_value(GString *sql, const struct value *value, const struct run *run)
{
    switch (value->kind) {
    case VALUE_RESULT:
        if (!run)
            g_string_append_printf(sql, ":r%d + %d", value->source, value->number);
        else
            append_number(sql, run->results[value->source] == NO_VALUE
                                   ? NO_VALUE
                                   : run->results[value->source] + value->number);
        break;
    case VALUE_OWN:
        g_string_append_printf(sql, "%s + %d", column_names[value->source], value->number);
        break;
    default:
        append_number(sql, value->number);
    }
}

static void append_filters(GString *sql, const struct act *act, const struct run *run,
                           const char *pick)
{
    static const char *const operators[] = {
        [COMPARE_EQUAL] = "=",       [COMPARE_NOT_EQUAL] = "<>", [COMPARE_LESS] = "<",
        [COMPARE_LESS_EQUAL] = "<=", [COMPARE_GREATER] = ">",    [COMPARE_GREATER_EQUAL] = ">="};

    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        g_string_append_printf(sql, "%s %s ", i ? " AND" : " WHERE", column_names[filter->column]);
        if (filter->comparison == COMPARE_IN) {
            g_string_append(sql, "IN (");
            for (unsigned j = 0; j < filter->count; j++) {
                g_string_append(sql, j ? ", " : "");
                append_value(sql, &filter->values[j], run);
            }
            g_string_append(sql, ")");
        } else {
            g_string_append_printf(sql, "%s ", operators[filter->comparison]);
            if (pick)
                g_string_append_printf(sql, "(%s)", pick);
            else
                append_value(sql, &filter->values[0], run);
        }
    }
}

static void append_sets(GString *sql, const struct act *act, const struct run *run)
{
    for (unsigned i = 0; i < act->set_count; i++) {
        struct value value = act->sets[i].value;
        g_string_append_printf(sql, "%s%s = ", i ? ", " : " SET ",
                               column_names[act->sets[i].column]);
        if (value.kind == VALUE_OWN && act->kind == ACT_INSERT)
            g_string_append_printf(sql, "t%u.", act->table);
        append_value(sql, &value, run);
    }
}

static char *render_select(const struct act *act, const struct run *run, const char *output)
{
    static const char *const locks[] = {[LOCK_KEY_SHARE] = " FOR KEY SHARE",
                                        [LOCK_SHARE] = " FOR SHARE",
                                        [LOCK_NO_KEY_UPDATE] = " FOR NO KEY UPDATE",
                                        [LOCK_UPDATE] = " FOR UPDATE"};
    static const char *const waits[] = {
        [WAIT_BLOCK] = "", [WAIT_SKIP] = " SKIP LOCKED", [WAIT_ERROR] = " NOWAIT"};
    GString *sql = g_string_new(NULL);

    g_string_append_printf(sql, "SELECT %s FROM t%u", output, act->table);
    append_filters(sql, act, run, NULL);
    if (act->index == 0)
        g_string_append_printf(sql, " ORDER BY a%s", act->descending ? " DESC" : "");
    if (act->limit)
        g_string_append_printf(sql, " LIMIT %u", act->limit);
    if (act->lock)
        g_string_append_printf(sql, "%s%s", locks[act->lock], waits[act->wait]);
    return g_string_free(sql, FALSE);
}

static void append_insert(GString *sql, const struct act *act, const struct run *run,
                          const struct act *unless)
{
    g_string_append_printf(sql, "INSERT INTO t%u %s", act->table, unless ? "SELECT " : "VALUES (");
    for (unsigned i = 0; i < 3; i++) {
        g_string_append(sql, i ? ", " : "");
        append_value(sql, &act->row[i], run);
    }
    if (unless) {
        g_string_append_printf(sql, " WHERE NOT EXISTS (SELECT FROM t%u", unless->table);
        append_filters(sql, unless, run, NULL);
    }
    g_string_append(sql, ")");
    if (act->conflict == ACT_CONFLICT_ERROR)
        return;
    g_string_append_printf(sql, " ON CONFLICT%s", act->arbiter == NO_INDEX ? "" : " (a)");
    if (act->conflict == ACT_CONFLICT_NOTHING) {
        g_string_append(sql, " DO NOTHING");
    } else {
        g_string_append(sql, " DO UPDATE");
        append_sets(sql, act, run);
    }
}

char *render_statement(const struct world *world, const struct program *program, unsigned at,
                       const struct run *run, unsigned *next)
{
    const struct act *act = &program->acts[at];
    bool joins = at + 1U < program->count && program->acts[at + 1].joined;
    const struct act *main = joins ? act + 1 : act;
    GString *sql = g_string_new(NULL);
    g_autofree char *pick = joins && main->kind != ACT_INSERT ? render_select(act, run, "a") : NULL;

    (void)world;
    *next = at + (joins ? 2 : 1);
    switch (main->kind) {
    case ACT_SELECT:
        g_string_free(sql, TRUE);
        return render_select(main, run, "*");
    case ACT_INSERT:
        append_insert(sql, main, run, joins ? act : NULL);
        break;
    case ACT_UPDATE:
        g_string_append_printf(sql, "UPDATE t%u", main->table);
        append_sets(sql, main, run);
        append_filters(sql, main, run, pick);
        break;
    case ACT_DELETE:
        g_string_append_printf(sql, "DELETE FROM t%u", main->table);
        append_filters(sql, main, run, pick);
        break;
    case ACT_LOCK_TABLE:
        g_string_append_printf(sql, "LOCK TABLE t%u IN %s MODE%s", main->table,
                               table_lock_name(main->table_lock),
                               main->wait == WAIT_ERROR ? " NOWAIT" : "");
        break;
    case ACT_ADVISORY:
        g_string_append_printf(sql, "SELECT pg_advisory_xact_lock%s(%d)",
                               main->shared ? "_shared" : "", main->number);
        break;
    case ACT_SAVEPOINT:
        g_string_append(sql, "SAVEPOINT s");
        break;
    case ACT_ROLLBACK_TO:
        g_string_append(sql, "ROLLBACK TO s");
        break;
    }
    return g_string_free(sql, FALSE);
}

static bool is_used(const struct program *program, unsigned act)
{
    for (unsigned i = act + 1; i < program->count; i++) {
        for (unsigned j = 0; j < program->acts[i].set_count; j++) {
            const struct value *value = &program->acts[i].sets[j].value;
            if (value->kind == VALUE_RESULT && value->source == act)
                return true;
        }
    }
    return false;
}

char *render_program(const struct pair *pair, unsigned which)
{
    const struct program *program = &pair->programs[which];
    g_autofree char *begin = render_begin(program);
    GString *text = g_string_new(NULL);

    g_string_append_printf(text, "%s;\n", begin);
    for (unsigned at = 0; at < program->count;) {
        unsigned act = at;
        g_autofree char *sql = render_statement(&pair->world, program, at, NULL, &at);
        if (is_used(program, act) && g_str_has_prefix(sql, "SELECT * "))
            g_string_append_printf(text, "SELECT a, b, c AS r%u %s \\gset\n", act, sql + 9);
        else
            g_string_append_printf(text, "%s;\n", sql);
    }
    g_string_append(text, program->rolls_back ? "ROLLBACK;\n" : "COMMIT;\n");
    return g_string_free(text, FALSE);
}

char *render_pair(const struct pair *pair)
{
    g_autofree char *tables = render_tables(&pair->world), *rows = render_rows(&pair->world);
    g_autofree char *a = render_program(pair, 0), *b = render_program(pair, 1);

    return g_strdup_printf("%s%s;\n-- session A\n%s-- session B\n%s", tables, rows, a, b);
}
