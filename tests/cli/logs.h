#pragma once
/* What the tests of isolint log share. */

#include "cli/run.h"

#define LOGS SOURCE_ROOT "/tests/log/"

/* All files of a directory of the sandbox, in order of their names, after one another. */
char *all_files(const char *directory);

/* The programs of a log, which are written into the directory. */
char *programs_of(const char *log, const char *schema, const char *directory);

int count_of(const char *text, const char *piece);
