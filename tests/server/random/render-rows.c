/* Statements and functions that do something for each row that they find. */
#include "server/random/render-parts.h"

/* What the columns of the found row are called, and what stands before those of the written one. */
struct naming {
    const char *found[COLUMNS];
    const char *own;
};

static void append_named(GString *sql, const struct value *value, const struct naming *naming)
{
    if (value->kind == VALUE_ADDED)
        g_string_append_printf(sql, "%s%s %c ", naming->own, render_column((unsigned)value->number),
                               value->minus ? '-' : '+');
    if (value->kind == VALUE_PLAIN)
        g_string_append_printf(sql, "%d", value->number);
    else
        g_string_append(sql, naming->found[value->column]);
    if (value->kind == VALUE_RESULT && value->number)
        g_string_append_printf(sql, " + %d", value->number);
}

/* "UPDATE t1 SET c = t1.c + s.c", "DELETE FROM t1" */
static void append_write(GString *sql, const struct act *act, const struct naming *naming)
{
    g_string_append_printf(sql, "%s t%u", act->kind == ACT_UPDATE ? "UPDATE" : "DELETE FROM",
                           act->table);
    for (unsigned i = 0; i < act->set_count; i++) {
        g_string_append_printf(sql, " SET %s = ", render_column(act->sets[i].column));
        append_named(sql, &act->sets[i].value, naming);
    }
}

void append_source(GString *sql, const struct act *act)
{
    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        g_string_append_printf(sql, "%s s.%s %s (%d", i ? " AND" : " WHERE",
                               render_column(filter->column),
                               filter->comparison == COMPARE_IN      ? "IN"
                               : filter->comparison == COMPARE_EQUAL ? "="
                                                                     : ">",
                               filter->values[0].number);
        for (unsigned j = 1; j < filter->count; j++)
            g_string_append_printf(sql, ", %d", filter->values[j].number);
        g_string_append_c(sql, ')');
    }
}

static void append_key(GString *sql, const char *before, const struct act *act,
                       const struct naming *naming)
{
    g_string_append_printf(sql, "%s%sa = ", before, naming->own);
    append_named(sql, &act->filters[0].values[0], naming);
}

static void append_insert_select(GString *sql, const struct act *found, const struct act *insert,
                                 const struct naming *naming)
{
    g_string_append_printf(sql, "INSERT INTO t%u SELECT ", insert->table);
    for (unsigned i = 0; i < COLUMNS; i++) {
        g_string_append(sql, i ? ", " : "");
        append_named(sql, &insert->row[i], naming);
    }
    g_string_append_printf(sql, " FROM t%u s", found->table);
    append_source(sql, found);
}

static void append_from(GString *sql, const struct act *found, const struct act *write,
                        const struct naming *naming)
{
    append_write(sql, write, naming);
    g_string_append_printf(sql, " %s t%u s", write->kind == ACT_UPDATE ? "FROM" : "USING",
                           found->table);
    append_source(sql, found);
    append_key(sql, " AND ", write, naming);
}

static void append_picks(GString *sql, const struct source *source, const struct act *found,
                         const struct act *write)
{
    g_autofree char *pick = render_select(found, source->known, "a", false);

    g_string_append_printf(sql, "%s t%u", write->kind == ACT_UPDATE ? "UPDATE" : "DELETE FROM",
                           write->table);
    append_sets(sql, write, source->known);
    g_string_append_printf(sql, " WHERE a IN (%s)", pick);
}

static void append_handed_on(GString *sql, const struct act *taken, const struct act *write,
                             const struct naming *naming)
{
    g_string_append_printf(sql, "WITH w AS (DELETE FROM t%u s", taken->table);
    append_source(sql, taken);
    g_string_append(sql, " RETURNING *) ");
    append_write(sql, write, naming);
    append_key(sql, " FROM w WHERE ", write, naming);
}

/* ------------------------------------------------------------------ functions */

/* An UPDATE or DELETE of the row that the key names. */
static void append_change(GString *sql, const struct act *write, const struct naming *naming)
{
    append_write(sql, write, naming);
    append_key(sql, " WHERE ", write, naming);
    g_string_append(sql, "; ");
}

static void append_into(GString *sql, const struct act *found, const struct act *write)
{
    const struct naming naming = {{"x", "y", "z"}, ""};

    g_string_append_printf(sql, "SELECT a, b, c INTO x, y, z FROM t%u s", found->table);
    append_source(sql, found);
    g_string_append(sql, "; ");
    append_change(sql, write, &naming);
}

static void append_loop(GString *sql, const struct act *found, const struct act *write)
{
    const struct naming naming = {{"r.a", "r.b", "r.c"}, ""};

    g_string_append_printf(sql, "FOR r IN SELECT * FROM t%u s", found->table);
    append_source(sql, found);
    g_string_append(sql, " ORDER BY a LOOP ");
    append_change(sql, write, &naming);
    g_string_append(sql, "END LOOP; ");
}

static void append_join_into(GString *sql, const struct act *found, const struct act *write)
{
    const struct naming naming = {{"x", "y", "z"}, ""};

    g_string_append(sql, "SELECT s.a, s.b, u.c INTO x, y, z");
    append_join(sql, found, found + 1);
    append_join_lock(sql, found + 1);
    g_string_append(sql, "; ");
    append_change(sql, write, &naming);
}

static void append_counted(GString *sql, const struct act *found, const struct act *write)
{
    g_string_append(sql, "IF (SELECT count(*)");
    if (found[1].outer) {
        append_join(sql, found, found + 1);
    } else {
        g_string_append_printf(sql, " FROM t%u", found->table);
        append_filters(sql, found, NULL, NULL, false);
    }
    g_string_append_printf(sql, ") > %d THEN UPDATE t%u",
                           write->guards[0].test.values[0].number - FIRST_MADE_OF, write->table);
    append_sets(sql, write, NULL);
    append_filters(sql, write, NULL, NULL, false);
    g_string_append(sql, "; END IF; ");
}

/* ------------------------------------------------------------------ all of them */

unsigned form_end(const struct program *program, unsigned at)
{
    do
        at++;
    while (at < program->count && (program->acts[at].joined || program->acts[at].called));
    return at;
}

void append_form(GString *sql, const struct source *source, unsigned at)
{
    const struct act *first = &source->program->acts[at], *second = first + 1;
    unsigned last = form_end(source->program, at) - 1;
    const struct act *write = &source->program->acts[last];
    g_autofree char *own = g_strdup_printf("t%u.", write->table);
    const struct naming joined = {{"s.a", "s.b", "s.c"}, own}, given = {{"w.a", "w.b", "w.c"}, own};

    switch (source->forms[at]) {
    case FORM_VALUES:
        append_insert(sql, source, first, NULL, second);
        break;
    case FORM_INSERT_SELECT:
        append_insert_select(sql, first, second, &joined);
        break;
    case FORM_FROM:
        append_from(sql, first, second, &joined);
        break;
    case FORM_PICKS:
        append_picks(sql, source, first, write);
        break;
    case FORM_HANDED_ON:
        append_handed_on(sql, first, second, &given);
        break;
    case FORM_INTO:
        append_into(sql, first, second);
        break;
    case FORM_LOOP: { /* the first of its writes is for the first row */
        const struct act *each = second;
        while (each->kind == ACT_SELECT)
            each++;
        append_loop(sql, first, each);
        break;
    }
    case FORM_JOIN:
    case FORM_JOIN_COUNT:
        g_string_append(sql,
                        second->total ? "SELECT count(*)" : "SELECT u.a, u.b, u.c, s.a, s.b, s.c");
        append_join(sql, first, second);
        append_join_lock(sql, second);
        break;
    case FORM_JOIN_INTO:
        append_join_into(sql, first, write);
        break;
    default:
        append_counted(sql, first, write);
    }
}
