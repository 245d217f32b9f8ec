#pragma once
/* All programs of a run together: who reads and writes what. Rules that ask whether anybody else
 * touches a table, and the dependency graph, start here. */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include <glib.h>

#include "base/limits.h"
#include "program/side-effect.h"

/* What came of something before, for threads that ask side by side. */
struct corpus_memory {
    pthread_mutex_t lock;
    GHashTable *texts, *answers; /* trial/trial-memory.h; NULL: nothing yet */
};

struct corpus {
    GPtrArray *scripts;      /* struct script */
    GPtrArray *transactions; /* struct transaction, in order of script and position */
    unsigned kinds;          /* 1 << access_kind of each of their accesses */
    GPtrArray *unknown;      /* those of which not everything is known */
    GPtrArray *holders;      /* those that take an advisory lock, and write or may do so */
    GPtrArray *callers;      /* those with calls that may have an effect, without surplus ones;
                              * filled by corpus_complete */
    GHashTable *relations;   /* struct relation → GPtrArray of struct access */
    GHashTable *unresolved;  /* name of a relation that is not known → the same */
    GHashTable *values;      /* such an array → struct value_index; filled by corpus_complete */
    GHashTable *all_values;  /* the same with programs that are `alike`; NULL when none is */
    GHashTable *inserts;     /* those of each such list, by the list */
    GHashTable *beside; /* likewise those of programs that run beside themselves and all others */
    GHashTable *first_rows;  /* struct relation → inserts of the transaction that creates it */
    GHashTable *small, *hot; /* names of tables that a comment calls so */
    GHashTable *bodies;      /* struct body_statement → GPtrArray of struct access */
    GHashTable *deadlocks;   /* struct transaction → its first; filled by deadlock_search */
    GHashTable *cycles;      /* struct transaction → the one told of it; filled by cycle_search */
    GHashTable *structures;  /* struct transaction → whose pivot it is; filled by graph_link */
    GHashTable *involved;    /* the transactions of all structures; likewise */
    struct limits *limits;   /* that the searches have reached */
    struct corpus_memory *memory;
};

/* Empty. Freed by corpus_finish; what it points to is the scripts'. */
void corpus_init(struct corpus *corpus);
void corpus_finish(struct corpus *corpus);

/* Finds what the transactions of a script that has been bound are by themselves: once, on any thread,
 * before it is added. */
void corpus_prepare_script(struct script *script);

/* Adds the transactions of a script that has been prepared. */
void corpus_add_script(struct corpus *corpus, const struct script *script);

/* After all scripts: what else finds accesses quickly. */
void corpus_complete(struct corpus *corpus);

/* The accesses of the relation that `access` is about, its own included, in order of script and
 * position; never NULL when the access is in the corpus. Accesses without a name have none. */
const GPtrArray *corpus_accesses(const struct corpus *corpus, const struct access *access);

/* The accesses that a statement of a body makes whenever it is run, by what it calls and by
 * triggers as well; NULL when there are none. */
const GPtrArray *corpus_body_accesses(const struct corpus *corpus,
                                      const struct body_statement *statement);

/* The transaction that begins at this COMMIT or ROLLBACK of a body; NULL when no run is known in
 * which one does. */
const struct transaction *corpus_segment(const struct corpus *corpus,
                                         const struct body_statement *end);

/* Whether a mode that is set in a routine, or without one in this DO, is refused because the
 * snapshot has been taken: another level than that of all transactions that are known to run it,
 * READ WRITE when one of them is READ ONLY, [NOT] DEFERRABLE in any case. */
bool corpus_refuses_mode(const struct corpus *corpus, const struct routine *routine,
                         const struct statement *block, const struct mode *mode);

/* Whether another run, of this or of another program, may come between its statements and touch
 * what it touches: always for what runs concurrently with itself, for what runs once only when a
 * program that can overlap with it accesses one of its relations and one of the two writes. */
bool corpus_has_opponent(const struct corpus *corpus, const struct transaction *transaction);

/* The first access of the same relation by any program that can overlap and is one of `kinds` (1 <<
 * access_kind) and can touch the same rows; NULL when there is none. `other` asks for another
 * program. */
const struct access *corpus_find(const struct corpus *corpus, const struct access *access,
                                 unsigned kinds, bool other);

/* The first write of the same relation by another program that can overlap, whatever rows it
 * writes; NULL when there is none. */
const struct access *corpus_writer(const struct corpus *corpus, const struct access *access);

/* Whether another program at SERIALIZABLE writes a table that the transaction reads, or may do so:
 * the inputs do not define all of these tables, or the program does something that is not known. */
bool corpus_has_serializable_writer(const struct corpus *corpus,
                                    const struct transaction *transaction);

/* Whether the access's table has a few pages only, as far as that is written: a comment says so
 * ("-- isolint: small TABLE"), or all that is ever inserted into it are at most 20 rows of
 * constants, key included, so that no statement can insert its rows twice. */
bool corpus_is_small(const struct corpus *corpus, const struct access *access);

/* Whether a comment says that new versions of the table's rows find room on the page of the old
 * ones ("-- isolint: hot TABLE", which `isolint catalog` writes by what the server has counted). */
bool corpus_is_hot(const struct corpus *corpus, const struct access *access);
