/* Versions of rows, who sees them, and who may lock them: heapam.c and heapam_visibility.c. A row
 * is a chain of versions; locks belong to the chain, updates to a version. */
#include <string.h>

#include "machine/parts.h"

static bool has_done(const struct machine *machine, unsigned run, uint8_t snapshot, uint8_t xid,
                     uint8_t command)
{
    if (xid == XID_NONE || status_of(machine, xid) == XID_ABORTED)
        return false;
    if (xid == XID_BEFORE)
        return true;
    if (run_of(xid) == run)
        return command < machine->runs[run].command;
    return (snapshot >> run_of(xid)) & 1;
}

bool heap_sees(const struct machine *machine, unsigned run, uint8_t snapshot,
               const struct version *version)
{
    return has_done(machine, run, snapshot, version->created, version->created_at) &&
           !has_done(machine, run, snapshot, version->ended, version->ended_at);
}

bool heap_is_live(const struct machine *machine, const struct version *version)
{
    return status_of(machine, version->created) == XID_COMMITTED &&
           (version->ended == XID_NONE || status_of(machine, version->ended) != XID_COMMITTED);
}

/* ------------------------------------------------------------------ row locks */

static enum lock_strength strength_of_end(const struct version *version)
{
    return version->next == 0 || version->key_changed ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE;
}

static enum acquired refuse(struct machine *machine, unsigned run, uint8_t xid,
                            enum wait_policy wait)
{
    if (wait == WAIT_SKIP)
        return ACQUIRE_SKIPPED;
    if (wait == WAIT_ERROR) {
        machine_fail(machine, run, FAIL_LOCK);
        return ACQUIRE_FAILS;
    }
    return machine_wait_for(machine, run, xid) == WAITS ? ACQUIRE_WAITS : ACQUIRE_FAILS;
}

/* What holds the row against it; NULL: nothing. */
static const struct machine_lock *find_lock(const struct machine *machine, unsigned run,
                                            uint8_t root, enum lock_strength strength)
{
    for (unsigned i = 0; i < machine->lock_count; i++) {
        const struct machine_lock *lock = &machine->locks[i];
        if (lock->kind == LOCK_OF_ROW && lock->object == root && !is_of(lock->holder, run) &&
            status_of(machine, lock->holder) == XID_IN_PROGRESS &&
            row_lock_conflicts(lock->mode, strength))
            return lock;
    }
    return NULL;
}

static bool holds(const struct machine *machine, uint8_t xid, uint8_t root,
                  enum lock_strength strength)
{
    for (unsigned i = 0; i < machine->lock_count; i++) {
        const struct machine_lock *lock = &machine->locks[i];
        if (lock->kind == LOCK_OF_ROW && lock->object == root && lock->holder == xid &&
            lock->mode >= strength)
            return true;
    }
    return false;
}

bool heap_is_locked(const struct machine *machine, unsigned run, uint8_t root)
{
    for (unsigned i = 0; i < machine->lock_count; i++) {
        const struct machine_lock *lock = &machine->locks[i];
        if (lock->kind == LOCK_OF_ROW && lock->object == root && is_of(lock->holder, run) &&
            lock->mode == LOCK_UPDATE)
            return true;
    }
    return false;
}

static void add_row_lock(struct machine *machine, unsigned run, uint8_t version,
                         enum lock_strength strength)
{
    uint8_t root = machine->versions[version].root;
    uint8_t xid = machine->runs[run].xid;

    if (holds(machine, xid, root, strength))
        return;
    if (machine->lock_count == MACHINE_LOCKS) {
        machine->overflow = true;
        return;
    }
    machine->locks[machine->lock_count++] = (struct machine_lock){.kind = LOCK_OF_ROW,
                                                                  .holder = xid,
                                                                  .mode = (uint8_t)strength,
                                                                  .version = version,
                                                                  .object = root};
}

/* Versions behind the one that is locked are locked too, and there neither NOWAIT nor SKIP LOCKED is
 * asked for: heap_lock_updated_tuple_rec waits. */
enum acquired heap_acquire(struct machine *machine, unsigned run, uint8_t *version,
                           enum lock_strength strength, enum wait_policy wait)
{
    uint8_t at = *version, root = machine->versions[at].root;

    for (;;) {
        const struct version *row = &machine->versions[at];
        bool ended = row->ended != XID_NONE && status_of(machine, row->ended) != XID_ABORTED;
        if (ended && is_of(row->ended, run))
            return ACQUIRE_GONE;
        if (!ended)
            break;
        if (!row_lock_conflicts(strength, strength_of_end(row))) {
            at = row->next; /* KEY SHARE of a row whose key stays: what it has seen will do */
            continue;
        }
        if (status_of(machine, row->ended) == XID_IN_PROGRESS)
            return refuse(machine, run, row->ended, at == *version ? wait : WAIT_BLOCK);
        if (has_one_snapshot(machine, run)) {
            machine_fail(machine, run, FAIL_SERIALIZATION);
            return ACQUIRE_FAILS;
        }
        if (row->next == 0)
            return ACQUIRE_GONE;
        at = *version = row->next;
    }
    const struct machine_lock *lock = find_lock(machine, run, root, strength);
    if (lock) {
        bool behind = at != *version && lock->version > *version;
        return refuse(machine, run, lock->holder, behind ? WAIT_BLOCK : wait);
    }
    add_row_lock(machine, run, at, strength);
    return ACQUIRED;
}

/* ------------------------------------------------------------------ versions */

uint8_t heap_add(struct machine *machine, unsigned run, unsigned table, const int16_t *values)
{
    uint8_t index = machine->version_count;

    if (index == MACHINE_VERSIONS) {
        machine->overflow = true;
        return 0;
    }
    struct version *version = &machine->versions[index];
    *version = (struct version){.table = (uint8_t)table,
                                .created = machine->runs[run].xid,
                                .created_at = machine->runs[run].command,
                                .root = index,
                                .entry = index};
    memcpy(version->values, values, sizeof version->values);
    machine->version_count++;
    machine->runs[run].wrote = true;
    return index;
}

void heap_end(struct machine *machine, unsigned run, uint8_t version, uint8_t next,
              bool key_changed)
{
    struct version *row = &machine->versions[version];

    row->ended = machine->runs[run].xid;
    row->ended_at = machine->runs[run].command;
    row->next = next;
    row->key_changed = key_changed;
    machine->runs[run].wrote = true;
}

static bool has_same_key(const struct version *version, const int16_t *values, uint16_t columns)
{
    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        if (((columns >> i) & 1) && (values[i] == NO_VALUE || version->values[i] != values[i]))
            return false;
    }
    return true;
}

bool heap_is_indexed(const struct world_index *index, const int16_t *values)
{
    return !index->partial || filter_matches(&index->where, values[index->where.column]);
}

/* Whether an entry of the index that is not undone leads from the values to the version. */
static bool has_entry(const struct machine *machine, const struct version *version, unsigned table,
                      const int16_t *values, unsigned index)
{
    const struct world_index *of = &machine->world->tables[table].indexes[index];

    return version->table == table && (version->indexed >> index) & 1 &&
           heap_is_indexed(of, version->values) && has_same_key(version, values, of->columns) &&
           status_of(machine, version->created) != XID_ABORTED;
}

/* Whether the run itself or somebody who has committed has ended the version. */
static bool is_gone(const struct machine *machine, unsigned run, const struct version *version)
{
    return version->ended != XID_NONE && status_of(machine, version->ended) != XID_ABORTED &&
           (is_of(version->ended, run) || status_of(machine, version->ended) == XID_COMMITTED);
}

bool heap_has_key(const struct machine *machine, unsigned run, uint8_t version, unsigned index)
{
    const struct version *of = &machine->versions[version];

    for (uint8_t i = 1; i < machine->version_count; i++) {
        const struct version *row = &machine->versions[i];
        if (i != version && has_entry(machine, row, of->table, of->values, index) &&
            !is_gone(machine, run, row))
            return true;
    }
    return false;
}

/* Equal keys are in the order of their entries, and the first one that is not gone decides. */
enum progress heap_find_key(struct machine *machine, unsigned run, unsigned table,
                            const int16_t *values, uint8_t except, unsigned index, uint8_t *found)
{
    *found = 0;
    for (uint8_t i = 1; i < machine->version_count; i++) {
        const struct version *row = &machine->versions[i];
        if (i != except && (!*found || row->entry < machine->versions[*found].entry) &&
            has_entry(machine, row, table, values, index) && !is_gone(machine, run, row))
            *found = i;
    }
    if (*found == 0)
        return DONE;
    const struct version *row = &machine->versions[*found];
    uint8_t undecided =
        !is_of(row->created, run) && status_of(machine, row->created) == XID_IN_PROGRESS
            ? row->created
        : row->ended != XID_NONE && status_of(machine, row->ended) != XID_ABORTED ? row->ended
                                                                                  : XID_NONE;
    return undecided ? machine_wait_for(machine, run, undecided) : DONE;
}
