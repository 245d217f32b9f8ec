/* Worlds and programs as SQL. */
#include "server/random/render-parts.h"

#include <string.h>

static const char *const column_names[] = {"a", "b", "c"};

char *render_rows(const struct world *world)
{
    bool triggers = world->trigger_count > 0; /* which must not count these */
    GString *sql = g_string_new(triggers ? "SET session_replication_role = replica; TRUNCATE t0"
                                         : "TRUNCATE t0");

    for (unsigned i = 1; i < world->table_count; i++)
        g_string_append_printf(sql, ", t%u", i);
    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *row = &world->rows[i];
        g_string_append_printf(sql, "; INSERT INTO t%u VALUES (%d, %d, %d)", row->table,
                               row->values[0], row->values[1], row->values[2]);
    }
    if (triggers)
        g_string_append(sql, "; RESET session_replication_role");
    return g_string_free(sql, FALSE);
}

char *render_begin(const struct program *program)
{
    return g_strdup_printf("BEGIN ISOLATION LEVEL %s%s%s", isolation_level_name(program->level),
                           program->read_only ? " READ ONLY" : "",
                           program->deferrable ? " DEFERRABLE" : "");
}

/* ------------------------------------------------------------------ parts */

const char *render_column(unsigned column)
{
    return column_names[column];
}

const char *render_lock(enum lock_strength strength)
{
    static const char *const locks[] = {[LOCK_NONE] = "",
                                        [LOCK_KEY_SHARE] = " FOR KEY SHARE",
                                        [LOCK_SHARE] = " FOR SHARE",
                                        [LOCK_NO_KEY_UPDATE] = " FOR NO KEY UPDATE",
                                        [LOCK_UPDATE] = " FOR UPDATE"};

    return locks[strength];
}

const char *render_wait(enum wait_policy wait)
{
    static const char *const waits[] = {
        [WAIT_BLOCK] = "", [WAIT_SKIP] = " SKIP LOCKED", [WAIT_ERROR] = " NOWAIT"};

    return waits[wait];
}

static void append_number(GString *sql, int number)
{
    if (number == NO_VALUE)
        g_string_append(sql, "NULL::int");
    else
        g_string_append_printf(sql, "%d", number);
}

static void append_value(GString *sql, const struct value *value, const struct known *known)
{
    int16_t result;

    switch (value->kind) {
    case VALUE_RESULT:
        if (!known) {
            g_string_append_printf(sql, ":r%u%s + %d", value->source, column_names[value->column],
                                   value->number);
            break;
        }
        result = machine_result(known->machine, known->run, value->source, value->column);
        append_number(sql, result == NO_VALUE ? NO_VALUE : result + value->number);
        break;
    case VALUE_OWN:
        g_string_append_printf(sql, "%s + %d", column_names[value->column], value->number);
        break;
    default:
        append_number(sql, value->number);
    }
}

/* The last condition is that of the view. */
void append_filters(GString *sql, const struct act *act, const struct known *known,
                    const char *pick, bool view)
{
    static const char *const operators[] = {
        [COMPARE_EQUAL] = "=",       [COMPARE_NOT_EQUAL] = "<>", [COMPARE_LESS] = "<",
        [COMPARE_LESS_EQUAL] = "<=", [COMPARE_GREATER] = ">",    [COMPARE_GREATER_EQUAL] = ">="};

    for (unsigned i = 0; i + view < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        g_string_append_printf(sql, "%s %s ", i ? " AND" : " WHERE", column_names[filter->column]);
        if (filter->comparison == COMPARE_IN) {
            g_string_append(sql, "IN (");
            for (unsigned j = 0; j < filter->count; j++) {
                g_string_append(sql, j ? ", " : "");
                append_value(sql, &filter->values[j], known);
            }
            g_string_append(sql, ")");
        } else {
            g_string_append_printf(sql, "%s ", operators[filter->comparison]);
            if (pick)
                g_string_append_printf(sql, "(%s)", pick);
            else
                append_value(sql, &filter->values[0], known);
        }
    }
}

void append_sets(GString *sql, const struct act *act, const struct known *known)
{
    for (unsigned i = 0; i < act->set_count; i++) {
        struct value value = act->sets[i].value;
        g_string_append_printf(sql, "%s%s = ", i ? ", " : " SET ",
                               column_names[act->sets[i].column]);
        if (value.kind == VALUE_OWN && act->kind == ACT_INSERT)
            g_string_append_printf(sql, "t%u.", act->table);
        if (value.kind == VALUE_OWN && act->kind == ACT_INSERT &&
            value.number == act->row[C].number)
            g_string_append(sql, "c + EXCLUDED.c");
        else
            append_value(sql, &value, known);
    }
}

char *render_select(const struct act *act, const struct known *known, const char *output, bool view)
{
    GString *sql = g_string_new(NULL);

    g_string_append_printf(sql, "SELECT %s FROM %c%u", output, view ? 'v' : 't', act->table);
    append_filters(sql, act, known, NULL, view);
    if (act->index == 0)
        g_string_append_printf(sql, " ORDER BY a%s", act->descending ? " DESC" : "");
    if (act->limit)
        g_string_append_printf(sql, " LIMIT %u", act->limit);
    if (act->lock)
        g_string_append_printf(sql, "%s%s", render_lock(act->lock), render_wait(act->wait));
    return g_string_free(sql, FALSE);
}

static void append_row(GString *sql, const struct act *act, const struct known *known)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        g_string_append(sql, i ? ", " : "");
        append_value(sql, &act->row[i], known);
    }
}

/* ------------------------------------------------------------------ statements */

void append_insert(GString *sql, const struct source *source, const struct act *act,
                   const struct act *unless, const struct act *more)
{
    const struct world_table *table = &source->pair->world.tables[act->table];

    g_string_append_printf(sql, "INSERT INTO t%u %s", act->table, unless ? "SELECT " : "VALUES (");
    append_row(sql, act, source->known);
    if (more) {
        g_string_append(sql, "), (");
        append_row(sql, more, source->known);
    }
    if (unless) {
        g_string_append_printf(sql, " WHERE NOT EXISTS (SELECT FROM t%u", unless->table);
        append_filters(sql, unless, source->known, NULL, false);
    }
    g_string_append(sql, ")");
    if (act->conflict == ACT_CONFLICT_ERROR)
        return;
    g_string_append(sql, " ON CONFLICT");
    if (act->arbiter != NO_INDEX) {
        const struct world_index *index = &table->indexes[act->arbiter];
        g_string_append_printf(sql, " (%s)", column_names[__builtin_ctz(index->columns)]);
        if (index->partial)
            g_string_append_printf(sql, " WHERE c = %d", index->where.values[0].number);
    }
    g_string_append(sql, act->conflict == ACT_CONFLICT_NOTHING ? " DO NOTHING" : " DO UPDATE");
    if (act->conflict == ACT_CONFLICT_UPDATE)
        append_sets(sql, act, source->known);
}

static void append_change(GString *sql, const struct source *source, unsigned at, const char *pick)
{
    const struct act *act = &source->program->acts[at];
    bool view = (source->by_view >> at) & 1;

    g_string_append_printf(sql, "%s %c%u", act->kind == ACT_UPDATE ? "UPDATE" : "DELETE FROM",
                           view ? 'v' : 't', act->table);
    append_sets(sql, act, source->known);
    append_filters(sql, act, source->known, pick, view);
}

/* WITH w AS (DELETE … RETURNING a) INSERT INTO … SELECT a, … FROM w */
static void append_move(GString *sql, const struct source *source, unsigned at)
{
    const struct act *insert = &source->program->acts[at + 1];

    g_string_append(sql, "WITH w AS (");
    append_change(sql, source, at, NULL);
    g_string_append_printf(sql, " RETURNING a) INSERT INTO t%u SELECT a, %d, %d FROM w",
                           insert->table, insert->row[B].number, insert->row[C].number);
}

/* The main statement is the one that is run first. */
static void append_with(GString *sql, const struct source *source, unsigned at)
{
    g_string_append(sql, "WITH w AS (");
    append_change(sql, source, at + 1, NULL);
    g_string_append(sql, ") ");
    append_change(sql, source, at, NULL);
}

static void append_merge(GString *sql, const struct source *source, unsigned at)
{
    const struct act *change = &source->program->acts[at], *insert = change + 1;

    g_string_append_printf(
        sql, "MERGE INTO t%u USING (VALUES (%d)) AS s (k) ON a = k WHEN MATCHED THEN %s",
        change->table, insert->row[A].number, change->kind == ACT_UPDATE ? "UPDATE" : "DELETE");
    append_sets(sql, change, source->known);
    g_string_append(sql, " WHEN NOT MATCHED THEN INSERT VALUES (");
    append_row(sql, insert, source->known);
    g_string_append(sql, ")");
}

static void append_asked_change(GString *sql, const struct source *source, unsigned at)
{
    const struct act *asked = &source->program->acts[at], *change = asked + 1;

    append_change(sql, source, at + 1, NULL);
    g_string_append_printf(sql, " %s %s (SELECT FROM t%u", change->filter_count ? "AND" : "WHERE",
                           act_depends(change) == WHEN_FOUND ? "EXISTS" : "NOT EXISTS",
                           asked->table);
    append_filters(sql, asked, source->known, NULL, false);
    g_string_append_c(sql, ')');
}

/* Of two acts. */
static void append_joined(GString *sql, const struct source *source, unsigned at)
{
    const struct act *first = &source->program->acts[at], *second = first + 1;

    if (first->kind == ACT_SELECT && second->kind == ACT_INSERT) {
        append_insert(sql, source, second, first, NULL);
    } else if (first->kind == ACT_SELECT && act_depends(second) != WHEN_ALWAYS) {
        append_asked_change(sql, source, at);
    } else if (first->kind == ACT_SELECT) {
        g_autofree char *pick = render_select(first, source->known, "a", false);
        append_change(sql, source, at + 1, pick);
    } else if (act_depends(second) == WHEN_FOUND) {
        append_move(sql, source, at);
    } else if (act_depends(second) == WHEN_NOT_FOUND) {
        append_merge(sql, source, at);
    } else {
        append_with(sql, source, at);
    }
}

static void append_single(GString *sql, const struct source *source, unsigned at)
{
    const struct act *act = &source->program->acts[at];

    switch (act->kind) {
    case ACT_SELECT: {
        g_autofree char *text = render_select(act, source->known, "*", (source->by_view >> at) & 1);
        g_string_append(sql, text);
        break;
    }
    case ACT_INSERT:
        append_insert(sql, source, act, NULL, NULL);
        break;
    case ACT_UPDATE:
    case ACT_DELETE:
        append_change(sql, source, at, NULL);
        break;
    case ACT_LOCK_TABLE:
        g_string_append_printf(sql, "LOCK TABLE t%u IN %s MODE%s", act->table,
                               table_lock_name(act->table_lock),
                               act->wait == WAIT_ERROR ? " NOWAIT" : "");
        break;
    case ACT_ADVISORY:
        g_string_append_printf(sql, "SELECT pg_advisory_xact_lock%s(%d)",
                               act->shared ? "_shared" : "", act->number);
        break;
    case ACT_SAVEPOINT:
        g_string_append(sql, "SAVEPOINT s");
        break;
    case ACT_ROLLBACK_TO:
        g_string_append(sql, "ROLLBACK TO s");
        break;
    case ACT_RAISE: /* none is made */
    case ACT_RETURN:
        break;
    }
}

/* Returns the act behind the statement. */
static unsigned append_statement(GString *sql, const struct source *source, unsigned at)
{
    bool joined = at + 1U < source->program->count && source->program->acts[at + 1].joined;

    if (source->forms && source->forms[at]) {
        append_form(sql, source, at);
        return form_end(source->program, at);
    }
    if (joined)
        append_joined(sql, source, at);
    else
        append_single(sql, source, at);
    if (source->program->acts[at + joined].returns)
        g_string_append(sql, " RETURNING *");
    return at + joined + 1U;
}

/* ------------------------------------------------------------------ functions */

static bool is_called(const struct program *program, unsigned at)
{
    return at < program->count && program->acts[at].called;
}

/* A function without a form has two statements. */
static bool begins_function(const struct pair *pair, unsigned which, unsigned at)
{
    const struct program *program = &pair->programs[which];

    if (pair->forms[which][at])
        return form_is_function(pair->forms[which][at]);
    bool joined = at + 1U < program->count && program->acts[at + 1].joined;

    return is_called(program, at + joined + 1);
}

static unsigned append_body(GString *sql, const struct source *source, unsigned at)
{
    if (source->forms[at])
        return append_statement(sql, source, at);
    for (unsigned i = 0; i < 2; i++) {
        GString *statement = g_string_new(NULL);
        at = append_statement(statement, source, at);
        bool reads = g_str_has_prefix(statement->str, "SELECT ");
        g_string_append_printf(sql, "%s%s; ", reads ? "PERFORM" : "",
                               statement->str + (reads ? strlen("SELECT") : 0));
        g_string_free(statement, TRUE);
    }
    return at;
}

static void append_functions(GString *sql, const struct pair *pair, unsigned which)
{
    const struct program *program = &pair->programs[which];
    struct source source = {pair, program, NULL, pair->by_view[which], pair->forms[which]};

    for (unsigned at = 0; at < program->count; at++) {
        if (program->acts[at].joined || program->acts[at].called ||
            !begins_function(pair, which, at))
            continue;
        g_string_append_printf(
            sql, "CREATE FUNCTION f%u_%u() RETURNS void LANGUAGE plpgsql AS $$ %sBEGIN ", which, at,
            source.forms[at] ? "DECLARE x int; y int; z int; r record; " : "");
        append_body(sql, &source, at);
        g_string_append(sql, "END $$;\n");
    }
}

char *render_statement(const struct pair *pair, unsigned which, unsigned at,
                       const struct machine *machine, unsigned *next)
{
    const struct program *program = &pair->programs[which];
    struct known known = {machine, which};
    struct source source = {pair, program, machine ? &known : NULL, pair->by_view[which],
                            pair->forms[which]};
    GString *sql = g_string_new(NULL);

    if (begins_function(pair, which, at)) {
        g_autoptr(GString) body = g_string_new(NULL);
        *next = append_body(body, &source, at);
        g_string_append_printf(sql, "SELECT f%u_%u()", which, at);
    } else {
        *next = append_statement(sql, &source, at);
    }
    return g_string_free(sql, FALSE);
}

enum shown statement_shows(const struct pair *pair, unsigned which, unsigned at)
{
    const struct program *program = &pair->programs[which];
    unsigned form = pair->forms[which][at];
    bool joined = at + 1U < program->count && program->acts[at + 1].joined;
    const struct act *first = &program->acts[at], *last = first + joined;

    if (begins_function(pair, which, at) || last->kind > ACT_DELETE)
        return SHOWN_NOTHING;
    if (form == FORM_JOIN || form == FORM_JOIN_COUNT)
        return form == FORM_JOIN ? SHOWN_PAIRS : SHOWN_TOTAL;
    if (form == FORM_VALUES || form == FORM_INSERT_SELECT || form == FORM_FROM)
        return SHOWN_SUM;
    if (form)
        return SHOWN_COUNT;
    if (last->kind == ACT_SELECT || last->returns)
        return SHOWN_ROWS;
    if (!joined || first->kind == ACT_SELECT || act_depends(last) == WHEN_FOUND)
        return SHOWN_COUNT;
    return act_depends(last) == WHEN_NOT_FOUND ? SHOWN_SUM : SHOWN_FIRST;
}

/* ------------------------------------------------------------------ schema */

static const char *lateness_of(const struct world_index *index)
{
    return index->deferred ? " DEFERRABLE INITIALLY DEFERRED" : index->late ? " DEFERRABLE" : "";
}

static void append_table(GString *sql, const struct world *world, unsigned at)
{
    const struct world_table *table = &world->tables[at];

    g_string_append_printf(sql, "CREATE TABLE t%u (a int PRIMARY KEY%s, b int, c int);\n", at,
                           lateness_of(&table->indexes[0]));
    for (unsigned i = 1; i < table->index_count; i++) {
        const struct world_index *index = &table->indexes[i];
        const char *column = column_names[__builtin_ctz(index->columns)];
        if (index->excludes)
            g_string_append_printf(sql, "ALTER TABLE t%u ADD EXCLUDE USING btree (%s WITH =);\n",
                                   at, column);
        else if (index->partial)
            g_string_append_printf(sql, "CREATE UNIQUE INDEX ON t%u (%s) WHERE c = %d;\n", at,
                                   column, index->where.values[0].number);
        else if (index->late)
            g_string_append_printf(sql, "ALTER TABLE t%u ADD UNIQUE (%s)%s;\n", at, column,
                                   lateness_of(index));
        else
            g_string_append_printf(sql, "CREATE %sINDEX ON t%u (%s);\n",
                                   index->unique ? "UNIQUE " : "", at, column);
    }
}

static void append_foreign_key(GString *sql, const struct world_foreign_key *key)
{
    static const char *const actions[] = {
        [ACTION_NONE] = NULL, [ACTION_CASCADE] = "CASCADE", [ACTION_SET] = "SET NULL"};

    g_string_append_printf(sql, "ALTER TABLE t%u ADD FOREIGN KEY (%s) REFERENCES t%u", key->child,
                           column_names[key->column], key->parent);
    if (key->on_delete != ACTION_NONE)
        g_string_append_printf(sql, " ON DELETE %s", actions[key->on_delete]);
    if (key->on_update != ACTION_NONE)
        g_string_append_printf(sql, " ON UPDATE %s", actions[key->on_update]);
    g_string_append(sql, ";\n");
}

static void append_trigger(GString *sql, const struct pair *pair, unsigned at)
{
    static const char *const names[] = {
        [ACT_INSERT] = "INSERT", [ACT_UPDATE] = "UPDATE", [ACT_DELETE] = "DELETE"};
    const struct world_trigger *trigger = &pair->world.triggers[at];
    struct program program = {.count = 1, .acts = {trigger->act}};
    struct source source = {pair, &program, NULL, 0, NULL};

    g_string_append_printf(
        sql, "CREATE FUNCTION g%u() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ", at);
    append_change(sql, &source, 0, NULL);
    g_string_append_printf(
        sql,
        "; RETURN NULL; END $$;\nCREATE TRIGGER g%u AFTER %s ON t%u FOR EACH ROW "
        "EXECUTE FUNCTION g%u();\n",
        at, names[trigger->on], trigger->table, at);
}

char *render_schema(const struct pair *pair)
{
    const struct world *world = &pair->world;
    GString *sql = g_string_new(NULL);

    for (unsigned i = 0; i < world->table_count; i++)
        append_table(sql, world, i);
    for (unsigned i = 0; i < world->foreign_key_count; i++)
        append_foreign_key(sql, &world->foreign_keys[i]);
    for (unsigned i = 0; i < world->table_count && (pair->by_view[0] | pair->by_view[1]); i++)
        g_string_append_printf(sql, "CREATE VIEW v%u AS SELECT a, b, c FROM t%u WHERE c > 1;\n", i,
                               i);
    for (unsigned i = 0; i < world->trigger_count; i++)
        append_trigger(sql, pair, i);
    append_functions(sql, pair, 0);
    append_functions(sql, pair, 1);
    return g_string_free(sql, FALSE);
}

/* ------------------------------------------------------------------ programs */

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
        g_autofree char *sql = render_statement(pair, which, at, NULL, &at);
        if (is_used(program, act) && g_str_has_prefix(sql, "SELECT * "))
            g_string_append_printf(text, "SELECT a AS r%ua, b AS r%ub, c AS r%uc %s \\gset\n", act,
                                   act, act, sql + 9);
        else
            g_string_append_printf(text, "%s;\n", sql);
    }
    g_string_append(text, program->rolls_back ? "ROLLBACK;\n" : "COMMIT;\n");
    return g_string_free(text, FALSE);
}

char *render_pair(const struct pair *pair)
{
    g_autofree char *tables = render_schema(pair), *rows = render_rows(&pair->world);
    g_autofree char *a = render_program(pair, 0), *b = render_program(pair, 1);

    return g_strdup_printf("%s%s;\n-- session A\n%s-- session B\n%s", tables, rows, a, b);
}
