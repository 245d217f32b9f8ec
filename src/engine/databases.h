#pragma once
/* Which files belong together: one database is one catalog and one set of programs. The
 * configuration says it, or \connect at the beginning of a file. Where nobody does, and two folders
 * create a table of the same name with different columns, each of them is a database of its own. */

#include <glib.h>

#include "catalog/catalog.h"
#include "engine/settings.h"
#include "corpus/corpus.h"

struct database {
    const char *name;   /* NULL: not known */
    int configured;     /* its index in the configuration, or NO_DATABASE */
    GPtrArray *scripts; /* struct script; not owned */
    GPtrArray *unclear; /* char *, owned: tables of which nobody can say what they are */
    struct catalog catalog;
    struct corpus corpus;
    struct arena arena;           /* of the structures */
    struct structure *structures; /* between programs */
};

/* Sorts scripts that have been parsed into databases (struct database, freed with the array), and
 * sets the number of each script's database. Keeps the order of the scripts. What it cannot know is
 * said in `remarks` (owned strings). */
GPtrArray *databases_of(const GPtrArray *scripts, const struct settings *settings,
                        GPtrArray *remarks);

/* Whether the script itself names a database that it connects to. */
bool database_connects(const struct script *script);

/* Marks the tables that are unclear. Called when the catalog is complete. */
void database_mark_unclear(struct database *database);
