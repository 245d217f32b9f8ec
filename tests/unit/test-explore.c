/* Interleavings of two, three and four programs in which they wait for each other. */
#include "machine/explore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { BUDGET = 20000 };

static struct act act_on(enum act_kind kind, int16_t row)
{
    struct act act = {.kind = kind, .index = NO_INDEX, .arbiter = NO_INDEX, .number = row};

    act.table_lock = kind == ACT_SELECT ? TABLE_LOCK_ROW_SHARE : TABLE_LOCK_ROW_EXCLUSIVE;
    if (kind == ACT_ADVISORY)
        return act;
    act.filter_count = act.set_count = 1;
    act.filters[0] =
        (struct filter){.comparison = COMPARE_EQUAL, .count = 1, .values = {{.number = row}}};
    act.sets[0] = (struct set){.column = 1, .value = {.kind = VALUE_OWN, .source = 1, .number = 1}};
    return act;
}

/* A table with the rows 1 to 4. */
static struct world make_world(void)
{
    struct world world = {.table_count = 1, .row_count = WORLD_RUNS};

    world.tables[0] = (struct world_table){.columns = 2, .index_count = 1};
    world.tables[0].indexes[0] = (struct world_index){.columns = 1, .unique = true};
    for (int i = 0; i < WORLD_RUNS; i++)
        world.rows[i].values[0] = (int16_t)(i + 1);
    return world;
}

static struct outcomes cross(const struct program *programs, unsigned count, unsigned budget)
{
    const struct program *runs[WORLD_RUNS];
    struct outcomes outcomes = {.wanted = 1U << FAIL_DEADLOCK};
    struct world world = make_world();

    for (unsigned i = 0; i < count; i++)
        runs[i] = &programs[i];
    explore_crossed(&world, runs, count, budget, &outcomes);
    if (outcomes.trace.outcome)
        assert_true(explore_again(&world, runs, count, &outcomes.trace));
    return outcomes;
}

/* Each run takes two things of the same kind, the last of them closes the ring or not. */
static void make_ring(struct program *programs, unsigned count, enum act_kind kind, bool closed)
{
    for (unsigned i = 0; i < count; i++) {
        bool turned = !closed && i + 1 == count;
        int16_t own = (int16_t)(i + 1), next = (int16_t)((i + 1) % count + 1);
        programs[i] = (struct program){.count = 2};
        programs[i].acts[0] = act_on(kind, turned ? next : own);
        programs[i].acts[1] = act_on(kind, turned ? own : next);
    }
}

static void check_rings(enum act_kind kind, bool closed)
{
    for (unsigned count = 2; count <= WORLD_RUNS; count++) {
        struct program programs[WORLD_RUNS];
        make_ring(programs, count, kind, closed);
        struct outcomes outcomes = cross(programs, count, BUDGET);
        assert_int_equal(outcomes_found(&outcomes), closed ? 1U << FAIL_DEADLOCK : 0);
        assert_int_equal(outcomes.trace.outcome, closed ? 1U << FAIL_DEADLOCK : 0);
        if (!closed)
            assert_true(outcomes.complete);
    }
}

static void test_rows(void **state)
{
    (void)state;
    check_rings(ACT_UPDATE, true);
    check_rings(ACT_UPDATE, false);
}

static void test_advisory(void **state)
{
    (void)state;
    check_rings(ACT_ADVISORY, true);
    check_rings(ACT_ADVISORY, false);
}

/* All take one lock before: nobody waits while he holds something else that another one wants. */
static void test_mutex(void **state)
{
    (void)state;
    for (unsigned count = 2; count <= WORLD_RUNS; count++) {
        struct program programs[WORLD_RUNS];
        make_ring(programs, count, ACT_UPDATE, true);
        for (unsigned i = 0; i < count; i++) {
            programs[i].acts[2] = programs[i].acts[1];
            programs[i].acts[1] = programs[i].acts[0];
            programs[i].acts[0] = act_on(ACT_ADVISORY, 7);
            programs[i].count = 3;
        }
        struct outcomes outcomes = cross(programs, count, BUDGET);
        assert_int_equal(outcomes_found(&outcomes), 0);
        assert_true(outcomes.complete);
    }
}

/* No order is lost, and none is made, by savepoints that come first. */
static void test_savepoints(void **state)
{
    struct program programs[2], plain[2];
    const struct program *runs[] = {&programs[0], &programs[1]}, *others[] = {&plain[0], &plain[1]};
    struct outcomes outcomes = {0}, expected = {0};
    struct world world = make_world();

    (void)state;
    make_ring(plain, 2, ACT_UPDATE, true);
    for (unsigned i = 0; i < 2; i++) {
        programs[i] = (struct program){.count = 5};
        for (unsigned j = 0; j < 3; j++)
            programs[i].acts[j] = act_on(ACT_SAVEPOINT, 0);
        memcpy(programs[i].acts + 3, plain[i].acts, 2 * sizeof(struct act));
    }
    explore_all(&world, runs, 2, BUDGET, &outcomes);
    explore_all(&world, others, 2, BUDGET, &expected);
    assert_true(outcomes.complete && expected.complete);
    assert_int_equal(outcomes.failures, expected.failures);
    assert_int_equal(outcomes.steps, expected.steps + 6);
}

/* A ring in which one only shares what the one before shares as well. */
static void test_shared(void **state)
{
    struct program programs[3];

    (void)state;
    make_ring(programs, 3, ACT_SELECT, true);
    for (unsigned i = 0; i < 3; i++)
        programs[i].acts[0].lock = programs[i].acts[1].lock = LOCK_UPDATE;
    struct outcomes outcomes = cross(programs, 3, BUDGET);
    assert_int_equal(outcomes_found(&outcomes), 1U << FAIL_DEADLOCK);
    programs[0].acts[0].lock = programs[2].acts[1].lock = LOCK_SHARE;
    outcomes = cross(programs, 3, BUDGET);
    assert_int_equal(outcomes_found(&outcomes), 0);
}

static void test_budget(void **state)
{
    struct program programs[WORLD_RUNS];

    (void)state;
    make_ring(programs, WORLD_RUNS, ACT_UPDATE, false);
    struct outcomes outcomes = cross(programs, WORLD_RUNS, 10);
    assert_false(outcomes.complete);
}

/* A row that is only waited for is not needed for a wrong read. */
static void test_waits(void **state)
{
    struct program programs[2];
    const struct program *runs[] = {&programs[0], &programs[1]};
    struct trace trace = {
        .outcome = ANOMALOUS, .count = 8, .runs = {0, 1, 0, 1, 0, 0, 1, 1}, .waits = {[3] = true}};
    struct world world = make_world();

    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        programs[i] = (struct program){.level = LEVEL_READ_COMMITTED, .count = 3};
        programs[i].acts[0] = act_on(ACT_SELECT, 1);
        programs[i].acts[1] = act_on(ACT_UPDATE, 2);
        programs[i].acts[2] = act_on(ACT_UPDATE, 1);
    }
    assert_true(explore_again(&world, runs, 2, &trace));
    assert_true(trace.waits[3]);
    world.rows[1] = world.rows[--world.row_count];
    assert_true(explore_again(&world, runs, 2, &trace));
    assert_false(trace.waits[3]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),   cmocka_unit_test(test_advisory),
        cmocka_unit_test(test_mutex),  cmocka_unit_test(test_shared),
        cmocka_unit_test(test_budget), cmocka_unit_test(test_savepoints),
        cmocka_unit_test(test_waits),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
