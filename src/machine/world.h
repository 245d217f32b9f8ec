#pragma once
/* What the machine runs: a world of a few tables with a few rows, and programs that are lists of
 * acts on them. Everything is plain data of fixed size, so that a state can be copied as one. */

#include <stdbool.h>
#include <stdint.h>

#include "facts/definition.h"
#include "facts/query.h"
#include "facts/settings.h"
#include "facts/statement.h"

/* Two or three short transactions over a few rows show every conflict that a pair of statements can
 * have (small scope): what needs more is not looked for, and is refused where a world is made. */
enum {
    WORLD_TABLES = 4,
    WORLD_COLUMNS = 8,
    WORLD_INDEXES = 4,
    WORLD_ROWS = 12, /* at the start, of all tables */
    WORLD_RUNS = 4,
    WORLD_ACTS = 24,
    WORLD_FILTERS = 6,
    WORLD_VALUES = 4, /* of IN */
    WORLD_GUARDS = 4,
    WORLD_FOREIGN_KEYS = 6,
    WORLD_TRIGGERS = 2,
};

enum {
    NO_VALUE = INT16_MIN, /* NULL */
    FIRST_MADE_OF = 1000, /* numbers that no program names */
};

/* ------------------------------------------------------------------ values */

enum value_kind {
    VALUE_PLAIN,  /* number */
    VALUE_RESULT, /* a column of the row that an earlier act has found, or its total, plus number */
    VALUE_OWN,    /* the row's own column, plus number: SET a = a + 1 */
    VALUE_REMADE, /* made of the row's own column by the function `number`: SET a = CASE … END */
    VALUE_ADDED,  /* the own column `number`, plus or minus what VALUE_RESULT is: a = a + t.b */
    VALUE_MIXED,  /* made of all that the run has read so far, in a way that nobody knows */
};

struct value {
    enum value_kind kind : 7;
    unsigned minus : 1;  /* of VALUE_ADDED */
    unsigned source : 5; /* an act, counted from 0 */
    unsigned column : 3; /* of its row, or the row's own */
    int16_t number;
};

/* What an act has found, of a column. */
static inline struct value value_result(unsigned act, unsigned column)
{
    return (struct value){.kind = VALUE_RESULT, .source = act & 31, .column = column & 7};
}

struct filter {
    uint8_t column;
    enum comparison comparison : 8; /* up to COMPARE_IN, and IS [NOT] NULL */
    uint8_t count;
    struct value values[WORLD_VALUES];
};

struct set {
    uint8_t column;
    struct value value;
};

/* ------------------------------------------------------------------ tables */

struct world_index {
    uint16_t columns; /* bits */
    bool unique;
    bool excludes; /* EXCLUDE (… WITH =): no two rows are equal, but a row is entered before that is
                      looked for */
    bool late; /* of a unique one, DEFERRABLE: what may be a second row is looked at again when the
                  statement ends, or, if `deferred`, at COMMIT */
    bool deferred;
    bool partial; /* it has the rows for which `where` holds, and finds rows for no act */
    struct filter where;
};

struct world_table {
    uint8_t columns;
    uint8_t index_count;
    struct world_index indexes[WORLD_INDEXES]; /* the primary key first, if there is one */
};

/* Of one column, to the first column of a table's primary key. ACTION_SET: SET NULL. */
struct world_foreign_key {
    uint8_t child, column, parent;
    enum foreign_key_action on_delete : 8;
    enum foreign_key_action on_update : 8;
};

struct world_row {
    uint8_t table;
    int16_t values[WORLD_COLUMNS];
};

/* ------------------------------------------------------------------ programs */

enum act_kind {
    ACT_SELECT, /* of rows, with `lock` */
    ACT_INSERT, /* of one row */
    ACT_UPDATE,
    ACT_DELETE,
    ACT_LOCK_TABLE,
    ACT_ADVISORY, /* pg_advisory_xact_lock: number */
    ACT_SAVEPOINT,
    ACT_ROLLBACK_TO, /* the newest savepoint, which stays */
    ACT_RAISE,       /* RAISE EXCEPTION */
    ACT_RETURN,      /* leaves a function: what comes next is the act `number` */
};

enum act_conflict {
    ACT_CONFLICT_ERROR,
    ACT_CONFLICT_NOTHING,
    ACT_CONFLICT_UPDATE, /* sets: those of DO UPDATE */
};

enum act_when {
    WHEN_ALWAYS,
    WHEN_FOUND, /* the act `condition` has found a row */
    WHEN_NOT_FOUND,
    WHEN_TRUE, /* the row that it has found, or its total, satisfies `test` */
    WHEN_NOT_TRUE,
};

/* What decides whether an act is run. All guards of an act must hold; of those that are linked by
 * `or_next` one. */
struct guard {
    enum act_when when : 8;
    bool or_next;
    uint8_t condition;  /* the act before */
    struct filter test; /* of WHEN_TRUE; its column means nothing for a total */
};

enum { NO_INDEX = 0xff };

struct act {
    enum act_kind kind : 8;
    enum lock_strength lock : 8;
    enum lock_strength outer_lock : 8; /* of the row of `outer`, for each own one */
    enum wait_policy wait : 8;         /* of a row lock, a table lock or an advisory lock */
    enum table_lock table_lock : 8;
    enum act_conflict conflict : 8;
    uint8_t table;
    uint8_t index;   /* that finds the rows, or NO_INDEX: the whole table is looked through */
    uint8_t limit;   /* 0: none */
    uint8_t outer;   /* of two tables: the act whose row the rows belong to, + 1; 0: of one table */
    uint8_t onto;    /* … and the act with whose rows, or total, they go on, + 1; 0: with none */
    uint8_t nth;     /* of a SELECT: so many rows that it finds come before its first one */
    uint8_t order;   /* the column by which it sorts its rows, if `ordered` */
    uint8_t arbiter; /* the unique index of ON CONFLICT, or NO_INDEX: any */
    bool stops;      /* at its first row: those after it are found by later acts, one each */
    bool beside;     /* each of its rows is shown, or counted in the total, with that of `outer` */
    bool total;      /* its result is what an aggregate makes of the columns `reads` of all rows, a
                        number that is equal when they are; of no columns, FIRST_MADE_OF and how many rows
                        there are */
    bool ordered;    /* it finds all rows before it does anything with the first */
    bool joined;     /* part of the statement of the act before, with its snapshot */
    bool called;     /* a statement of its own inside of the function that the act before is in */
    bool entered;    /* the first statement of a function: that it was called took a snapshot */
    bool shared;     /* of an advisory lock */
    bool descending; /* comes to the rows from the last one of the index or table to the first */
    bool sorted;  /* in an order that is asked for: no other way to the rows has another one … */
    bool tied;    /* … but that of rows which are equal in it … */
    bool turned;  /* … that come the other way round */
    bool loops;   /* over its rows, with acts for less than `limit` of them */
    bool quiet;   /* what it reads is no result: a sub-SELECT, a check of the server */
    bool kept;    /* what it reads stays in a routine that returns nothing */
    bool returns; /* an UPDATE, DELETE or INSERT … RETURNING `reads` */
    int16_t number;
    uint8_t filter_count, set_count, guard_count;
    uint8_t reads; /* bits: the columns that are its result; 0: all */
    struct guard guards[WORLD_GUARDS];
    struct filter filters[WORLD_FILTERS];
    struct set sets[WORLD_COLUMNS];
    struct value row[WORLD_COLUMNS]; /* of an INSERT */
};

static inline bool act_locks_rows(const struct act *act)
{
    return act->kind == ACT_SELECT && (act->lock != LOCK_NONE || act->outer_lock != LOCK_NONE);
}

/* Lets the act be run only after what the act `condition` has come to. */
static inline void act_depend(struct act *act, enum act_when when, unsigned condition)
{
    act->guards[0] = (struct guard){.when = when, .condition = (uint8_t)condition};
    act->guard_count = 1;
}

/* Of an act that depends on one thing alone. */
static inline enum act_when act_depends(const struct act *act)
{
    return act->guard_count == 1 ? (enum act_when)act->guards[0].when : WHEN_ALWAYS;
}

/* AFTER … FOR EACH ROW: the statement that its function makes. */
struct world_trigger {
    uint8_t table;
    enum act_kind on : 8; /* ACT_INSERT, ACT_UPDATE or ACT_DELETE */
    struct act act;
};

struct world {
    uint8_t table_count, row_count, foreign_key_count, trigger_count;
    struct world_table tables[WORLD_TABLES];
    struct world_row rows[WORLD_ROWS];
    struct world_foreign_key foreign_keys[WORLD_FOREIGN_KEYS];
    struct world_trigger triggers[WORLD_TRIGGERS];
};

struct program {
    enum isolation_level level;
    bool read_only, deferrable;
    bool rolls_back; /* it ends with ROLLBACK */
    uint8_t count;
    struct act acts[WORLD_ACTS];
};
