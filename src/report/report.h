#pragma once
/* Output: what a run found, written in one of several formats. A format is one function that takes
 * the whole report and a stream; equal reports give equal bytes. */

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "base/limits.h"
#include "lint/finding.h"
#include "lint/observed.h"

struct graph;

struct report {
    struct finding **findings; /* to show, in order of path, position and rule */
    size_t finding_count;
    struct finding **allowed; /* found, but allowed by a comment; same order */
    size_t allowed_count;
    size_t known_count;                /* found, but in the baseline */
    size_t lesser[SEVERITY_ERROR + 1]; /* found, but less severe than what is shown */
    struct script *const *scripts;     /* the files that were linted, in order of path */
    size_t script_count;
    size_t files, statements, transactions;
    char *const *troubles; /* one line for each input that could not be read */
    size_t trouble_count;
    const struct limits *limits;         /* that were reached; or NULL */
    const struct unforeseen *unforeseen; /* failures of a log that no finding predicted */
    size_t unforeseen_count;
    const struct graph *graph; /* between the programs; NULL: no format wants it */
    int fail_on; /* the lowest severity at which the run fails; above all of them: never */
    bool color;
    bool links;  /* the terminal knows links (OSC 8) */
    int width;   /* columns of the terminal; 0: not known */
    size_t most; /* findings that text is to write; 0: all */
    bool quiet;  /* no last line */
};

/* For people: the source with the span underlined, advice, and what all of it comes to. */
void report_text(const struct report *report, FILE *out);

/* For people who know the rules: one line a finding, and a last line that counts. */
void report_concise(const struct report *report, FILE *out);

/* One line a finding, "path:line:column: warning: message [rule]", as gcc writes them: for editors.
 * Its other places and its advice follow as notes. */
void report_gcc(const struct report *report, FILE *out);

/* Everything, for programs; docs/cli.md is the reference, docs/report.schema.json the schema. */
void report_json(const struct report *report, FILE *out);

/* SARIF 2.1.0 as GitHub code scanning takes it. */
void report_sarif(const struct report *report, FILE *out);

/* Workflow commands of GitHub Actions, which make annotations of findings. */
void report_github(const struct report *report, FILE *out);

/* GitLab Code Quality. */
void report_gitlab(const struct report *report, FILE *out);

/* JUnit's XML: a suite for each file, a failed case for each finding that fails the run. */
void report_junit(const struct report *report, FILE *out);

/* One file for a browser, with what all of it comes to, and a picture of the graph. */
void report_html(const struct report *report, FILE *out);

struct report_format {
    const char *name;
    void (*write)(const struct report *report, FILE *out);
    bool fingerprints; /* it shows the findings' */
    bool graph;        /* it shows the graph */
};

/* All of them: the first is the default, the last has no name. */
extern const struct report_format report_formats[];

/* Their names alone, NULL-terminated; static. */
const char *const *report_format_names(void);

/* The format of this name, or NULL. */
const struct report_format *report_format_find(const char *name);
