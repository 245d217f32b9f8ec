#pragma once
/* A table of programs: JSON lines, one for each program, after one that says what it is. A log that
 * is too large for one machine is cut by session, each part gives a table, and tables are read like
 * logs: together they give what the whole gives. docs/logs.md describes the format. */

#include <glib.h>

#include "base/error.h"
#include "log/reader.h"
#include "workload/program.h"

enum { TABLE_VERSION = 1 };

/* Everything that was taken, before programs_finish. Owned by the caller. */
GString *table_write(const struct programs *programs);

/* Adds the programs of a table, which stand in it from now on; `name` must outlive them. Fails on a
 * line that is none, and on a version that is not known. */
bool table_read(struct programs *programs, struct reader *reader, const char *name,
                struct error *error);
