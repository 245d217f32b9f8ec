/* What the server does behind a statement, in the order in which its rows were written: checks and
 * actions of foreign keys (ri_triggers.c), and triggers AFTER a row. */
#include <string.h>

#include "machine/parts.h"

/* ------------------------------------------------------------------ what is to be done */

static void add_event(struct machine *machine, unsigned run, const struct event *event)
{
    struct run *state = &machine->runs[run];

    if (state->event_count == MACHINE_EVENTS)
        machine->overflow = true;
    else
        state->events[state->event_count++] = *event;
}

/* A version that the transaction has made itself may be one whose check has not been made:
 * RI_FKey_fk_upd_check_required() */
static bool needs_parent(const struct world_foreign_key *key, unsigned run,
                         const struct version *before, const struct version *after)
{
    return after && after->values[key->column] != NO_VALUE &&
           (!before || before->values[key->column] != after->values[key->column] ||
            is_of(before->created, run));
}

static void keep_foreign_key(struct machine *machine, unsigned run, uint8_t at, uint8_t old,
                             uint8_t fresh)
{
    const struct world_foreign_key *key = &machine->world->foreign_keys[at];
    const struct version *before = old ? &machine->versions[old] : NULL;
    const struct version *after = fresh ? &machine->versions[fresh] : NULL;
    unsigned table = machine->versions[old ? old : fresh].table;
    unsigned column =
        (unsigned)__builtin_ctz(machine->world->tables[key->parent].indexes[0].columns);

    if (key->child == table && needs_parent(key, run, before, after))
        add_event(machine, run,
                  &(struct event){.kind = EVENT_CHILD,
                                  .object = at,
                                  .version = fresh,
                                  .key = after->values[key->column]});
    if (key->parent == table && before &&
        (!after || before->values[column] != after->values[column]))
        add_event(machine, run,
                  &(struct event){.kind = EVENT_PARENT,
                                  .object = at,
                                  .action = after ? key->on_update : key->on_delete,
                                  .version = old,
                                  .key = before->values[column],
                                  .new_key = after ? after->values[column] : (int16_t)NO_VALUE});
}

/* Triggers of foreign keys come first: they are made in the order of their names, and theirs begin with
 * RI_. */
void events_add(struct machine *machine, unsigned run, uint8_t old, uint8_t fresh)
{
    const struct world *world = machine->world;
    unsigned table = machine->versions[old ? old : fresh].table;
    enum act_kind done = !old ? ACT_INSERT : fresh ? ACT_UPDATE : ACT_DELETE;

    for (uint8_t i = 0; i < world->foreign_key_count; i++)
        keep_foreign_key(machine, run, i, old, fresh);
    for (uint8_t i = 0; i < world->trigger_count; i++) {
        if (world->triggers[i].table == table && world->triggers[i].on == done)
            add_event(machine, run, &(struct event){.kind = EVENT_TRIGGER, .object = i});
    }
}

/* ------------------------------------------------------------------ doing it */

/* The act that the server makes for a foreign key. */
static void make_key_act(const struct machine *machine, const struct event *event, struct act *act)
{
    const struct world_foreign_key *key = &machine->world->foreign_keys[event->object];
    bool gone = event->kind == EVENT_PARENT;
    const struct world_table *parent = &machine->world->tables[key->parent];
    uint8_t parent_column = (uint8_t)__builtin_ctz(parent->indexes[0].columns);

    *act = (struct act){.kind = ACT_SELECT,
                        .lock = LOCK_KEY_SHARE,
                        .index = NO_INDEX,
                        .quiet = true,
                        .limit = 1,
                        .filter_count = 1};
    act->table = gone ? key->child : key->parent;
    act->filters[0] = (struct filter){.column = gone ? key->column : parent_column,
                                      .count = 1,
                                      .values = {{.number = event->key}}};
    if (event->action != ACTION_NONE) {
        bool stays = event->action == ACTION_SET;
        act->kind = !stays && event->new_key == NO_VALUE ? ACT_DELETE : ACT_UPDATE;
        act->lock = LOCK_NONE;
        act->limit = 0;
        act->set_count = act->kind == ACT_UPDATE;
        act->sets[0] = (struct set){.column = key->column,
                                    .value.number = stays ? (int16_t)NO_VALUE : event->new_key};
    }
    const struct world_table *table = &machine->world->tables[act->table];
    for (uint8_t i = 0; i < table->index_count && act->index == NO_INDEX; i++) {
        if (table->indexes[i].columns == 1U << act->filters[0].column && !table->indexes[i].partial)
            act->index = i;
    }
}

static void make_event_act(const struct machine *machine, const struct event *event,
                           struct act *act)
{
    if (event->kind == EVENT_TRIGGER)
        *act = machine->world->triggers[event->object].act;
    else
        make_key_act(machine, event, act);
}

/* What is done for a parent looks at the newest rows, all else by the transaction's snapshot. */
static void begin_event(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct event *event = &state->events[0];

    state->cursor = (struct cursor){.begun = true, .act = state->cursor.act};
    make_event_act(machine, event, &state->cursor.resolved);
    state->queued = state->event_count;
    state->checking = true;
    state->command++;
    state->statement_snapshot = has_one_snapshot(machine, run) && event->kind != EVENT_PARENT
                                    ? state->snapshot
                                    : machine->committed;
}

/* What the statement of a trigger sets off comes before all that waits behind the trigger. */
static void move_to_front(struct run *state)
{
    struct event events[MACHINE_EVENTS];
    unsigned older = state->queued - 1U, newer = state->event_count - older;

    memcpy(events, state->events + older, newer * sizeof events[0]);
    memcpy(events + newer, state->events, older * sizeof events[0]);
    memcpy(state->events, events, sizeof events);
}

static enum progress end_event(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct event event = state->events[0];
    bool found = state->cursor.found > 0;

    memmove(state->events, state->events + 1, sizeof state->events - sizeof state->events[0]);
    state->event_count--;
    if (event.kind == EVENT_TRIGGER)
        move_to_front(state);
    if (event.kind == EVENT_PARENT ? found && event.action == ACTION_NONE
                                   : event.kind == EVENT_CHILD && !found)
        return machine_fail(machine, run, FAIL_FOREIGN_KEY);
    return DONE;
}

/* The statement has also brought a row with the key that is gone: ri_Check_Pk_Match() */
static bool is_back(const struct machine *machine, unsigned run, const struct event *event)
{
    const struct world_foreign_key *key = &machine->world->foreign_keys[event->object];
    const struct world_table *parent = &machine->world->tables[key->parent];
    unsigned column = (unsigned)__builtin_ctz(parent->indexes[0].columns);

    for (uint8_t i = 1; i < machine->version_count; i++) {
        const struct version *version = &machine->versions[i];
        if (version->table == key->parent && version->values[column] == event->key &&
            is_of(version->created, run) && version->ended == XID_NONE &&
            machine->statuses[version->created] == XID_IN_PROGRESS)
            return true;
    }
    return false;
}

/* A child that is gone again needs no parent. */
static bool is_moot(const struct machine *machine, unsigned run, const struct event *event)
{
    const struct version *version = &machine->versions[event->version];

    if (event->kind == EVENT_PARENT)
        return event->action == ACTION_NONE && is_back(machine, run, event);
    return event->kind == EVENT_CHILD && version->ended != XID_NONE && is_of(version->ended, run);
}

enum progress events_run(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];

    for (;;) {
        if (!state->checking) {
            while (state->event_count > 0 && is_moot(machine, run, &state->events[0])) {
                memmove(state->events, state->events + 1,
                        sizeof state->events - sizeof state->events[0]);
                state->event_count--;
            }
            if (state->event_count == 0)
                return DONE;
            begin_event(machine, run);
        }
        struct act *act = &state->cursor.resolved;
        if (!state->cursor.scanned) {
            enum progress locked = machine_lock(machine, run, LOCK_OF_TABLE, act->table,
                                                act_table_lock(act), WAIT_BLOCK);
            if (locked != DONE)
                return locked;
            if (scan_begin(machine, run) != DONE)
                return FAILS;
            state->cursor.scanned = true;
        }
        enum progress progress = scan_run(machine, run);
        if (progress == DONE)
            progress = end_event(machine, run);
        if (progress != DONE)
            return progress;
        state->checking = false;
    }
}
