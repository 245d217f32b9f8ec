#pragma once
/* A small model of PostgreSQL's concurrency control: the machine runs a few programs over a world,
 * one act at a time in the order that its caller chooses, and answers for each what the server
 * would. It follows heapam.c, nodeModifyTable.c, nbtinsert.c, lock.c and predicate.c of PostgreSQL
 * 15; tests/server/random holds it against a server, interleaving by interleaving.
 *
 * What it leaves out: more than one page of a table or an index, the fairness of queues of three
 * for one row, statements that go on after an error. */

#include <stdbool.h>
#include <stdint.h>

#include "machine/world.h"

enum {
    MACHINE_VERSIONS = 64, /* of rows; a run that makes more overflows */
    MACHINE_LOCKS = 40,
    MACHINE_READS = 160,
    MACHINE_EVENTS = 8,
    MACHINE_XIDS = 8, /* of one run: it and its savepoints */
};

enum run_state {
    RUN_RUNS,
    RUN_WAITS,
    RUN_COMMITTED,
    RUN_FAILED, /* rolled back, by an error or by itself */
};

enum failure {
    FAIL_NONE,
    FAIL_SERIALIZATION, /* 40001 */
    FAIL_DEADLOCK,      /* 40P01 */
    FAIL_UNIQUE,        /* 23505 */
    FAIL_EXCLUSION,     /* 23P01 */
    FAIL_FOREIGN_KEY,   /* 23503 */
    FAIL_LOCK,          /* 55P03: NOWAIT */
    FAIL_CARDINALITY,   /* 21000: ON CONFLICT meets a row of its own statement */
    FAIL_RAISE,         /* P0001 */
    FAILURES,
};

/* "40001", or "" for FAIL_NONE. */
const char *failure_state(enum failure failure);

/* One version of a row. */
struct version {
    uint8_t table;
    uint8_t created, ended; /* transactions; `ended` is 0 while nobody has updated or deleted it */
    uint8_t created_at, ended_at; /* commands of these */
    uint8_t next;                 /* the version that replaced it; 0 when it was deleted */
    uint8_t root;                 /* the first version of the row */
    uint8_t entry;                /* the version that index entries for it point to */
    uint8_t indexed;              /* bits: it has been entered into these unique indexes */
    uint8_t doubted;              /* bits: of these, where it is to be looked at again */
    bool key_changed;             /* by `ended` */
    int16_t values[WORLD_COLUMNS];
};

/* What a run holds: a row, a table or an advisory key. */
enum lock_kind {
    LOCK_OF_ROW,
    LOCK_OF_TABLE,
    LOCK_OF_KEY,
};

enum wanted { /* that is no lock */
              WANTS_END = LOCK_OF_KEY + 1,
              WANTS_SNAPSHOT,
};

struct machine_lock {
    uint8_t kind;    /* enum lock_kind */
    uint8_t holder;  /* a transaction */
    uint8_t mode;    /* lock_strength, table_lock; a shared advisory lock: 1, otherwise 2 */
    uint8_t version; /* of the row, where it was locked */
    int16_t object;  /* the root of the row, the table, the key */
};

enum event_kind {
    EVENT_CHILD,  /* a child has come: it needs its parent */
    EVENT_PARENT, /* a parent's key has gone: `action` is done to its children, or there are none */
    EVENT_TRIGGER,
};

/* What the server does behind a statement. */
struct event {
    enum event_kind kind : 8;
    enum foreign_key_action action : 8;
    uint8_t object; /* a foreign key or a trigger */
    uint8_t version;
    int16_t key, new_key; /* ON UPDATE CASCADE: what the children get */
};

/* Where a statement stands. */
struct cursor {
    bool begun, scanned, skipped;
    bool visiting;       /* it waits at its item */
    bool holds_outer;    /* it has locked the row to which that belongs */
    uint8_t act;         /* in the program */
    uint8_t item, count; /* of `items` */
    uint8_t passed;      /* rows before the first, as `nth` wants them */
    uint8_t outer;       /* of two tables: the row to which its item belongs … */
    uint8_t first_outer; /* … and to which the first one does that it has returned */
    uint8_t found;       /* rows that it has returned, changed or locked */
    int16_t result;      /* as in `results` */
    uint8_t fresh;       /* a version it has made and not entered into all indexes yet; or 0 */
    uint8_t old;         /* the one that it replaces; or 0 */
    uint8_t target;      /* the row that ON CONFLICT DO UPDATE has found and waits for; or 0 */
    uint8_t key;         /* the next index to enter it into */
    uint8_t items[MACHINE_VERSIONS];
    struct act resolved; /* with values for parameters and results */
};

struct run {
    enum run_state state : 8;
    enum failure failure : 8;
    bool has_snapshot; /* of the transaction */
    bool in_statement;
    bool acted;    /* its acts have run; what is asked at its end has not */
    bool checking; /* the cursor is about an event */
    bool wrote;
    uint8_t pc;        /* the next act; the program's count: its end */
    uint8_t waits_for; /* bits: runs */
    uint8_t wanted;    /* what it waits for: enum lock_kind, enum wanted */
    uint8_t wanted_mode;
    int16_t wanted_object; /* the lock's, or the transaction whose end it waits for */
    uint8_t since;         /* when it began to wait, counted */
    uint8_t snapshot;      /* bits: runs that had committed */
    uint8_t statement_snapshot;
    uint8_t command;
    uint8_t xid;  /* of the innermost savepoint: 2 + run * MACHINE_XIDS + n */
    uint8_t xids; /* handed out */
    uint8_t event_count;
    uint8_t queued; /* of these, when the one that is worked on began */
    struct event events[MACHINE_EVENTS];
    struct cursor cursor;
    int16_t results[WORLD_ACTS]; /* the version of the first row; 0: none. Or the total */
    uint8_t found[WORLD_ACTS];
    uint16_t skipped[WORLD_ACTS]; /* bits: rows of the start that SKIP LOCKED leaves out */
    int16_t mix;
    uint8_t read_count;
    int16_t reads[MACHINE_READS];
};

/* What SERIALIZABLE knows of a run: predicate.c's SERIALIZABLEXACT. */
struct tracked {
    bool active, read_only, doomed, prepared, committed, finished, conflict_out, safe, unsafe;
    uint8_t out, in;         /* bits: runs it has a rw-dependency to, and from */
    uint8_t possibly_unsafe; /* bits: of a READ ONLY run, writers that may make it unsafe */
    uint8_t prepare_number, commit_number, snapshot_number, earliest_out;
    uint8_t relations, pages; /* bits: tables */
    uint32_t indexes;         /* bits: table * WORLD_INDEXES + index */
    uint64_t tuples;          /* bits: versions */
};

struct machine {
    const struct world *world;
    const struct program *programs[WORLD_RUNS];
    uint8_t run_count;
    bool by_row; /* a step ends after each row that a statement locks or changes, not at its end */
    bool beyond; /* a loop has come to a row for which its program has no acts */
    bool overflow; /* more versions, locks or reads than it has room for: its answers are void */
    uint8_t committed; /* bits: runs, as snapshots are */
    uint8_t version_count, lock_count;
    uint8_t last_number; /* of commits at SERIALIZABLE */
    uint8_t clock;
    uint8_t statuses[2 + WORLD_RUNS * MACHINE_XIDS]; /* enum xid_status */
    struct version versions[MACHINE_VERSIONS];
    struct machine_lock locks[MACHINE_LOCKS];
    struct run runs[WORLD_RUNS];
    struct tracked tracked[WORLD_RUNS];
};

enum answer_kind {
    STEP_PASSES,
    STEP_WAITS, /* runs[].waits_for says for whom */
    STEP_FAILS, /* runs[].failure says how */
};

/* The programs and the world outlive the machine. */
void machine_start(struct machine *machine, const struct world *world,
                   const struct program *const *programs, unsigned count);

/* Copies what is in use of a machine, which is a third of its bytes when there are two runs. */
void machine_copy(struct machine *copy, const struct machine *machine);

/* Lets a run that does not wait make its next statement; the one after the last act is COMMIT. The
 * others are not touched: see machine_settle. */
enum answer_kind machine_step(struct machine *machine, unsigned run);

/* Lets those go on that waited and need not any longer, until nothing moves. Returns the runs
 * (bits) whose statement has ended, be it by an error. */
unsigned machine_settle(struct machine *machine);

/* Whether the run has come to its end. */
static inline bool machine_is_over(const struct machine *machine, unsigned run)
{
    return machine->runs[run].state >= RUN_COMMITTED;
}

/* What a column of an act's result is to the run; NO_VALUE when it has found no row. */
int16_t machine_result(const struct machine *machine, unsigned run, unsigned act, unsigned column);

/* The rows that are there for who comes now, sorted: at most MACHINE_VERSIONS. Returns how many. */
unsigned machine_rows(const struct machine *machine, struct world_row *rows);

/* Whether a value of the filter's column satisfies it. */
bool filter_matches(const struct filter *filter, int16_t value);

/* Whether a row of the table with these values, one for each column, is one that the act is about. */
bool filters_match(const struct act *act, const int16_t *values);

/* Whether the index has an entry for a row with these values. */
bool heap_is_indexed(const struct world_index *index, const int16_t *values);
