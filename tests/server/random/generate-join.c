/* SELECT of two tables: for each of up to two rows of the one, those of the other that belong to it. */
#include "server/random/generate-parts.h"

/* By which column the rows belong together: the key of the second table, or one that has an index. */
static unsigned pick_column(struct maker *maker, unsigned table)
{
    const struct world_table *of = &maker->world->tables[table];

    for (unsigned i = 1; i < of->index_count; i++) {
        if (of->indexes[i].columns == 1U << B && !of->indexes[i].partial &&
            random_one_in(maker->random, 2))
            return B;
    }
    return A;
}

static uint8_t index_of(const struct maker *maker, unsigned table, unsigned column)
{
    uint8_t at = 0;

    while (maker->world->tables[table].indexes[at].columns != 1U << column)
        at++;
    return at;
}

/* The rows of the table that belong to the one that the act has found. */
static struct act *add_rows(struct maker *maker, unsigned table, unsigned column, unsigned found)
{
    struct act *act = add_act(maker, ACT_SELECT, table);

    add_filter(act, column, COMPARE_EQUAL, 0);
    act->filters[0].values[0] = value_result(found, column == A ? B : A);
    if (random_one_in(maker->random, 4))
        add_filter(act, C, COMPARE_GREATER, 1);
    act->index = index_of(maker, table, column);
    act->joined = act->beside = true;
    act->outer = (uint8_t)(found + 1);
    act_depend(act, WHEN_FOUND, found);
    return act;
}

/* The same for the next row of the first table. */
static void add_again(struct maker *maker, unsigned at)
{
    struct program *program = maker->program;
    struct act *next = add_act(maker, ACT_SELECT, 0), *act = add_act(maker, ACT_SELECT, 0);

    *next = program->acts[at];
    program->acts[at].stops = true;
    next->nth = 1;
    next->joined = true;
    *act = program->acts[at + 1];
    act->outer = (uint8_t)(at + 3);
    act->onto = (uint8_t)(at + 2);
    act->guards[0].condition = (uint8_t)(at + 2);
    act->filters[0].values[0].source = (at + 2) & 31;
}

static void lock_rows(struct maker *maker, struct act *act)
{
    struct random *random = maker->random;
    unsigned which = 1 + random_below(random, 3);

    if (!random_may(random, FEATURE_ROW_LOCKS, 2))
        return;
    enum lock_strength strength = (enum lock_strength)(1 + random_below(random, LOCK_UPDATE));
    act->lock = which & 1 ? strength : LOCK_NONE;
    act->outer_lock = which & 2 ? strength : LOCK_NONE;
    act->wait = random_one_in(random, 2) ? WAIT_BLOCK : (enum wait_policy)random_below(random, 3);
}

/* Counts them, or not. */
static void make_select(struct maker *maker, unsigned table, bool counts)
{
    unsigned at = maker->program->count,
             other = random_below(maker->random, maker->world->table_count),
             rows = rows_of(find_row(maker, other, 0));
    struct act *act = add_rows(maker, table, pick_column(maker, table), at);

    if (counts) {
        act->total = true;
        act->beside = false;
    } else {
        lock_rows(maker, act);
    }
    if (rows == 2)
        add_again(maker, at);
}

void make_join(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;
    bool counts = random_one_in(maker->random, 3);

    make_select(maker, table, counts);
    maker->forms[at] = counts ? FORM_JOIN_COUNT : FORM_JOIN;
}

/* ------------------------------------------------------------------ functions */

/* SELECT s.a, s.b, u.c INTO x, y, z …; UPDATE … SET c = c + z WHERE a = y */
static void make_into(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;
    struct act *act = find_row(maker, random_below(maker->random, maker->world->table_count), 0);

    act->filters[0].comparison = COMPARE_EQUAL;
    act->filters[0].count = 1;
    act = add_rows(maker, table, A, at);
    act->quiet = true;
    lock_rows(maker, act);
    act =
        change_found(maker, random_below(maker->random, maker->world->table_count), ACT_UPDATE, at);
    act->sets[0].value.source = (at + 1) & 31;
    act->guard_count = 0; /* it finds none by NULL */
    act->called = true;
    maker->forms[at] = FORM_JOIN_INTO;
}

/* IF (SELECT count(*) …) > 0 THEN … */
static void make_counted(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;

    make_select(maker, table, true);
    unsigned last = maker->program->count - 1U;
    for (unsigned i = at; i <= last; i++)
        maker->program->acts[i].quiet = true;
    struct act *act =
        add_act(maker, ACT_UPDATE, random_below(maker->random, maker->world->table_count));
    restrict_rows(maker, act, false);
    set_column(maker, act);
    act->called = true;
    act_depend(act, WHEN_TRUE, last);
    act->guards[0].test = (struct filter){.comparison = COMPARE_GREATER, .count = 1};
    act->guards[0].test.values[0].number =
        (int16_t)(FIRST_MADE_OF + random_below(maker->random, 2));
    maker->forms[at] = FORM_JOIN_COUNTED;
}

void make_join_routine(struct maker *maker, unsigned table)
{
    (random_one_in(maker->random, 2) ? make_into : make_counted)(maker, table);
}
