#pragma once
/* --show-config: what configuration and command line come to. */

#include <stdio.h>

#include "options/options.h"

/* Prints it as a configuration. Fails when the command line names a rule that does not exist. */
bool show_config(const struct options *options, FILE *out, struct error *error);
