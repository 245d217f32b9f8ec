#pragma once
/* The settings of an analysis: which files it reads, how sessions begin, which rules run. The command
 * line fills them from its options, together with the configuration; see engine/configured.h. */

#include <stdbool.h>

#include "base/files.h"
#include "config/effective.h"

struct configured;
struct monitor;
struct shelf;

struct settings {
    struct configured *configured; /* what the configuration says, see engine/configured.h */
    const struct files *files;     /* NULL: the disk */
    char **paths;                  /* NULL-terminated; what is linted */
    char **schemas;                /* NULL-terminated, or NULL */
    char **excludes;               /* patterns, NULL-terminated, or NULL */
    bool force_exclude;            /* what `paths` name is left out as well */
    bool allow_empty;              /* nothing to lint is no trouble */
    char *stdin_filename;          /* NULL: "stdin" */

    char *select, *extend_select, *ignore; /* rules, see lint/lint.h; or NULL */
    struct effective effective;
    uint64_t
        given; /* effective_bit of keys that are said already: stronger than the configuration */

    bool fingerprints;             /* findings get one */
    int jobs;                      /* threads */
    bool incremental;              /* findings are replaced script by script: see project_update */
    struct shelf *shelf;           /* of scripts that runs before have parsed; NULL: none */
    const struct monitor *monitor; /* who watches a run; NULL: nobody */
};

/* What holds where nothing is said: one thread, the version of the grammar. Freed by
 * settings_finish. */
void settings_init(struct settings *settings);
void settings_finish(struct settings *settings);
