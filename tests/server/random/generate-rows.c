/* Statements and functions of random programs that do something for each of up to two rows that they
 * find: their keys say which, so that there are no more. */
#include "server/random/generate-parts.h"

/* ------------------------------------------------------------------ rows that are found */

struct act *find_row(struct maker *maker, unsigned table, unsigned nth)
{
    struct random *random = maker->random;
    struct act *act = add_act(maker, ACT_SELECT, table);

    if (nth > 0) {
        unsigned before = maker->program->count - 2U;
        while (maker->program->acts[before].kind != ACT_SELECT)
            before--;
        *act = maker->program->acts[before];
        act->nth = (uint8_t)nth;
        act->joined = true;
        return act;
    }
    act->index = 0;
    act->quiet = true;
    add_filter(act, A, COMPARE_EQUAL, pick_number(random, 3));
    if (!random_one_in(random, 3)) {
        struct filter *filter = &act->filters[0];
        filter->comparison = COMPARE_IN;
        filter->count = 2;
        filter->values[1].number = (int16_t)(filter->values[0].number % 3 + 1);
    }
    if (random_one_in(random, 4))
        add_filter(act, C, COMPARE_GREATER, 1);
    return act;
}

unsigned rows_of(const struct act *found)
{
    return found->filters[0].count;
}

/* C gets the column of the row that the act has found, or that is added to it or taken from it. */
static void set_from(struct maker *maker, struct act *act, unsigned found)
{
    struct set *set = &act->sets[act->set_count++];

    *set = (struct set){.column = C, .value = value_result(found, C)};
    if (!random_may(maker->random, FEATURE_SUMS, 2))
        return;
    set->value.kind = VALUE_ADDED;
    set->value.minus = random_one_in(maker->random, 3);
    set->value.number = C;
}

struct act *change_found(struct maker *maker, unsigned table, enum act_kind kind, unsigned found)
{
    struct act *act = add_act(maker, kind, table);

    add_filter(act, A, COMPARE_EQUAL, 0);
    act->filters[0].values[0] = value_result(found, B);
    act->index = 0;
    act_depend(act, WHEN_FOUND, found);
    if (kind == ACT_UPDATE)
        set_from(maker, act, found);
    return act;
}

/* The same as an earlier act, of another row. */
static struct act *change_again(struct maker *maker, const struct act *first, unsigned found)
{
    struct act *act = add_act(maker, first->kind, first->table);

    *act = *first;
    act->guards[0].condition = (uint8_t)found;
    act->filters[0].values[0].source = found & 31;
    for (unsigned i = 0; i < act->set_count; i++)
        act->sets[i].value.source = found & 31;
    for (unsigned i = 0; i < COLUMNS; i++)
        act->row[i].source = act->row[i].kind == VALUE_RESULT ? found & 31 : 0;
    return act;
}

/* ------------------------------------------------------------------ statements */

/* INSERT … VALUES (1, 2, 3), (2, 2, 3) */
static void make_values(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;

    make_plain_insert(maker, table);
    struct act *second = add_act(maker, ACT_INSERT, table);
    *second = maker->program->acts[at];
    second->joined = true;
    second->row[A].number = pick_number(maker->random, 4);
    second->row[B].number = pick_number(maker->random, 3);
    maker->forms[at] = FORM_VALUES;
}

/* INSERT INTO t1 SELECT a + 1, b, 2 FROM t0 WHERE a IN (1, 2) */
static void make_insert_select(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count, rows;

    rows = rows_of(find_row(maker, random_below(maker->random, maker->world->table_count), 0));
    struct act *act = add_act(maker, ACT_INSERT, table);
    act->joined = true;
    act_depend(act, WHEN_FOUND, at);
    act->row[A] = value_result(at, A);
    act->row[A].number = pick_number(maker->random, 2);
    act->row[B] = value_result(at, B);
    act->row[C].number = pick_number(maker->random, 3);
    maker->forms[at] = FORM_INSERT_SELECT;
    if (rows == 1)
        return;
    find_row(maker, act->table, 1);
    maker->program->acts[at].stops = true;
    change_again(maker, act, at + 2);
}

/* UPDATE t1 SET c = t1.c + s.c FROM t0 s WHERE s.a IN (1, 2) AND t1.a = s.b; DELETE … USING */
static void make_from(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count, rows;

    rows = rows_of(find_row(maker, random_below(maker->random, maker->world->table_count), 0));
    struct act *act =
        change_found(maker, table, random_one_in(maker->random, 4) ? ACT_DELETE : ACT_UPDATE, at);
    act->joined = true;
    maker->forms[at] = FORM_FROM;
    if (rows == 1)
        return;
    find_row(maker, act->table, 1);
    maker->program->acts[at].stops = true;
    change_again(maker, act, at + 2);
}

/* UPDATE t0 … WHERE a IN (SELECT a FROM t0 ORDER BY a LIMIT 2 FOR UPDATE) */
static void make_picks(struct maker *maker, unsigned table)
{
    struct random *random = maker->random;
    unsigned at = maker->program->count;
    struct act *act = add_act(maker, ACT_SELECT, table);

    act->index = 0;
    act->quiet = act->sorted = true;
    act->limit = 2;
    if (random_one_in(random, 2))
        add_filter(act, C, COMPARE_GREATER, (int16_t)random_below(random, 2));
    struct act *second = add_act(maker, ACT_SELECT, table);
    *second = *act;
    second->nth = second->limit = 1;
    second->joined = true;
    act = add_act(maker, random_one_in(random, 3) ? ACT_DELETE : ACT_UPDATE, table);
    act->joined = true;
    act->index = 0;
    add_filter(act, A, COMPARE_IN, 0);
    act->filters[0].count = 2;
    act->filters[0].values[0] = value_result(at, A);
    act->filters[0].values[1] = value_result(at + 1, A);
    if (act->kind == ACT_UPDATE)
        set_column(maker, act);
    maker->forms[at] = FORM_PICKS;
}

/* WITH w AS (DELETE … WHERE a = 1 RETURNING a, b, c) UPDATE t1 SET c = t1.c + w.c FROM w WHERE t1.a = w.b */
static void make_handed_on(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;
    struct act *act = add_act(maker, ACT_DELETE, table);

    add_filter(act, A, COMPARE_EQUAL, pick_number(maker->random, 3));
    act->index = 0;
    act =
        change_found(maker, random_below(maker->random, maker->world->table_count), ACT_UPDATE, at);
    act->joined = true;
    maker->forms[at] = FORM_HANDED_ON;
}

void make_rows(struct maker *maker, unsigned table)
{
    static void (*const makers[])(struct maker *, unsigned) = {
        make_values, make_insert_select, make_from, make_picks, make_handed_on};

    makers[random_below(maker->random, G_N_ELEMENTS(makers))](maker, table);
}

/* ------------------------------------------------------------------ functions */

/* SELECT b, c INTO x, y …; UPDATE … SET c = c + y WHERE a = x */
static void make_into(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;
    struct act *act = find_row(maker, table, 0);

    act->filters[0].comparison = COMPARE_EQUAL;
    act->filters[0].count = 1;
    act =
        change_found(maker, random_below(maker->random, maker->world->table_count), ACT_UPDATE, at);
    act->guard_count = 0; /* it finds none by NULL */
    act->called = true;
    maker->forms[at] = FORM_INTO;
}

/* FOR r IN SELECT … LOOP UPDATE … SET c = c + r.c WHERE a = r.b; END LOOP */
static void make_loop(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count, rows = rows_of(find_row(maker, table, 0));
    enum act_kind kind = random_one_in(maker->random, 4) ? ACT_DELETE : ACT_UPDATE;

    if (rows == 2)
        find_row(maker, table, 1);
    struct act *act =
        change_found(maker, random_below(maker->random, maker->world->table_count), kind, at);
    act->called = true;
    maker->forms[at] = FORM_LOOP;
    if (rows == 2)
        change_again(maker, act, at + 1);
}

/* IF (SELECT count(*) …) > 0 THEN … */
static void make_counted(struct maker *maker, unsigned table)
{
    unsigned at = maker->program->count;
    struct act *act = add_act(maker, ACT_SELECT, table);

    restrict_rows(maker, act, false);
    act->total = act->quiet = true;
    act = add_act(maker, ACT_UPDATE, random_below(maker->random, maker->world->table_count));
    restrict_rows(maker, act, false);
    set_column(maker, act);
    act->called = true;
    act_depend(act, WHEN_TRUE, at);
    act->guards[0].test = (struct filter){.comparison = COMPARE_GREATER, .count = 1};
    act->guards[0].test.values[0].number =
        (int16_t)(FIRST_MADE_OF + random_below(maker->random, 2));
    maker->forms[at] = FORM_COUNTED;
}

void make_routine(struct maker *maker)
{
    static void (*const makers[])(struct maker *, unsigned) = {make_into, make_loop, make_counted};
    unsigned features = maker->random->features;
    bool joins = random_may(maker->random, FEATURE_JOINS, 2);

    maker->random->features &= ~(unsigned)FEATURE_RESULTS;
    (joins ? make_join_routine : makers[random_below(maker->random, G_N_ELEMENTS(makers))])(
        maker, random_below(maker->random, maker->world->table_count));
    maker->random->features = features;
}
