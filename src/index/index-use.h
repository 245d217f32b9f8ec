#pragma once
/* Whether an access can find its rows through an index. At SERIALIZABLE this decides what is locked
 * against writers: rows and index pages, or the whole table (README-SSI in storage/lmgr). The
 * planner may still read a small table as a whole, so "yes" means "can", and "no" means "never". */

#include "base/arena.h"
#include "program/access.h"

struct index_use {
    enum answer usable;
    const struct index *index; /* the best one that serves, or the one that is read as a whole;
                                * NULL for a search by ctid or for no row at all */
    bool whole_index;          /* it serves, but is read from end to end */
    bool unrestricted;         /* no, because nothing but joins says which rows: no index helps */
    const char *reason;        /* why none serves: "no index on email" */
    const char *advice;        /* an index that would, "CREATE INDEX ON users (email)", or NULL */
    const char *rewrite;       /* how to write the condition instead, or NULL */
};

/* Texts are in `arena`. */
struct index_use index_use(const struct access *access, struct arena *arena);

/* The indexes of the table, the first 64 of them, in whose order the rows can come: bit 0 is the
 * first. GIN and BRIN are none of them, they are read by bitmaps: in the order of the table. */
struct index_ways {
    bool known;     /* whether it is known which indexes serve */
    uint64_t serve; /* those that do */
    uint64_t may;   /* and those that perhaps do */
};

/* Not known for a partitioned table. */
struct index_ways index_ways(const struct access *access, struct arena *arena);

/* What a search through an index locks of it against inserts at SERIALIZABLE (`ampredlocks` of the
 * access methods; RULES of README-SSI, "Index AM implementations"). */
enum index_grain {
    GRAIN_PAGES,   /* the pages with what was looked for: btree, hash, GIN without pending list */
    GRAIN_LEVELS,  /* pages of every level, the root included: GiST */
    GRAIN_INSERTS, /* any insert conflicts with any search: GIN with its pending list */
    GRAIN_INDEX,   /* the whole index: SP-GiST, BRIN, bloom */
};

/* That of a search through this index. */
enum index_grain index_grain(const struct index *index);
