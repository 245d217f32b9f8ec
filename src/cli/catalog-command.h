#pragma once
/* The command "catalog": what a server knows and a dump leaves out, as SQL for --schema. */

#include "options/options.h"
#include "output/trouble.h"

/* share/isolint/catalog.sql; put in while building. */
extern const char catalog_text[];

/* Runs psql with it, and writes what it says to the --output of the options when it is complete. */
enum status catalog_command(const struct options *options);
