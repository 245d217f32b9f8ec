#pragma once
/* What a run did not analyse though nothing is wrong with it: files of other systems, tests and
 * released scripts, statements that are complete only when they run. */

#include <glib.h>

#include "report/report.h"

struct unread_files {
    GPtrArray *dialects; /* const char *, sorted, one for each file of another system */
    size_t tests, uninstalls, released, archived;
};

/* Those of the report. Freed by unread_files_finish; the names are not. */
struct unread_files unread_files(const struct report *report);
void unread_files_finish(struct unread_files *files);

/* The sum of all scripts. */
struct unread unread_statements(const struct report *report);

/* "not linted: 3 files for MySQL, 1 file for SQLite, 2 tests"; NULL when all files were
 * linted. Owned by the caller. */
char *unread_line(const struct report *report);
