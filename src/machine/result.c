/* What the acts of a run read: the rows that are shown, in an order that means nothing, and what later acts
 * know of them. */
#include <string.h>

#include "machine/parts.h"

enum { MADE = 20000 }; /* different ones */

int16_t result_made_of(int16_t number)
{
    return (int16_t)(FIRST_MADE_OF + (uint16_t)number % MADE);
}

static void record(struct machine *machine, struct run *run, int16_t value)
{
    bool kept = run->cursor.resolved.kept;

    if (!kept && run->read_count == MACHINE_READS)
        machine->overflow = true;
    else if (!kept)
        run->reads[run->read_count++] = value;
    run->mix = (int16_t)((run->mix * 31 + value + 7) & 0x7fff);
}

static void record_row(struct machine *machine, struct run *run, const struct act *act,
                       const struct version *version)
{
    for (unsigned i = 0; i < machine->world->tables[act->table].columns; i++) {
        if (act->reads == 0 || (act->reads >> i) & 1)
            record(machine, run, version->values[i]);
    }
}

/* The row of the other table to which its own belongs; NULL when that is not shown. */
static const struct version *row_beside(const struct machine *machine, const struct cursor *cursor)
{
    return cursor->resolved.beside ? &machine->versions[cursor->outer] : NULL;
}

static const struct act *act_beside(const struct machine *machine, unsigned run,
                                    const struct act *act)
{
    return &machine->programs[run]->acts[act->outer - 1];
}

static bool shows_rows(const struct act *act)
{
    return !act->quiet && (act->kind == ACT_SELECT || act->returns);
}

static uint32_t made_of_row(uint32_t made, const struct act *act, const struct version *version)
{
    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        if ((act->reads >> i) & 1)
            made = made * 31 + (uint16_t)version->values[i] + 7;
    }
    return made;
}

/* In whatever order the rows come. */
static void add_to_total(const struct machine *machine, unsigned run, struct cursor *cursor,
                         const struct version *version)
{
    const struct act *act = &cursor->resolved;
    const struct version *beside = row_beside(machine, cursor);
    uint32_t row = made_of_row(1, act, version);

    if (beside)
        row = made_of_row(row, act_beside(machine, run, act), beside);
    cursor->result = (int16_t)(((uint32_t)cursor->result + row * row % MADE) % MADE);
}

void result_take_row(struct machine *machine, unsigned run, uint8_t item)
{
    const struct version *version = &machine->versions[item];
    struct run *state = &machine->runs[run];
    struct cursor *cursor = &state->cursor;
    const struct act *act = &cursor->resolved;

    if (cursor->passed < act->nth) {
        cursor->passed++;
        return;
    }
    if (act->total) {
        add_to_total(machine, run, cursor, version);
    } else if (cursor->found == 0) {
        cursor->result = item;
        cursor->first_outer = cursor->outer;
    }
    cursor->found++;
    machine->beyond |= act->loops && cursor->found == act->limit;
    if (!shows_rows(act) || act->total)
        return;
    record_row(machine, state, act, version);
    if (act->beside)
        record_row(machine, state, act_beside(machine, run, act), row_beside(machine, cursor));
}

static unsigned row_width(const struct machine *machine, const struct act *act)
{
    unsigned columns = machine->world->tables[act->table].columns;

    return act->reads ? (unsigned)__builtin_popcount(act->reads & ((1U << columns) - 1)) : columns;
}

static void sort_rows(int16_t *rows, unsigned count, unsigned width)
{
    int16_t row[2 * WORLD_COLUMNS];
    size_t size = width * sizeof(int16_t);

    for (unsigned i = 1; i < count; i++) {
        unsigned at = i;
        memcpy(row, rows + (size_t)i * width, size);
        for (; at > 0; at--) {
            const int16_t *before = rows + (size_t)(at - 1) * width;
            unsigned j = 0;
            while (j + 1 < width && before[j] == row[j])
                j++;
            if (width == 0 || before[j] <= row[j])
                break;
            memmove(rows + (size_t)at * width, before, size);
        }
        memcpy(rows + (size_t)at * width, row, size);
    }
}

/* Of what was recorded, the act's own rows; 0: it shows none. */
static unsigned shown_width(const struct machine *machine, unsigned run, const struct act *act)
{
    if (!shows_rows(act) || act->total)
        return 0;
    return row_width(machine, act) +
           (act->beside ? row_width(machine, act_beside(machine, run, act)) : 0);
}

/* The rows of the act, and of the one that it goes on with, as if they were those of one: what that has
 * recorded last is recorded for both. */
static void put_together(struct run *state, const struct act *act, unsigned width)
{
    unsigned own = width * state->cursor.found, count = state->found[state->cursor.act];
    int16_t *end = state->reads + state->read_count;

    if (act->onto) {
        memmove(end - own - 1, end - own, own * sizeof *end);
        state->read_count--;
        end--;
    }
    if (width > 0)
        sort_rows(end - (size_t)width * count, count, width);
}

static int16_t total_of(const struct run *state, const struct act *act)
{
    int before = act->onto ? state->results[act->onto - 1] - FIRST_MADE_OF : 0;

    return result_made_of((int16_t)((before + state->cursor.result) % MADE));
}

void result_finish(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct cursor *cursor = &state->cursor;
    const struct act *act = &cursor->resolved;
    unsigned before = act->onto ? state->found[act->onto - 1] : 0;

    state->results[cursor->act] = act->total ? total_of(state, act) : cursor->result;
    state->found[cursor->act] = (uint8_t)(before + cursor->found);
    if (act->outer) /* of what goes into variables there is nothing if there is no row of the second */
        state->results[act->outer - 1] = cursor->first_outer;
    if (act->quiet || act->kind > ACT_DELETE)
        return;
    if (!machine->overflow && !act->kept)
        put_together(state, act, shown_width(machine, run, act));
    record(machine, state,
           act->total ? state->results[cursor->act] : (int16_t)(-1000 - state->found[cursor->act]));
}
