#pragma once
/* --watch: the same run again whenever a file changes that it would read. */

#include "output/trouble.h"

/* `argc` and `argv` are those of the program, and are read again for each run, because the
 * configuration may have changed. Returns only when the first run has wrong options. */
enum status watch_command(int argc, char **argv);
