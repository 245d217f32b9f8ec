#pragma once
/* The command line. */

#include <limits.h>
#include <stdbool.h>

#include <glib.h>

#include "base/error.h"
#include "engine/settings.h"
#include "options/log-options.h"
#include "options/outputs.h"

enum color {
    COLOR_AUTO,
    COLOR_ALWAYS,
    COLOR_NEVER,
};

enum { MOST_USUAL = INT_MIN };

struct options {
    struct settings settings; /* its `paths` are empty for the command "log" alone */
    char *since;              /* a commit, or NULL */
    struct outputs outputs;
    char *baseline; /* NULL: none */
    char *explain;  /* a rule's name: print its page and do nothing else */
    int most;       /* findings that reports for people write; 0: all, MOST_USUAL: as usual */
    enum color color;
    char **logs;            /* of the command "log"; NULL: another command */
    struct log_given given; /* what it has of its own */
    bool graph;             /* the command "graph" */
    bool lsp;               /* the command "lsp" */
    bool watch;             /* run again when a file changes */
    bool catalog;           /* the command "catalog"; the paths are no more than a connection */
    char *role;             /* of the catalog, or NULL */
    bool list_rules, version, quiet;
    bool fix, diff, update_baseline, staged, statistics, verbose;
    bool all; /* of the graph */
    bool show_config;
};

/* Reads the command line. Fails with one line on what it does not know. --help prints and ends the
 * program. Freed by options_finish. */
bool options_parse(struct options *options, int argc, char **argv, struct error *error);
void options_finish(struct options *options);

/* The table that --help prints, without places for the values: what the manual page and the
 * completions are made from. Ends with a NULL name; the entry "" stands for paths. Freed by g_free.
 */
GOptionEntry *options_table(void);

/* The words that an option takes, NULL-terminated; NULL when it takes others. Owned by the caller.
 */
char **options_words(const char *option);
