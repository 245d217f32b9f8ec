#pragma once
/* isolint graph: which transactions depend on which. */

#include "options/options.h"
#include "output/trouble.h"

/* Troubles go to standard error. */
enum status graph_command(const struct options *options);
