#pragma once
/* What the configuration and the command line come to, for the project and for each file. Options
 * win over the file; of the file's overrides that match a path, the later wins. */

#include "config/config.h"
#include "engine/settings.h"
#include "facts/script.h"
#include "input/ignore.h"
#include "lint/lint.h"

struct configured;

/* Reads the configuration: `file`, or with NULL the one that is found from the working directory,
 * or with `none` no file at all. Returns NULL and says why in `error` when it is wrong. Freed by
 * configured_free. `settings` ("KEY=VALUE", NULL-terminated or NULL) are stronger than the file. */
struct configured *configured_read(const char *file, bool none, char **settings,
                                   struct error *error);
void configured_free(struct configured *configured);

/* The same of a configuration that has been read, which it takes over; NULL for NULL. */
struct configured *configured_by(struct config *config, char **settings, struct error *error);

/* What stands in the file and in those of directories below, and was set. Owned by the configuration. */
const struct config *configured_config(const struct settings *settings);

/* What is not given is what the configuration says. */
void configured_complete(struct settings *settings);

/* What is linted, and read for the catalog, when nothing is named. */
void configured_inputs(struct settings *settings);

/* Tells the catalog which functions wait for what is no lock: the key "waits". */
void configured_waits(const struct settings *settings, struct catalog *catalog);

/* Takes over the configurations of the directories below the project's in which `files` (paths) lie:
 * each holds for its directory, and that is a database of its own. Nothing when the configuration
 * was named, or none is wanted. One that is wrong is one line in `troubles`, keys that hold for a
 * whole run only are one in `remarks` (owned strings). Called before files are read; what has been
 * taken over is not taken again. Returns whether any was: then `exclude` may be another. */
bool configured_nest(const struct settings *settings, const GPtrArray *files, GPtrArray *troubles,
                     GPtrArray *remarks);

/* What the file leaves out when a directory is searched. Owned by the configuration. */
const struct ignore *configured_exclude(const struct settings *settings);

/* Whether the project's file says itself which files belong together. */
bool configured_separated(const struct settings *settings);

/* The databases that the file lists and those of directories with a file of their own, by index. */
enum { NO_DATABASE = -1 };
unsigned configured_database_count(const struct settings *settings);

/* The one that a path, or a name, belongs to; NO_DATABASE for none. */
int configured_database(const struct settings *settings, const char *path);
int configured_database_named(const struct settings *settings, const char *name);

/* Its name, NULL for NO_DATABASE; and what is read for its catalog alone, owned by the caller. */
const char *configured_database_name(const struct settings *settings, int database);
char **configured_database_schema(const struct settings *settings, int database);

/* The role that runs the programs of a path; NULL when that is not said. */
const char *configured_role(const struct settings *settings, int database, const char *path);

/* How the sessions that run `path` begin. */
struct session_options configured_session(const struct settings *settings, const char *path);

/* 1 + the enum script_kind that the file gives `path`; 0 when it gives none. */
int configured_kind(const struct settings *settings, const char *path);

/* What runs at the same time as what, where the file says so. */
void configured_runs(const struct settings *settings, struct script *script);

/* The rules for `path`, or with NULL those of the project. Freed by selection_finish. */
bool configured_selection(struct selection *selection, const struct settings *settings,
                          const char *path, struct error *error);

/* Whether an override gives `path` rules of its own. */
bool configured_has_rules(const struct settings *settings, const char *path);
