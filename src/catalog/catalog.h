#pragma once
/* The catalog: what the DDL of all inputs adds up to, in their order. It answers in three values:
 * a relation that no CREATE described is unknown, and what is unknown never makes a finding. */

#include <stdbool.h>

#include <glib.h>

#include "base/arena.h"
#include "facts/definition.h"

enum answer {
    ANSWER_NO,
    ANSWER_UNKNOWN,
    ANSWER_YES,
};

/* A default of transaction modes that ALTER SYSTEM, DATABASE or ROLE stored. */
struct stored_setting {
    struct stored_setting *next, *before;
    enum setting_holder holder;
    const char *owner;    /* role or database, NULL for the system */
    const char *database; /* of ALTER ROLE … IN DATABASE; or NULL */
    const struct setting *setting;
    const struct script *script;
};

/* A routine that calls may mean. */
struct overload {
    struct overload *next; /* of the same name, created before */
    const struct routine *routine;
};

/* What runs a trigger function: its triggers, and the table of the first of them. */
struct firing {
    struct relation *relation;
    unsigned events; /* of enum trigger_event, those of all of these triggers */
    bool rows;       /* all of them run it for a row, ... */
    bool after;      /* ... and all after it has been written */
    bool several;    /* triggers of other relations run it as well */
};

struct catalog {
    uint32_t number; /* no other catalog of the process has it; never 0 */
    struct arena arena;
    GPtrArray *all;        /* struct relation, in the order of their creation */
    GHashTable *relations; /* name → struct relation, linked by next */
    GHashTable *qualified; /* the last of each schema and name, by both; no temporary ones */
    GHashTable *dropped; /* name → GPtrArray of those that are gone again, in the order of that */
    uint32_t at;         /* offset of the statement that is replayed */
    uint32_t foreign_keys; /* made so far */
    GHashTable *places;    /* struct script with DDL → its place in the replay, from 1 */
    GHashTable *routines;  /* name → struct overload */
    GHashTable *current;   /* struct routine → its struct overload */
    GHashTable *defined;   /* name and signature → GPtrArray of all routines that ever had them */
    GHashTable *retired; /* struct routine: gone, or a later statement puts another in its place */
    GHashTable *called;  /* the same: by a statement or a routine of the inputs, or as a trigger */
    GHashTable *firings; /* struct routine → struct firing; filled by bind_definitions */
    GHashTable *transition_tables; /* names that triggers give them, each its own value */
    GHashTable *temporary_tables;  /* names of those that routines create, likewise */
    GHashTable *indexes;           /* name → struct relation that has it */
    GHashTable *concerned;         /* struct change → struct relation, see catalog_concerned() */
    const struct relation *named;  /* whose names are listed, until one may be given away */
    GHashTable *names; /* of its indexes and constraints → the last number behind that is taken */
    struct stored_setting *settings; /* last wins */
    GHashTable *stored;              /* the same by holder, owner, database and name */
    struct event_trigger *event_triggers;
    GHashTable *waits; /* functions that the project says to wait: "name" or "schema.name" */
    bool makes_sure;   /* a DO block is replayed: what is there already stays as it is */
    bool adds_code;    /* a statement may run code that no name in it tells: STATEMENT_ADDS_CODE */
};

/* Empty. Freed by catalog_finish. */
void catalog_init(struct catalog *catalog);
void catalog_finish(struct catalog *catalog);

/* Applies the changes of every statement of a script, in order, and of those in its DO blocks. The
 * script stays as it is, and must outlive the catalog. */
void catalog_apply_script(struct catalog *catalog, const struct script *script);

/* For whom the triggers of one table run a routine; NULL when no trigger does, or triggers of several
 * tables do, so that it is not known for which row. */
const struct firing *catalog_firing(const struct catalog *catalog, const struct routine *routine);

/* Whether a script is one of the migrations, which run in their order and alone. */
bool catalog_is_migration(const struct script *script);

/* Notes that calls of a function, "name" or "schema.name", wait for what is no lock. */
void catalog_add_wait(struct catalog *catalog, const char *name);

/* Whether a call means such a function. */
bool catalog_waits(const struct catalog *catalog, const char *schema, const char *name);

/* Resolves what refers to names that may have come later: partitions, LIKE, foreign keys. Called
 * once, after the last script. */
void catalog_complete(struct catalog *catalog);

/* Whether two schemas are the same; none means `public`, what search_path most likely gives. */
bool catalog_same_schema(const char *a, const char *b);

/* After all of a script. */
#define AT_THE_END UINT32_MAX

/* What a name means where `script` runs: its own temporary table first, then the given schema, or
 * without one the only relation of that name, `public` first. `at` is the offset of the statement:
 * a script with DDL still sees what is dropped later. NULL: unknown. */
struct relation *catalog_relation(const struct catalog *catalog, const char *schema,
                                  const char *name, const struct script *script, uint32_t at);

/* The relation that a change is about without naming it: the table of an index that it drops, the
 * parent of a foreign key that it drops. NULL without, or when unknown. */
struct relation *catalog_concerned(const struct catalog *catalog, const struct change *change);

/* Makes a routine, which must outlive the catalog, what calls of its name and signature mean. */
void catalog_create_routine(struct catalog *catalog, const struct routine *routine, bool replace);

/* Takes away the routine that DROP names, or without types all of that name. What the same script or an
 * earlier one of the migrations has made is run by nobody any more; of other scripts it is not known
 * which of them runs last. */
void catalog_drop_routine(struct catalog *catalog, const struct change *change,
                          const struct script *script);

/* Lets calls of another name mean the routine that a change renames. */
void catalog_rename_routine(struct catalog *catalog, const struct change *change);

/* SET replaces what the same holder has stored under that name, RESET takes it away, RESET ALL takes
 * away everything of the holder. */
void catalog_store_setting(struct catalog *catalog, const struct change *change,
                           const struct script *script);

/* The routine that a call means; NULL when unknown or when overloads leave it open.
 * `argument_count` is -1 when not known. */
const struct routine *catalog_routine(const struct catalog *catalog, const char *schema,
                                      const char *name, int argument_count);

/* Makes the columns of a relation the catalog's own, so that they can be changed. */
void catalog_own_columns(struct catalog *catalog, struct relation *relation);

/* Its column of this name; NULL when it has none, as far as is known. */
const struct column *relation_column(const struct relation *relation, const char *name);

/* Whether its column of this name has numbers that are computed with; whether it is a boolean; and
 * whether it is a timestamp. */
bool column_is_amount(const struct relation *relation, const char *name);
bool column_is_flag(const struct relation *relation, const char *name);
bool column_is_time(const struct relation *relation, const char *name);

/* Whether the relation has a column of this name. */
enum answer relation_has_column(const struct relation *relation, const char *name);

/* Whether the value of the column says into which partition of the relation a row goes, or into
 * which part of a partition. */
bool relation_partitions_by(const struct relation *relation, const char *column);

/* The primary key, or NULL. */
const struct index *relation_primary_key(const struct relation *relation);

/* Where the canonical text of an expression names this column first; NULL: nowhere. */
const char *expression_place(const char *expression, const char *column);
bool expression_names(const char *expression, const char *column);

/* Whether the index changes when the column does: a key, part of an expression, or in its WHERE. */
bool index_depends_on(const struct index *index, const char *column);

/* Whether the name is the server's own: pg_catalog, information_schema, or an unqualified pg_…
 * name that the catalog does not know as a table of the user. */
bool name_is_system(const char *schema, const char *name);
