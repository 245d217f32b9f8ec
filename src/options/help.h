#pragma once
/* What --help prints. */

#include <stdio.h>

#include <glib.h>

/* Writes the usage and the options of the table (ends with a NULL name), no wider than so many columns:
 * those of the command alone where `word` names one. */
void help_write(FILE *out, const GOptionEntry *entries, const char *word, int width);
