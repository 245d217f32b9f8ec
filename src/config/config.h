#pragma once
/* The configuration of a project: .isolint.yml, described in docs/configuration.md and
 * share/isolint.schema.json. This is what stands in the file; what it comes to together with the
 * command line is src/engine/configured.h's business. */

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "lint/lint.h"

/* What stands in the file is never 0; 0 is what is not said. */
enum config_switch {
    CONFIG_UNSET,
    CONFIG_NO,
    CONFIG_YES,
};

/* What can be said of all files, and of some. */
struct config_scope {
    char **paths; /* of a project: what is linted; of an override: patterns, as in .gitignore */
    unsigned paths_count;
    int *rules;      /* enum rule_choice by config_rule_name; NULL when none is named */
    int isolation;   /* enum isolation_level */
    int read_only;   /* enum config_switch */
    int transaction; /* 1 + enum framing */
    int kind;        /* 1 + enum script_kind */
    int runs;        /* 1 + enum concurrency */
    int retry;       /* enum config_switch */
};

/* Which programs log in as a role: what ALTER ROLE … SET stores holds for them. */
struct config_role {
    char *name;
    char **paths; /* patterns */
    unsigned paths_count;
};

/* Files whose tables and programs belong together. */
struct config_database {
    char *name;
    char **paths;  /* patterns */
    char **schema; /* paths */
    unsigned paths_count, schema_count;
    struct config_role *roles;
    unsigned roles_count;
};

struct config {
    char *file;      /* NULL when there is none */
    char *directory; /* that paths in it are relative to; absolute */

    struct config_scope project;
    char **exclude, **schema, **migrations, **waits;
    unsigned exclude_count, schema_count, migrations_count, waits_count;
    int server_version; /* 906, 1600 */
    int target;         /* CONFIG_YES: a standby */
    int pooler;         /* CONFIG_YES: hands connections on between transactions */
    int all_serializable, require_retry, require_level;
    int severity, fail_on; /* 1 + enum severity; fail_on one more for never */
    struct config_scope *overrides;
    unsigned overrides_count;
    struct config_database *databases;
    unsigned databases_count;
    struct config_role *roles;
    unsigned roles_count;
};

/* Reads a file. Returns NULL and says in `error` what is wrong with it: "FILE:LINE:COLUMN: …".
 * Freed by config_free. */
struct config *config_read(const char *file, struct error *error);

/* The same of a text that is at hand, with a NUL behind it, as though it stood in `file`. */
struct config *config_read_text(const char *file, const char *text, size_t size,
                                struct error *error);
void config_free(struct config *config);

/* An empty configuration, for when there is no file. Freed by config_free. */
struct config *config_none(void);

/* Sets one key as though it stood in the file: "target=standby", "rules.lost-update=off",
 * "exclude=old/,*.gen.sql", "overrides=[{paths: [a], runs: once}]". Returns false and says in
 * `error` what is wrong with it. */
bool config_set(struct config *config, const char *setting, struct error *error);

/* The file that holds for the working directory: the first .isolint.yml in it or above, as a
 * relative path. The search ends at the root of the repository and at the home directory. NULL when
 * there is none; owned by the caller. A name that is nearly right, isolint.yml or .isolint.yaml, is
 * an error. */
char *config_find(struct error *error);

/* The one of a directory, given as "" or with a slash at its end; the rest as config_find. */
char *config_in(const char *way, struct error *error);

/* The names that `rules` may have: the index of a rule in rule_entries, then the groups, then
 * "all". NULL after the last. */
const char *config_rule_name(unsigned index);

/* What a scope says of a rule: by its name, else by its group, else by "all". */
enum rule_choice config_rule_of(const struct config_scope *scope, unsigned rule);

/* The words that a key takes, for those that take words; NULL after the last. `*value` is what it
 * stands for; of several words for one value the first is the one to show. */
const char *config_word(const char *key, unsigned index, int *value);

/* The first word for a value of a key: what --show-config prints. */
const char *config_word_for(const char *key, int value);
