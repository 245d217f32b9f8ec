#pragma once
/* A loop that ran seven times in one run and nine in another is one program: of three and more
 * repetitions of a block of statements two are kept. */

#include <glib.h>

#include "history/run.h"

/* The statements of a run that are kept, as guint. */
void collapse_run(const struct run *run, GArray *kept);
