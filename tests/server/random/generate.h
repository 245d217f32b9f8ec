#pragma once
/* Random small worlds and pairs of programs, and the SQL that means the same. Equal seeds give
 * equal pairs. */

#include <glib.h>

#include "machine/machine.h"

struct pair {
    struct world world;
    struct program programs[2];
    uint32_t
        by_view[2]; /* bits: acts that name the view of their table, whose condition is their last
                            filter */
    uint8_t forms[2][WORLD_ACTS]; /* enum form, of the statement or function that begins there */
};

enum form { /* of what the acts alone do not tell */
            FORM_PLAIN,
            FORM_VALUES, /* of several rows */
            FORM_INSERT_SELECT,
            FORM_FROM,      /* UPDATE … FROM, DELETE … USING */
            FORM_PICKS,     /* IN (SELECT … LIMIT 2) */
            FORM_HANDED_ON, /* WITH w AS (DELETE …) UPDATE … FROM w */
            FORM_JOIN,      /* SELECT … FROM t0 s, t1 u */
            FORM_JOIN_COUNT,
            FORM_INTO,    /* a function: SELECT … INTO x, y */
            FORM_LOOP,    /* FOR r IN SELECT … */
            FORM_COUNTED, /* IF (SELECT count(*) …) > 0 */
            FORM_JOIN_INTO,
            FORM_JOIN_COUNTED,
};

enum feature { /* what a pair may have beside the least */
               FEATURE_ROW_LOCKS = 1 << 0,
               FEATURE_UPSERTS = 1 << 1,
               FEATURE_RESULTS = 1 << 2, /* values from what was read */
               FEATURE_PICKS = 1 << 3,   /* WHERE a = (SELECT … LIMIT 1), NOT EXISTS */
               FEATURE_LOCKS = 1 << 4,   /* LOCK TABLE and advisory locks */
               FEATURE_SAVEPOINTS = 1 << 5,
               FEATURE_SERIALIZABLE = 1 << 6,
               FEATURE_FOREIGN_KEYS = 1 << 7,
               FEATURE_KEYS = 1 << 8,    /* changes of keys, more indexes */
               FEATURE_PARTIAL = 1 << 9, /* unique indexes with WHERE */
               FEATURE_EXCLUSION = 1 << 10,
               FEATURE_ACTIONS = 1 << 11, /* of foreign keys, beside ON DELETE CASCADE */
               FEATURE_TRIGGERS = 1 << 12,
               FEATURE_FUNCTIONS = 1 << 13,
               FEATURE_VIEWS = 1 << 14,
               FEATURE_CTES = 1 << 15, /* WITH … AS (UPDATE …) */
               FEATURE_MERGE = 1 << 16,
               FEATURE_RETURNING = 1 << 17,
               FEATURE_READ_ONLY = 1 << 18, /* and DEFERRABLE */
               FEATURE_LATE = 1 << 19,      /* keys that are DEFERRABLE */
               FEATURE_ALL = (1 << 20) - 1, /* of these: pairs of a seed stay what they are */
               FEATURE_ROWS = 1 << 20, /* statements that do something for each row of another */
               FEATURE_SUMS = 1 << 21, /* of two columns */
               FEATURE_ROUTINES = 1 << 22,   /* functions with variables, loops and branches */
               FEATURE_MORE = (1 << 23) - 1, /* likewise */
               FEATURE_JOINS = 1 << 23,
               FEATURE_MOST = (1 << 24) - 1,
               FEATURE_ASKED = 1 << 24, /* UPDATE … AND [NOT] EXISTS (…) */
               FEATURE_WHOLE = (1 << 25) - 1,
};

struct random {
    uint64_t state;
    unsigned features;
};

/* A number from 0 to `limit` - 1; whether it is 0; and the same for something that a pair may have, or
 * false when it may not. */
unsigned random_below(struct random *random, unsigned limit);
bool random_one_in(struct random *random, unsigned n);
bool random_may(struct random *random, enum feature feature, unsigned n);

void generate_pair(struct pair *pair, uint64_t seed, unsigned features);

enum { A, B, C, COLUMNS }; /* of each table */

/* Adds the acts of a program of one to three statements. */
void generate_program(struct random *random, struct pair *pair, unsigned which);

/* Other first rows for the tables of a pair. */
void generate_rows(struct world *world, uint64_t seed);

/* What CREATE makes; and what puts the first rows in, after anything that was there. Owned by the
 * caller, like all that is rendered. */
char *render_schema(const struct pair *pair);
char *render_rows(const struct world *world);

/* BEGIN with its modes. */
char *render_begin(const struct program *program);

/* The statement of program `which` that begins with this act, when its run has come to it in the
 * machine; NULL: with names for what earlier acts find. Sets `*next` to the act behind it. */
char *render_statement(const struct pair *pair, unsigned which, unsigned act,
                       const struct machine *machine, unsigned *next);

/* What the client sees of a statement. */
enum shown {
    SHOWN_NOTHING,
    SHOWN_ROWS,
    SHOWN_PAIRS, /* of a row of each of two tables */
    SHOWN_TOTAL,
    SHOWN_COUNT, /* of rows that its last act has changed */
    SHOWN_FIRST, /* or its first */
    SHOWN_SUM,   /* or all */
};

enum shown statement_shows(const struct pair *pair, unsigned which, unsigned act);

/* A program as a file that psql would run: results go from \\gset into variables. */
char *render_program(const struct pair *pair, unsigned which);

/* The whole pair. */
char *render_pair(const struct pair *pair);
