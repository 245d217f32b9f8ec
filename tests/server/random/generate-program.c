/* Random programs, act by act. Values are few, so that programs meet. */
#include "server/random/generate-parts.h"

/* ------------------------------------------------------------------ acts */

int16_t pick_number(struct random *random, unsigned limit)
{
    return (int16_t)(1 + random_below(random, limit));
}

struct act *add_act(struct maker *maker, enum act_kind kind, unsigned table)
{
    struct act *act = &maker->program->acts[maker->program->count++];

    *act =
        (struct act){.kind = kind, .table = (uint8_t)table, .index = NO_INDEX, .arbiter = NO_INDEX};
    return act;
}

/* The index on the column, if there is one. */
static uint8_t index_on(const struct world *world, unsigned table, unsigned column)
{
    for (uint8_t i = 0; i < world->tables[table].index_count; i++) {
        if (world->tables[table].indexes[i].columns == 1U << column &&
            !world->tables[table].indexes[i].partial)
            return i;
    }
    return NO_INDEX;
}

static bool has_partial_index(const struct world *world, unsigned table)
{
    const struct world_table *of = &world->tables[table];

    return of->indexes[of->index_count - 1].partial;
}

void add_filter(struct act *act, unsigned column, enum comparison comparison, int16_t number)
{
    struct filter *filter = &act->filters[act->filter_count++];

    *filter = (struct filter){.column = (uint8_t)column, .comparison = comparison, .count = 1};
    filter->values[0].number = number;
}

/* One condition on an indexed column, or none; perhaps one more on C. */
void restrict_rows(struct maker *maker, struct act *act, bool one)
{
    struct random *random = maker->random;
    unsigned kind = one ? 0 : random_below(random, 8);
    unsigned column = kind >= 4 && kind <= 5 ? B : A;

    if (kind < 6) {
        add_filter(act, column, COMPARE_EQUAL, pick_number(random, 3));
        act->index = index_on(maker->world, act->table, column);
    }
    if (kind == 2) {
        struct filter *filter = &act->filters[0];
        filter->comparison = COMPARE_IN;
        filter->count = 2;
        filter->values[1].number = (int16_t)(filter->values[0].number % 3 + 1);
    }
    if (kind == 3)
        act->filters[0].comparison =
            random_one_in(random, 2) ? COMPARE_LESS_EQUAL : COMPARE_GREATER;
    if (kind == 7 || random_one_in(random, 6))
        add_filter(act, C,
                   random_one_in(random, 2) && !has_partial_index(maker->world, act->table)
                       ? COMPARE_EQUAL /* which would let a partial index find the rows */
                       : COMPARE_GREATER,
                   pick_number(random, 3));
}

/* Names the view of the table, SELECT … WHERE c > 1. */
static void go_by_view(struct maker *maker, struct act *act)
{
    if (maker->inside || !random_may(maker->random, FEATURE_VIEWS, 5))
        return;
    add_filter(act, C, COMPARE_GREATER, 1);
    *maker->by_view |= 1U << (maker->program->count - 1);
}

/* An earlier act that has read a number, or none. */
static bool find_result(const struct maker *maker, struct value *value)
{
    for (uint8_t i = maker->program->count; i-- > 0;) {
        const struct act *act = &maker->program->acts[i];
        if (act->kind == ACT_SELECT && !act->quiet) {
            *value = value_result(i, random_below(maker->random, COLUMNS));
            return true;
        }
    }
    return false;
}

void set_column(struct maker *maker, struct act *act)
{
    struct random *random = maker->random;
    struct set *set = &act->sets[act->set_count++];
    unsigned kind = random_below(random, 6);

    *set = (struct set){.column = C, .value = {.number = pick_number(random, 3)}};
    if (kind < 2)
        set->value = (struct value){.kind = VALUE_OWN, .column = C, .number = 10};
    else if (kind == 2)
        set->column = B;
    else if (kind == 3 && random_may(random, FEATURE_KEYS, 2))
        set->column = A;
    else if (kind <= 4 && (random->features & FEATURE_RESULTS) && find_result(maker, &set->value)) {
        set->value.number = (int16_t)(10 * pick_number(random, 3));
    }
}

static void make_select(struct maker *maker, unsigned table)
{
    struct act *act = add_act(maker, ACT_SELECT, table);

    restrict_rows(maker, act, false);
    if (random_may(maker->random, FEATURE_ROW_LOCKS, 2)) {
        act->lock = (enum lock_strength)(1 + random_below(maker->random, LOCK_UPDATE));
        act->wait = random_one_in(maker->random, 2)
                        ? WAIT_BLOCK
                        : (enum wait_policy)random_below(maker->random, 3);
    }
    if (act->index == 0 || (act->index == NO_INDEX && random_one_in(maker->random, 2))) {
        act->index = 0;
        act->descending = random_one_in(maker->random, 4);
        act->sorted = true;
    }
    act->quiet = maker->inside;
    go_by_view(maker, act);
}

static void return_rows(struct maker *maker, struct act *act)
{
    act->returns = !maker->inside && random_may(maker->random, FEATURE_RETURNING, 4);
}

static void fill_insert(struct maker *maker, struct act *act)
{
    struct random *random = maker->random;

    for (unsigned i = 0; i < COLUMNS; i++)
        act->row[i].number = pick_number(random, i == A ? 4 : 3);
    if (random_may(random, FEATURE_UPSERTS, 2)) {
        act->conflict = random_one_in(random, 2) ? ACT_CONFLICT_NOTHING : ACT_CONFLICT_UPDATE;
        act->arbiter =
            act->conflict == ACT_CONFLICT_UPDATE || random_one_in(random, 2) ? 0 : NO_INDEX;
    }
    if (act->conflict && act->arbiter == 0 && has_partial_index(maker->world, act->table) &&
        random_one_in(random, 2))
        act->arbiter = (uint8_t)(maker->world->tables[act->table].index_count - 1);
    if (act->conflict == ACT_CONFLICT_UPDATE)
        set_column(maker, act);
    if (act->conflict == ACT_CONFLICT_UPDATE && random_may(random, FEATURE_SUMS, 2))
        act->sets[0] = (struct set){
            .column = C, .value = {.kind = VALUE_OWN, .column = C, .number = act->row[C].number}};
}

void make_plain_insert(struct maker *maker, unsigned table)
{
    fill_insert(maker, add_act(maker, ACT_INSERT, table));
}

static void make_insert(struct maker *maker, unsigned table)
{
    struct random *random = maker->random;
    struct act *act;

    if (random_may(random, FEATURE_PICKS, 3)) {
        act = add_act(maker, ACT_SELECT, table);
        restrict_rows(maker, act, false);
        act->quiet = true;
        act->limit = 1;
        act = add_act(maker, ACT_INSERT, table);
        act->joined = true;
        act_depend(act, WHEN_NOT_FOUND, maker->program->count - 2);
    } else {
        act = add_act(maker, ACT_INSERT, table);
    }
    fill_insert(maker, act);
    return_rows(maker, act);
}

/* … WHERE a = 1 AND [NOT] EXISTS (SELECT FROM t1 …) */
static struct act *make_asked_change(struct maker *maker, unsigned table, enum act_kind kind)
{
    struct random *random = maker->random;
    struct act *act = add_act(maker, ACT_SELECT, random_below(random, maker->world->table_count));

    restrict_rows(maker, act, false);
    act->quiet = true;
    act->limit = 1;
    act = add_act(maker, kind, table);
    restrict_rows(maker, act, false);
    act->joined = true;
    act_depend(act, random_one_in(random, 2) ? WHEN_FOUND : WHEN_NOT_FOUND,
               maker->program->count - 2);
    return act;
}

/* UPDATE or DELETE, of the row that a sub-SELECT picks perhaps. */
static void make_change(struct maker *maker, unsigned table, enum act_kind kind)
{
    struct random *random = maker->random;
    struct act *act;

    if (random_may(random, FEATURE_ASKED, 3)) {
        act = make_asked_change(maker, table, kind);
    } else if (random_may(random, FEATURE_PICKS, 5)) {
        act = add_act(maker, ACT_SELECT, table);
        if (random_one_in(random, 2))
            add_filter(act, C, COMPARE_GREATER, (int16_t)random_below(random, 2));
        act->index = 0;
        act->sorted = true;
        act->quiet = true;
        act->limit = 1;
        if (random_one_in(random, 2)) {
            act->lock = LOCK_UPDATE;
            act->wait = random_one_in(random, 2) ? WAIT_SKIP : WAIT_BLOCK;
        }
        act = add_act(maker, kind, table);
        act->joined = true;
        add_filter(act, A, COMPARE_EQUAL, 0);
        act->filters[0].values[0] = value_result(maker->program->count - 2U, A);
        act->index = 0;
    } else {
        act = add_act(maker, kind, table);
        restrict_rows(maker, act, false);
        go_by_view(maker, act);
    }
    if (kind == ACT_UPDATE)
        set_column(maker, act);
    return_rows(maker, act);
}

/* A change beside another in one statement: WITH w AS (UPDATE …) UPDATE … The main one is run first. Or
 * a row that goes over: WITH w AS (DELETE … RETURNING a) INSERT … SELECT a, 1, 2 FROM w. */
static void make_with(struct maker *maker, unsigned table)
{
    struct random *random = maker->random;
    struct act *first, *second;
    unsigned other = random_below(random, maker->world->table_count);

    if (random_one_in(random, 3)) {
        first = add_act(maker, ACT_DELETE, table);
        restrict_rows(maker, first, true);
        first->filters[0].comparison = COMPARE_EQUAL;
        second = add_act(maker, ACT_INSERT, other);
        act_depend(second, WHEN_FOUND, maker->program->count - 2);
        second->row[A] = value_result(maker->program->count - 2U, A);
        second->row[B].number = pick_number(random, 3);
        second->row[C].number = pick_number(random, 3);
    } else {
        for (unsigned i = 0; i < 2; i++) {
            second = add_act(maker, random_one_in(random, 3) ? ACT_DELETE : ACT_UPDATE,
                             i ? other : table);
            restrict_rows(maker, second, false);
            if (second->kind == ACT_UPDATE)
                set_column(maker, second);
        }
    }
    second->joined = true;
}

/* MERGE INTO … USING (VALUES (1)) ON a = 1 WHEN MATCHED … WHEN NOT MATCHED THEN INSERT */
static void make_merge(struct maker *maker, unsigned table)
{
    struct act *update =
        add_act(maker, random_one_in(maker->random, 4) ? ACT_DELETE : ACT_UPDATE, table);

    add_filter(update, A, COMPARE_EQUAL, pick_number(maker->random, 3));
    update->index = 0;
    if (update->kind == ACT_UPDATE)
        set_column(maker, update);
    struct act *insert = add_act(maker, ACT_INSERT, table);
    insert->joined = true;
    act_depend(insert, WHEN_NOT_FOUND, maker->program->count - 2);
    insert->row[A].number = update->filters[0].values[0].number;
    insert->row[B].number = pick_number(maker->random, 3);
    insert->row[C].number = pick_number(maker->random, 3);
}

static void make_statement(struct maker *maker)
{
    struct random *random = maker->random;
    unsigned table = random_below(random, maker->world->table_count),
             kind = random_below(random, 12);

    if (random_may(random, FEATURE_LOCKS, 7)) {
        struct act *act =
            add_act(maker, random_one_in(random, 2) ? ACT_ADVISORY : ACT_LOCK_TABLE, table);
        act->number = pick_number(random, 2);
        act->shared = random_one_in(random, 3);
        act->table_lock = (enum table_lock)(TABLE_LOCK_ACCESS_SHARE +
                                            random_below(random, TABLE_LOCK_ACCESS_EXCLUSIVE));
        act->wait =
            act->kind == ACT_LOCK_TABLE && random_one_in(random, 4) ? WAIT_ERROR : WAIT_BLOCK;
        return;
    }
    if (!maker->inside && random_may(random, FEATURE_JOINS, 3))
        make_join(maker, table);
    else if (!maker->inside && random_may(random, FEATURE_ROWS, 3))
        make_rows(maker, table);
    else if (!maker->inside && random_may(random, FEATURE_CTES, 10))
        make_with(maker, table);
    else if (!maker->inside && random_may(random, FEATURE_MERGE, 10))
        make_merge(maker, table);
    else if (kind < 4)
        make_select(maker, table);
    else if (kind < 8)
        make_change(maker, table, ACT_UPDATE);
    else if (kind < 9)
        make_change(maker, table, ACT_DELETE);
    else
        make_insert(maker, table);
}

/* Two statements of one function. */
static void make_function(struct maker *maker)
{
    unsigned features = maker->random->features;

    maker->random->features &= ~(unsigned)(FEATURE_LOCKS | FEATURE_RESULTS);
    maker->inside = true;
    make_statement(maker);
    unsigned second = maker->program->count;
    make_statement(maker);
    maker->program->acts[second].called = true;
    maker->inside = false;
    maker->random->features = features;
}

static void make_report(struct maker *maker)
{
    unsigned features = maker->random->features;

    maker->program->read_only = true;
    maker->program->deferrable = random_one_in(maker->random, 3);
    maker->random->features &= ~(unsigned)FEATURE_ROW_LOCKS;
    for (unsigned i = 0; i < 2; i++)
        make_select(maker, random_below(maker->random, maker->world->table_count));
    maker->random->features = features;
}

void generate_program(struct random *random, struct pair *pair, unsigned which)
{
    static const enum isolation_level levels[] = {LEVEL_READ_COMMITTED, LEVEL_REPEATABLE_READ,
                                                  LEVEL_SERIALIZABLE};
    struct program *program = &pair->programs[which];
    struct maker maker = {random, &pair->world, program, &pair->by_view[which], pair->forms[which],
                          false};
    unsigned statements = 1 + random_below(random, 3);
    bool savepoint = false;

    program->count = 0;
    program->level = levels[random_below(random, random->features & FEATURE_SERIALIZABLE ? 3 : 2)];
    if (random_may(random, FEATURE_READ_ONLY, 10)) {
        make_report(&maker);
        return;
    }
    for (unsigned i = 0; i < statements; i++) {
        if (random_may(random, FEATURE_SAVEPOINTS, 6)) {
            add_act(&maker, savepoint ? ACT_ROLLBACK_TO : ACT_SAVEPOINT, 0);
            savepoint = true;
        }
        if (random_may(random, FEATURE_ROUTINES, 4))
            make_routine(&maker);
        else if (random_may(random, FEATURE_FUNCTIONS, 6))
            make_function(&maker);
        else
            make_statement(&maker);
    }
    program->rolls_back = random_one_in(random, 20);
}
