#pragma once
/* The contents of the tables over which the programs of a trial are run. */

#include "model/model.h"

enum { TRIAL_WORLDS = 100 };

/* What a parameter is in one world. */
struct choice {
    int16_t value;
    bool computed; /* where it can be: it is made of what was read before */
};

/* Makes the rows of world number `at`, and the programs with these values in the place of
 * parameters. */
void trial_make_world(const struct trial *trial, unsigned at, struct world *world,
                      struct program *programs, int16_t parameters[static TRIAL_PARAMETERS]);

/* Gives each parameter of the program its value: what may have been computed from what was read is, or is
 * not. */
void trial_set_parameters(const struct trial *trial, const struct choice *choices,
                          struct program *program);

/* "account has (id = x); run 1 has $1 = x": the rows of this world in the words of the programs.
 * Owned by the caller. */
char *trial_start(const struct trial *trial, const struct world *world, const int16_t *parameters);

/* Lets all acts without LIMIT look through their whole table, as the planner may where it is small. */
void trial_forget_indexes(struct trial *trial);

/* Leaves out an INSERT where the statement before it has found a row, as an application may that has
 * looked for it. Returns false when there is none. */
bool trial_add_branches(struct trial *trial);
