/* Serializable snapshot isolation, after predicate.c: who has read what in which granularity, which
 * rw-dependencies that gives, and who is the one to fail. A table and each index have one page. */
#include "machine/parts.h"

/* More tuples of one page become the page: max_pred_locks_per_page. */
enum { TUPLES_PER_PAGE = 2 };

static bool is_tracked(const struct machine *machine, unsigned run)
{
    const struct tracked *own = &machine->tracked[run];

    return own->active && !own->safe;
}

static bool is_declared_read_only(const struct tracked *tracked)
{
    return tracked->read_only;
}

/* ------------------------------------------------------------------ dependencies */

static bool has(unsigned bits, unsigned run)
{
    return (bits >> run) & 1;
}

static void link(struct machine *machine, unsigned reader, unsigned writer)
{
    machine->tracked[reader].out |= (uint8_t)(1U << writer);
    machine->tracked[writer].in |= (uint8_t)(1U << reader);
}

static void unlink(struct machine *machine, unsigned reader, unsigned writer)
{
    machine->tracked[reader].out &= (uint8_t) ~(1U << writer);
    machine->tracked[writer].in &= (uint8_t) ~(1U << reader);
}

/* Whether the writer is a pivot, before a Tout that has prepared first. */
static bool writer_is_pivot(const struct machine *machine, unsigned reader, unsigned writer)
{
    const struct tracked *r = &machine->tracked[reader], *w = &machine->tracked[writer];

    if (w->committed && w->conflict_out)
        return true;
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *out = &machine->tracked[i];
        if (has(w->out, i) && out->prepared &&
            (!r->committed || out->prepare_number <= r->commit_number) &&
            (!w->committed || out->prepare_number <= w->commit_number) &&
            (!is_declared_read_only(r) || out->prepare_number <= r->snapshot_number))
            return true;
    }
    return false;
}

/* Whether the reader is one, before a writer that has prepared first. */
static bool reader_is_pivot(const struct machine *machine, unsigned reader, unsigned writer)
{
    const struct tracked *r = &machine->tracked[reader], *w = &machine->tracked[writer];

    if (!w->prepared || is_declared_read_only(r))
        return false;
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *in = &machine->tracked[i];
        if (has(r->in, i) && !in->doomed &&
            (!in->committed || in->commit_number >= w->prepare_number) &&
            (!is_declared_read_only(in) || in->snapshot_number >= w->prepare_number))
            return true;
    }
    return false;
}

/* `run`, who is one of the two, has met a dependency. */
static enum progress depend(struct machine *machine, unsigned run, unsigned reader, unsigned writer)
{
    if (has(machine->tracked[reader].out, writer))
        return DONE;
    if (writer_is_pivot(machine, reader, writer) || reader_is_pivot(machine, reader, writer)) {
        if (run == writer || machine->tracked[writer].prepared)
            return machine_fail(machine, run, FAIL_SERIALIZATION);
        machine->tracked[writer].doomed = true;
    }
    link(machine, reader, writer);
    return DONE;
}

/* ------------------------------------------------------------------ reads */

static bool has_possible_writer(const struct machine *machine, unsigned run)
{
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *other = &machine->tracked[i];
        if (i != run && other->active && !other->finished && !other->read_only)
            return true;
    }
    return false;
}

static void begin_read_only(struct machine *machine, unsigned run)
{
    struct tracked *own = &machine->tracked[run];

    own->possibly_unsafe = 0;
    own->unsafe = false;
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *other = &machine->tracked[i];
        if (i != run && other->active && !other->finished && !other->read_only)
            own->possibly_unsafe |= (uint8_t)(1U << i);
    }
}

enum progress ssi_begin(struct machine *machine, unsigned run)
{
    struct tracked *own = &machine->tracked[run];
    const struct program *program = machine->programs[run];

    if (program->level != LEVEL_SERIALIZABLE)
        return DONE;
    if (!own->active || own->unsafe) {
        own->snapshot_number = machine->last_number;
        own->read_only = program->read_only;
        own->active = true;
        if (program->read_only && !has_possible_writer(machine, run))
            own->safe = true;
        else if (program->read_only)
            begin_read_only(machine, run);
    }
    if (program->read_only && program->deferrable && !own->safe) {
        machine->runs[run].wanted = WANTS_SNAPSHOT;
        machine->runs[run].waits_for = own->possibly_unsafe;
        return WAITS;
    }
    return DONE;
}

void ssi_scan(struct machine *machine, unsigned run, const struct act *act)
{
    struct tracked *own = &machine->tracked[run];

    if (!is_tracked(machine, run))
        return;
    if (act->index == NO_INDEX)
        own->relations |= (uint8_t)(1U << act->table);
    else
        own->indexes |= 1U << (act->table * WORLD_INDEXES + act->index);
}

static uint64_t bit_of(uint8_t version)
{
    return (uint64_t)1 << version;
}

/* Who made, or unmade, what the run comes to: XID_NONE when nobody whom it could depend on. */
static uint8_t cause_of(const struct machine *machine, const struct version *row, bool visible)
{
    if (status_of(machine, row->created) == XID_ABORTED)
        return XID_NONE;
    bool ended = row->ended != XID_NONE && status_of(machine, row->ended) != XID_ABORTED;
    if (visible)
        return ended ? row->ended : (uint8_t)XID_NONE;
    return row->created;
}

enum progress ssi_see(struct machine *machine, unsigned run, uint8_t version, bool visible)
{
    const struct tracked *own = &machine->tracked[run];
    const struct run *state = &machine->runs[run];

    if (!is_tracked(machine, run))
        return DONE;
    if (own->doomed)
        return machine_fail(machine, run, FAIL_SERIALIZATION);
    uint8_t xid = cause_of(machine, &machine->versions[version], visible);
    if (xid <= XID_BEFORE || is_of(xid, run))
        return DONE;
    unsigned writer = run_of(xid);
    const struct tracked *other = &machine->tracked[writer];
    if (!other->active || other->doomed || has(state->snapshot, writer))
        return DONE;
    if (own->read_only && other->committed &&
        (!other->conflict_out || own->snapshot_number < other->earliest_out))
        return DONE;
    return depend(machine, run, run, writer);
}

static unsigned count_tuples(const struct machine *machine, const struct tracked *own,
                             unsigned table)
{
    unsigned count = 0;

    for (uint8_t i = 1; i < machine->version_count; i++)
        count += machine->versions[i].table == table && (own->tuples & bit_of(i));
    return count;
}

void ssi_read(struct machine *machine, unsigned run, uint8_t version)
{
    struct tracked *own = &machine->tracked[run];
    const struct version *row = &machine->versions[version];
    unsigned table = row->table;

    if (!is_tracked(machine, run) || is_of(row->created, run) || has(own->relations, table) ||
        has(own->pages, table))
        return;
    own->tuples |= bit_of(version);
    if (count_tuples(machine, own, table) > TUPLES_PER_PAGE)
        own->pages |= (uint8_t)(1U << table);
}

/* ------------------------------------------------------------------ writes */

/* `holders` (bits) have read what the run writes. */
static enum progress write_over(struct machine *machine, unsigned run, unsigned holders)
{
    const struct run *state = &machine->runs[run];

    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *other = &machine->tracked[i];
        if (i == run || !has(holders, i) || other->doomed ||
            (other->committed && has(state->snapshot, i)))
            continue;
        enum progress progress = depend(machine, run, i, run);
        if (progress != DONE)
            return progress;
    }
    return DONE;
}

static enum progress check_doom(struct machine *machine, unsigned run)
{
    return machine->tracked[run].doomed ? machine_fail(machine, run, FAIL_SERIALIZATION) : DONE;
}

enum progress ssi_change(struct machine *machine, unsigned run, uint8_t version)
{
    unsigned table = machine->versions[version].table, holders = 0;

    if (!is_tracked(machine, run) || machine->tracked[run].read_only)
        return DONE;
    if (check_doom(machine, run) != DONE)
        return FAILS;
    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *other = &machine->tracked[i];
        if ((other->tuples & bit_of(version)) || has(other->pages, table) ||
            has(other->relations, table))
            holders |= 1U << i;
    }
    if (machine->runs[run].xids == 1) /* in a savepoint the lock could be needed again */
        machine->tracked[run].tuples &= ~bit_of(version);
    return write_over(machine, run, holders);
}

enum progress ssi_add(struct machine *machine, unsigned run, unsigned table)
{
    unsigned holders = 0;

    if (!is_tracked(machine, run))
        return DONE;
    if (check_doom(machine, run) != DONE)
        return FAILS;
    for (unsigned i = 0; i < machine->run_count; i++)
        holders |= (unsigned)has(machine->tracked[i].relations, table) << i;
    return write_over(machine, run, holders);
}

enum progress ssi_enter(struct machine *machine, unsigned run, unsigned table, unsigned index)
{
    unsigned holders = 0;

    if (!is_tracked(machine, run))
        return DONE;
    if (check_doom(machine, run) != DONE)
        return FAILS;
    for (unsigned i = 0; i < machine->run_count; i++)
        holders |= (machine->tracked[i].indexes >> (table * WORLD_INDEXES + index) & 1U) << i;
    return write_over(machine, run, holders);
}

/* ------------------------------------------------------------------ the end */

static enum progress kill_pivots(struct machine *machine, unsigned run)
{
    for (unsigned i = 0; i < machine->run_count; i++) {
        struct tracked *near = &machine->tracked[i];
        if (!has(machine->tracked[run].in, i) || near->committed || near->doomed)
            continue;
        for (unsigned j = 0; j < machine->run_count; j++) {
            const struct tracked *far = &machine->tracked[j];
            if (!has(near->in, j) ||
                (j != run && (far->committed || far->read_only || far->doomed)))
                continue;
            if (near->prepared)
                return machine_fail(machine, run, FAIL_SERIALIZATION);
            near->doomed = true;
            break;
        }
    }
    return DONE;
}

enum progress ssi_prepare(struct machine *machine, unsigned run)
{
    struct tracked *own = &machine->tracked[run];

    if (!is_tracked(machine, run))
        return DONE;
    if (check_doom(machine, run) != DONE || kill_pivots(machine, run) != DONE)
        return FAILS;
    own->prepared = true;
    own->prepare_number = ++machine->last_number;
    return DONE;
}

static void drop_predicate_locks(struct tracked *own)
{
    own->relations = own->pages = 0;
    own->indexes = 0;
    own->tuples = 0;
}

static void release_conflicts(struct machine *machine, unsigned run, bool commits)
{
    struct tracked *own = &machine->tracked[run];

    for (unsigned i = 0; i < machine->run_count; i++) {
        const struct tracked *other = &machine->tracked[i];
        if (has(own->out, i)) {
            if (commits && !own->read_only && other->committed) {
                if (!own->conflict_out || other->prepare_number < own->earliest_out)
                    own->earliest_out = other->prepare_number;
                own->conflict_out = true;
            }
            if (!commits || other->committed || other->snapshot_number >= machine->last_number)
                unlink(machine, run, i);
        }
        if (has(own->in, i) && (!commits || other->committed || other->read_only))
            unlink(machine, i, run);
    }
}

/* Tells the READ ONLY runs that have waited to know what becomes of this one. */
static void release_readers(struct machine *machine, unsigned run, bool commits)
{
    const struct tracked *own = &machine->tracked[run];

    for (unsigned i = 0; i < machine->run_count; i++) {
        struct tracked *reader = &machine->tracked[i];
        if (!has(reader->possibly_unsafe, run))
            continue;
        if (commits && machine->runs[run].wrote && own->conflict_out &&
            own->earliest_out <= reader->snapshot_number)
            reader->unsafe = true;
        reader->possibly_unsafe &= (uint8_t) ~(1U << run);
        if (reader->unsafe)
            reader->possibly_unsafe = 0;
        else if (reader->possibly_unsafe == 0) {
            reader->safe = true;
            drop_predicate_locks(reader);
        }
    }
}

void ssi_end(struct machine *machine, unsigned run, bool commits)
{
    struct tracked *own = &machine->tracked[run];
    bool declared = own->read_only;

    if (!own->active)
        return;
    own->finished = true;
    own->possibly_unsafe = 0;
    if (commits) {
        own->committed = own->prepared = true;
        own->commit_number = ++machine->last_number;
        own->read_only |= !machine->runs[run].wrote;
    } else {
        own->doomed = true;
        own->prepared = false;
        drop_predicate_locks(own);
    }
    release_conflicts(machine, run, commits);
    if (!declared)
        release_readers(machine, run, commits);
}
