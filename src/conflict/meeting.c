/* Tables, values and rows: what some transactions have in common. */
#include "conflict/meeting-parts.h"

#include <string.h>

#include <glib.h>

#include "program/rows.h"

void meeting_start(struct meeting *meeting, const struct transaction *const *runs, unsigned count)
{
    meeting->run_count = count;
    for (unsigned i = 0; i < count; i++) {
        meeting->transactions[i] = runs[i];
        meeting->programs[i].count = 0;
    }
    symbols_clear(&meeting->symbols);
    meeting->table_count = meeting->row_count = 0;
    memset(&meeting->world, 0, sizeof meeting->world);
}

/* ------------------------------------------------------------------ tables */

unsigned meeting_column(struct meeting *meeting, unsigned table, const char *name)
{
    struct meeting_table *of = &meeting->tables[table];

    for (unsigned i = 0; i < of->column_count; i++) {
        if (strcmp(of->columns[i], name) == 0)
            return i;
    }
    if (of->column_count == TAG)
        return TAG;
    of->columns[of->column_count] = name;
    return of->column_count++;
}

/* Of an exclusion constraint the ranges that overlap are chosen to be equal. */
static bool is_key(const struct index *index)
{
    if (index->kind == INDEX_PLAIN || index->deferrable || !index->keys)
        return false;
    for (const struct index_key *key = index->keys; key; key = key->next) {
        if (!key->column)
            return false;
    }
    return true;
}

static void add_keys(struct meeting *meeting, unsigned table, const struct relation *relation)
{
    struct world_table *world = &meeting->world.tables[table];

    for (const struct index *index = relation->indexes; index; index = index->next) {
        uint16_t columns = 0;
        if (!is_key(index) || world->index_count == WORLD_INDEXES)
            continue;
        for (const struct index_key *key = index->keys; key; key = key->next)
            columns |= (uint16_t)(1U << meeting_column(meeting, table, key->column));
        if ((columns >> TAG) & 1)
            continue;
        meeting->tables[table].indexes[world->index_count] = index;
        world->indexes[world->index_count++] =
            (struct world_index){.columns = columns,
                                 .unique = index->kind != INDEX_EXCLUSION,
                                 .excludes = index->kind == INDEX_EXCLUSION};
    }
}

unsigned meeting_table(struct meeting *meeting, const struct access *access)
{
    unsigned table = 0;

    while (table < meeting->table_count &&
           !access_same_relation(meeting->tables[table].access, access))
        table++;
    if (table < meeting->table_count || table == WORLD_TABLES)
        return table;
    meeting->table_count++;
    meeting->tables[table] = (struct meeting_table){.access = access};
    meeting->world.tables[table] = (struct world_table){.columns = WORLD_COLUMNS};
    meeting->world.table_count = meeting->table_count;
    if (access->relation)
        add_keys(meeting, table, access->relation);
    return table;
}

/* ------------------------------------------------------------------ conditions */

bool meeting_understands(const struct term *term)
{
    return term->column &&
           (term->comparison <= COMPARE_GREATER_EQUAL || term->comparison == COMPARE_IN ||
            term->comparison == COMPARE_IS_NULL || term->comparison == COMPARE_IS_NOT_NULL);
}

/* ------------------------------------------------------------------ rows */

static bool unite_column(struct meeting *meeting, struct meeting_row *row, unsigned column,
                         short symbol)
{
    if (symbol == NO_SYMBOL || column == TAG)
        return true;
    if (row->values[column] != NO_SYMBOL)
        return symbols_unite(&meeting->symbols, row->values[column], symbol);
    row->values[column] = symbol;
    return true;
}

static bool unite_conditions(struct meeting *meeting, struct meeting_row *row, unsigned run,
                             const struct access *access)
{
    for (const struct restriction *each = access->where; each; each = each->next) {
        const struct term *term = &each->term;
        if (!meeting_understands(term))
            continue;
        unsigned column = meeting_column(meeting, row->table, term->column);
        bool united = true;
        if (term->comparison == COMPARE_IS_NULL && column != TAG)
            row->nulls |= (uint8_t)(1U << column);
        else if (term->comparison == COMPARE_EQUAL)
            united = unite_column(meeting, row, column,
                                  symbols_of(&meeting->symbols, run, access, term->value));
        if (!united)
            return false;
    }
    return true;
}

/* What comes to one row. */
struct side {
    unsigned run;
    const struct access *access;
};

enum {
    MOST_LISTS = 8,    /* that are looked at together; more of them demand nothing */
    MOST_TRIES = 4096, /* of their values; those that did not fit by then are held for apart */
};

static const struct restriction *next_list(const struct restriction *each)
{
    while (each && (!meeting_understands(&each->term) || each->term.comparison != COMPARE_IN ||
                    each->term.value->kind != OPERAND_LIST))
        each = each->next;
    return each;
}

/* Of each list one of the values is the row's: the first with which all others go together. */
static bool unite_lists(struct meeting *meeting, struct meeting_row *row, const struct side *sides,
                        unsigned count, const struct restriction *each, unsigned lists,
                        unsigned *tries)
{
    const struct meeting_row kept = *row;
    struct symbols before;

    each = next_list(each);
    while (!each && --count > 0) {
        sides++;
        each = sides->access->kind == ACCESS_INSERT ? NULL : next_list(sides->access->where);
    }
    if (!each || lists == MOST_LISTS)
        return true;
    unsigned column = meeting_column(meeting, row->table, each->term.column);
    symbols_copy(&before, &meeting->symbols);
    for (const struct operand_item *item = each->term.value->items; item && *tries > 0;
         item = item->next) {
        short symbol = symbols_of(&meeting->symbols, sides->run, sides->access, &item->operand);
        --*tries;
        if (unite_column(meeting, row, column, symbol) &&
            unite_lists(meeting, row, sides, count, each->next, lists + 1, tries))
            return true;
        symbols_copy(&meeting->symbols, &before);
        *row = kept;
    }
    return false;
}

static bool unite_sides(struct meeting *meeting, struct meeting_row *row, const struct side *sides,
                        unsigned count)
{
    const struct access *own = sides[0].access;
    unsigned tries = MOST_TRIES;

    return unite_lists(meeting, row, sides, count, own->kind == ACCESS_INSERT ? NULL : own->where,
                       0, &tries);
}

/* What an INSERT gives a column. What is made for the new row alone, or not known, is a value of
 * its own. */
short meeting_inserted(struct meeting *meeting, unsigned run, const struct access *insert,
                       const char *column)
{
    const struct operand *value = access_inserts(insert, column);

    if (value && !access_makes_value(insert, column)) {
        short symbol = symbols_of(&meeting->symbols, run, insert, value);
        if (symbol != NO_SYMBOL || value->literal == LITERAL_NULL)
            return symbol;
    }
    return symbols_made(&meeting->symbols, run, insert, column);
}

/* Whether nobody can know the value of a column before the row is there. */
static bool is_made(const struct access *insert, const char *column)
{
    return access_makes_value(insert, column);
}

static bool unite_key(struct meeting *meeting, struct meeting_row *row, unsigned run,
                      const struct access *insert, unsigned index)
{
    const struct meeting_table *table = &meeting->tables[row->table];
    uint16_t columns = meeting->world.tables[row->table].indexes[index].columns;

    if (!access_enters_index(insert, table->indexes[index]))
        return false;
    for (unsigned i = 0; i < TAG; i++) {
        if (((columns >> i) & 1) == 0)
            continue;
        short symbol = meeting_inserted(meeting, run, insert, table->columns[i]);
        if (is_made(insert, table->columns[i]) || symbol == NO_SYMBOL ||
            !unite_column(meeting, row, i, symbol))
            return false;
    }
    return true;
}

static void add_member(struct meeting_row *row, unsigned run, const struct access *access)
{
    if (row->member_count < MEETING_MEMBERS) {
        row->members[row->member_count] = access;
        row->runs[row->member_count++] = (uint8_t)run;
    }
}

/* Makes the row one that both come to; INSERTs by their values of one unique index. */
static bool join_row(struct meeting *meeting, struct meeting_row *row, const struct side *sides,
                     unsigned index)
{
    for (const struct side *side = sides; side < sides + 2; side++) {
        const struct access *access = side->access;
        bool united = access->kind == ACCESS_INSERT
                          ? unite_key(meeting, row, side->run, access, index)
                          : unite_conditions(meeting, row, side->run, access);
        if (!united)
            return false;
        add_member(row, side->run, access);
    }
    return unite_sides(meeting, row, sides, 2);
}

static struct meeting_row *new_row(struct meeting *meeting, unsigned table)
{
    struct meeting_row *row = &meeting->rows[meeting->row_count];

    *row = (struct meeting_row){.table = (uint8_t)table};
    for (unsigned i = 0; i < WORLD_COLUMNS; i++)
        row->values[i] = NO_SYMBOL;
    return row;
}

/* Whether the key of a row that is changed, and keeps it, is one that an INSERT brings: it is refused. */
static bool is_taken(const struct access *insert, const struct access *other,
                     const struct index *index)
{
    return insert->kind == ACCESS_INSERT && !access_is_upsert(insert) && !index->partial &&
           other->kind == ACCESS_UPDATE && access_row_lock(other) != LOCK_UPDATE;
}

static bool join_rows(struct meeting *meeting, const struct side *sides, bool absent)
{
    const struct access *own = sides[0].access, *other = sides[1].access;
    unsigned table = meeting_table(meeting, own);
    struct symbols before;
    bool inserts = own->kind == ACCESS_INSERT || other->kind == ACCESS_INSERT;

    if (table == WORLD_TABLES || meeting->row_count == MEETING_ROWS)
        return false;
    symbols_copy(&before, &meeting->symbols);
    unsigned tries = inserts ? meeting->world.tables[table].index_count : 1;
    for (unsigned index = 0; index < tries; index++) {
        const struct index *key = inserts ? meeting->tables[table].indexes[index] : NULL;
        if (key && (is_taken(own, other, key) || is_taken(other, own, key)))
            continue;
        struct meeting_row *row = new_row(meeting, table);
        row->absent = absent;
        if (join_row(meeting, row, sides, index)) {
            meeting->row_count++;
            return true;
        }
        symbols_copy(&meeting->symbols, &before);
    }
    return false;
}

static bool join_keys(struct meeting *meeting, unsigned own_run, const struct side_effect *own,
                      unsigned other_run, const struct side_effect *other)
{
    const struct operand_item *a = own->call->arguments, *b = other->call->arguments;
    const struct access nowhere = {.step = NULL};

    for (; a && b; a = a->next, b = b->next) {
        if (!symbols_unite(&meeting->symbols,
                           symbols_of(&meeting->symbols, own_run, &nowhere, &a->operand),
                           symbols_of(&meeting->symbols, other_run, &nowhere, &b->operand)))
            return false;
    }
    return !a && !b;
}

bool meeting_join(struct meeting *meeting, unsigned own_run, const struct lock *own,
                  unsigned other_run, const struct lock *other, bool absent)
{
    const struct side sides[] = {{own_run, own->access}, {other_run, other->access}};

    if (own->call || other->call)
        return own->call && other->call &&
               join_keys(meeting, own_run, own->call, other_run, other->call);
    if (lock_tables_conflict(own, other))
        return true;
    return join_rows(meeting, sides, absent);
}

/* ------------------------------------------------------------------ the world */

/* Whether a number for a column is one that the members' conditions on it allow. Values that are
 * not known allow any. */
static bool is_allowed(struct meeting *meeting, const struct meeting_row *row, unsigned column,
                       int16_t number, int16_t *hint)
{
    const char *name = meeting->tables[row->table].columns[column];

    for (unsigned i = 0; i < row->member_count; i++) {
        const struct access *member = row->members[i];
        for (const struct restriction *each = member->where; each; each = each->next) {
            const struct term *term = &each->term;
            if (member->kind == ACCESS_INSERT || !meeting_understands(term) ||
                strcmp(term->column, name) != 0 || term->comparison > COMPARE_GREATER_EQUAL)
                continue;
            short symbol = symbols_of(&meeting->symbols, row->runs[i], member, term->value);
            if (!symbols_is_constant(&meeting->symbols, symbol))
                continue;
            struct act act = {.filter_count = 1};
            int16_t values[WORLD_COLUMNS] = {number};
            *hint = symbols_number(&meeting->symbols, symbol);
            act.filters[0] = (struct filter){
                .comparison = term->comparison, .count = 1, .values = {{.number = *hint}}};
            if (!filters_match(&act, values))
                return false;
        }
    }
    return true;
}

/* A number that the conditions allow, near one of their constants where it must be. */
static int16_t choose_number(struct meeting *meeting, const struct meeting_row *row,
                             unsigned column, int16_t first)
{
    int16_t hint = 0, ignored;

    if (is_allowed(meeting, row, column, first, &hint))
        return first;
    for (int16_t difference = -1; difference <= 1; difference++) {
        if (is_allowed(meeting, row, column, (int16_t)(hint + difference), &ignored))
            return (int16_t)(hint + difference);
    }
    return first;
}

static void number_row(struct meeting *meeting, unsigned at)
{
    struct meeting_row *row = &meeting->rows[at];

    for (unsigned i = 0; i < meeting->tables[row->table].column_count; i++) {
        short symbol = row->values[i];
        if (symbol != NO_SYMBOL && symbols_is_open(&meeting->symbols, symbol))
            symbols_set_number(&meeting->symbols, symbol,
                               choose_number(meeting, row, i, (int16_t)(6000 + symbol)));
    }
}

/* Two that have the same value of a key are one row. */
static bool is_same_row(const struct meeting *meeting, const struct meeting_row *a,
                        const struct meeting_row *b)
{
    const struct world_table *table = &meeting->world.tables[a->table];

    for (unsigned i = 0; a->table == b->table && i < table->index_count; i++) {
        bool same = true;
        for (unsigned column = 0; column < TAG && same; column++) {
            if ((table->indexes[i].columns >> column) & 1)
                same = symbols_equal(&meeting->symbols, a->values[column], b->values[column]);
        }
        if (same)
            return true;
    }
    return false;
}

static bool merge_rows(struct meeting *meeting, struct meeting_row *into,
                       const struct meeting_row *row)
{
    for (unsigned i = 0; i < TAG; i++) {
        if (row->values[i] != NO_SYMBOL && !unite_column(meeting, into, i, row->values[i]))
            return false;
    }
    for (unsigned i = 0; i < row->member_count; i++)
        add_member(into, row->runs[i], row->members[i]);
    into->nulls |= row->nulls;
    into->absent &= row->absent;
    return true;
}

static bool merge_all(struct meeting *meeting)
{
    for (unsigned i = 0; i < meeting->row_count; i++) {
        for (unsigned j = i + 1; j < meeting->row_count; j++) {
            if (!is_same_row(meeting, &meeting->rows[i], &meeting->rows[j]))
                continue;
            if (!merge_rows(meeting, &meeting->rows[i], &meeting->rows[j]))
                return false;
            meeting->rows[j--] = meeting->rows[--meeting->row_count];
        }
    }
    return true;
}

static void fill_world(struct meeting *meeting)
{
    struct world *world = &meeting->world;

    for (unsigned at = 0; at < meeting->row_count; at++) {
        const struct meeting_row *row = &meeting->rows[at];
        struct world_row *to = &world->rows[world->row_count];
        if (row->absent)
            continue;
        world->row_count++;
        to->table = row->table;
        for (unsigned i = 0; i < TAG; i++) {
            int16_t free = (int16_t)(FIRST_FREE + at * WORLD_COLUMNS + i);
            if ((row->nulls >> i) & 1 || i >= meeting->tables[row->table].column_count)
                to->values[i] = NO_VALUE;
            else if (row->values[i] != NO_SYMBOL)
                to->values[i] = symbols_number(&meeting->symbols, row->values[i]);
            else
                to->values[i] = choose_number(meeting, row, i, free);
        }
        to->values[TAG] = (int16_t)(FIRST_TAG + at);
    }
}

/* ------------------------------------------------------------------ what is added */

static bool is_member(const struct meeting *meeting, unsigned run, const struct access *access)
{
    for (unsigned i = 0; i < meeting->row_count; i++) {
        const struct meeting_row *row = &meeting->rows[i];
        for (unsigned j = 0; j < row->member_count; j++) {
            if (row->members[j] == access && row->runs[j] == run)
                return true;
        }
    }
    return false;
}

static void add_row(struct meeting *meeting, unsigned run, const struct access *access)
{
    struct symbols before;

    if (is_member(meeting, run, access) || meeting->row_count == MEETING_ROWS)
        return;
    symbols_copy(&before, &meeting->symbols);
    struct meeting_row *row = new_row(meeting, meeting_table(meeting, access));
    if (unite_conditions(meeting, row, run, access) &&
        unite_sides(meeting, row, &(struct side){run, access}, 1)) {
        add_member(row, run, access);
        meeting->row_count++;
    } else {
        symbols_copy(&meeting->symbols, &before);
    }
}

bool meeting_add(struct meeting *meeting, unsigned run, const struct lock *lock)
{
    struct program *program = &meeting->programs[run];

    if (program->count == WORLD_ACTS ||
        (lock->access && meeting_table(meeting, lock->access) == WORLD_TABLES))
        return false;
    if (lock->access && access_row_lock(lock->access) != LOCK_NONE)
        add_row(meeting, run, lock->access);
    meeting->acts[run][program->count++] = lock;
    return true;
}

/* Whether all rows that the runs insert are in the index. */
static bool is_entered(const struct meeting *meeting, unsigned table, const struct index *index)
{
    for (unsigned run = 0; index->partial && run < meeting->run_count; run++) {
        for (unsigned i = 0; i < meeting->programs[run].count; i++) {
            const struct access *access = meeting->acts[run][i]->access;
            if (access && access->kind == ACCESS_INSERT &&
                access_same_relation(meeting->tables[table].access, access) &&
                !access_enters_index(access, index))
                return false;
        }
    }
    return true;
}

static void drop_indexes(struct meeting *meeting)
{
    for (unsigned table = 0; table < meeting->table_count; table++) {
        struct meeting_table *of = &meeting->tables[table];
        struct world_table *world = &meeting->world.tables[table];
        unsigned kept = 0;
        for (unsigned i = 0; i < world->index_count; i++) {
            if (!is_entered(meeting, table, of->indexes[i]))
                continue;
            of->indexes[kept] = of->indexes[i];
            world->indexes[kept++] = world->indexes[i];
        }
        world->index_count = (uint8_t)kept;
    }
}

bool meeting_finish(struct meeting *meeting)
{
    drop_indexes(meeting);
    if (!merge_all(meeting))
        return false;
    for (unsigned run = 0; run < meeting->run_count; run++) {
        if (symbols_break(&meeting->symbols, run,
                          (const char *const *)meeting->transactions[run]->rest->distinct))
            return false;
    }
    for (unsigned i = 0; i < meeting->row_count; i++)
        number_row(meeting, i);
    for (unsigned run = 0; run < meeting->run_count; run++)
        meeting_make_program(meeting, run);
    fill_world(meeting);
    return !meeting->symbols.overflow;
}
