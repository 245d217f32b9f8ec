#pragma once
/* isolint log: finds the programs in a server's log, lints them, and shows what was observed. */

#include "options/options.h"
#include "output/trouble.h"

enum status log_command(const struct options *options);
