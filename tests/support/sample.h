#pragma once
/* Table-driven tests: a sample is a text, a view of it says in lines what isolint makes of it, and
 * both are compared. Each sample is a test of its own.
 *
 * A line "-- file NAME" begins another file; what stands before the first one is "test.sql". */

#include "support/project.h"

/* What is looked at: a text that the caller owns. */
typedef char *sample_view(const char *text, const char *options);

struct sample {
    const char *name;
    const char *text;
    const char *expected;
    const char *options; /* of the command line, separated by blanks; or NULL */
    const char *known;   /* what is still wrong in isolint: the sample is right, it is
                          * skipped, and fails when isolint is right as well */
};

/* Appends one test for each sample to `tests` (struct CMUnitTest). */
void samples_add(GArray *tests, const struct sample *samples, size_t count, sample_view *view);

/* Appends a test that is a function. */
void test_add(GArray *tests, const char *name, CMUnitTestFunction function);

/* An empty list of tests. */
GArray *tests_new(void);

/* Runs them, frees the list and returns how many failed: what main returns. */
int tests_run(const char *name, GArray *tests);

/* Lints the files of a sample. Freed by linted_finish. */
void lint_sample(struct linted *linted, const char *text, const char *options);

/* The first transaction of a sample that is no definition of a table. */
const struct transaction *linted_first(const struct linted *linted);
