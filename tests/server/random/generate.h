#pragma once
/* Random small worlds and pairs of programs, and the SQL that means the same. Equal seeds give
 * equal pairs. */

#include <glib.h>

#include "conflict/machine.h"

struct pair {
    struct world world;
    struct program programs[2];
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
               FEATURE_KEYS = 1 << 8, /* changes of keys, more indexes */
               FEATURE_ALL = (1 << 9) - 1,
};

void generate_pair(struct pair *pair, uint64_t seed, unsigned features);

/* Other first rows for the tables of a pair. */
void generate_rows(struct world *world, uint64_t seed);

/* CREATE TABLE and CREATE INDEX; and what puts the first rows in, after anything that was there.
 * Owned by the caller, like all that is rendered. */
char *render_tables(const struct world *world);
char *render_rows(const struct world *world);

/* BEGIN with its modes. */
char *render_begin(const struct program *program);

/* The statement that begins with this act, where earlier acts have given these results. Sets
 * `*next` to the act behind it. */
char *render_statement(const struct world *world, const struct program *program, unsigned act,
                       const struct run *run, unsigned *next);

/* A program as a file that psql would run: results go from \\gset into variables. */
char *render_program(const struct pair *pair, unsigned which);

/* The whole pair. */
char *render_pair(const struct pair *pair);
