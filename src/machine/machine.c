/* Runs, their ends, and who waits for whom. */
#include "machine/machine.h"

#include <stddef.h>
#include <string.h>

#include "machine/parts.h"

const char *failure_state(enum failure failure)
{
    static const char *const states[FAILURES] = {
        [FAIL_NONE] = "",        [FAIL_SERIALIZATION] = "40001", [FAIL_DEADLOCK] = "40P01",
        [FAIL_UNIQUE] = "23505", [FAIL_EXCLUSION] = "23P01",     [FAIL_FOREIGN_KEY] = "23503",
        [FAIL_LOCK] = "55P03",   [FAIL_CARDINALITY] = "21000",   [FAIL_RAISE] = "P0001"};

    return states[failure];
}

/* ------------------------------------------------------------------ the beginning */

static void add_first_rows(struct machine *machine)
{
    const struct world *world = machine->world;

    for (unsigned i = 0; i < world->row_count; i++) {
        uint8_t at = machine->version_count++;
        struct version *version = &machine->versions[at];
        version->table = world->rows[i].table;
        version->created = XID_BEFORE;
        version->root = version->entry = at;
        version->indexed = 0xff;
        memcpy(version->values, world->rows[i].values, sizeof version->values);
    }
}

void machine_start(struct machine *machine, const struct world *world,
                   const struct program *const *programs, unsigned count)
{
    memset(machine, 0, sizeof *machine);
    machine->world = world;
    machine->run_count = (uint8_t)count;
    machine->version_count = 1; /* 0 is none */
    machine->statuses[XID_BEFORE] = XID_COMMITTED;
    add_first_rows(machine);
    for (unsigned i = 0; i < count; i++) {
        machine->programs[i] = programs[i];
        machine->runs[i].xid = (uint8_t)(2 + i * MACHINE_XIDS);
        machine->runs[i].xids = 1;
    }
}

void machine_copy(struct machine *copy, const struct machine *machine)
{
    memcpy(copy, machine, offsetof(struct machine, versions));
    memcpy(copy->versions, machine->versions, machine->version_count * sizeof machine->versions[0]);
    memcpy(copy->locks, machine->locks, machine->lock_count * sizeof machine->locks[0]);
    memcpy(copy->runs, machine->runs, machine->run_count * sizeof machine->runs[0]);
    memcpy(copy->tracked, machine->tracked, machine->run_count * sizeof machine->tracked[0]);
}

/* ------------------------------------------------------------------ waiting */

/* Whether `run` waits, be it by way of others, for one of `targets` (bits). */
static bool reaches(const struct machine *machine, unsigned targets, unsigned run)
{
    unsigned seen = 0, next = targets;

    while (next) {
        unsigned at = (unsigned)__builtin_ctz(next);
        next &= ~(1U << at);
        if (at == run)
            return true;
        if ((seen >> at) & 1 || machine->runs[at].state != RUN_WAITS)
            continue;
        seen |= 1U << at;
        next |= machine->runs[at].waits_for & ~seen;
    }
    return false;
}

static enum progress wait(struct machine *machine, unsigned run, unsigned holders)
{
    struct run *state = &machine->runs[run];

    if (reaches(machine, holders, run))
        return machine_fail(machine, run, FAIL_DEADLOCK);
    if (state->waits_for == 0)
        state->since = ++machine->clock;
    state->waits_for = (uint8_t)holders;
    return WAITS;
}

enum progress machine_wait_for(struct machine *machine, unsigned run, uint8_t xid)
{
    machine->runs[run].wanted = WANTS_END;
    machine->runs[run].wanted_object = xid;
    return wait(machine, run, 1U << run_of(xid));
}

static bool lock_conflicts_with(unsigned kind, unsigned a, unsigned b)
{
    return kind == LOCK_OF_TABLE ? table_lock_conflicts((enum table_lock)a, (enum table_lock)b)
                                 : a + b > 2;
}

/* Those who hold what conflicts (bits). */
static unsigned holders_of(const struct machine *machine, unsigned run, unsigned kind,
                           int16_t object, unsigned mode)
{
    unsigned holders = 0;

    for (unsigned i = 0; i < machine->lock_count; i++) {
        const struct machine_lock *lock = &machine->locks[i];
        if (lock->kind == kind && lock->object == object && !is_of(lock->holder, run) &&
            lock_conflicts_with(kind, lock->mode, mode))
            holders |= 1U << run_of(lock->holder);
    }
    return holders;
}

/* Who came before and waits for what conflicts is waited for as well, unless he waits for us; with
 * NOWAIT (`all`) nobody is passed by. */
static unsigned queue_of(const struct machine *machine, unsigned run, unsigned kind, int16_t object,
                         unsigned mode, bool all)
{
    const struct run *own = &machine->runs[run];
    unsigned queue = 0;

    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct run *other = &machine->runs[i];
        if (i == run || other->state != RUN_WAITS || other->wanted != kind ||
            other->wanted_object != object || (!all && (other->waits_for >> run) & 1) ||
            (own->state == RUN_WAITS && own->since < other->since))
            continue;
        if (lock_conflicts_with(kind, other->wanted_mode, mode))
            queue |= 1U << i;
    }
    return queue;
}

enum progress machine_lock(struct machine *machine, unsigned run, unsigned kind, int16_t object,
                           unsigned mode, enum wait_policy policy)
{
    struct run *state = &machine->runs[run];

    for (unsigned i = 0; i < machine->lock_count; i++) {
        const struct machine_lock *lock = &machine->locks[i];
        if (lock->kind == kind && lock->object == object && lock->mode == mode &&
            is_of(lock->holder, run))
            return DONE;
    }
    unsigned holders = holders_of(machine, run, kind, object, mode) |
                       queue_of(machine, run, kind, object, mode, policy == WAIT_ERROR);
    if (holders && policy == WAIT_ERROR)
        return machine_fail(machine, run, FAIL_LOCK);
    if (holders) {
        state->wanted = (uint8_t)kind;
        state->wanted_object = object;
        state->wanted_mode = (uint8_t)mode;
        return wait(machine, run, holders);
    }
    if (machine->lock_count == MACHINE_LOCKS)
        machine->overflow = true;
    else
        machine->locks[machine->lock_count++] = (struct machine_lock){
            .kind = kind, .holder = state->xid, .mode = (uint8_t)mode, .object = object};
    return DONE;
}

/* Whether what a run waited for has come. */
static bool may_go_on(const struct machine *machine, unsigned run)
{
    const struct run *state = &machine->runs[run];

    switch (state->wanted) {
    case WANTS_END:
        return status_of(machine, state->wanted_object) != XID_IN_PROGRESS;
    case WANTS_SNAPSHOT:
        return machine->tracked[run].possibly_unsafe == 0;
    default:
        return !(
            holders_of(machine, run, state->wanted, state->wanted_object, state->wanted_mode) |
            queue_of(machine, run, state->wanted, state->wanted_object, state->wanted_mode, false));
    }
}

/* ------------------------------------------------------------------ the end */

static void end_run(struct machine *machine, unsigned run, bool commits)
{
    struct run *state = &machine->runs[run];

    for (unsigned i = 0; i < state->xids; i++) {
        uint8_t *status = &machine->statuses[2 + run * MACHINE_XIDS + i];
        if (*status == XID_IN_PROGRESS)
            *status = commits ? XID_COMMITTED : XID_ABORTED;
    }
    for (unsigned i = 0; i < machine->lock_count; i++) {
        if (is_of(machine->locks[i].holder, run))
            machine->locks[i--] = machine->locks[--machine->lock_count];
    }
    if (commits)
        machine->committed |= (uint8_t)(1U << run);
    state->state = commits ? RUN_COMMITTED : RUN_FAILED;
    state->waits_for = 0;
    ssi_end(machine, run, commits);
}

static enum progress prepare(struct machine *machine, unsigned run)
{
    enum progress progress = write_recheck(machine, run, true);

    return progress == DONE ? ssi_prepare(machine, run) : progress;
}

static enum answer_kind advance(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct program *program = machine->programs[run];
    enum progress progress;

    if (state->pc == program->count && !state->in_statement) {
        progress = program->rolls_back ? DONE : prepare(machine, run);
        if (progress == DONE) {
            end_run(machine, run, !program->rolls_back);
            return STEP_PASSES;
        }
    } else {
        progress = statement_run(machine, run);
    }
    state->state = progress == WAITS ? RUN_WAITS : RUN_RUNS;
    if (progress == WAITS)
        return STEP_WAITS;
    state->waits_for = 0;
    if (progress == DONE || progress == PAUSES)
        return STEP_PASSES;
    end_run(machine, run, false);
    return STEP_FAILS;
}

enum answer_kind machine_step(struct machine *machine, unsigned run)
{
    return advance(machine, run);
}

unsigned machine_settle(struct machine *machine)
{
    unsigned ended = 0;

    for (unsigned i = 0; i < machine->run_count; i++) {
        if (machine->runs[i].state != RUN_WAITS || !may_go_on(machine, i))
            continue;
        uint8_t before = machine->runs[i].waits_for;
        machine->runs[i].waits_for = 0;
        if (advance(machine, i) != STEP_WAITS)
            ended |= 1U << i;
        else if (machine->runs[i].waits_for == before)
            continue;
        i = (unsigned)-1;
    }
    return ended;
}

/* ------------------------------------------------------------------ what is left */

static int compare_rows(const struct version *a, const struct version *b)
{
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        if (a->values[i] != b->values[i])
            return a->values[i] < b->values[i] ? -1 : 1;
    }
    return 0;
}

unsigned machine_rows(const struct machine *machine, struct world_row *rows)
{
    uint8_t order[MACHINE_VERSIONS];
    unsigned count = 0;

    for (uint8_t i = 1; i < machine->version_count; i++) {
        if (!heap_is_live(machine, &machine->versions[i]))
            continue;
        unsigned at = count++;
        for (; at > 0 && compare_rows(&machine->versions[order[at - 1]], &machine->versions[i]) > 0;
             at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    for (unsigned i = 0; i < count; i++) {
        rows[i].table = machine->versions[order[i]].table;
        memcpy(rows[i].values, machine->versions[order[i]].values, sizeof rows[i].values);
    }
    return count;
}
