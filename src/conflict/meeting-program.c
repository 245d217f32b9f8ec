/* The acts of a run: what the accesses of a transaction are to the machine. */
#include <string.h>

#include <glib.h>

#include "conflict/meeting-parts.h"

static bool add_filter(struct meeting *meeting, struct act *act, unsigned run,
                       const struct access *access, const struct term *term)
{
    if (!meeting_understands(term) || act->filter_count + 1 == WORLD_FILTERS)
        return false;
    struct filter *filter = &act->filters[act->filter_count];
    *filter = (struct filter){.column = (uint8_t)meeting_column(meeting, act->table, term->column),
                              .comparison = term->comparison};
    if (filter->column == TAG)
        return false;
    if (term->comparison <= COMPARE_GREATER_EQUAL) {
        short symbol = symbols_of(&meeting->symbols, run, access, term->value);
        if (symbol == NO_SYMBOL ||
            (term->comparison != COMPARE_EQUAL && !symbols_is_constant(&meeting->symbols, symbol)))
            return false;
        filter->values[filter->count++].number = symbols_number(&meeting->symbols, symbol);
    } else if (term->comparison == COMPARE_IN) {
        const struct operand_item *item =
            term->value->kind == OPERAND_LIST ? term->value->items : NULL;
        for (; item && filter->count < WORLD_VALUES; item = item->next) {
            short symbol = symbols_of(&meeting->symbols, run, access, &item->operand);
            if (symbol == NO_SYMBOL)
                return false;
            filter->values[filter->count++].number = symbols_number(&meeting->symbols, symbol);
        }
        if (item || filter->count == 0)
            return false;
    }
    act->filter_count++;
    return true;
}

/* Of rows that its conditions cannot tell apart as far as they are understood, an access finds
 * those that it was joined to. */
static void add_tags(const struct meeting *meeting, struct act *act, unsigned run,
                     const struct access *access)
{
    struct filter *filter = &act->filters[act->filter_count++];

    *filter = (struct filter){.column = TAG, .comparison = COMPARE_IN};
    for (unsigned i = 0; i < meeting->row_count; i++) {
        for (unsigned j = 0; j < meeting->rows[i].member_count; j++) {
            if (meeting->rows[i].members[j] == access && meeting->rows[i].runs[j] == run &&
                filter->count < WORLD_VALUES)
                filter->values[filter->count++].number = (int16_t)(FIRST_TAG + i);
        }
    }
    if (filter->count == 0)
        filter->values[filter->count++].number = NO_TAG;
}

static void add_filters(struct meeting *meeting, struct act *act, unsigned run,
                        const struct access *access)
{
    bool understood = true;

    for (const struct restriction *each = access->where; each; each = each->next) {
        if (!add_filter(meeting, act, run, access, &each->term))
            understood = false;
    }
    if (!understood)
        add_tags(meeting, act, run, access);
}

/* What it sets to values that are known; a change of a key of which no more is known, to one that
 * nobody has. */
static void add_sets(struct meeting *meeting, struct act *act, unsigned run,
                     const struct access *access)
{
    bool key = access_row_lock(access) == LOCK_UPDATE;

    for (const struct assignment *each = access->assignments; each; each = each->next) {
        const char *name = access_assigned_column(access, each);
        unsigned column = name ? meeting_column(meeting, act->table, name) : TAG;
        short symbol = symbols_of(&meeting->symbols, run, access, &each->value);
        if (column == TAG || act->set_count == TAG)
            continue;
        if (symbol == NO_SYMBOL && key)
            symbol = symbols_made(&meeting->symbols, run, access, name);
        if (symbol != NO_SYMBOL)
            act->sets[act->set_count++] =
                (struct set){.column = (uint8_t)column,
                             .value = {.number = symbols_number(&meeting->symbols, symbol)}};
    }
}

static void make_insert(struct meeting *meeting, struct act *act, unsigned run,
                        const struct access *access)
{
    const struct write *write = access->query ? access->query->write : NULL;
    const struct world_table *table = &meeting->world.tables[act->table];
    uint16_t named = 0;

    for (unsigned i = 0; i < WORLD_COLUMNS; i++) {
        const char *name = i < meeting->tables[act->table].column_count
                               ? meeting->tables[act->table].columns[i]
                               : NULL;
        short symbol = name ? meeting_inserted(meeting, run, access, name) : NO_SYMBOL;
        act->row[i].number =
            symbol == NO_SYMBOL ? NO_VALUE : symbols_number(&meeting->symbols, symbol);
    }
    if (!access_is_upsert(access))
        return;
    act->conflict = write->conflict == CONFLICT_UPDATE ? ACT_CONFLICT_UPDATE : ACT_CONFLICT_NOTHING;
    for (const char **column = write->on_conflict->columns; column && *column; column++)
        named |= (uint16_t)(1U << meeting_column(meeting, act->table, *column));
    for (uint8_t i = 0; i < table->index_count; i++) {
        if (named && table->indexes[i].columns == named)
            act->arbiter = i;
    }
    if (act->conflict == ACT_CONFLICT_UPDATE)
        act->sets[act->set_count++] =
            (struct set){.column = TAG, .value = {.kind = VALUE_OWN, .source = TAG}};
}

static int16_t key_of(struct meeting *meeting, unsigned run, const struct side_effect *call)
{
    const struct access nowhere = {.step = NULL};
    unsigned key = 0;

    for (const struct operand_item *item = call->call->arguments; item; item = item->next) {
        short symbol = symbols_of(&meeting->symbols, run, &nowhere, &item->operand);
        int number =
            symbol == NO_SYMBOL ? -1 - (int)run : symbols_number(&meeting->symbols, symbol);
        key = key * 131 + 1 + (unsigned)number;
    }
    return (int16_t)(key % 30011);
}

static void make_act(struct meeting *meeting, unsigned run, const struct lock *lock,
                     struct act *act)
{
    const struct access *access = lock->access;

    *act = (struct act){.index = NO_INDEX, .arbiter = NO_INDEX, .quiet = true};
    if (!access) {
        act->kind = ACT_ADVISORY;
        act->number = key_of(meeting, run, lock->call);
        act->shared = g_str_has_suffix(lock->call->call->name, "_shared");
        return;
    }
    act->table = (uint8_t)meeting_table(meeting, access);
    act->table_lock = lock->table;
    act->wait = lock->waits ? WAIT_BLOCK : WAIT_ERROR;
    act->kind = ACT_LOCK_TABLE;
    if (access->kind == ACCESS_LOCK) {
        act->kind = ACT_SELECT;
        act->lock = access->lock;
        act->wait = access->wait;
    } else if (access->kind == ACCESS_UPDATE) {
        act->kind = ACT_UPDATE;
        add_sets(meeting, act, run, access);
    } else if (access->kind == ACCESS_DELETE) {
        act->kind = ACT_DELETE;
    } else if (access->kind == ACCESS_INSERT) {
        act->kind = ACT_INSERT;
        make_insert(meeting, act, run, access);
    }
    if (act->kind == ACT_SELECT || act->kind == ACT_UPDATE || act->kind == ACT_DELETE)
        add_filters(meeting, act, run, access);
}

static bool is_joined(const struct lock *lock, const struct lock *before)
{
    return before && lock->access && before->access &&
           access_same_statement(lock->access, before->access);
}

/* MERGE inserts a row where the action for those that are there has found none. */
static void join_merge(const struct meeting *meeting, unsigned run, unsigned at, struct act *insert)
{
    const struct access *access = meeting->acts[run][at]->access;

    for (unsigned i = at; access && access->merge && access->kind == ACCESS_INSERT && i-- > 0;) {
        const struct access *change = meeting->acts[run][i]->access;
        if (!change || !access_same_statement(change, access))
            break;
        if (change->query == access->query && change->merge && change->kind != ACCESS_INSERT)
            act_depend(insert, WHEN_NOT_FOUND, i);
    }
}

void meeting_make_program(struct meeting *meeting, unsigned run)
{
    struct program *program = &meeting->programs[run];

    program->level = LEVEL_READ_COMMITTED;
    program->read_only = program->deferrable = program->rolls_back = false;
    for (unsigned i = 0; i < program->count; i++) {
        const struct lock *lock = meeting->acts[run][i];
        make_act(meeting, run, lock, &program->acts[i]);
        program->acts[i].joined = is_joined(lock, i ? meeting->acts[run][i - 1] : NULL);
        join_merge(meeting, run, i, &program->acts[i]);
    }
}
