/* What an interleaving begins with, in words: which rows, and which parameters. What no program
 * compares is left out. */
#include <string.h>

#include <glib.h>

#include "trial/trial-world.h"

/* Bits: the columns of the table that decide what finds a row. */
static unsigned deciding_columns(const struct trial *trial, unsigned table)
{
    const struct world_table *of = &trial->world.tables[table];
    unsigned columns = 0;

    for (unsigned run = 0; run < trial->count; run++) {
        const struct program *program = &trial->programs[run];
        for (unsigned i = 0; i < program->count; i++) {
            const struct act *act = &program->acts[i];
            for (unsigned j = 0; act->table == table && j < act->filter_count; j++)
                columns |= 1U << act->filters[j].column;
        }
    }
    for (unsigned i = 0; i < of->index_count; i++)
        columns |= of->indexes[i].unique ? of->indexes[i].columns : 0;
    return columns;
}

static bool is_below(int16_t value)
{
    return value >= FIRST_BELOW && value < 0;
}

/* The least number that the programs name for a column in which a row has one that is below all of
 * these; what stands for the first row (name_first) is none that they name. */
static int16_t least_named(const struct trial *trial, const struct world *world)
{
    int16_t least = FIRST_FRESH;

    for (unsigned i = 0; i < world->row_count; i++) {
        const struct trial_table *table = &trial->tables[world->rows[i].table];
        for (unsigned j = 0; j < table->column_count; j++) {
            const struct trial_column *column = &table->columns[j];
            for (unsigned k = 0; is_below(world->rows[i].values[j]) && k < column->count; k++) {
                if (column->values[k] != NO_VALUE && column->values[k] != FIRST_BELOW)
                    least = MIN(least, column->values[k]);
            }
        }
    }
    return least < FIRST_FRESH ? least : 1;
}

static bool has_value(const struct world *world, int16_t value)
{
    for (unsigned i = 0; i < world->row_count * WORLD_COLUMNS; i++) {
        if (world->rows[i / WORLD_COLUMNS].values[i % WORLD_COLUMNS] == value)
            return true;
    }
    return false;
}

/* Keys that come before all that the programs name become the nearest ones that do, in the same
 * order: 2 before 3, not -6. */
static void bring_near(const struct trial *trial, struct world *world)
{
    int16_t least = least_named(trial, world), near = least;

    for (int16_t value = -1; value >= FIRST_BELOW && least >= 0; value--) {
        if (!has_value(world, value))
            continue;
        near--;
        for (unsigned i = 0; i < world->row_count * WORLD_COLUMNS; i++) {
            int16_t *of = &world->rows[i / WORLD_COLUMNS].values[i % WORLD_COLUMNS];
            *of = *of == value ? near : *of;
        }
    }
}

static void append_value(GString *text, const struct trial *trial, int16_t value)
{
    static const char *const plain[] = {"true", "false", NULL};
    unsigned at = (unsigned)(value - FIRST_TEXT_VALUE);
    long number;

    if (value == NO_VALUE) {
        g_string_append(text, "NULL");
    } else if (value >= FIRST_FRESH && value < FIRST_FRESH + 20) {
        g_string_append_c(text, "xyzabcdefghijklmnopq"[value - FIRST_FRESH]);
    } else if (value < FIRST_TEXT_VALUE || at >= trial->text_count) {
        g_string_append_printf(text, "%d", value);
    } else {
        const char *constant = trial->texts[at];
        bool bare = g_strv_contains(plain, constant) || g_ascii_isdigit(constant[0]) ||
                    trial_is_small(constant, &number);
        g_string_append_printf(text, bare ? "%s" : "'%s'", constant);
    }
}

static void append_row(GString *text, const struct trial *trial, const struct world_row *row)
{
    const struct trial_table *table = &trial->tables[row->table];
    unsigned columns = deciding_columns(trial, row->table);
    bool first = true;

    for (unsigned i = 0; i < table->column_count; i++) {
        if (!((columns >> i) & 1))
            continue;
        g_string_append_printf(text, "%s%s = ", first ? "(" : ", ", table->columns[i].name);
        append_value(text, trial, row->values[i]);
        first = false;
    }
    g_string_append(text, first ? "a row" : ")");
}

static void append_table(GString *text, const struct trial *trial, const struct world *world,
                         unsigned table)
{
    const char *name = trial->tables[table].relation->name;
    unsigned found = 0;

    g_string_append(text, text->len ? "; " : "");
    for (unsigned i = 0; i < world->row_count; i++) {
        if (world->rows[i].table != table)
            continue;
        g_string_append_printf(text, found++ ? " and " : "%s has ", name);
        append_row(text, trial, &world->rows[i]);
    }
    if (!found)
        g_string_append_printf(text, "%s is empty", name);
}

static bool is_compared(const struct trial *trial, unsigned parameter)
{
    const struct program *program = &trial->programs[trial->parameters[parameter].run];

    for (unsigned i = 0; i < program->count; i++) {
        const struct act *act = &program->acts[i];
        for (unsigned j = 0; j < act->filter_count; j++) {
            for (unsigned k = 0; k < act->filters[j].count; k++) {
                if (act->filters[j].values[k].kind == VALUE_PLAIN &&
                    act->filters[j].values[k].number == (int16_t)(FIRST_PARAMETER + parameter))
                    return true;
            }
        }
    }
    return false;
}

static void append_parameters(GString *text, const struct trial *trial, const int16_t *values)
{
    unsigned last = TRIAL_RUNS;

    for (unsigned i = 0; i < trial->parameter_count; i++) {
        const struct trial_parameter *parameter = &trial->parameters[i];
        if (parameter->owner || !is_compared(trial, i))
            continue;
        if (parameter->run == last)
            g_string_append_printf(text, ", %s = ", parameter->text);
        else
            g_string_append_printf(text, "; run %u has %s = ", parameter->run + 1, parameter->text);
        append_value(text, trial, values[i]);
        last = parameter->run;
    }
}

char *trial_start(const struct trial *trial, const struct world *world, const int16_t *parameters)
{
    GString *text = g_string_new(NULL);
    struct world near = *world;

    bring_near(trial, &near);
    for (unsigned i = 0; i < trial->world.table_count; i++)
        append_table(text, trial, &near, i);
    append_parameters(text, trial, parameters);
    return g_string_free(text, FALSE);
}
