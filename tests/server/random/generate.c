#include "server/random/generate.h"

#include <string.h>

struct random {
    uint64_t state;
    unsigned features;
};

/* splitmix64 */
static uint64_t next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

static unsigned below(struct random *random, unsigned limit)
{
    return (unsigned)(next(random) % limit);
}

static bool one_in(struct random *random, unsigned n)
{
    return below(random, n) == 0;
}

static bool may(struct random *random, enum feature feature, unsigned n)
{
    return (random->features & feature) && one_in(random, n);
}

static int16_t pick_number(struct random *random, unsigned limit)
{
    return (int16_t)(1 + below(random, limit));
}

/* ------------------------------------------------------------------ tables */

enum { A, B, C, COLUMNS };

static void make_table(struct random *random, struct world_table *table)
{
    *table = (struct world_table){.columns = COLUMNS, .index_count = 1};
    table->indexes[0] = (struct world_index){.columns = 1 << A, .unique = true};
    if (may(random, FEATURE_KEYS, 2))
        table->indexes[table->index_count++] =
            (struct world_index){.columns = 1 << B, .unique = one_in(random, 2)};
}

static bool is_taken(const struct world *world, unsigned table, const int16_t *values)
{
    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *row = &world->rows[i];
        for (unsigned j = 0; row->table == table && j < world->tables[table].index_count; j++) {
            const struct world_index *index = &world->tables[table].indexes[j];
            unsigned column = (unsigned)__builtin_ctz(index->columns);
            if (index->unique && row->values[column] == values[column])
                return true;
        }
    }
    return false;
}

static bool has_parent(const struct world *world, unsigned table, const int16_t *values)
{
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        const struct world_foreign_key *key = &world->foreign_keys[i];
        bool found = key->child != table;
        for (unsigned j = 0; j < world->row_count; j++)
            found |= world->rows[j].table == key->parent &&
                     world->rows[j].values[A] == values[key->column];
        if (!found)
            return false;
    }
    return true;
}

static void make_world(struct random *random, struct world *world)
{
    *world = (struct world){.table_count = (uint8_t)(1 + !one_in(random, 3))};
    for (unsigned i = 0; i < world->table_count; i++)
        make_table(random, &world->tables[i]);
    if (world->table_count == 2 && (random->features & FEATURE_FOREIGN_KEYS) && !one_in(random, 3))
        world->foreign_keys[world->foreign_key_count++] = (struct world_foreign_key){
            .child = 1, .column = B, .parent = 0, 
            .on_delete = one_in(random, 3) ? ACTION_CASCADE : ACTION_NONE};
}

void generate_rows(struct world *world, uint64_t seed)
{
    struct random state = {.state = seed}, *random = &state;

    world->row_count = 0;
    for (unsigned table = 0; table < world->table_count; table++) {
        for (int16_t a = 1; a <= 3; a++) {
            int16_t values[WORLD_COLUMNS] = {a, pick_number(random, 3), pick_number(random, 3)};
            if (one_in(random, 3) || is_taken(world, table, values) ||
                !has_parent(world, table, values))
                continue;
            struct world_row *row = &world->rows[world->row_count++];
            row->table = (uint8_t)table;
            memcpy(row->values, values, sizeof values);
        }
    }
}

/* ------------------------------------------------------------------ acts */

struct maker {
    struct random *random;
    const struct world *world;
    struct program *program;
};

static struct act *add_act(struct maker *maker, enum act_kind kind, unsigned table)
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
        if (world->tables[table].indexes[i].columns == 1U << column)
            return i;
    }
    return NO_INDEX;
}

static void add_filter(struct act *act, unsigned column, enum comparison comparison, int16_t number)
{
    struct filter *filter = &act->filters[act->filter_count++];

    *filter = (struct filter){.column = (uint8_t)column, .comparison = comparison, .count = 1};
    filter->values[0].number = number;
}

/* One condition on an indexed column, or none; perhaps one more on C. */
static void restrict_rows(struct maker *maker, struct act *act, bool one)
{
    struct random *random = maker->random;
    unsigned kind = one ? 0 : below(random, 8);
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
        act->filters[0].comparison = one_in(random, 2) ? COMPARE_LESS_EQUAL : COMPARE_GREATER;
    if (kind == 7 || one_in(random, 6))
        add_filter(act, C, one_in(random, 2) ? COMPARE_EQUAL : COMPARE_GREATER,
                   pick_number(random, 3));
}

/* An earlier act that has read a number, or none. */
static bool find_result(const struct maker *maker, uint8_t *source)
{
    for (uint8_t i = maker->program->count; i-- > 0;) {
        const struct act *act = &maker->program->acts[i];
        if (act->kind == ACT_SELECT && !act->quiet) {
            *source = i;
            return true;
        }
    }
    return false;
}

static void set_column(struct maker *maker, struct act *act)
{
    struct random *random = maker->random;
    struct set *set = &act->sets[act->set_count++];
    unsigned kind = below(random, 6);

    *set = (struct set){.column = C, .value = {.number = pick_number(random, 3)}};
    if (kind < 2)
        set->value = (struct value){.kind = VALUE_OWN, .source = C, .number = 10};
    else if (kind == 2)
        set->column = B;
    else if (kind == 3 && may(random, FEATURE_KEYS, 2))
        set->column = A;
    else if (kind <= 4 && (random->features & FEATURE_RESULTS) &&
             find_result(maker, &set->value.source)) {
        set->value.kind = VALUE_RESULT;
        set->value.number = (int16_t)(10 * set->value.number);
    }
}

static void make_select(struct maker *maker, unsigned table)
{
    struct act *act = add_act(maker, ACT_SELECT, table);

    restrict_rows(maker, act, false);
    act->output = C;
    if (may(maker->random, FEATURE_ROW_LOCKS, 2)) {
        act->lock = (enum lock_strength)(1 + below(maker->random, LOCK_UPDATE));
        act->wait =
            one_in(maker->random, 2) ? WAIT_BLOCK : (enum wait_policy)below(maker->random, 3);
    }
    if (act->index == 0 || (act->index == NO_INDEX && one_in(maker->random, 2))) {
        act->index = 0;
        act->descending = one_in(maker->random, 4);
    }
}

static void make_insert(struct maker *maker, unsigned table)
{
    struct random *random = maker->random;
    struct act *act;

    if (may(random, FEATURE_PICKS, 3)) {
        act = add_act(maker, ACT_SELECT, table);
        restrict_rows(maker, act, false);
        act->quiet = true;
        act->limit = 1;
        act = add_act(maker, ACT_INSERT, table);
        act->joined = true;
        act->when = WHEN_NOT_FOUND;
        act->condition = (uint8_t)(maker->program->count - 2);
    } else {
        act = add_act(maker, ACT_INSERT, table);
    }
    for (unsigned i = 0; i < COLUMNS; i++)
        act->row[i].number = pick_number(random, i == A ? 4 : 3);
    if (may(random, FEATURE_UPSERTS, 2)) {
        act->conflict = one_in(random, 2) ? ACT_CONFLICT_NOTHING : ACT_CONFLICT_UPDATE;
        act->arbiter = act->conflict == ACT_CONFLICT_UPDATE || one_in(random, 2) ? 0 : NO_INDEX;
    }
    if (act->conflict == ACT_CONFLICT_UPDATE)
        set_column(maker, act);
}

/* UPDATE or DELETE, of the row that a sub-SELECT picks perhaps. */
static void make_change(struct maker *maker, unsigned table, enum act_kind kind)
{
    struct random *random = maker->random;
    struct act *act;

    if (may(random, FEATURE_PICKS, 5)) {
        act = add_act(maker, ACT_SELECT, table);
        if (one_in(random, 2))
            add_filter(act, C, COMPARE_GREATER, (int16_t)below(random, 2));
        act->index = 0;
        act->quiet = true;
        act->limit = 1;
        act->output = A;
        if (one_in(random, 2)) {
            act->lock = LOCK_UPDATE;
            act->wait = one_in(random, 2) ? WAIT_SKIP : WAIT_BLOCK;
        }
        act = add_act(maker, kind, table);
        act->joined = true;
        add_filter(act, A, COMPARE_EQUAL, 0);
        act->filters[0].values[0] =
            (struct value){.kind = VALUE_RESULT, .source = (uint8_t)(maker->program->count - 2)};
        act->index = 0;
    } else {
        act = add_act(maker, kind, table);
        restrict_rows(maker, act, false);
    }
    if (kind == ACT_UPDATE)
        set_column(maker, act);
}

static void make_statement(struct maker *maker)
{
    struct random *random = maker->random;
    unsigned table = below(random, maker->world->table_count), kind = below(random, 12);

    if (may(random, FEATURE_LOCKS, 7)) {
        struct act *act = add_act(maker, one_in(random, 2) ? ACT_ADVISORY : ACT_LOCK_TABLE, table);
        act->number = pick_number(random, 2);
        act->shared = one_in(random, 3);
        act->table_lock =
            (enum table_lock)(TABLE_LOCK_ACCESS_SHARE + below(random, TABLE_LOCK_ACCESS_EXCLUSIVE));
        act->wait = act->kind == ACT_LOCK_TABLE && one_in(random, 4) ? WAIT_ERROR : WAIT_BLOCK;
        return;
    }
    if (kind < 4)
        make_select(maker, table);
    else if (kind < 8)
        make_change(maker, table, ACT_UPDATE);
    else if (kind < 9)
        make_change(maker, table, ACT_DELETE);
    else
        make_insert(maker, table);
}

static void make_program(struct random *random, const struct world *world, struct program *program)
{
    static const enum isolation_level levels[] = {LEVEL_READ_COMMITTED, LEVEL_REPEATABLE_READ,
                                                  LEVEL_SERIALIZABLE};
    struct maker maker = {random, world, program};
    unsigned statements = 1 + below(random, 3);
    bool savepoint = false;

    program->count = 0;
    program->level = levels[below(random, random->features & FEATURE_SERIALIZABLE ? 3 : 2)];
    for (unsigned i = 0; i < statements; i++) {
        if (may(random, FEATURE_SAVEPOINTS, 6)) {
            add_act(&maker, savepoint ? ACT_ROLLBACK_TO : ACT_SAVEPOINT, 0);
            savepoint = true;
        }
        make_statement(&maker);
    }
    program->rolls_back = one_in(random, 20);
}

void generate_pair(struct pair *pair, uint64_t seed, unsigned features)
{
    struct random random = {.state = seed, .features = features};

    memset(pair, 0, sizeof *pair);
    make_world(&random, &pair->world);
    generate_rows(&pair->world, seed);
    for (unsigned i = 0; i < G_N_ELEMENTS(pair->programs); i++)
        make_program(&random, &pair->world, &pair->programs[i]);
    if (one_in(&random, 2)) /* pairs of one level are the rule */
        pair->programs[1].level = pair->programs[0].level;
    if (one_in(&random, 8))
        pair->programs[1] = pair->programs[0];
}
