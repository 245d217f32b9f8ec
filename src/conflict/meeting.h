#pragma once
/* Some transactions of the inputs as programs of the machine. What is not known of them is chosen so
 * that accesses which the caller names meet in a row; what they do not name stays apart. One choice
 * holds for all that both do: the machine then says what comes of it. */

#include "conflict/symbols.h"
#include "locking/lock.h"
#include "machine/machine.h"

enum { MEETING_ROWS = WORLD_ROWS, MEETING_MEMBERS = 8 };

/* A row of the world, with the accesses that must find it. */
struct meeting_row {
    uint8_t table, member_count;
    const struct access *members[MEETING_MEMBERS];
    uint8_t runs[MEETING_MEMBERS];
    short values[WORLD_COLUMNS]; /* symbols, or NO_SYMBOL */
    uint8_t nulls;               /* bits: columns that must be NULL */
    bool absent;                 /* not there at the start: both insert it */
};

struct meeting_table {
    const struct access *access; /* of it: who is about the same relation is about this table */
    uint8_t column_count;
    const char *columns[WORLD_COLUMNS - 1];
    const struct index *indexes[WORLD_INDEXES]; /* those of the world's table */
};

struct meeting {
    unsigned run_count;
    const struct transaction *transactions[WORLD_RUNS];
    struct symbols symbols;
    uint8_t table_count, row_count;
    struct meeting_table tables[WORLD_TABLES];
    struct meeting_row rows[MEETING_ROWS];
    struct world world;
    struct program programs[WORLD_RUNS];
    const struct lock *acts[WORLD_RUNS][WORLD_ACTS]; /* what each act comes from */
};

/* With `count` runs, at most WORLD_RUNS. */
void meeting_start(struct meeting *meeting, const struct transaction *const *runs, unsigned count);

/* Makes two accesses, or two advisory locks, of two runs be about one row, table or key. Returns
 * false when they cannot be. With `absent`, two INSERTs meet in a key that is not there. */
bool meeting_join(struct meeting *meeting, unsigned own_run, const struct lock *own,
                  unsigned other_run, const struct lock *other, bool absent);

/* Adds the lock at the end of the program of a run, and a row for it when it was joined to none:
 * whoever asks for the same values comes to the same row. Returns false when there is no room. */
bool meeting_add(struct meeting *meeting, unsigned run, const struct lock *lock);

/* Fills the world's rows, numbers the values. Call it when all is added. Returns false when the
 * values contradict each other. */
bool meeting_finish(struct meeting *meeting);
