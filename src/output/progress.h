#pragma once
/* One line on standard error that says how far a long run is: only on a terminal, and only when the
 * run takes longer than a second. */

#include <glib.h>

#include "engine/monitor.h"

struct progress;

enum { PROGRESS_DELAY = 1000 }; /* milliseconds */

/* Starts to watch, and writes after so many milliseconds. Returns NULL when standard error is no
 * terminal; what follows takes NULL. Ended by progress_end, which wipes the line. */
struct progress *progress_begin(unsigned delay);
void progress_end(struct progress *progress);

/* What is being done ("reading", static), and to how many files or programs. */
void progress_phase(struct progress *progress, const char *what, guint total);

/* One more of them is done. Several threads may call it. */
void progress_step(struct progress *progress);

/* All of it, for a run to call. */
extern const struct monitor progress_monitor;
