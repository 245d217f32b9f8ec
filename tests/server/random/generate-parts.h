#pragma once
/* What both halves of the generator of programs make them of. */

#include "server/random/generate.h"

struct maker {
    struct random *random;
    const struct world *world;
    struct program *program;
    uint32_t *by_view;
    uint8_t *forms;
    bool inside; /* of a function */
};

int16_t pick_number(struct random *random, unsigned limit);

struct act *add_act(struct maker *maker, enum act_kind kind, unsigned table);
void add_filter(struct act *act, unsigned column, enum comparison comparison, int16_t number);

/* One condition on an indexed column, or none, unless it must be `one`; perhaps one more on C. */
void restrict_rows(struct maker *maker, struct act *act, bool one);

void set_column(struct maker *maker, struct act *act);

/* INSERT of one row of values. */
void make_plain_insert(struct maker *maker, unsigned table);

/* ---- generate-rows.c */

/* One more row of the table, after `nth` others, whose keys are those of the first; and up to how many there
 * are. */
struct act *find_row(struct maker *maker, unsigned table, unsigned nth);
unsigned rows_of(const struct act *found);

/* UPDATE or DELETE of the row whose key the act has found. */
struct act *change_found(struct maker *maker, unsigned table, enum act_kind kind, unsigned found);

void make_rows(struct maker *maker, unsigned table);
void make_routine(struct maker *maker);

/* ---- generate-join.c */

void make_join(struct maker *maker, unsigned table);
void make_join_routine(struct maker *maker, unsigned table);
