#pragma once
/* What the two files of a meeting ask of each other. */

#include "conflict/meeting.h"

/* The last column of each table is no column of the relation: it tells rows apart that conditions
 * cannot tell apart which are not understood. */
enum { TAG = WORLD_COLUMNS - 1, FIRST_TAG = 1, NO_TAG = 0, FIRST_FREE = 5000 };

/* The table of an access; WORLD_TABLES when there is no room for another. */
unsigned meeting_table(struct meeting *meeting, const struct access *access);

/* The place of a column in its table, which is made when there is room; TAG when there is none. */
unsigned meeting_column(struct meeting *meeting, unsigned table, const char *name);

/* Whether the machine knows what the term says. */
bool meeting_understands(const struct term *term);

/* What an INSERT gives a column. What is made for the new row alone, or not known, is a value of
 * its own. */
short meeting_inserted(struct meeting *meeting, unsigned run, const struct access *insert,
                       const char *column);

/* Makes the acts of a run from the locks that were added. */
void meeting_make_program(struct meeting *meeting, unsigned run);
