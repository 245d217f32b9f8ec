/* Depth first: a state is copied, one run makes a step, those that waited go on. An execution is
 * anomalous when it is that of no serial order of those that committed. SKIP LOCKED asks for some of
 * the rows, whichever they are: in the serial order it leaves out the same ones. */
#include "machine/explore.h"

#include <limits.h>
#include <string.h>

#include <glib.h>

#include "machine/parts.h"
#include "machine/ways.h"

/* What some runs have read, and the rows that are left. */
struct execution {
    unsigned row_count;
    struct world_row rows[MACHINE_VERSIONS];
    uint8_t read_counts[WORLD_RUNS];
    uint16_t skipped[WORLD_RUNS][WORLD_ACTS];
    int16_t reads[WORLD_RUNS][MACHINE_READS];
};

/* A serial execution in which nothing was skipped: it is the same for each interleaving. */
struct kept_order {
    bool known, fails;
    struct execution execution;
};

enum { KEPT_ORDERS = 4 }; /* of two programs: each alone, and each with the other after it */

struct exploration {
    const struct world *world;
    const struct program *const *programs;
    unsigned count, budget;
    struct outcomes *outcomes;
    struct execution now, serial;
    struct kept_order *kept; /* NULL when there are more than two programs */
    bool rows_alone;         /* what was read is not compared */
    bool beyond;             /* one of the serial orders cannot be followed to its end */
    unsigned depth;
    uint8_t path[MOST_TRACED];
    bool waits[MOST_TRACED];
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
        memcpy(execution->skipped[i], run->skipped, sizeof run->skipped);
    }
}

/* Runs the programs one after the other, where each skips what it has skipped; false when one of
 * them fails. */
static bool run_in_order(struct exploration *exploration, const unsigned *order, unsigned count,
                         struct machine *machine)
{
    machine_start(machine, exploration->world, exploration->programs, exploration->count);
    for (unsigned i = 0; i < count; i++) {
        memcpy(machine->runs[order[i]].skipped, exploration->now.skipped[order[i]],
               sizeof machine->runs[order[i]].skipped);
        while (!machine_is_over(machine, order[i])) {
            if (machine_step(machine, order[i]) != STEP_PASSES)
                return false;
        }
    }
    exploration->beyond |= machine->beyond;
    return !machine->overflow;
}

static bool same_rows(const struct execution *a, const struct execution *b)
{
    if (a->row_count != b->row_count)
        return false;
    for (unsigned i = 0; i < a->row_count; i++) {
        if (a->rows[i].table != b->rows[i].table ||
            memcmp(a->rows[i].values, b->rows[i].values, sizeof a->rows[i].values) != 0)
            return false;
    }
    return true;
}

static bool same_reads(const struct execution *a, const struct execution *b)
{
    return memcmp(a->read_counts, b->read_counts, sizeof a->read_counts) == 0 &&
           memcmp(a->reads, b->reads, sizeof a->reads) == 0;
}

static bool has_skipped(const struct exploration *exploration, const unsigned *order,
                        unsigned count)
{
    static const uint16_t nothing[WORLD_ACTS];

    for (unsigned i = 0; i < count; i++) {
        if (memcmp(exploration->now.skipped[order[i]], nothing, sizeof nothing) != 0)
            return true;
    }
    return false;
}

/* The execution of the programs in this order; NULL when one of them fails. */
static const struct execution *execute(struct exploration *exploration, const unsigned *order,
                                       unsigned count, unsigned committed)
{
    bool keeps = exploration->kept && !has_skipped(exploration, order, count);
    struct kept_order *kept = keeps ? &exploration->kept[2 * (count - 1) + order[0]] : NULL;
    struct execution *execution = keeps ? &kept->execution : &exploration->serial;
    struct machine machine;

    if (keeps && kept->known)
        return kept->fails ? NULL : execution;
    bool runs = run_in_order(exploration, order, count, &machine);
    if (runs)
        take_execution(&machine, committed, execution);
    if (keeps) {
        kept->known = true;
        kept->fails = !runs;
    }
    return runs ? execution : NULL;
}

/* Tries the orders that begin with the first `placed` of `order`. */
static bool is_serial(struct exploration *exploration, unsigned left, unsigned *order,
                      unsigned placed, unsigned committed)
{
    if (left == 0) {
        const struct execution *serial = execute(exploration, order, placed, committed);
        return serial && same_rows(&exploration->now, serial) &&
               (exploration->rows_alone || same_reads(&exploration->now, serial));
    }
    for (unsigned i = 0; i < exploration->count; i++) {
        order[placed] = i;
        if ((left >> i) & 1 &&
            is_serial(exploration, left & ~(1U << i), order, placed + 1, committed))
            return true;
    }
    return false;
}

/* Whether it is a serial order when LIMIT without ORDER BY gives the last rows to some of the runs: the
 * server may give any, and after an UPDATE it mostly gives others. */
static bool is_serial_from_end(struct exploration *exploration, unsigned committed)
{
    const struct program *const *programs = exploration->programs;
    struct kept_order *kept = exploration->kept;
    struct program turned[WORLD_RUNS];
    const struct program *tried[WORLD_RUNS];
    unsigned order[WORLD_RUNS] = {0}, picking = 0;
    bool serial = false;

    for (unsigned i = 0; i < exploration->count; i++)
        picking |= program_picks_any(programs[i]) ? 1U << i : 0;
    for (unsigned ends = picking; ends && !serial; ends = (ends - 1) & picking) {
        for (unsigned i = 0; i < exploration->count; i++) {
            tried[i] = programs[i];
            if (!((ends >> i) & 1))
                continue;
            turned[i] = *programs[i];
            program_pick_last(&turned[i]);
            tried[i] = &turned[i];
        }
        exploration->programs = tried;
        exploration->kept = NULL;
        serial = is_serial(exploration, committed, order, 0, committed);
        exploration->programs = programs;
        exploration->kept = kept;
    }
    return serial;
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

static unsigned committed_run(const struct machine *machine, uint8_t xid)
{
    return xid > XID_BEFORE && status_of(machine, xid) == XID_COMMITTED ? 1U << run_of(xid) : 0;
}

/* Bits: those that committed and have written the row. Who has inserted it had nothing to lose. */
static unsigned writers_of(const struct machine *machine, uint8_t root)
{
    unsigned writers = 0, inserter = committed_run(machine, machine->versions[root].created);

    for (unsigned i = 1; i < machine->version_count; i++) {
        const struct version *version = &machine->versions[i];
        if (version->root == root)
            writers |=
                committed_run(machine, version->created) | committed_run(machine, version->ended);
    }
    return writers & ~inserter;
}

static enum anomaly name_anomaly(struct exploration *exploration, const struct machine *machine)
{
    unsigned order[WORLD_RUNS] = {0};

    exploration->rows_alone = true;
    bool only_read = is_serial(exploration, machine->committed, order, 0, machine->committed);
    exploration->rows_alone = false;
    if (only_read)
        return ANOMALY_READ_SKEW;
    for (unsigned i = 1; i < machine->version_count; i++) {
        unsigned writers = writers_of(machine, machine->versions[i].root);
        if (writers & (writers - 1))
            return ANOMALY_LOST_UPDATE;
    }
    return ANOMALY_WRITE_SKEW;
}

static void take_trace(struct exploration *exploration, const struct machine *machine)
{
    const struct outcomes *outcomes = exploration->outcomes;
    struct trace *trace = &exploration->outcomes->trace;
    unsigned found = outcomes_found(outcomes) & outcomes->wanted;

    if (trace->outcome || !found)
        return;
    trace->outcome = found & -found;
    for (uint8_t i = 0; i < machine->run_count; i++) {
        bool meant = (outcomes->own >> i) & 1 || trace->outcome == 1U << FAIL_DEADLOCK;
        if (meant && (trace->outcome >> machine->runs[i].failure) & 1)
            trace->run = i;
    }
    if (trace->outcome == ANOMALOUS)
        trace->anomaly = name_anomaly(exploration, machine);
    trace->count = (uint8_t)MIN(exploration->depth, MOST_TRACED);
    memcpy(trace->runs, exploration->path, trace->count);
    memcpy(trace->waits, exploration->waits, trace->count * sizeof trace->waits[0]);
}

static void judge(struct exploration *exploration, const struct machine *machine)
{
    unsigned order[WORLD_RUNS] = {0};

    for (unsigned i = 0; i < machine->run_count; i++) {
        exploration->outcomes->failures |= 1U << machine->runs[i].failure;
        exploration->outcomes->failures_of[i] |= 1U << machine->runs[i].failure;
    }
    if (exploration->outcomes->anomalous || machine->committed == 0 ||
        !wants(exploration->outcomes, ANOMALOUS))
        return;
    take_execution(machine, machine->committed, &exploration->now);
    exploration->outcomes->anomalous =
        !is_serial(exploration, machine->committed, order, 0, machine->committed) &&
        !is_serial_from_end(exploration, machine->committed) && !exploration->beyond;
}

/* Row by row an interleaving can have more steps than are kept: it is then traced in part. */
static void note_step(struct exploration *exploration, unsigned run, enum answer_kind answer)
{
    if (exploration->depth < MOST_TRACED) {
        exploration->path[exploration->depth] = (uint8_t)run;
        exploration->waits[exploration->depth] = answer == STEP_WAITS;
    }
    exploration->depth++;
}

/* SAVEPOINT is nothing to the others: a run that comes to one does it at once, and no order is lost. */
static bool is_at_savepoint(const struct machine *machine, unsigned run)
{
    const struct run *state = &machine->runs[run];
    const struct program *program = machine->programs[run];

    return state->state == RUN_RUNS && !state->in_statement && state->pc < program->count &&
           program->acts[state->pc].kind == ACT_SAVEPOINT;
}

/* Bits: the runs that may make the next step. */
static unsigned steps_of(const struct machine *machine)
{
    unsigned steps = 0;

    for (unsigned i = 0; i < machine->run_count; i++) {
        if (is_at_savepoint(machine, i))
            return 1U << i;
        steps |= machine->runs[i].state == RUN_RUNS ? 1U << i : 0;
    }
    return steps;
}

/* The last step is made in the machine itself, which nobody needs after it. */
static void explore(struct exploration *exploration, struct machine *machine)
{
    unsigned left = steps_of(machine);
    bool over = left == 0;

    for (; left && !is_enough(exploration->outcomes); left &= left - 1) {
        bool last = !(left & (left - 1));
        unsigned run = (unsigned)__builtin_ctz(left);
        struct machine copy, *next = machine;
        if (exploration->outcomes->steps >= exploration->budget) {
            exploration->outcomes->complete = false;
            return;
        }
        exploration->outcomes->steps++;
        if (!last) {
            machine_copy(&copy, machine);
            next = &copy;
        }
        enum answer_kind answer = machine_step(next, run);
        machine_settle(next);
        note_step(exploration, run, answer);
        if (next->overflow)
            exploration->outcomes->complete = false;
        else if (!next->beyond)
            explore(exploration, next);
        exploration->depth--;
    }
    if (over && !is_enough(exploration->outcomes)) {
        judge(exploration, machine);
        take_trace(exploration, machine);
    }
}

/* What the programs fail with when they run one after the other, in any order. */
static void run_serially(struct exploration *exploration, unsigned left,
                         const struct machine *machine)
{
    for (unsigned i = 0; i < exploration->count; i++) {
        struct machine next;
        if (!((left >> i) & 1))
            continue;
        machine_copy(&next, machine);
        while (!machine_is_over(&next, i))
            machine_step(&next, i);
        exploration->outcomes->serial |= 1U << next.runs[i].failure;
        run_serially(exploration, left & ~(1U << i), &next);
    }
}

/* Lets one run do up to `most` statements. */
static void run_on(struct exploration *exploration, struct machine *machine, unsigned run,
                   unsigned most)
{
    for (unsigned i = 0; i < most && machine->runs[run].state == RUN_RUNS; i++) {
        enum answer_kind answer = machine_step(machine, run);
        machine_settle(machine);
        note_step(exploration, run, answer);
        exploration->outcomes->steps++;
    }
}

/* What all have come to by now is an outcome, where nothing was cut off. */
static void conclude(struct exploration *exploration, const struct machine *machine)
{
    if (machine->overflow) {
        exploration->outcomes->complete = false;
        return;
    }
    if (machine->beyond)
        return;
    judge(exploration, machine);
    take_trace(exploration, machine);
}

/* The others one after the other, then the rest of the first. */
static void finish_split(struct exploration *exploration, unsigned left,
                         const struct machine *machine)
{
    unsigned depth = exploration->depth;

    for (unsigned i = 1; i < exploration->count; i++) {
        struct machine next;
        if (!((left >> i) & 1) || is_enough(exploration->outcomes))
            continue;
        machine_copy(&next, machine);
        run_on(exploration, &next, i, WORLD_ACTS + 1);
        finish_split(exploration, left & ~(1U << i), &next);
        exploration->depth = depth;
    }
    if (left == 0) {
        struct machine next = *machine;
        run_on(exploration, &next, 0, WORLD_ACTS + 1);
        conclude(exploration, &next);
        exploration->depth = depth;
    }
}

static struct exploration begin(const struct world *world, const struct program *const *programs,
                                unsigned count, unsigned budget, struct outcomes *outcomes,
                                struct kept_order *kept, struct machine *machine)
{
    struct exploration exploration = {.world = world,
                                      .programs = programs,
                                      .count = count,
                                      .budget = outcomes->steps + budget,
                                      .outcomes = outcomes,
                                      .kept = count == 2 ? kept : NULL};

    for (unsigned i = 0; i < KEPT_ORDERS; i++)
        kept[i].known = false;
    outcomes->complete = true;
    machine_start(machine, world, programs, count);
    run_serially(&exploration, (1U << count) - 1, machine);
    machine->by_row = outcomes->by_row;
    return exploration;
}

void explore_split(const struct world *world, const struct program *const *programs, unsigned count,
                   unsigned budget, struct outcomes *outcomes)
{
    struct machine machine;
    struct kept_order kept[KEPT_ORDERS];
    struct exploration exploration =
        begin(world, programs, count, budget, outcomes, kept, &machine);

    while (machine.runs[0].state == RUN_RUNS && !is_enough(outcomes)) {
        if (outcomes->steps >= exploration.budget) {
            outcomes->complete = false;
            return;
        }
        finish_split(&exploration, ((1U << count) - 1) & ~1U, &machine);
        run_on(&exploration, &machine, 0, 1);
    }
}

void explore_all(const struct world *world, const struct program *const *programs, unsigned count,
                 unsigned budget, struct outcomes *outcomes)
{
    struct machine machine;
    struct kept_order kept[KEPT_ORDERS];
    struct exploration exploration =
        begin(world, programs, count, budget, outcomes, kept, &machine);

    explore(&exploration, &machine);
}

bool explore_again(const struct world *world, const struct program *const *programs, unsigned count,
                   struct trace *trace)
{
    struct outcomes outcomes = {.wanted = trace->outcome, .own = 1U << trace->run};
    bool waits[MOST_TRACED];
    struct machine machine;
    struct kept_order kept[KEPT_ORDERS];
    struct exploration exploration = begin(world, programs, count, 0, &outcomes, kept, &machine);

    for (unsigned i = 0; i < trace->count; i++) {
        if (machine.runs[trace->runs[i]].state != RUN_RUNS)
            return false;
        waits[i] = machine_step(&machine, trace->runs[i]) == STEP_WAITS;
        machine_settle(&machine);
    }
    for (unsigned i = 0; i < count; i++) {
        if (!machine_is_over(&machine, i))
            return false;
    }
    if (machine.overflow)
        return false;
    judge(&exploration, &machine);
    if (!(outcomes_found(&outcomes) & trace->outcome) ||
        (trace->outcome == ANOMALOUS && name_anomaly(&exploration, &machine) != trace->anomaly))
        return false;
    memcpy(trace->waits, waits, trace->count * sizeof waits[0]);
    return true;
}

/* All go on from where they stand, each until it waits or ends, and then those that need not wait
 * any longer: of a chain of waits one in each round, in the worst order. */
static void cross(struct exploration *exploration, const struct machine *machine)
{
    struct machine next;
    unsigned depth = exploration->depth;

    machine_copy(&next, machine);
    for (unsigned i = 0; i < (exploration->count + 1) * exploration->count; i++)
        run_on(exploration, &next, i % exploration->count, UINT_MAX);
    conclude(exploration, &next);
    exploration->depth = depth;
}

/* Lets `run` come to each place that it reaches without a wait, and into the wait behind these, where
 * its statement may have locked some rows; and those after it. */
static void place_runs(struct exploration *exploration, unsigned run, const struct machine *machine)
{
    struct machine next;
    unsigned depth = exploration->depth;
    struct outcomes *outcomes = exploration->outcomes;

    /* That there are WORLD_RUNS at most the count alone does not say. */
    if (run == exploration->count || run == WORLD_RUNS) {
        cross(exploration, machine);
        return;
    }
    machine_copy(&next, machine);
    while (next.runs[run].state == RUN_RUNS && !is_enough(outcomes)) {
        if (outcomes->steps >= exploration->budget) {
            outcomes->complete = false;
            break;
        }
        place_runs(exploration, run + 1, &next);
        run_on(exploration, &next, run, 1);
    }
    if (next.runs[run].state == RUN_WAITS && !is_enough(outcomes))
        place_runs(exploration, run + 1, &next);
    exploration->depth = depth;
}

void explore_crossed(const struct world *world, const struct program *const *programs,
                     unsigned count, unsigned budget, struct outcomes *outcomes)
{
    struct machine machine;
    struct kept_order kept[KEPT_ORDERS];
    struct exploration exploration =
        begin(world, programs, count, budget, outcomes, kept, &machine);

    place_runs(&exploration, 0, &machine);
}
