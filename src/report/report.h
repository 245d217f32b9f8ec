#pragma once
/* Output: what a run found, written in one of several formats. A format is one function that takes
 * the whole report and a stream; equal reports give equal bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "lint/finding.h"

struct report {
    struct finding **findings; /* to show, in order of path, position and rule */
    size_t finding_count;
    struct finding **allowed; /* found, but allowed by a comment; same order */
    size_t allowed_count;
    size_t files, statements, transactions;
    char *const *troubles; /* one line for each input that could not be read */
    size_t trouble_count;
    bool color;
    bool quiet; /* no last line */
};

/* For people: the source with the span underlined, advice, a last line that counts. */
void report_text(const struct report *report, FILE *out);

/* SARIF 2.1.0 as GitHub code scanning takes it. */
void report_sarif(const struct report *report, FILE *out);
