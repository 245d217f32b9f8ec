#pragma once
/* The programs of a log: runs that send the same statements, at the same level, with the same
 * values equal to each other, are runs of one program. What is kept of a program does not grow with
 * its runs, and two parts of a log give together what the whole gives. */

#include <glib.h>

#include "history/run.h"

/* What is known of a value after many runs. Those of one class were equal in every run. */
struct slot_value {
    uint64_t value; /* in the first run */
    uint32_t class;
    bool constant; /* the same in all runs */
    bool inlined;  /* in the text in all runs */
    bool own;      /* in a text that has parameters, in all runs */
    char kind, word;
};

/* How often a statement failed. */
struct failures {
    char state[6];
    guint statement; /* its number in the program; the count of its statements: COMMIT */
    bool final;      /* a run ended with it: no savepoint caught it */
    uint64_t count;
    int64_t first, last;
    GArray *partners; /* struct partner */
};

/* Which program was in the way. */
struct partner {
    struct program *program;
    char *key;    /* of `program`, while it is not known */
    bool certain; /* the log names it; else it ran at the same time and touched the same */
    uint64_t count;
};

/* A lost update that happened: the read, the write, and the write between them. */
struct lost {
    int64_t read, written, between;
    const char *file;
    uint32_t read_line, write_line, between_line;
    guint read_statement, write_statement;
    char *other; /* key of the program that wrote between */
};

/* Two positions, a unique key that is read by and a key that is then written by, and the values
 * that came together: as long as one determines the other they may be one row. */
struct pairing {
    guint read, write; /* positions */
    GArray *values;    /* uint64_t, two each */
    bool broken;
    /* Both are keys of one column, by which two statements lock rows: `read` first. Crossed: two runs
     * have locked the same two rows in opposite orders. */
    bool order, crossed;
};

struct program {
    char key[17];         /* of the identity, in hexadecimal digits */
    char *name;           /* given by programs_finish */
    GPtrArray *shapes;    /* struct shape: its statements */
    GArray *positions;    /* struct slot_value: of all slots, in order */
    GArray *lines;        /* uint32_t: where the statements of its first run stand */
    GPtrArray *callsites; /* char * or NULL: of each statement */
    GPtrArray *pairings;  /* struct pairing */
    char *database, *application, *tags;
    char *role; /* that has settings of its own, or "" */
    enum isolation_level level;
    enum isolation_level implied; /* the least at which it can have failed as it did */
    int read_only, deferrable;
    bool block;
    bool partial;     /* it failed or was rolled back: more may have followed */
    bool rolled_back; /* nobody has ever committed it */
    bool goes_on;     /* another program begins with all of this one, and does more */
    bool leaked;      /* with a level that another application has left */
    guint before;     /* of a sequence: so many statements are a transaction before */
    uint64_t runs, failed, retried, lost_count;
    int64_t first, last;
    char *file; /* of the first run */
    uint32_t line;
    GArray *failures;     /* struct failures */
    struct lost *lost;    /* the first one, or NULL */
    struct program *into; /* it is part of this one */
};

struct programs;

/* `shapes` must outlive them. Freed by programs_free, and with them every program. */
struct programs *programs_new(struct shapes *shapes);
void programs_free(struct programs *programs);

/* Finds the program of a run, which is what `run->program` is then; NULL beyond LIMIT_PROGRAMS.
 * `before` has ended before it in its session, or is NULL; `read` is what it may have read before
 * (recent-reads.h): a one-statement write after a one-statement read of the same table is counted as
 * a sequence too. */
void programs_take(struct programs *programs, struct run *run, struct run *before,
                   struct run *read);

/* An empty program for a table to fill, or the one with this key. */
struct program *programs_add(struct programs *programs, const char *key, bool *known);
struct program *programs_find(const struct programs *programs, const char *key);

/* Finds the programs that partners name by their keys; those that are not there are left out. */
void programs_resolve(struct programs *programs);

/* Adds what another part of the log has about the same program. */
void program_merge(struct program *program, const struct program *other);

/* Numbers the statement of a run as its program does: repeated ones are one. */
guint program_statement(const struct run *run, guint statement);

/* Whether the statement locks the second of two rows that runs have locked in opposite orders. */
bool program_crosses(const struct program *program, guint statement);

struct failures *program_failures(struct program *program, const char *state, guint statement);
/* Returns false when there is no room for another partner. */
bool failures_add_partner(struct failures *failures, struct program *program, const char *key,
                          bool certain, uint64_t count);

/* Puts what failed or was rolled back to the programs that it is the beginning of, chooses
 * sequences, and gives names. Returns the programs in order of their names. */
GPtrArray *programs_finish(struct programs *programs, uint64_t least_runs);

/* All as they were taken, in order of their keys: for tables. Owned by the caller. */
GPtrArray *programs_list(const struct programs *programs);
struct program *program_final(struct program *program);

/* Runs that were left out for LIMIT_PROGRAMS; and the shapes that their statements have. */
uint64_t programs_dropped(const struct programs *programs);
struct shapes *programs_shapes(const struct programs *programs);

/* Empty, to be filled and merged; freed by program_clear. */
void program_init(struct program *program);
void program_clear(struct program *program);
