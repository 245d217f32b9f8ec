#pragma once
/* isolint graph: which transactions depend on which. */

#include "cli/options.h"
#include "cli/trouble.h"

/* Troubles go to standard error. */
enum status graph_command(const struct options *options);
