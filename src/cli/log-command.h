#pragma once
/* isolint log: finds the programs in a server's log, lints them, and shows what was observed. */

#include "cli/options.h"
#include "cli/trouble.h"

enum status log_command(const struct options *options);
