/* Depth first: a state is copied, one run makes a step, those that waited go on. An execution is
 * anomalous when it is that of no serial order of those that committed. */
#include "conflict/explore.h"

#include <string.h>

/* What some runs have read, and the rows that are left. */
struct execution {
    unsigned row_count;
    struct world_row rows[MACHINE_VERSIONS];
    uint8_t read_counts[WORLD_RUNS];
    int16_t reads[WORLD_RUNS][MACHINE_READS];
};

struct exploration {
    const struct world *world;
    const struct program *const *programs;
    unsigned count, budget;
    struct outcomes *outcomes;
    struct execution now, serial;
};

static void take_execution(const struct machine *machine, unsigned committed,
                           struct execution *execution)
{
    memset(execution, 0, sizeof *execution);
    execution->row_count = machine_rows(machine, execution->rows);
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct run *run = &machine->runs[i];
        if (!((committed >> i) & 1))
            continue;
        execution->read_counts[i] = run->read_count;
        memcpy(execution->reads[i], run->reads, run->read_count * sizeof run->reads[0]);
    }
}

/* Runs the programs one after the other; false when one of them fails. */
static bool run_in_order(const struct exploration *exploration, const unsigned *order,
                         unsigned count, struct machine *machine)
{
    machine_start(machine, exploration->world, exploration->programs, exploration->count);
    for (unsigned i = 0; i < count; i++) {
        while (!machine_is_over(machine, order[i])) {
            if (machine_step(machine, order[i]) != STEP_PASSES)
                return false;
        }
    }
    return !machine->overflow;
}

static bool is_equal(const struct execution *a, const struct execution *b)
{
    if (a->row_count != b->row_count)
        return false;
    for (unsigned i = 0; i < a->row_count; i++) {
        if (a->rows[i].table != b->rows[i].table ||
            memcmp(a->rows[i].values, b->rows[i].values, sizeof a->rows[i].values) != 0)
            return false;
    }
    return memcmp(a->read_counts, b->read_counts, sizeof a->read_counts) == 0 &&
           memcmp(a->reads, b->reads, sizeof a->reads) == 0;
}

/* Tries the orders that begin with the first `placed` of `order`. */
static bool is_serial(struct exploration *exploration, unsigned left, unsigned *order,
                      unsigned placed, unsigned committed)
{
    struct machine machine;

    if (left == 0) {
        if (!run_in_order(exploration, order, placed, &machine))
            return false;
        take_execution(&machine, committed, &exploration->serial);
        return is_equal(&exploration->now, &exploration->serial);
    }
    for (unsigned i = 0; i < exploration->count; i++) {
        order[placed] = i;
        if ((left >> i) & 1 &&
            is_serial(exploration, left & ~(1U << i), order, placed + 1, committed))
            return true;
    }
    return false;
}

unsigned outcomes_found(const struct outcomes *outcomes)
{
    unsigned found = outcomes->failures & (1U << FAIL_DEADLOCK);

    for (unsigned i = 0; i < WORLD_RUNS; i++) {
        if ((outcomes->own >> i) & 1)
            found |= outcomes->failures_of[i];
    }
    return (found & ~outcomes->serial) | (outcomes->anomalous ? ANOMALOUS : 0);
}

static bool wants(const struct outcomes *outcomes, unsigned outcome)
{
    return !outcomes->wanted || outcomes->wanted & outcome;
}

/* Whether all that was wanted has been found; a failure that is also one of a serial order may not
 * be what was. */
static bool is_enough(const struct outcomes *outcomes)
{
    return outcomes->wanted && !(outcomes->wanted & ~outcomes_found(outcomes));
}

static void judge(struct exploration *exploration, const struct machine *machine)
{
    unsigned order[WORLD_RUNS];

    for (unsigned i = 0; i < machine->run_count; i++) {
        exploration->outcomes->failures |= 1U << machine->runs[i].failure;
        exploration->outcomes->failures_of[i] |= 1U << machine->runs[i].failure;
    }
    if (exploration->outcomes->anomalous || machine->committed == 0 ||
        !wants(exploration->outcomes, ANOMALOUS))
        return;
    take_execution(machine, machine->committed, &exploration->now);
    exploration->outcomes->anomalous =
        !is_serial(exploration, machine->committed, order, 0, machine->committed);
}

static void explore(struct exploration *exploration, const struct machine *machine)
{
    bool over = true;

    for (unsigned i = 0; i < machine->run_count && !is_enough(exploration->outcomes); i++) {
        struct machine next;
        if (machine->runs[i].state != RUN_RUNS)
            continue;
        over = false;
        if (exploration->outcomes->steps >= exploration->budget) {
            exploration->outcomes->complete = false;
            return;
        }
        exploration->outcomes->steps++;
        next = *machine;
        machine_step(&next, i);
        machine_settle(&next);
        if (next.overflow)
            exploration->outcomes->complete = false;
        else
            explore(exploration, &next);
    }
    if (over && !is_enough(exploration->outcomes))
        judge(exploration, machine);
}

/* What the programs fail with when they run one after the other, in any order. */
static void run_serially(struct exploration *exploration, unsigned left,
                         const struct machine *machine)
{
    for (unsigned i = 0; i < exploration->count; i++) {
        struct machine next = *machine;
        if (!((left >> i) & 1))
            continue;
        while (!machine_is_over(&next, i))
            machine_step(&next, i);
        exploration->outcomes->serial |= 1U << next.runs[i].failure;
        run_serially(exploration, left & ~(1U << i), &next);
    }
}

void explore_all(const struct world *world, const struct program *const *programs, unsigned count,
                 unsigned budget, struct outcomes *outcomes)
{
    struct exploration exploration = {.world = world,
                                      .programs = programs,
                                      .count = count,
                                      .budget = outcomes->steps + budget,
                                      .outcomes = outcomes};
    struct machine machine;

    outcomes->complete = true;
    machine_start(&machine, world, programs, count);
    run_serially(&exploration, (1U << count) - 1, &machine);
    explore(&exploration, &machine);
}
