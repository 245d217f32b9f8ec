#pragma once
/* The command line. */

#include <stdbool.h>

#include "base/error.h"
#include "lint/rule.h"
#include "model/settings.h"
#include "model/transaction.h"

enum format {
    FORMAT_TEXT,
    FORMAT_SARIF,
    FORMAT_JSON, /* of --list-rules */
    FORMAT_DOT,  /* of graph, as the next */
    FORMAT_MERMAID,
};

enum color {
    COLOR_AUTO,
    COLOR_ALWAYS,
    COLOR_NEVER,
};

enum { FAIL_NEVER = SEVERITY_ERROR + 1 };

struct options {
    char **paths;   /* NULL-terminated; never empty */
    char **schemas; /* NULL-terminated, or NULL */
    enum format format;
    char *output;         /* NULL: standard output */
    char *stdin_filename; /* NULL: "stdin" */
    char *select, *extend_select, *ignore;
    char *explain; /* a rule's name: print its page and do nothing else */
    enum severity lowest;
    int fail_on; /* a severity, or FAIL_NEVER */
    enum color color;
    int jobs;
    struct lint_options lint;
    bool graph; /* the command "graph" */
    bool list_rules, version, quiet;
    struct session_options session;
};

/* Reads the command line. Fails with one line on what it does not know. --help prints and ends the
 * program. Freed by options_finish. */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_finish(struct options *options);
