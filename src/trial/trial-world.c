/* What is in the tables of a trial. Equal programs see equal contents: the numbers are made by a
 * generator that starts anew for each world. */
#include <string.h>

#include "machine/contents.h"
#include "trial/trial-world.h"

enum { FRESH = 2 }; /* values that no program names, of a column without others */
enum { NAMED = 4 }; /* rows that programs name, whose other keys differ */

/* ------------------------------------------------------------------ rows */

struct random {
    uint64_t state;
};

/* splitmix64 */
static unsigned below(struct random *random, unsigned limit)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return (unsigned)((z ^ (z >> 31)) % limit);
}

/* One of the values that programs name, or seldom another. Of a key there are enough of these for
 * all `rows`; with `others` it is none of the named ones, but one from there on. */
static int16_t pick(struct random *random, const struct trial_column *column, unsigned rows,
                    int16_t others)
{
    if (others && rows > 0)
        return (int16_t)(others + (int)below(random, rows));
    unsigned least = !column->count || column->open ? FRESH : column->ordered ? 0 : 1;
    unsigned fresh = MAX(least, rows > column->count ? rows - column->count : 0);
    unsigned at = below(random, column->count + fresh);

    return at < column->count ? column->values[at] : (int16_t)(FIRST_FRESH + at - column->count);
}

static bool is_taken(const struct world *world, const struct world_row *row)
{
    const struct world_table *table = &world->tables[row->table];

    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *other = &world->rows[i];
        for (unsigned j = 0; other->table == row->table && j < table->index_count; j++) {
            bool same = trial_forbids(&table->indexes[j]) &&
                        heap_is_indexed(&table->indexes[j], row->values) &&
                        heap_is_indexed(&table->indexes[j], other->values);
            for (unsigned k = 0; k < WORLD_COLUMNS && same; k++)
                same =
                    !((table->indexes[j].columns >> k) & 1) || other->values[k] == row->values[k];
            if (same)
                return true;
        }
    }
    return false;
}

/* Whether the run inserts a row with the parameter in that column. */
static bool is_brought(const struct trial *trial, unsigned parameter, unsigned table,
                       unsigned column)
{
    const struct program *program = &trial->programs[trial->parameters[parameter].run];

    for (unsigned i = 0; i < program->count; i++) {
        if (program->acts[i].kind == ACT_INSERT && program->acts[i].table == table &&
            program->acts[i].row[column].number == (int)(FIRST_PARAMETER + parameter))
            return true;
    }
    return false;
}

/* Whether the run inserts a row with the parameter as its key. */
static bool is_new_key(const struct trial *trial, unsigned parameter)
{
    for (unsigned i = 0; i < trial->world.table_count; i++) {
        for (unsigned j = 0; j < trial->tables[i].column_count; j++) {
            if (trial_is_key(trial, i, j) && is_brought(trial, parameter, i, j))
                return true;
        }
    }
    return false;
}

/* Whether an INSERT of any run brings the value to the column: a constant, or what a parameter is. */
static bool brings(const struct trial *trial, const struct choice *choices, unsigned table,
                   unsigned column, int16_t value)
{
    const struct trial_column *of = &trial->tables[table].columns[column];

    for (unsigned i = 0; i < of->count; i++) {
        if ((of->brought >> i) & 1 && of->values[i] == value)
            return true;
    }
    for (unsigned i = 0; i < trial->parameter_count; i++) {
        if (choices[i].value == value && is_brought(trial, i, table, column))
            return true;
    }
    return false;
}

/* Whether it would be in the way of an INSERT. */
static bool is_in_the_way(const struct trial *trial, const struct choice *choices,
                          const struct world_row *row)
{
    const struct world_table *table = &trial->world.tables[row->table];

    for (unsigned i = 0; i < table->index_count; i++) {
        bool brought = trial_forbids(&table->indexes[i]);
        for (unsigned j = 0; j < trial->tables[row->table].column_count && brought; j++)
            brought = !((table->indexes[i].columns >> j) & 1) ||
                      brings(trial, choices, row->table, j, row->values[j]);
        if (brought)
            return true;
    }
    return false;
}

static bool may_be_null(const struct trial *trial, const struct world_foreign_key *key)
{
    const struct trial_table *table = &trial->tables[key->child];
    const struct column *column =
        relation_column(table->relation, table->columns[key->column].name);

    return column && !column->not_null;
}

/* Gives the row some parent, if one is there. */
static void find_parent(struct random *random, const struct world *world,
                        const struct world_foreign_key *key, struct world_row *row)
{
    unsigned column = (unsigned)__builtin_ctz(world->tables[key->parent].indexes[0].columns);
    unsigned count = 0;

    for (unsigned i = 0; i < world->row_count; i++) {
        if (world->rows[i].table == key->parent && below(random, ++count) == 0)
            row->values[key->column] = world->rows[i].values[column];
    }
}

/* A row whose parent is not there has none, as the root of a tree, or, where the column is NOT
 * NULL, another one. */
static void find_parents(const struct trial *trial, struct random *random,
                         const struct world *world, struct world_row *row)
{
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        const struct world_foreign_key *key = &world->foreign_keys[i];
        if (world_has_parent(world, row, key))
            continue;
        if (key->child == key->parent || may_be_null(trial, key))
            row->values[key->column] = NO_VALUE;
        else
            find_parent(random, world, key, row);
    }
}

/* Makes the row one that the act finds, as far as one value of a column says so; not for what `later`
 * sets. */
static void let_find(struct world_row *row, const struct act *act, const struct act *later)
{
    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        int number = filter->values[0].number;
        bool set = false;
        for (unsigned j = 0; j < later->set_count; j++)
            set |= later->sets[j].column == filter->column;
        if (filter->comparison == COMPARE_IS_NULL)
            number = NO_VALUE;
        else if (filter->count == 0 || filter->values[0].kind != VALUE_PLAIN)
            continue;
        if (filter->comparison == COMPARE_LESS)
            number--;
        else if (filter->comparison == COMPARE_GREATER || filter->comparison == COMPARE_NOT_EQUAL)
            number++;
        if (!set || act == later)
            row->values[filter->column] = (int16_t)number;
    }
}

/* Makes the row one that some act finds: of rows that nobody finds nothing comes. */
static void let_any_find(const struct trial *trial, struct random *random,
                         const struct program *programs, struct world_row *row)
{
    const struct program *program = &programs[below(random, trial->count)];
    const struct act *act = &program->acts[below(random, MAX(program->count, 1))];

    if (program->count > 0 && act->table == row->table &&
        (act->kind == ACT_SELECT || act->kind == ACT_UPDATE || act->kind == ACT_DELETE))
        let_find(row, act, act);
}

/* Bits: the columns of all keys, of which there are to be enough for several rows. */
static unsigned key_columns(const struct world_table *table)
{
    unsigned keys = 0;

    for (unsigned i = 0; i < table->index_count; i++)
        keys |= trial_forbids(&table->indexes[i]) ? table->indexes[i].columns : 0;
    return keys;
}

/* Of keys it takes one of as many values as `rows` need; `others`: see pick. */
static struct world_row any_row(const struct trial *trial, struct random *random, unsigned table,
                                unsigned rows, int16_t others)
{
    const struct trial_table *of = &trial->tables[table];
    unsigned keys = key_columns(&trial->world.tables[table]);
    struct world_row row = {.table = (uint8_t)table};

    for (unsigned i = 0; i < WORLD_COLUMNS; i++)
        row.values[i] = i < of->column_count
                            ? pick(random, &of->columns[i], (keys >> i) & 1 ? rows : 0, others)
                            : (int16_t)NO_VALUE;
    return row;
}

static void fill_table(const struct trial *trial, struct random *random,
                       const struct choice *choices, const struct program *finders,
                       struct world *world, unsigned table, unsigned most, int16_t others)
{
    unsigned tries = below(random, 3 * most + 1);
    bool clear = below(random, 3) > 0; /* of what is in the way of an INSERT */

    for (unsigned i = 0; i < tries && most > 0 && world->row_count < WORLD_ROWS; i++) {
        struct world_row row = any_row(trial, random, table, most, others);
        if (finders)
            let_any_find(trial, random, finders, &row);
        find_parents(trial, random, world, &row);
        if (is_taken(world, &row) || !world_has_parents(world, &row) ||
            (clear && is_in_the_way(trial, choices, &row)))
            continue;
        world->rows[world->row_count++] = row;
        most--;
    }
}

static bool is_child(const struct world *world, unsigned table)
{
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        if (world->foreign_keys[i].child == table && world->foreign_keys[i].parent != table)
            return true;
    }
    return false;
}

/* Gives it the value of an earlier one of the same column, half of the time or always. */
static bool take_earlier(const struct trial *trial, struct random *random, struct choice *choices,
                         unsigned at, bool always)
{
    for (unsigned i = at; i-- > 0;) {
        if (trial->parameters[i].table != trial->parameters[at].table ||
            trial->parameters[i].column != trial->parameters[at].column ||
            (!always && below(random, 2)))
            continue;
        choices[at].value = choices[i].value;
        return true;
    }
    return false;
}

/* ------------------------------------------------------------------ one thing in two runs */

/* A column, or that of the parent's key to which it refers. */
static unsigned origin_of(const struct trial *trial, const struct trial_parameter *parameter)
{
    unsigned table = parameter->table, column = parameter->column;

    for (unsigned i = 0; i < trial->world.foreign_key_count; i++) {
        const struct world_foreign_key *key = &trial->world.foreign_keys[i];
        if (key->child == table && key->column == column) {
            table = key->parent;
            column = (unsigned)__builtin_ctz(trial->world.tables[table].indexes[0].columns);
        }
    }
    return table * WORLD_COLUMNS + column;
}

/* Whether another parameter of the run, of the same column, has the value. */
static bool has_in_run(const struct trial *trial, const struct choice *choices, unsigned at,
                       int16_t value)
{
    for (unsigned i = 0; i < at; i++) {
        if (trial->parameters[i].run == trial->parameters[at].run && choices[i].value == value &&
            origin_of(trial, &trial->parameters[i]) == origin_of(trial, &trial->parameters[at]))
            return true;
    }
    return false;
}

/* What none of the runs has named so far. */
static int16_t new_thing(const struct trial *trial, const struct choice *choices, unsigned at)
{
    int16_t fresh = FIRST_FRESH;

    for (unsigned i = 0; i < at; i++) {
        if (choices[i].value >= fresh && choices[i].value < FIRST_TEXT_VALUE &&
            origin_of(trial, &trial->parameters[i]) == origin_of(trial, &trial->parameters[at]))
            fresh = (int16_t)(choices[i].value + 1);
    }
    return fresh;
}

/* Two names of a run are two things; most of them are things that another run names too. */
static int16_t cross(const struct trial *trial, struct random *random, const struct choice *choices,
                     unsigned at)
{
    int16_t fresh = FIRST_FRESH;

    for (unsigned i = at; i-- > 0;) {
        if (trial->parameters[i].run != trial->parameters[at].run &&
            origin_of(trial, &trial->parameters[i]) == origin_of(trial, &trial->parameters[at]) &&
            !has_in_run(trial, choices, at, choices[i].value) && below(random, 3))
            return choices[i].value;
    }
    while (has_in_run(trial, choices, at, fresh))
        fresh++;
    return fresh;
}

/* What the run before it has there, as two that do the same for the same. */
static bool repeat(const struct trial *trial, struct choice *choices, unsigned at)
{
    for (unsigned i = 0; i < at; i++) {
        if (trial->parameters[i].run == trial->parameters[at].run ||
            origin_of(trial, &trial->parameters[i]) != origin_of(trial, &trial->parameters[at]) ||
            has_in_run(trial, choices, at, choices[i].value))
            continue;
        choices[at].value = choices[i].value;
        return true;
    }
    return false;
}

static bool changes(const struct act *act, unsigned table)
{
    return (act->kind == ACT_UPDATE || act->kind == ACT_DELETE) && act->table == table;
}

/* Whether the run changes or deletes the row with that key. */
static bool is_changed(const struct trial *trial, unsigned parameter)
{
    const struct program *program = &trial->programs[trial->parameters[parameter].run];

    for (unsigned i = 0; i < program->count; i++) {
        const struct act *act = &program->acts[i];
        for (unsigned j = 0;
             changes(act, trial->parameters[parameter].table) && j < act->filter_count; j++) {
            const struct filter *filter = &act->filters[j];
            if (filter->column == trial->parameters[parameter].column &&
                filter->comparison == COMPARE_EQUAL &&
                filter->values[0].number == (int)(FIRST_PARAMETER + parameter))
                return true;
        }
    }
    return false;
}

/* Makes the row one that the run finds by this value, in all that it asks for beside it. */
static void let_name(const struct program *program, unsigned column, int16_t value,
                     struct world_row *row)
{
    for (unsigned i = 0; i < program->count; i++) {
        const struct act *act = &program->acts[i];
        for (unsigned j = 0;
             act->table == row->table && act->kind != ACT_INSERT && j < act->filter_count; j++) {
            if (act->filters[j].column == column && act->filters[j].count > 0 &&
                act->filters[j].comparison == COMPARE_EQUAL &&
                act->filters[j].values[0].number == value)
                let_find(row, act, act);
        }
    }
}

/* Rows with the keys that the runs name, but for those that they insert; with `programs` such as these
 * find. */
static void fill_named(const struct trial *trial, struct random *random,
                       const struct choice *choices, const struct program *programs,
                       struct world *world, unsigned table)
{
    for (unsigned i = 0; i < trial->parameter_count && world->row_count < WORLD_ROWS; i++) {
        const struct trial_parameter *parameter = &trial->parameters[i];
        unsigned origin = origin_of(trial, parameter);
        if (origin / WORLD_COLUMNS != table || is_brought(trial, i, table, origin % WORLD_COLUMNS))
            continue;
        /* By another key, of which no run says anything, it may be one that is there. */
        for (unsigned rows = 0, added = 0; rows <= NAMED && !added; rows += NAMED) {
            struct world_row row = any_row(trial, random, table, rows, 0);
            row.values[origin % WORLD_COLUMNS] = choices[i].value;
            if (programs)
                let_name(&programs[parameter->run], origin % WORLD_COLUMNS, choices[i].value, &row);
            find_parents(trial, random, world, &row);
            added = !is_taken(world, &row) && world_has_parents(world, &row);
            if (added)
                world->rows[world->row_count++] = row;
        }
    }
}

/* ------------------------------------------------------------------ two things for two runs */

/* One of the SELECTs from the table; NULL: there is none. */
static const struct act *any_read(struct random *random, const struct program *program,
                                  unsigned table)
{
    unsigned first = below(random, MAX(program->count, 1));

    for (unsigned i = 0; i < program->count; i++) {
        const struct act *act = &program->acts[(first + i) % program->count];
        if (act->kind == ACT_SELECT && act->table == table)
            return act;
    }
    return NULL;
}

/* For each change a row that it finds, and that a SELECT of any run finds: as the row is before the
 * change (`before`), or but for what the change sets. */
static void fill_apart(const struct trial *trial, struct random *random,
                       const struct program *programs, struct world *world, unsigned table,
                       bool before)
{
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < programs[i].count && world->row_count < WORLD_ROWS; j++) {
            const struct act *act = &programs[i].acts[j];
            const struct act *read =
                any_read(random, &programs[below(random, trial->count)], table);
            struct world_row row = any_row(trial, random, table, 0, 0);
            if (!changes(act, table))
                continue;
            if (read)
                let_find(&row, read, before ? read : act);
            let_find(&row, act, act);
            find_parents(trial, random, world, &row);
            if (!is_taken(world, &row) && world_has_parents(world, &row))
                world->rows[world->row_count++] = row;
        }
    }
}

/* ------------------------------------------------------------------ rows that are counted */

/* How many rows there are when the last one decides: two for count < 3, and for count > 1. */
static int deciding_number(const struct guard *guard)
{
    int number = guard->test.values[0].number - FIRST_MADE_OF;

    return guard->test.comparison == COMPARE_LESS      ? number - 1
           : guard->test.comparison == COMPARE_GREATER ? number + 1
                                                       : number;
}

/* The act that counts rows of the table, when the other one is run only where there are few or many.
 * Sets `*number` to how many decide about it. */
static const struct act *counted_by(const struct program *program, const struct act *act,
                                    unsigned table, int *number)
{
    for (unsigned i = 0; i < act->guard_count; i++) {
        const struct guard *guard = &act->guards[i];
        const struct act *count = &program->acts[guard->condition];
        if (guard->when < WHEN_TRUE || !count->total || count->reads || count->table != table)
            continue;
        *number = deciding_number(guard);
        return count;
    }
    return NULL;
}

static void add_counted(const struct trial *trial, struct random *random,
                        const struct choice *choices, const struct act *count,
                        const struct act *change, struct world *world)
{
    struct world_row row = any_row(trial, random, count->table, 4, 0);

    let_find(&row, count, count);
    if (change) /* id = $1, when what is counted has id <> $1 */
        let_find(&row, change, change);
    find_parents(trial, random, world, &row);
    if (world->row_count < WORLD_ROWS && !is_taken(world, &row) && world_has_parents(world, &row) &&
        !is_in_the_way(trial, choices, &row))
        world->rows[world->row_count++] = row;
}

/* An act of the runs that counts rows of the table so; NULL when there is none. */
static const struct act *find_count(const struct trial *trial, const struct program *programs,
                                    unsigned table, int *number)
{
    const struct act *count = NULL;

    for (unsigned i = 0; i < trial->count && !count; i++) {
        for (unsigned j = 0; j < programs[i].count && !count; j++)
            count = counted_by(&programs[i], &programs[i].acts[j], table, number);
    }
    return count;
}

static bool counts_rows(const struct trial *trial)
{
    unsigned table = 0;
    int number;

    while (table < trial->world.table_count && !find_count(trial, trial->programs, table, &number))
        table++;
    return table < trial->world.table_count;
}

/* About as many rows as decide, first of all those that a run changes. Returns whether there is an act
 * that counts rows of the table. */
static bool fill_counted(const struct trial *trial, struct random *random,
                         const struct choice *choices, const struct program *programs,
                         struct world *world, unsigned table)
{
    unsigned first = world->row_count;
    int number = 0;
    const struct act *count = find_count(trial, programs, table, &number);

    if (!count)
        return false;
    number += below(random, 3) ? 0 : (int)below(random, 3) - 1;
    for (unsigned i = 0; i < trial->count; i++) {
        for (unsigned j = 0; j < programs[i].count; j++) {
            if (changes(&programs[i].acts[j], table))
                add_counted(trial, random, choices, count, &programs[i].acts[j], world);
        }
    }
    for (unsigned tries = 0; tries < 8 && (int)(world->row_count - first) < number; tries++)
        add_counted(trial, random, choices, count, NULL, world);
    return true;
}

/* ------------------------------------------------------------------ a world */

/* `own`: no two runs insert the same key, as an application gives each row another one; MERGE may. */
static void choose_parameters(const struct trial *trial, struct random *random, bool same,
                              bool crossed, bool apart, bool own,
                              struct choice choices[static TRIAL_PARAMETERS])
{
    for (unsigned i = 0; i < trial->parameter_count; i++) {
        const struct trial_parameter *parameter = &trial->parameters[i];
        choices[i].computed = (!apart && below(random, 2)) || trial_is_computed(parameter);
        if (parameter->table == WORLD_TABLES)
            choices[i].value = (int16_t)(FIRST_FRESH + below(random, FRESH));
        else if (apart &&
                 (is_brought(trial, i, parameter->table, parameter->column) ||
                  is_changed(trial, i)) &&
                 trial_is_key(trial, parameter->table, parameter->column))
            choices[i].value = (int16_t)(FIRST_FRESH + i);
        else if (own && is_new_key(trial, i) && !is_changed(trial, i))
            choices[i].value = new_thing(trial, choices, i);
        else if (crossed)
            choices[i].value = cross(trial, random, choices, i);
        else if (!(same && repeat(trial, choices, i)) &&
                 !take_earlier(trial, random, choices, i,
                               apart)) /* what conflicts is about one thing */
            choices[i].value =
                pick(random, &trial->tables[parameter->table].columns[parameter->column], 0, 0);
    }
}

void trial_make_world(const struct trial *trial, unsigned at, struct world *world,
                      struct program *programs, int16_t parameters[static TRIAL_PARAMETERS])
{
    static const unsigned most[] = {4, 4, 4, 3, 3}; /* rows, by the number of tables */
    struct random random = {.state = at};
    struct choice choices[TRIAL_PARAMETERS];
    /* what the programs name by a key is not there, but rows before or after it */
    int16_t others = at % 10 == 4 ? FIRST_FRESH : at % 10 == 9 ? FIRST_BELOW : 0;
    bool crossed = at % 4 == 2, apart = at % 8 == 7; /* runs have rows of their own */
    bool own = at % 4 == 1 || at % 8 == 6;           /* what they insert is not the same */
    bool same = at % 8 == 3;                         /* all do the same, to rows that they find */
    bool found = at >= TRIAL_WORLDS && at % 2;       /* rows are such as the programs look for */
    bool counted = at > 1 && at % 2 && counts_rows(trial); /* there are as many as decide */

    choose_parameters(trial, &random, same, crossed, apart, own, choices);
    for (unsigned i = 0; i < trial->parameter_count; i++)
        parameters[i] = choices[i].value;
    for (unsigned i = 0; i < trial->count; i++) {
        const struct program *program = &trial->programs[i];
        memcpy(&programs[i], program,
               offsetof(struct program, acts) + program->count * sizeof program->acts[0]);
        trial_set_parameters(trial, choices, &programs[i]);
    }
    *world = trial->world;
    bool filled = at != 1 && !(apart && world->foreign_key_count == 0);
    for (unsigned child = 0; child < 2; child++) { /* parents come first */
        for (unsigned i = 0; i < world->table_count; i++) {
            if (is_child(world, i) != child ||
                (counted && fill_counted(trial, &random, choices, programs, world, i)))
                continue;
            if (crossed || counted || same)
                fill_named(trial, &random, choices, same ? programs : NULL, world, i);
            if (apart)
                fill_apart(trial, &random, programs, world, i, at % 16 == 15);
            if (filled && (!crossed || trial->parameter_count == 0))
                fill_table(trial, &random, choices, found || same ? programs : NULL, world, i,
                           most[world->table_count], others);
        }
    }
}
