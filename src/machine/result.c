/* What the acts of a run read: the rows that are shown, in an order that means nothing, and what later acts
 * know of them. */
#include <string.h>

#include "machine/parts.h"

int16_t result_made_of(int16_t number)
{
    return (int16_t)(FIRST_MADE_OF + (uint16_t)number % 20000);
}

static void record(struct machine *machine, struct run *run, int16_t value)
{
    if (run->read_count == MACHINE_READS)
        machine->overflow = true;
    else
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

static bool shows_rows(const struct act *act)
{
    return !act->quiet && (act->kind == ACT_SELECT || act->returns);
}

/* In whatever order the rows come. */
static void add_to_total(struct cursor *cursor, const struct act *act,
                         const struct version *version)
{
    uint32_t row = 1;

    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        if ((act->reads >> i) & 1)
            row = row * 31 + (uint16_t)version->values[i] + 7;
    }
    cursor->result = (int16_t)((cursor->result + row * row) & 0x7fff);
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
    if (act->total)
        add_to_total(cursor, act, version);
    else if (cursor->found == 0)
        cursor->result = item;
    cursor->found++;
    if (shows_rows(act))
        record_row(machine, state, act, version);
    if (shows_rows(act) && act->beside)
        record_row(machine, state, &machine->programs[run]->acts[act->beside - 1],
                   &machine->versions[state->results[act->beside - 1]]);
}

static unsigned row_width(const struct machine *machine, const struct act *act)
{
    unsigned columns = machine->world->tables[act->table].columns;

    return act->reads ? (unsigned)__builtin_popcount(act->reads & ((1U << columns) - 1)) : columns;
}

static void sort_rows(int16_t *rows, unsigned count, unsigned width)
{
    int16_t row[WORLD_COLUMNS];
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

void result_finish(struct machine *machine, unsigned run)
{
    struct run *state = &machine->runs[run];
    const struct cursor *cursor = &state->cursor;
    const struct act *act = &cursor->resolved;

    state->results[cursor->act] = act->total ? result_made_of(cursor->result) : cursor->result;
    state->found[cursor->act] = cursor->found;
    if (act->quiet || act->kind > ACT_DELETE)
        return;
    if (shows_rows(act) && !machine->overflow) {
        unsigned width = row_width(machine, act);
        if (act->beside)
            width += row_width(machine, &machine->programs[run]->acts[act->beside - 1]);
        unsigned size = width * cursor->found;
        sort_rows(state->reads + state->read_count - size, cursor->found, width);
    }
    record(machine, state, (int16_t)(-1000 - cursor->found));
}
