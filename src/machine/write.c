/* What one row of an INSERT, UPDATE or DELETE does: nodeModifyTable.c and nbtinsert.c. A row is
 * first put into its table and then entered into one index after the other, and each of these may
 * wait: others find it by the indexes that have it already. */
#include <string.h>

#include "machine/parts.h"

/* ------------------------------------------------------------------ conditions */

static bool compares(enum comparison comparison, int16_t a, int16_t b)
{
    if (a == NO_VALUE || b == NO_VALUE)
        return false;
    switch (comparison) {
    case COMPARE_NOT_EQUAL:
        return a != b;
    case COMPARE_LESS:
        return a < b;
    case COMPARE_LESS_EQUAL:
        return a <= b;
    case COMPARE_GREATER:
        return a > b;
    case COMPARE_GREATER_EQUAL:
        return a >= b;
    default:
        return a == b;
    }
}

bool filter_matches(const struct filter *filter, int16_t value)
{
    if (filter->comparison == COMPARE_IS_NULL || filter->comparison == COMPARE_IS_NOT_NULL)
        return (value == NO_VALUE) == (filter->comparison == COMPARE_IS_NULL);
    for (unsigned i = 0; i < filter->count; i++) {
        if (compares(filter->comparison, value, filter->values[i].number))
            return true;
    }
    return false;
}

bool filters_match(const struct act *act, const int16_t *values)
{
    for (unsigned i = 0; i < act->filter_count; i++) {
        if (!filter_matches(&act->filters[i], values[act->filters[i].column]))
            return false;
    }
    return true;
}

/* ------------------------------------------------------------------ indexes */

static bool differ(const int16_t *a, const int16_t *b, unsigned columns)
{
    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        if (((columns >> i) & 1) && a[i] != b[i])
            return true;
    }
    return false;
}

/* Columns of the unique indexes that a foreign key could point to. */
static unsigned key_columns(const struct world_table *table)
{
    unsigned columns = 0;

    for (unsigned i = 0; i < table->index_count; i++)
        columns |=
            table->indexes[i].unique && !table->indexes[i].partial ? table->indexes[i].columns : 0;
    return columns;
}

/* Columns that no version may change that is to be found by the entries of the one before. */
static unsigned indexed_columns(const struct world_table *table)
{
    unsigned columns = 0;

    for (unsigned i = 0; i < table->index_count; i++) {
        const struct world_index *index = &table->indexes[i];
        columns |= index->columns | (index->partial ? 1U << index->where.column : 0);
    }
    return columns;
}

/* Others are looked for when the version is in the index, so that of two that are entered at once
 * each waits for the other: check_exclusion_or_unique_constraint() */
static enum progress exclude(struct machine *machine, unsigned run)
{
    const struct cursor *cursor = &machine->runs[run].cursor;
    const struct version *fresh = &machine->versions[cursor->fresh];
    uint8_t found = 0;
    enum progress progress = heap_find_key(machine, run, fresh->table, fresh->values, cursor->fresh,
                                           cursor->key, &found);

    return progress == DONE && found ? machine_fail(machine, run, FAIL_EXCLUSION) : progress;
}

/* Enters the fresh version into the indexes that do not have it. */
static enum progress enter(struct machine *machine, unsigned run, uint8_t old)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    struct version *fresh = &machine->versions[cursor->fresh];
    const struct world_table *table = &machine->world->tables[fresh->table];

    for (; cursor->key < table->index_count; cursor->key++) {
        const struct world_index *index = &table->indexes[cursor->key];
        bool same = old != 0 &&
                    !differ(fresh->values, machine->versions[old].values, index->columns) &&
                    heap_is_indexed(index, machine->versions[old].values);
        uint8_t found = 0;
        enum progress progress = DONE;
        if (!heap_is_indexed(index, fresh->values))
            continue;
        if (index->late && heap_has_key(machine, run, cursor->fresh, cursor->key))
            fresh->doubted |= (uint8_t)(1U << cursor->key);
        if (index->excludes && (fresh->indexed >> cursor->key) & 1) {
            progress = exclude(machine, run);
            if (progress != DONE)
                return progress;
            continue;
        }
        if (index->unique && !index->late && !same)
            progress = heap_find_key(machine, run, fresh->table, fresh->values, cursor->fresh,
                                     cursor->key, &found);
        if (progress == DONE)
            progress = ssi_enter(machine, run, fresh->table, cursor->key);
        if (progress != DONE)
            return progress;
        if (found != 0)
            return machine_fail(machine, run, FAIL_UNIQUE);
        fresh->indexed |= (uint8_t)(1U << cursor->key);
        if (index->excludes && (progress = exclude(machine, run)) != DONE)
            return progress;
    }
    return DONE;
}

/* unique_key_recheck() in commands/constraint.c */
enum progress write_recheck(struct machine *machine, unsigned run, bool deferred)
{
    for (uint8_t i = 1; i < machine->version_count; i++) {
        struct version *version = &machine->versions[i];
        bool is_own =
            version->doubted && is_of(version->created, run) &&
            status_of(machine, version->created) == XID_IN_PROGRESS &&
            (version->ended == XID_NONE || status_of(machine, version->ended) == XID_ABORTED);
        for (unsigned j = 0; is_own && version->doubted >> j; j++) {
            uint8_t found = 0;
            if (!((version->doubted >> j) & 1) ||
                machine->world->tables[version->table].indexes[j].deferred != deferred)
                continue;
            enum progress progress =
                heap_find_key(machine, run, version->table, version->values, i, j, &found);
            if (progress == DONE && found)
                progress = ssi_enter(machine, run, version->table, j);
            if (progress != DONE)
                return progress;
            if (found)
                return machine_fail(machine, run, FAIL_UNIQUE);
            version->doubted &= (uint8_t) ~(1U << j);
        }
    }
    return DONE;
}

static enum progress finish(struct machine *machine, unsigned run, uint8_t old, uint8_t *written)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    enum progress progress = enter(machine, run, old);

    if (progress == DONE) {
        *written = cursor->fresh;
        cursor->fresh = 0;
        cursor->old = 0;
    }
    return progress;
}

/* ------------------------------------------------------------------ UPDATE and DELETE */

static int16_t new_value(const struct value *value, const int16_t *old)
{
    int16_t own = value->kind == VALUE_OWN ? old[value->column] : 0;

    if (value->kind == VALUE_REMADE)
        return result_made_of((int16_t)(old[value->column] * 31 + value->number));
    return own == NO_VALUE || value->number == NO_VALUE ? NO_VALUE : (int16_t)(own + value->number);
}

static void new_values(const struct act *act, const int16_t *old, int16_t *values)
{
    memcpy(values, old, sizeof(int16_t[WORLD_COLUMNS]));
    for (unsigned i = 0; i < act->set_count; i++)
        values[act->sets[i].column] = new_value(&act->sets[i].value, old);
}

/* Puts the new version into the place of `version`, which the run has locked. */
static enum progress replace(struct machine *machine, unsigned run, uint8_t version,
                             uint8_t *written)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct version *old = &machine->versions[version];
    const struct world_table *table = &machine->world->tables[old->table];
    int16_t values[WORLD_COLUMNS];
    enum progress progress = ssi_change(machine, run, version);

    if (progress != DONE)
        return progress;
    new_values(&cursor->resolved, old->values, values);
    uint8_t fresh = heap_add(machine, run, old->table, values);
    if (fresh == 0)
        return DONE;
    machine->versions[fresh].root = old->root;
    heap_end(machine, run, version, fresh,
             differ(values, old->values, key_columns(table)) ||
                 heap_is_locked(machine, run, old->root));
    cursor->fresh = fresh;
    cursor->old = version;
    cursor->key = 0;
    if (!differ(values, old->values, indexed_columns(table))) {
        machine->versions[fresh].entry = old->entry;
        machine->versions[fresh].indexed = old->indexed;
        machine->versions[fresh].doubted = old->doubted;
        cursor->key = table->index_count;
    }
    events_add(machine, run, version, fresh);
    return finish(machine, run, version, written);
}

static enum progress progress_of(enum acquired acquired)
{
    return acquired == ACQUIRE_WAITS ? WAITS : acquired == ACQUIRE_FAILS ? FAILS : DONE;
}

enum progress write_update(struct machine *machine, unsigned run, uint8_t version, uint8_t *written)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct act *act = &cursor->resolved;
    const struct version *seen = &machine->versions[version];
    const struct world_table *table = &machine->world->tables[seen->table];
    int16_t values[WORLD_COLUMNS];
    uint8_t newest = version;

    if (cursor->fresh != 0)
        return finish(machine, run, cursor->old, written);
    new_values(act, seen->values, values);
    bool key = differ(values, seen->values, key_columns(table));
    enum acquired acquired =
        heap_acquire(machine, run, &newest, key ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE, WAIT_BLOCK);
    if (acquired != ACQUIRED)
        return progress_of(acquired);
    if (newest != version && !filters_match(act, machine->versions[newest].values))
        return DONE; /* and it keeps the lock */
    return replace(machine, run, newest, written);
}

enum progress write_delete(struct machine *machine, unsigned run, uint8_t version, uint8_t *written)
{
    const struct act *act = &machine->runs[run].cursor.resolved;
    uint8_t newest = version;
    enum acquired acquired = heap_acquire(machine, run, &newest, LOCK_UPDATE, WAIT_BLOCK);

    if (acquired != ACQUIRED)
        return progress_of(acquired);
    if (newest != version && !filters_match(act, machine->versions[newest].values))
        return DONE;
    enum progress progress = ssi_change(machine, run, newest);
    if (progress != DONE)
        return progress;
    heap_end(machine, run, newest, 0, false);
    events_add(machine, run, newest, 0);
    *written = newest;
    return DONE;
}

/* ------------------------------------------------------------------ INSERT */

/* The row that ON CONFLICT finds, or 0. */
static enum progress find_conflict(struct machine *machine, unsigned run, const int16_t *values,
                                   uint8_t *found)
{
    const struct act *act = &machine->runs[run].cursor.resolved;
    const struct world_table *table = &machine->world->tables[act->table];
    enum progress progress = DONE;

    for (unsigned i = 0; i < table->index_count && progress == DONE && *found == 0; i++) {
        const struct world_index *index = &table->indexes[i];
        if ((index->unique || index->excludes) && heap_is_indexed(index, values) &&
            (act->arbiter == NO_INDEX || act->arbiter == i))
            progress = heap_find_key(machine, run, act->table, values, 0, i, found);
    }
    return progress;
}

/* With one snapshot a row that it has not must not decide. */
static bool is_invisible(const struct machine *machine, unsigned run, uint8_t version)
{
    const struct version *row = &machine->versions[version];

    return has_one_snapshot(machine, run) && !is_of(row->created, run) &&
           !heap_sees(machine, run, machine->runs[run].statement_snapshot, row);
}

static enum progress update_conflict(struct machine *machine, unsigned run, uint8_t *written)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct act *act = &cursor->resolved;
    const struct world_table *table = &machine->world->tables[act->table];
    const struct version *row = &machine->versions[cursor->target];
    unsigned keys = key_columns(table), assigned = 0;
    uint8_t newest = cursor->target;

    if (is_of(row->created, run) && row->created_at == machine->runs[run].command)
        return machine_fail(machine, run, FAIL_CARDINALITY);
    for (unsigned i = 0; i < act->set_count; i++)
        assigned |= 1U << act->sets[i].column;
    enum acquired acquired = heap_acquire(
        machine, run, &newest, assigned & keys ? LOCK_UPDATE : LOCK_NO_KEY_UPDATE, WAIT_BLOCK);
    if (acquired == ACQUIRE_GONE || (acquired == ACQUIRED && newest != cursor->target)) {
        cursor->target = 0; /* somebody was faster: once more from the beginning */
        return write_insert(machine, run, written);
    }
    if (acquired != ACQUIRED)
        return progress_of(acquired);
    if (is_invisible(machine, run, newest))
        return machine_fail(machine, run, FAIL_SERIALIZATION);
    return replace(machine, run, newest, written);
}

enum progress write_insert(struct machine *machine, unsigned run, uint8_t *written)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct act *act = &cursor->resolved;
    int16_t values[WORLD_COLUMNS];

    if (cursor->fresh != 0)
        return finish(machine, run, cursor->old, written);
    if (cursor->target != 0)
        return update_conflict(machine, run, written);
    for (unsigned i = 0; i < WORLD_COLUMNS; i++)
        values[i] = act->row[i].number;
    if (act->conflict != ACT_CONFLICT_ERROR) {
        uint8_t found = 0;
        enum progress progress = find_conflict(machine, run, values, &found);
        if (progress != DONE)
            return progress;
        if (found != 0) { /* a server takes it for a read, although nobody asked for the row */
            if (ssi_see(machine, run, found, true) != DONE)
                return FAILS;
            ssi_read(machine, run, found);
        }
        if (found != 0 && act->conflict == ACT_CONFLICT_UPDATE) {
            cursor->target = found;
            return update_conflict(machine, run, written);
        }
        if (found != 0)
            return is_invisible(machine, run, found)
                       ? machine_fail(machine, run, FAIL_SERIALIZATION)
                       : DONE;
    }
    enum progress progress = ssi_add(machine, run, act->table);
    if (progress != DONE)
        return progress;
    cursor->fresh = heap_add(machine, run, act->table, values);
    cursor->old = 0;
    cursor->key = 0;
    if (cursor->fresh == 0)
        return DONE;
    events_add(machine, run, 0, cursor->fresh);
    return finish(machine, run, 0, written);
}
