#pragma once
/* What text reports share: the most severe findings first, no more of them than were asked for, and
 * what is said of all of them at the end. */

#include <stdio.h>

#include <glib.h>

#include "report/report.h"

/* The findings to write, the most severe first and otherwise in the report's order. Owned by the
 * caller. */
GPtrArray *summary_select(const struct report *report);

/* "3 errors, 12 warnings in 41 files (212 statements, 38 transactions)", then what is not shown.
 * Owned by the caller. */
char *summary_line(const struct report *report);

/* The same, below a line about files that were not analysed. */
void summary_put_count(const struct report *report, FILE *out);

/* How often each rule found something, the most severe rules first, when there are more than ten
 * findings or some of them are not written. */
void summary_put_table(const struct report *report, FILE *out);

/* What to do next, when the table is written. */
void summary_put_next(const struct report *report, FILE *out);
