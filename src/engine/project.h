#pragma once
/* A run over many files: read and parse them in parallel, replay their DDL in order, lint them in
 * parallel. What comes out never depends on how many threads there were. */

#include <glib.h>

#include "engine/databases.h"
#include "engine/settings.h"
#include "lint/lint.h"

struct project {
    GPtrArray *databases;          /* struct database, owned; at least one */
    GPtrArray *scripts;            /* struct script, in order of path; given back to the shelf */
    struct shelf *shelf;           /* of the settings */
    GPtrArray *remarks;            /* char *, owned: what is worth a line, and no trouble */
    GPtrArray *troubles;           /* char *, owned: inputs that could not be read, in order */
    GPtrArray *findings;           /* struct finding, in order of path, position, rule */
    GPtrArray *lesser;             /* the same, below the severity that is shown */
    struct limits limits;          /* that searches have reached, in all databases */
    const struct monitor *monitor; /* while it runs; NULL when nobody watches */
    void *watching;                /* what its begin() has returned */
    const gint *cancelled;         /* becomes 1 when nobody waits for it any more; or NULL */

    /* For update.h. */
    bool wants_structures, wants_deadlocks; /* what some of the rules ask for */
    struct concern *owed;                   /* NULL: nothing */
    size_t relinted;                        /* scripts, again, since the run */
};

/* Reads what the settings name and lints it with the rules of `selection`; with NULL nothing is
 * linted, and the structures are there for the graph. Troubles with single inputs are collected and
 * end nothing. Freed by project_finish. */
void project_run(struct project *project, const struct settings *settings,
                 const struct selection *selection);

/* A script that is no file: it is linted beside the files that the settings name. */
struct made {
    char *path; /* as it is shown */
    GBytes *text;
    const char *login, *login_to; /* as struct script has them */
};

/* The same with other texts for some files: `texts` has GBytes by path as it is shown; NULL: none.
 * `made` has struct made; NULL: none. */
void project_run_with(struct project *project, const struct settings *settings,
                      const struct selection *selection, GHashTable *texts, const GPtrArray *made);

/* The same, given up when *cancelled becomes 1, from whatever thread: then it returns false, and the
 * project is finished. */
bool project_run_until(struct project *project, const struct settings *settings,
                       const struct selection *selection, GHashTable *texts, const GPtrArray *made,
                       const gint *cancelled);
void project_finish(struct project *project);

/* Parses a script that has been read, which it takes over, or finds it on the shelf of the settings, and
 * says what it is, as the configuration and its text have it. `below` is as for kind_guess. Given back by
 * shelf_return. */
struct script *project_parse(const struct settings *settings, struct script *script,
                             const char *below);

/* What a file's path is below the one of the settings that was searched for it; NULL when it is named
 * itself, or is below none. */
const char *project_below(const struct settings *settings, const char *path);

/* Runs a program of a database through a session and binds its names. */
void project_bind(const struct settings *settings, const struct database *database,
                  struct script *script);

/* Where a script stands among those of a project that has been run; NULL when it has none of the path. */
struct script **project_script(const struct project *project, const char *path);

/* Gives each of all findings (struct finding, in order) its fingerprint. */
void project_fingerprint(const GPtrArray *findings);

/* The database by its number. */
static inline struct database *project_database(const struct project *project, unsigned number)
{
    return project->databases->pdata[number];
}
