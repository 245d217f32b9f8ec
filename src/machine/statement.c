/* One statement: its locks of tables, its snapshot, the rows that it comes to one by one, and what
 * foreign keys do behind it. It can stop at any row to wait, and goes on there. */
#include <stdlib.h>
#include <string.h>

#include "machine/parts.h"

/* ------------------------------------------------------------------ values */

static int16_t plus(int16_t value, int16_t number)
{
    return value == NO_VALUE || number == NO_VALUE ? NO_VALUE : (int16_t)(value + number);
}

int16_t machine_result(const struct machine *machine, unsigned run, unsigned act, unsigned column)
{
    int16_t result = machine->runs[run].results[act];

    if (machine->programs[run]->acts[act].total)
        return result;
    return result ? machine->versions[result].values[column] : NO_VALUE;
}

static struct value added_to_own(const struct value *value, int16_t found)
{
    bool negated = value->minus && found != NO_VALUE;

    return (struct value){.kind = VALUE_OWN,
                          .column = (unsigned)value->number & 7,
                          .number = negated ? (int16_t)-found : found};
}

static void resolve(const struct machine *machine, unsigned run, struct value *value)
{
    if (value->kind == VALUE_RESULT)
        *value = (struct value){
            .number =
                plus(machine_result(machine, run, value->source, value->column), value->number)};
    else if (value->kind == VALUE_ADDED)
        *value = added_to_own(value, machine_result(machine, run, value->source, value->column));
    else if (value->kind == VALUE_MIXED)
        *value = (struct value){
            .number = result_made_of((int16_t)(machine->runs[run].mix + value->number))};
}

/* The act with values in the place of results; what a row's own columns give stays open. */
static void resolve_act(const struct machine *machine, unsigned run, struct act *act)
{
    for (unsigned i = 0; i < act->guard_count; i++) {
        for (unsigned j = 0; j < act->guards[i].test.count; j++)
            resolve(machine, run, &act->guards[i].test.values[j]);
    }
    for (unsigned i = 0; i < act->filter_count; i++) {
        for (unsigned j = 0; j < act->filters[i].count; j++)
            resolve(machine, run, &act->filters[i].values[j]);
    }
    for (unsigned i = 0; i < act->set_count; i++)
        resolve(machine, run, &act->sets[i].value);
    for (unsigned i = 0; act->kind == ACT_INSERT && i < WORLD_COLUMNS; i++)
        resolve(machine, run, &act->row[i]);
}

/* ------------------------------------------------------------------ scans */

static const struct world_index *index_of(const struct machine *machine, const struct act *act)
{
    return act->index == NO_INDEX ? NULL : &machine->world->tables[act->table].indexes[act->index];
}

/* Whether the index would come to the version: the conditions on its first columns hold. */
static bool is_in_range(const struct act *act, const struct world_index *index,
                        const struct version *version)
{
    for (unsigned i = 0; i < act->filter_count; i++) {
        const struct filter *filter = &act->filters[i];
        if ((index->columns >> filter->column) & 1 &&
            !filter_matches(filter, version->values[filter->column]))
            return false;
    }
    return true;
}

static int compare_keys(const struct version *a, const struct version *b, unsigned columns)
{
    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        int x = a->values[i], y = b->values[i];
        if (((columns >> i) & 1) && x != y)
            return x == NO_VALUE ? 1 : y == NO_VALUE ? -1 : x < y ? -1 : 1;
    }
    return 0;
}

/* In the order that is asked for, then in that of the index, of equal keys in that of the table; or of
 * the table. */
static int compare_items(const struct machine *machine, const struct act *act, uint8_t x, uint8_t y)
{
    const struct world_index *index = index_of(machine, act);
    const struct version *a = &machine->versions[x], *b = &machine->versions[y];
    int order = act->ordered ? compare_keys(a, b, 1U << act->order) : 0,
        keys = index ? compare_keys(a, b, index->columns) : 0;
    bool tie = order == 0 && (act->ordered || keys == 0);

    if (order == 0)
        order = index ? keys : x < y ? -1 : 1;
    if (order == 0 && a->entry != b->entry)
        order = a->entry < b->entry ? -1 : 1;
    return tie && act->turned ? -order : order;
}

static void fill_items(const struct machine *machine, struct cursor *cursor)
{
    const struct act *act = &cursor->resolved;
    const struct world_index *index = index_of(machine, act);

    cursor->count = 0;
    for (uint8_t i = 1; i < machine->version_count; i++) {
        const struct version *version = &machine->versions[i];
        if (version->table != act->table || (index && !is_in_range(act, index, version)))
            continue;
        unsigned at = cursor->count++;
        for (; at > 0; at--) {
            int order = compare_items(machine, act, cursor->items[at - 1], i);
            if (act->descending ? order >= 0 : order <= 0)
                break;
            cursor->items[at] = cursor->items[at - 1];
        }
        cursor->items[at] = i;
    }
}

/* A scan of the whole table looks at all versions of a page at once, and what is sorted has been read
 * to the end; a scan by an index comes to them one after the other. */
enum progress scan_begin(struct machine *machine, unsigned run)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    bool by_index = cursor->resolved.index != NO_INDEX;
    bool at_once = !by_index || cursor->resolved.ordered;
    enum progress progress = DONE;

    fill_items(machine, cursor);
    ssi_scan(machine, run, &cursor->resolved);
    for (unsigned i = 0; at_once && i < cursor->count && progress == DONE; i++) {
        const struct version *version = &machine->versions[cursor->items[i]];
        bool visible = heap_sees(machine, run, machine->runs[run].statement_snapshot, version);
        progress = ssi_see(machine, run, cursor->items[i], visible);
        if (visible && by_index)
            ssi_read(machine, run, cursor->items[i]);
    }
    return progress;
}

/* ------------------------------------------------------------------ rows */

/* Notes that SKIP LOCKED leaves the row out. */
static void skip_row(struct machine *machine, unsigned run, uint8_t root)
{
    struct run *state = &machine->runs[run];

    if (root <= WORLD_ROWS)
        state->skipped[state->cursor.act] |= (uint16_t)(1U << root);
}

static bool is_to_skip(const struct machine *machine, unsigned run, uint8_t root)
{
    const struct run *state = &machine->runs[run];

    return state->cursor.resolved.wait == WAIT_SKIP && root <= WORLD_ROWS &&
           (state->skipped[state->cursor.act] >> root) & 1;
}

/* Of two tables: the row of the first is locked before that of the second. */
static enum acquired acquire(struct machine *machine, unsigned run, uint8_t *item)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct act *act = &cursor->resolved;

    if (act->outer_lock && !cursor->holds_outer) {
        enum acquired acquired =
            heap_acquire(machine, run, &cursor->outer, act->outer_lock, act->wait);
        if (acquired != ACQUIRED)
            return acquired;
        cursor->holds_outer = true;
    }
    return act->lock ? heap_acquire(machine, run, item, act->lock, act->wait) : ACQUIRED;
}

/* Whether the conditions hold for the rows as they are now (EvalPlanQual). */
static bool still_matches(struct machine *machine, unsigned run, uint8_t item)
{
    struct run *state = &machine->runs[run];
    const struct cursor *cursor = &state->cursor;
    const struct act *acts = machine->programs[run]->acts;
    unsigned at = cursor->resolved.outer;

    if (!at)
        return filters_match(&cursor->resolved, machine->versions[item].values);
    struct act own = acts[cursor->act], outer = acts[at - 1];
    int16_t *found = &state->results[at - 1], before = *found;
    resolve_act(machine, run, &outer);
    *found = cursor->outer;
    resolve_act(machine, run, &own);
    *found = before;
    return filters_match(&outer, machine->versions[cursor->outer].values) &&
           filters_match(&own, machine->versions[item].values);
}

static enum progress lock_row(struct machine *machine, unsigned run, uint8_t item)
{
    uint8_t newest = item, root = machine->versions[item].root;

    if (is_to_skip(machine, run, root))
        return DONE;
    switch (acquire(machine, run, &newest)) {
    case ACQUIRE_SKIPPED:
        skip_row(machine, run, root);
        return DONE;
    case ACQUIRE_WAITS:
        return WAITS;
    case ACQUIRE_FAILS:
        return FAILS;
    case ACQUIRED:
        if (still_matches(machine, run, newest))
            result_take_row(machine, run, newest);
        return DONE;
    default:
        return DONE;
    }
}

static enum progress take_item(struct machine *machine, unsigned run, uint8_t item)
{
    const struct act *act = &machine->runs[run].cursor.resolved;
    uint8_t written = 0;
    enum progress progress;

    if (act_locks_rows(act))
        return lock_row(machine, run, item);
    if (act->kind == ACT_SELECT) {
        result_take_row(machine, run, item);
        return DONE;
    }
    progress = act->kind == ACT_UPDATE ? write_update(machine, run, item, &written)
                                       : write_delete(machine, run, item, &written);
    if (written)
        result_take_row(machine, run, written);
    return progress;
}

/* The action of a foreign key finds rows by the newest snapshot, and must not change what the
 * transaction's own one does not have. */
static bool is_crossed(const struct machine *machine, unsigned run, const struct version *version)
{
    const struct run *state = &machine->runs[run];

    return state->checking && state->events[0].action != ACTION_NONE &&
           has_one_snapshot(machine, run) && !heap_sees(machine, run, state->snapshot, version);
}

static enum progress visit(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    struct cursor *cursor = &state->cursor;
    uint8_t item = cursor->items[cursor->item];
    const struct version *version = &machine->versions[item];
    bool by_index = cursor->resolved.index != NO_INDEX;

    if (!cursor->visiting) {
        bool visible = heap_sees(machine, run, state->statement_snapshot, version);
        if (by_index && ssi_see(machine, run, item, visible) != DONE)
            return FAILS;
        if (visible && by_index)
            ssi_read(machine, run, item);
        if (!visible || !filters_match(&cursor->resolved, version->values))
            return DONE;
        if (is_crossed(machine, run, version))
            return machine_fail(machine, run, FAIL_SERIALIZATION);
        cursor->holds_outer = false;
        if (cursor->resolved.outer)
            cursor->outer = (uint8_t)state->results[cursor->resolved.outer - 1];
    }
    cursor->visiting = true; /* after it has waited it does not look again */
    enum progress progress = take_item(machine, run, item);
    if (progress == DONE)
        cursor->visiting = false;
    return progress;
}

enum progress scan_run(struct machine *machine, unsigned run)
{
    struct cursor *cursor = &machine->runs[run].cursor;
    const struct act *act = &cursor->resolved;

    unsigned limit = act->stops ? 1 : act->limit;

    while (cursor->item < cursor->count && (!limit || cursor->found < limit)) {
        uint8_t found = cursor->found;
        enum progress progress = visit(machine, run);
        if (progress != DONE)
            return progress;
        cursor->item++;
        if (machine->by_row && cursor->found > found &&
            (act->kind != ACT_SELECT || act_locks_rows(act)))
            return PAUSES;
    }
    return DONE;
}

/* ------------------------------------------------------------------ one act */

static enum progress run_act(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct act *act = &state->cursor.resolved;
    uint8_t written = 0;
    enum progress progress;

    switch (act->kind) {
    case ACT_SELECT:
    case ACT_UPDATE:
    case ACT_DELETE:
        return scan_run(machine, run);
    case ACT_INSERT:
        progress = write_insert(machine, run, &written);
        if (written)
            result_take_row(machine, run, written);
        return progress;
    case ACT_LOCK_TABLE:
        return machine_lock(machine, run, LOCK_OF_TABLE, act->table, act->table_lock, act->wait);
    case ACT_ADVISORY:
        return machine_lock(machine, run, LOCK_OF_KEY, act->number, act->shared ? 1 : 2, act->wait);
    case ACT_RAISE:
        return machine_fail(machine, run, FAIL_RAISE);
    default:
        return DONE;
    }
}

static bool holds(const struct machine *machine, unsigned run, const struct guard *guard)
{
    if (guard->when == WHEN_TRUE || guard->when == WHEN_NOT_TRUE)
        return filter_matches(&guard->test,
                              machine_result(machine, run, guard->condition, guard->test.column)) ==
               (guard->when == WHEN_TRUE);
    return (machine->runs[run].found[guard->condition] > 0) == (guard->when == WHEN_FOUND);
}

static bool is_skipped(const struct machine *machine, unsigned run, const struct act *act)
{
    for (unsigned i = 0; i < act->guard_count; i++) {
        bool any = holds(machine, run, &act->guards[i]);
        while (act->guards[i].or_next)
            any |= holds(machine, run, &act->guards[++i]);
        if (!any)
            return true;
    }
    return false;
}

static bool scans(const struct act *act)
{
    return act->kind == ACT_SELECT || act->kind == ACT_UPDATE || act->kind == ACT_DELETE;
}

enum table_lock act_table_lock(const struct act *act)
{
    switch (act->kind) {
    case ACT_SELECT:
        return act->lock == LOCK_NONE ? TABLE_LOCK_ACCESS_SHARE : TABLE_LOCK_ROW_SHARE;
    case ACT_INSERT:
    case ACT_UPDATE:
    case ACT_DELETE:
        return TABLE_LOCK_ROW_EXCLUSIVE;
    default:
        return TABLE_LOCK_NONE;
    }
}

/* ------------------------------------------------------------------ one statement */

/* The parser comes to the target before the sub-SELECT that is run first, and to WITH before all that
 * it stands in front of: of WITH w AS (DELETE …) INSERT … SELECT … FROM w that is run first. Of two
 * tables in FROM it comes to the first one first. */
static bool begins_with_source(const struct program *program, unsigned first, unsigned end)
{
    const struct act *last = &program->acts[end - 1];

    return last->outer || (end > first + 1 && program->acts[first].kind != ACT_SELECT &&
                           act_depends(last) == WHEN_FOUND);
}

/* The lock of its table that the act takes, when its rows are locked by a later one as well. */
static enum table_lock planned_lock(const struct program *program, unsigned at, unsigned end)
{
    for (unsigned i = at + 1; i < end; i++) {
        if (program->acts[i].outer == at + 1 && program->acts[i].outer_lock)
            return TABLE_LOCK_ROW_SHARE;
    }
    return act_table_lock(&program->acts[at]);
}

/* Whether the branch is not taken that the statement of this act stands in: nothing of it is run. */
static bool is_left_out(const struct machine *machine, unsigned run, const struct act *first)
{
    struct act asked;

    if (first->guard_count == 0)
        return false;
    asked = *first;
    resolve_act(machine, run, &asked);
    return is_skipped(machine, run, &asked);
}

/* All tables of a statement are locked when it is planned, before its own snapshot is taken; the
 * transaction's is older. */
static enum progress begin_statement(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct program *program = machine->programs[run];
    const struct act *first = &program->acts[state->pc];
    bool reads = first->kind <= ACT_DELETE || first->kind == ACT_ADVISORY || first->entered;

    if (reads && !state->has_snapshot) {
        const struct tracked *tracked = &machine->tracked[run];
        if (!tracked->active || tracked->unsafe) /* DEFERRABLE: one that was safe to wait for */
            state->snapshot = machine->committed;
        enum progress progress = ssi_begin(machine, run);
        if (progress != DONE)
            return progress;
        state->has_snapshot = has_one_snapshot(machine, run);
    }
    unsigned end = state->pc + 1U;
    while (end < program->count && program->acts[end].joined)
        end++;
    bool forward = begins_with_source(program, state->pc, end);
    bool left_out = is_left_out(machine, run, first);
    for (unsigned i = state->pc; i < end && !left_out; i++) {
        unsigned at = forward ? i : end - 1 - (i - state->pc);
        enum table_lock lock = planned_lock(program, at, end);
        if (lock == TABLE_LOCK_NONE)
            continue;
        enum progress progress =
            machine_lock(machine, run, LOCK_OF_TABLE, program->acts[at].table, lock, WAIT_BLOCK);
        if (progress != DONE)
            return progress;
    }
    state->statement_snapshot =
        has_one_snapshot(machine, run) ? state->snapshot : machine->committed;
    state->command++;
    state->in_statement = true;
    return DONE;
}

static void begin_act(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];

    memset(&state->cursor, 0, offsetof(struct cursor, resolved));
    state->cursor.begun = true;
    state->cursor.act = state->pc;
    state->cursor.resolved = machine->programs[run]->acts[state->pc];
    resolve_act(machine, run, &state->cursor.resolved);
}

static void savepoint(struct machine *machine, unsigned run, bool back)
{
    struct run *state = &machine->runs[run];

    if (back) {
        machine->statuses[state->xid] = XID_ABORTED;
        for (unsigned i = 0; i < machine->lock_count; i++) {
            if (machine->locks[i].holder == state->xid)
                machine->locks[i--] = machine->locks[--machine->lock_count];
        }
    }
    if (state->xids == MACHINE_XIDS) {
        machine->overflow = true;
        return;
    }
    state->xid = (uint8_t)(2 + run * MACHINE_XIDS + state->xids++);
}

static enum progress run_one(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct program *program = machine->programs[run];

    if (!state->in_statement) {
        enum progress progress = begin_statement(machine, run);
        if (progress != DONE)
            return progress;
    }
    while (!state->acted) {
        if (!state->cursor.begun) {
            begin_act(machine, run);
            state->cursor.skipped = is_skipped(machine, run, &state->cursor.resolved);
        }
        struct cursor *cursor = &state->cursor;
        if (!cursor->skipped && scans(&cursor->resolved) && !cursor->scanned) {
            if (scan_begin(machine, run) != DONE)
                return FAILS;
            cursor->scanned = true;
        }
        enum progress progress = cursor->skipped ? DONE : run_act(machine, run);
        if (progress != DONE)
            return progress;
        bool leaves = cursor->resolved.kind == ACT_RETURN && !cursor->skipped;
        if (cursor->resolved.kind >= ACT_SAVEPOINT && !cursor->skipped && !leaves)
            savepoint(machine, run, cursor->resolved.kind == ACT_ROLLBACK_TO);
        result_finish(machine, run);
        state->cursor.begun = false;
        state->pc = leaves ? (uint8_t)cursor->resolved.number : (uint8_t)(state->pc + 1);
        state->acted = state->pc == program->count || !program->acts[state->pc].joined;
        if (machine->by_row && !state->acted && cursor->resolved.kind == ACT_INSERT)
            return PAUSES; /* a row of several */
    }
    enum progress progress = events_run(machine, run);
    if (progress == DONE)
        progress = write_recheck(machine, run, false);
    if (progress == DONE) {
        state->in_statement = false;
        state->acted = false;
        state->cursor.begun = false;
    }
    return progress;
}

static bool goes_on_inside(const struct machine *machine, unsigned run)
{
    const struct program *program = machine->programs[run];
    unsigned at = machine->runs[run].pc;

    return at < program->count && program->acts[at].called;
}

enum progress statement_run(struct machine *machine, unsigned run)
{
    enum progress progress;

    do
        progress = run_one(machine, run);
    while (progress == DONE && goes_on_inside(machine, run));
    return progress;
}
