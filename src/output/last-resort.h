#pragma once

/* From here on what cannot be had, memory above all, ends the program with one line on standard
 * error and status 2, wherever it was asked for; a report that is half written is removed. Call it
 * first, before anything is allocated. */
void last_resort_arm(void);

/* The program ends by itself: from here on exit() is no failure. */
void last_resort_disarm(void);
