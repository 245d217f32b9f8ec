#pragma once
/* In which order a statement comes to its rows. Where no ORDER BY asks for one, the planner chooses
 * the index or the table, and the scan of a table begins somewhere when another one is under way
 * (synchronize_seqscans): two runs of one statement may come to two rows in opposite order. */

#include "machine/world.h"

enum way {
    WAY_PLANNED, /* as the acts say */
    WAY_PLANNED_FROM_END,
    WAY_TABLE,
    WAY_TABLE_FROM_END,
    WAYS,
};

/* Lets the acts of a program that ask for no order find their rows in this way. */
void program_take_way(struct program *program, enum way way);

/* Whether it takes some of the rows that it finds, whichever they are: LIMIT without ORDER BY. */
bool program_picks_any(const struct program *program);

/* Lets such acts take the last rows in the place of the first ones. */
void program_pick_last(struct program *program);
