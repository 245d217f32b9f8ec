#pragma once
/* What isolint does without a command: lint, and write what was found. */

#include "cli/options.h"
#include "cli/trouble.h"

/* Troubles go to standard error; every other report is written when one of them could not be. */
enum status lint_command(const struct options *options);
