#pragma once
/* What --help prints. */

#include <stdio.h>

#include <glib.h>

/* Writes the usage and every option of the table (ends with a NULL name), no wider than so many
 * columns. */
void help_write(FILE *out, const GOptionEntry *entries, int width);
