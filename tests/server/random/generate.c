#include "server/random/generate.h"

#include <string.h>

/* splitmix64 */
static uint64_t next(struct random *random)
{
    uint64_t z = random->state += 0x9e3779b97f4a7c15;

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

unsigned random_below(struct random *random, unsigned limit)
{
    return (unsigned)(next(random) % limit);
}

bool random_one_in(struct random *random, unsigned n)
{
    return random_below(random, n) == 0;
}

bool random_may(struct random *random, enum feature feature, unsigned n)
{
    return (random->features & feature) && random_one_in(random, n);
}

static int16_t pick_number(struct random *random, unsigned limit)
{
    return (int16_t)(1 + random_below(random, limit));
}

/* ------------------------------------------------------------------ tables */

static void make_table(struct random *random, struct world_table *table)
{
    *table = (struct world_table){.columns = COLUMNS, .index_count = 1};
    table->indexes[0] = (struct world_index){.columns = 1 << A, .unique = true};
    if (random_may(random, FEATURE_KEYS, 2))
        table->indexes[table->index_count++] =
            (struct world_index){.columns = 1 << B, .unique = random_one_in(random, 2)};
    struct world_index *more = &table->indexes[table->index_count];
    if (random_may(random, FEATURE_PARTIAL, 4) && !table->indexes[1].unique) {
        *more = (struct world_index){.columns = 1 << B, .unique = true, .partial = true};
        more->where = (struct filter){.column = C, .count = 1};
        more->where.values[0].number = pick_number(random, 3);
        table->index_count++;
    } else if (random_may(random, FEATURE_EXCLUSION, 4) && table->index_count == 1) {
        *more = (struct world_index){.columns = 1 << B, .excludes = true};
        table->index_count++;
    }
}

static bool is_taken(const struct world *world, unsigned table, const int16_t *values)
{
    for (unsigned i = 0; i < world->row_count; i++) {
        const struct world_row *row = &world->rows[i];
        for (unsigned j = 0; row->table == table && j < world->tables[table].index_count; j++) {
            const struct world_index *index = &world->tables[table].indexes[j];
            unsigned column = (unsigned)__builtin_ctz(index->columns);
            const struct filter *where = &index->where;
            bool both = !index->partial || (row->values[C] == where->values[0].number &&
                                            values[C] == where->values[0].number);
            if ((index->unique || index->excludes) && both && row->values[column] == values[column])
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

/* It counts in a row of the other table. */
static void make_trigger(struct random *random, struct world *world)
{
    struct world_trigger *trigger = &world->triggers[world->trigger_count++];
    unsigned table = random_below(random, 2);

    *trigger = (struct world_trigger){.table = (uint8_t)table,
                                      .on = (enum act_kind)(ACT_INSERT + random_below(random, 3))};
    trigger->act = (struct act){.kind = ACT_UPDATE,
                                .table = !table,
                                .arbiter = NO_INDEX,
                                .quiet = true,
                                .filter_count = 1,
                                .set_count = 1};
    trigger->act.filters[0] = (struct filter){.column = A, .count = 1};
    trigger->act.filters[0].values[0].number = pick_number(random, 2);
    trigger->act.sets[0] =
        (struct set){.column = C, .value = {.kind = VALUE_OWN, .column = C, .number = 10}};
}

static void make_world(struct random *random, struct world *world)
{
    *world = (struct world){.table_count = (uint8_t)(1 + !random_one_in(random, 3))};
    for (unsigned i = 0; i < world->table_count; i++)
        make_table(random, &world->tables[i]);
    if (world->table_count == 2 && (random->features & FEATURE_FOREIGN_KEYS) &&
        !random_one_in(random, 3))
        world->foreign_keys[world->foreign_key_count++] = (struct world_foreign_key){
            .child = 1,
            .column = B,
            .parent = 0,
            .on_delete = random_one_in(random, 3) ? ACTION_CASCADE : ACTION_NONE};
    for (unsigned i = 0; i < world->foreign_key_count; i++) {
        struct world_foreign_key *key = &world->foreign_keys[i];
        if (random_may(random, FEATURE_ACTIONS, 2))
            key->on_delete = ACTION_SET;
        if (random_may(random, FEATURE_ACTIONS, 2))
            key->on_update = random_one_in(random, 2) ? ACTION_SET : ACTION_CASCADE;
    }
    if (world->table_count == 2 && random_may(random, FEATURE_TRIGGERS, 3))
        make_trigger(random, world);
}

void generate_rows(struct world *world, uint64_t seed)
{
    struct random state = {.state = seed}, *random = &state;

    world->row_count = 0;
    for (unsigned table = 0; table < world->table_count; table++) {
        for (int16_t a = 1; a <= 3; a++) {
            int16_t values[WORLD_COLUMNS] = {a, pick_number(random, 3), pick_number(random, 3)};
            if (random_one_in(random, 3) || is_taken(world, table, values) ||
                !has_parent(world, table, values))
                continue;
            struct world_row *row = &world->rows[world->row_count++];
            row->table = (uint8_t)table;
            memcpy(row->values, values, sizeof values);
        }
    }
}

/* ------------------------------------------------------------------ pairs */

/* Whether the statement or function takes it that a key has one row, or each key of two. */
static bool goes_by_key(const struct pair *pair, unsigned which, unsigned at, unsigned table)
{
    const struct act *act = &pair->programs[which].acts[at];

    switch (pair->forms[which][at]) {
    case FORM_INSERT_SELECT:
    case FORM_FROM:
    case FORM_HANDED_ON:
    case FORM_JOIN:
    case FORM_JOIN_COUNT:
    case FORM_JOIN_COUNTED:
    case FORM_INTO:
    case FORM_LOOP:
        return act->table == table;
    case FORM_JOIN_INTO:
        return act->table == table || act[1].table == table;
    default:
        return false;
    }
}

/* No foreign key may point to a DEFERRABLE one, ON CONFLICT may not go by it, and before COMMIT it may
 * have two rows. */
static bool must_be_immediate(const struct pair *pair, unsigned table, unsigned index)
{
    bool must = index == 0 && pair->world.foreign_key_count > 0 &&
                pair->world.foreign_keys[0].parent == table;

    for (unsigned i = 0; i < 2 * WORLD_ACTS; i++) {
        const struct program *program = &pair->programs[i / WORLD_ACTS];
        const struct act *act = &program->acts[i % WORLD_ACTS];
        must |= i % WORLD_ACTS < program->count && act->conflict && act->table == table &&
                (act->arbiter == NO_INDEX || act->arbiter == index);
        must |= i % WORLD_ACTS < program->count && index == 0 &&
                goes_by_key(pair, i / WORLD_ACTS, i % WORLD_ACTS, table);
    }
    return must;
}

/* It is chosen last, so that all else of a seed is the same without it. */
static void defer_keys(struct random *random, struct pair *pair)
{
    for (unsigned table = 0; table < pair->world.table_count; table++) {
        for (unsigned i = 0; i < pair->world.tables[table].index_count; i++) {
            struct world_index *index = &pair->world.tables[table].indexes[i];
            if (!index->unique || index->partial || must_be_immediate(pair, table, i) ||
                !random_may(random, FEATURE_LATE, i ? 2 : 8))
                continue;
            index->late = true;
            index->deferred = !random_one_in(random, 3);
        }
    }
}

void generate_pair(struct pair *pair, uint64_t seed, unsigned features)
{
    struct random random = {.state = seed, .features = features};

    memset(pair, 0, sizeof *pair);
    make_world(&random, &pair->world);
    generate_rows(&pair->world, seed);
    for (unsigned i = 0; i < G_N_ELEMENTS(pair->programs); i++)
        generate_program(&random, pair, i);
    if (random_one_in(&random, 2)) /* pairs of one level are the rule */
        pair->programs[1].level = pair->programs[0].level;
    if (random_one_in(&random, 8)) {
        pair->programs[1] = pair->programs[0];
        pair->by_view[1] = pair->by_view[0];
        memcpy(pair->forms[1], pair->forms[0], sizeof pair->forms[1]);
    }
    defer_keys(&random, pair);
}
